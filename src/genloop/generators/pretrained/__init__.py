"""Open weights that the user brings, taught a company's own texts through thin matrices beside the frozen ones.

LoRA: Hu et al. 2021, arXiv 2106.09685. A row is shown as a short header of what is given, then its text, so that any
columns may be given. Weights of this family hold the thin matrices and the hashes of the base they belong to, never the
base itself. Importing the family imports no torch.
"""

from genloop.core.protocols import Task, Weights
from genloop.generators.pretrained.config import FORM, KINDS, NAME, Config, part
from genloop.generators.pretrained.sample import adopt, check, converses, export, reply, sample, score, stream

__all__ = [
    "FORM",
    "KINDS",
    "NAME",
    "Config",
    "adopt",
    "check",
    "converses",
    "export",
    "fit",
    "reply",
    "sample",
    "score",
    "stream",
]


def fit(task: Task) -> Weights:
    """Learn p(text | any columns) of the task's raw rows on top of the base that `settings["base"]` names.

    Raises:
        MissingExtra: torch, transformers or peft is not installed, or the base is a pack that is not.
        SourceNotFound: there are no weights where the base should be.
        ModelFileError: the base is pickled, damaged, incomplete, needs code of its own, or is no decoder of texts.
        ConfigError: a setting is unknown or out of range.
        DataError: there are no texts.
    """
    weights: Weights = part("loss").fit(task)
    return weights
