"""A decoder of texts: tokens one after another, given the row's other columns, and the columns given the text.

Radford et al. 2019 showed that such a decoder writes; what differs here stands in `nn.rotary`. Muon (Jordan et al.
2024) moves the matrices, AdamW the rest. Importing the family imports no torch.
"""

from genloop.core.protocols import Weights
from genloop.core.verbs import Verbs
from genloop.generators.transformer.texts.config import FORM, KINDS, NAME, Config, part

__all__ = ["FORM", "KINDS", "NAME", "Config", "check", "coach", "fills", "fit", "infer", "sample", "score", "stream"]

_verbs = Verbs(part, Config)
check, fit, sample, stream, score = _verbs.check, _verbs.fit, _verbs.sample, _verbs.stream, _verbs.score
infer, coach = _verbs.infer, _verbs.coach


def fills(weights: Weights) -> bool:
    """Whether these weights learnt to write towards an end (the setting `middle`)."""
    return bool(weights.head["shape"].get("fill"))
