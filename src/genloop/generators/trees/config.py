"""Settings of the `trees` family; every default was chosen on tables other than those it is reported on."""

from dataclasses import dataclass

from genloop.core import config
from genloop.core.errors import ConfigError

NAME = "trees"
KINDS = frozenset({"number", "category", "time", "place"})
FORM = "tokens"


@dataclass(frozen=True)
class Config:
    """`trees` trees a column, each grown on the share `bag` of its rows with `targets` random features of the column.

    `min_gain` is the significance bar of a split and `min_leaf` the smallest leaf. `aside` of the rows (at most
    `max_aside`) choose how strongly slices lean on larger ones. Columns with more than `fine` tokens are ordered as a
    chain of correlated ones. A tree sees at most `max_rows` rows, drawn anew for each: this bounds time and memory.
    """

    trees: int = 10
    bag: float = 0.7
    targets: int = 5
    min_gain: float = 2.0
    min_leaf: int = 5
    aside: float = 0.06
    max_aside: int = 4000
    fine: int = 200
    max_rows: int = 100_000

    def __post_init__(self) -> None:
        for name, low, high in (("trees", 1, 256), ("targets", 1, 32), ("min_leaf", 5, 10**6), ("max_rows", 1, 10**8)):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"trees: {name} must lie in {low}..{high}, came {getattr(self, name)}")
        for name in ("bag", "aside"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ConfigError(f"trees: {name} is a share above 0 and up to 1, came {getattr(self, name)}")


check = config.checker(Config)
