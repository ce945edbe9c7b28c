"""The two ends of brightness: what lies nearly there becomes wholly dark or bright, as often as in real pictures.

A smooth activation comes near to its ends and never there, so that a black ground is made a few levels bright. Two
levels, found once after learning, put that right without touching what can be seen.
"""

import numpy as np

from genloop.core.protocols import Pixels

MOST = 16  # levels from an end that are moved to it at most
LEAST = 0.01  # of the real values must lie at an end
SAME = 1e-9  # between shares that are equal

Ends = tuple[int, int]
NONE: Ends = (0, 255)


def find(real: Pixels, made: Pixels) -> Ends:
    """The level up to which made values become 0, and the one from which they become 255: as many as the real ones."""
    shares = [np.bincount(part.reshape(-1), minlength=256)[:256] / max(1, part.size) for part in (real, made)]
    low = _reach(float(shares[0][0]), shares[1].cumsum())
    high = 255 - _reach(float(shares[0][255]), shares[1][::-1].cumsum())
    return low, high


def snap(pixels: Pixels, ends: Ends) -> Pixels:
    """The pictures with what lies beyond the two levels at the ends themselves."""
    low, high = ends
    if (low, high) == NONE:
        return pixels
    levels = np.arange(256, dtype=np.uint8)
    levels[: low + 1], levels[high:] = 0, 255
    return np.asarray(levels[pixels])


def _reach(share: float, reached: np.ndarray) -> int:
    """How many levels from its end hold at most this share of the values."""
    if share < LEAST:
        return 0
    inside = int(np.searchsorted(reached, share + SAME, side="right"))
    return min(MOST, max(0, inside - 1))
