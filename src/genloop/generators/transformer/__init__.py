"""Any-order autoregressive networks over column tokens, after TabularARGN (Tiwald et al. 2025, arXiv 2501.12012).

Every field has a network of its own that reads the embedded tokens of whatever fields are already known and gives
the distribution of its token. TabularARGN codes a number as several columns; here one number is one field with a
two-step head and an embedding that is smooth in value order. REaLTabFormer (Solatorio and Dupriez 2023, arXiv
2302.02041) writes rows as text instead; at these sizes that costs many times more per row. There is no attention:
the fields are mixed by one weight matrix per target, as in TabularARGN. Attention was not built, nor compared.

Importing the family imports no torch; `fit` and `sample` load it when they are called.
"""

from genloop.core.protocols import Task, Weights
from genloop.generators.transformer.config import FORM, KINDS, NAME, Config, Shape, check, part
from genloop.generators.transformer.sample import sample

__all__ = ["FORM", "KINDS", "NAME", "Config", "Shape", "check", "fit", "sample"]


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
    """
    weights: Weights = part("loss").fit(task)
    return weights
