"""A decoder of texts: tokens one after another, given the row's other columns, and the columns given the text.

Radford et al. 2019 showed that such a decoder writes; what differs here stands in `nn.rotary`. Muon (Jordan et al.
2024) moves the matrices, AdamW the rest. Importing the family imports no torch.
"""

from genloop.core.protocols import Task, Weights
from genloop.generators.transformer.texts.config import FORM, KINDS, NAME, Config, part
from genloop.generators.transformer.texts.sample import infer, sample, score, stream

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
