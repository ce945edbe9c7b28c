"""Are made pictures new: how many lie nearer to a picture that was learnt than 1 % of held-out pictures do?

The holdout's own distances are the yardstick: digits look alike, and the share that is expected by chance is 1 %.
Held-out pictures that repeat a learnt one are no yardstick: they say how often the data repeat themselves, not how near
something new comes. A made picture that repeats a learnt one always counts.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64

from genloop.judges.pictures.features import Space
from genloop.judges.pictures.gallery import Pixels
from genloop.judges.pictures.spread import squares

SHARE = 0.01
_BARS, _LEAST = 16, 5  # of a histogram; held-out pictures of one bar
_CHUNK = 500
_SIDE = 32
_EQUAL = 1e-4  # apart by less are equal pictures: rounding


@dataclass(frozen=True)
class Nearest:
    """Per query the distance to the nearest training picture (in units of the holdout's median) and its place."""

    distance: Float[np.ndarray, " _rows"]
    place: Int64[np.ndarray, " _rows"]


@dataclass(frozen=True)
class Likeness:
    """Per made picture whether it is too near, the limit, and the nearest of made and of held-out pictures."""

    near: Float[np.ndarray, " _rows"]
    limit: float
    made: Nearest
    holdout: Nearest

    @property
    def share(self) -> float:
        """The share of made pictures that are too near."""
        return float(self.near.mean())


def measure(made: Nearest, holdout: Nearest) -> Likeness:
    """Made pictures below the distance that 1 % of fresh held-out ones stay below; ties at it count in proportion."""
    near = (made.distance == 0).astype(float)
    fresh = holdout.distance[holdout.distance > 0]
    if not len(fresh):
        return Likeness(near, 0.0, made, holdout)
    limit = float(np.quantile(fresh, SHARE, method="inverted_cdf"))
    part = (SHARE - float(np.mean(fresh < limit))) / float(np.mean(fresh == limit))
    near[made.distance < limit] = 1.0
    near[made.distance == limit] = part
    return Likeness(near, limit, made, holdout)


def histogram(found: Likeness) -> dict[str, list[float]]:
    """Counts of pictures by their distance to the nearest learnt one; a bar holds at least `_LEAST` held-out ones."""
    held, made = found.holdout.distance, found.made.distance
    bars = max(min(_BARS, len(held) // _LEAST), 1)
    inner = np.quantile(held, np.linspace(0, 1, bars + 1)[1:-1])
    edges = np.unique(np.concatenate([[0.0], inner, [max(float(held.max()), float(made.max())) + 1e-6]]))
    counts = {
        name: np.histogram(part, edges)[0].astype(float).tolist() for name, part in (("holdout", held), ("made", made))
    }
    return {"edges": edges.round(4).tolist(), **counts}


def by_pixels(made: Pixels, holdout: Pixels, train: Pixels) -> Likeness:
    """Nearest by pixels; large pictures are first averaged down to about 32 pixels a side."""
    base = points(train)
    unit, held = _median(*_nearest(points(holdout), base))
    distance, place = _nearest(points(made), base)
    return measure(Nearest(distance / unit, place), held)


def by_features(spaces: tuple[Space, ...]) -> Likeness:
    """Nearest in any space; the made and the held-out pictures are asked the same way."""
    made: Nearest | None = None
    held: Nearest | None = None
    for space in spaces:
        assert space.holdout is not None
        unit, own = _median(*_nearest(space.holdout, space.unseen))
        distance, place = _nearest(space.made, space.unseen)
        held = _nearer(held, Nearest(own.distance, space.places[own.place]))
        made = _nearer(made, Nearest(distance / unit, space.places[place]))
    assert made is not None
    assert held is not None
    return measure(made, held)


def points(pixels: Pixels) -> Float32[np.ndarray, "_rows length"]:
    """Pictures as vectors of levels from 0 to 1."""
    step = max(1, -(-max(pixels.shape[1:3]) // _SIDE))
    found = []
    for start in range(0, len(pixels), _CHUNK):
        part = pixels[start : start + _CHUNK].astype(np.float32) / 255
        if step > 1:
            part = np.add.reduceat(np.add.reduceat(part, np.arange(0, part.shape[1], step), 1),
                                   np.arange(0, part.shape[2], step), 2) / step**2  # fmt: skip
        found.append(part.reshape(len(part), -1))
    return np.concatenate(found)


def _nearest(
    queries: Float32[np.ndarray, "_rows length"], base: Float32[np.ndarray, "_base length"]
) -> tuple[Float[np.ndarray, " _rows"], Int64[np.ndarray, " _rows"]]:
    distance, place = np.empty(len(queries)), np.empty(len(queries), np.int64)
    for start in range(0, len(queries), _CHUNK):
        part = slice(start, start + _CHUNK)
        apart = squares(queries[part], base)
        place[part] = apart.argmin(axis=1)
        exact = queries[part] - base[place[part]]  # small distances drown in the rounding of large squares
        distance[part] = np.sqrt((exact.astype(np.float64) ** 2).sum(axis=1))
    distance[distance < _EQUAL] = 0.0
    return distance, place


def _median(distance: Float[np.ndarray, " _rows"], place: Int64[np.ndarray, " _rows"]) -> tuple[float, Nearest]:
    unit = float(np.median(distance[distance > 0])) if distance.any() else 1.0
    return unit, Nearest(distance / unit, place)


def _nearer(one: Nearest | None, other: Nearest) -> Nearest:
    if one is None:
        return other
    first = one.distance <= other.distance
    return Nearest(np.minimum(one.distance, other.distance), np.where(first, one.place, other.place))
