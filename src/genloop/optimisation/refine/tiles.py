"""A picture of any size changed by what knows one size only: overlapping tiles, blended so that no seam shows.

Each tile weighs most in its middle and fades towards its edges (a raised cosine), the sum of weights is divided out:
where neighbours overlap one passes smoothly into the other.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, UInt8

from genloop.core.protocols import Others, Pixels

Picture = UInt8[np.ndarray, "height width channels"]
_EDGE = 0.05  # the weight that a tile keeps at its very edge


def mend(picture: Picture, tile: tuple[int, int], change: Callable[[Pixels], Others], *, factor: int = 1) -> np.ndarray:
    """The picture after `change`, which takes tiles of that size and gives them `factor` times as large."""
    height, width, channels = picture.shape
    tall, wide = max(height, tile[0]), max(width, tile[1])
    padded = np.pad(picture, ((0, tall - height), (0, wide - width), (0, 0)), mode="edge")
    spots = [(top, left) for top in places(tall, tile[0]) for left in places(wide, tile[1])]
    cut = np.stack([padded[top : top + tile[0], left : left + tile[1]] for top, left in spots])
    done = change(cut)
    weight = _window(tile[0] * factor)[:, None] * _window(tile[1] * factor)[None]
    total = np.zeros((tall * factor, wide * factor, channels))
    weights = np.zeros((tall * factor, wide * factor, 1))
    for (top, left), part in zip(spots, done, strict=True):
        at = (slice(top * factor, (top + tile[0]) * factor), slice(left * factor, (left + tile[1]) * factor))
        total[at] += part * weight[..., None]
        weights[at] += weight[..., None]
    whole = np.rint(total / weights).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(whole[: height * factor, : width * factor])


def places(length: int, tile: int) -> list[int]:
    """Where tiles begin that cover the length, neighbours sharing at least a quarter of a tile."""
    if length <= tile:
        return [0]
    step = max(tile - max(tile // 4, 1), 1)
    count = -(-(length - tile) // step) + 1
    return [round(place * (length - tile) / (count - 1)) for place in range(count)]


def _window(length: int) -> Float[np.ndarray, " length"]:
    share = (np.arange(length) + 0.5) / length
    return np.asarray(_EDGE + (1 - _EDGE) * np.sin(np.pi * share) ** 2)


def window(hole: Bool[np.ndarray, "height width"], size: tuple[int, int]) -> tuple[slice, slice] | None:
    """The part of a picture, of that size, with the whole hole as near to its middle as can be; None where none is."""
    spans = []
    for axis, tile in enumerate(size):
        length = hole.shape[axis]
        lines = np.flatnonzero(hole.any(axis=1 - axis))
        if length < tile or lines[-1] - lines[0] >= tile:
            return None
        first = int(np.clip((lines[0] + lines[-1] + 1 - tile) // 2, 0, length - tile))
        spans.append(slice(first, first + tile))
    return spans[0], spans[1]
