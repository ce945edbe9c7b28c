"""Recurrent networks of texts: an LSTM or GRU reads a token, keeps a state, and says what comes next.

Graves 2013, arXiv 1308.0850, wrote so; LSTM: Hochreiter and Schmidhuber 1997; GRU: Cho et al. 2014, arXiv 1406.1078.
The state is all that a text leaves behind: there is no context to fill, and memory in drawing does not grow. Importing
the family imports no torch.
"""

from genloop.core.protocols import Task, Weights
from genloop.generators.recurrent.config import FORM, KINDS, NAME, Config, part
from genloop.generators.recurrent.sample import infer, sample, score, stream

__all__ = ["FORM", "KINDS", "NAME", "Config", "fit", "infer", "sample", "score", "stream"]


def fit(task: Task) -> Weights:
    """Learn p(texts | codes) and p(codes | texts) of the task's rows.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
        DataError: there are no texts.
    """
    weights: Weights = part("loss").fit(task)
    return weights
