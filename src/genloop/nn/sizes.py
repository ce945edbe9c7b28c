"""The sizes of a stack of convolutions between pictures and a small grid of features; imports no torch."""

from dataclasses import dataclass
from math import ceil

SMALL_SIDE = 8


@dataclass(frozen=True)
class Sizes:
    """A stack over pictures of `height` x `width` x `channels`, with `narrow` channels next to the pixels."""

    height: int
    width: int
    channels: int
    narrow: int

    @property
    def halvings(self) -> int:
        """How often the sides are halved: until the longer one is at most eight, once at least."""
        return max(1, (ceil(max(self.height, self.width) / SMALL_SIDE) - 1).bit_length())

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the smallest level; pictures are padded to `grid` doubled `halvings` times."""
        side = 1 << self.halvings
        return ceil(self.height / side), ceil(self.width / side)

    @property
    def inner(self) -> tuple[int, int]:
        """Height and width of the padded pictures."""
        return self.grid[0] << self.halvings, self.grid[1] << self.halvings

    @property
    def depths(self) -> tuple[int, ...]:
        """Channels of each level, coarsest first: doubled with each halving, at most fourfold."""
        return tuple(self.narrow * min(4, 1 << level) for level in reversed(range(self.halvings)))
