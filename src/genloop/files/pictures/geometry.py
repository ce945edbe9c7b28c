"""The shape in which pictures are learnt, and how one of another size is brought to it: crop, pad or stretch.

The size up to 64 that more than half of the pictures have is kept, and the others are fitted to it. Where there is
none, all come to a square, a power of two between 16 and 64 near their short side.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from genloop.core.errors import ConfigError
from genloop.core.schema import Column

Fit = Literal["crop", "pad", "stretch"]
FITS: tuple[str, ...] = get_args(Fit)
LARGEST, SMALLEST = 64, 16  # of the sizes chosen by default
_MOST = 4_096
_SIZE = re.compile(r"(\d+)(?:[x×*](\d+))?")
_SYNONYMS = {"centre-crop": "crop", "center-crop": "crop"}


@dataclass(frozen=True)
class Geometry:
    """What was asked for: a size (None: chosen from the pictures) and how others are brought to it."""

    height: int | None = None
    width: int | None = None
    fit: Fit = "crop"


def read(text: str | None) -> Geometry:
    """The geometry of an option such as "64", "48x64 pad" (height x width) or "stretch".

    Raises:
        ConfigError: a word is none of these.
    """
    height = width = None
    fit: Fit = "crop"
    for word in re.split(r"[\s,;:]+", (text or "").strip().lower()):
        word = _SYNONYMS.get(word, word)
        if found := _SIZE.fullmatch(word):
            height, width = int(found[1]), int(found[2] or found[1])
            if not (1 <= height <= _MOST and 1 <= width <= _MOST):
                raise ConfigError(f"a picture's size {word!r} is out of range; expected 1 to {_MOST:,} pixels a side")
        elif word in FITS:
            fit = word  # type: ignore[assignment]
        elif word:
            raise ConfigError(f"{word!r} says nothing about pictures; expected a size (64 or 48x64), {', '.join(FITS)}")
    return Geometry(height, width, fit)


def choose(sizes: Mapping[tuple[int, int], int], asked: Geometry) -> tuple[int, int]:
    """Height and width for pictures of these sizes (each with its count)."""
    if asked.height is not None and asked.width is not None:
        return asked.height, asked.width
    most = max(sizes, key=sizes.__getitem__)
    common = len(sizes) == 1 or (2 * sizes[most] > sum(sizes.values()) and max(most) >= SMALLEST)
    if common and max(most) <= LARGEST:
        return most
    shorts = sorted((min(size), count) for size, count in sizes.items())
    half, seen, median = sum(sizes.values()) / 2, 0, shorts[-1][0]
    for short, count in shorts:
        seen += count
        if seen >= half:
            median = short
            break
    side = min(max(2 ** int(math.log2(max(median, 1))), SMALLEST), LARGEST)
    return side, side


def box(size: tuple[int, int], goal: tuple[int, int], fit: str) -> tuple[float, float, float, float]:
    """The part of a picture (left, top, right, bottom) that fills the goal; sizes are (width, height)."""
    (width, height), (wide, tall) = size, goal
    if fit != "crop":
        return 0.0, 0.0, float(width), float(height)
    scale = max(wide / width, tall / height)
    across, down = min(wide / scale, width), min(tall / scale, height)
    left, top = (width - across) / 2, (height - down) / 2
    return left, top, left + across, top + down


def inside(size: tuple[int, int], goal: tuple[int, int]) -> tuple[int, int]:
    """The size (width, height) of a picture scaled to lie whole inside the goal."""
    scale = min(goal[0] / size[0], goal[1] / size[1])
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def fit_of(column: Column) -> Fit:
    """How the column's pictures are brought to its shape."""
    return next((fit for fit in get_args(Fit) if fit in column.formats), "crop")
