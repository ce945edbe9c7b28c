"""Recurrent networks of texts: an LSTM or GRU reads a token, keeps a state, and says what comes next.

Graves 2013, arXiv 1308.0850, wrote so; LSTM: Hochreiter and Schmidhuber 1997; GRU: Cho et al. 2014, arXiv 1406.1078.
The state is all that a text leaves behind: there is no context to fill, and memory in drawing does not grow. Importing
the family imports no torch.
"""

from genloop.core.verbs import Verbs
from genloop.generators.recurrent.config import FORM, KINDS, NAME, Config, part

__all__ = ["FORM", "KINDS", "NAME", "Config", "check", "coach", "fit", "infer", "sample", "score", "stream"]

_verbs = Verbs(part, Config)
check, fit, sample, stream, score = _verbs.check, _verbs.fit, _verbs.sample, _verbs.stream, _verbs.score
infer, coach = _verbs.infer, _verbs.coach
