"""How near made pictures are to real ones and how much of them they cover, averaged over the spaces of `features`.

What fresh real pictures reach under the same measure, in the same numbers, stands beside each as its ceiling.
"""

from collections.abc import Callable

import numpy as np

from genloop.core.score import Score, Section
from genloop.core.seed import stream
from genloop.judges import interval
from genloop.judges.figures import share
from genloop.judges.pictures import contrast, distance, features, figures, spread

NAME = "pictures"
_COMPARED = 2_000  # a side, where every pair is looked at
_BOOTSTRAPS = 40
_PARTS = 8  # of the made pictures at most, where there are few real ones


def likeness(seen: features.Seen, seed: int) -> list[Score]:
    """How far made pictures are from real ones: `fid`, `kid`, `picture_c2st`."""
    spaces, rows = seen.spaces, _rows(seen.spaces)
    detail = {"features": seen.eyes, "spaces": len(spaces), "made": len(spaces[0].made)}
    moments = [distance.Moments.of(space.yardstick) for space in spaces]
    values = [
        _frechet(s.made, m, rows, stream(seed, NAME, "parts", n))
        for n, (s, m) in enumerate(zip(spaces, moments, strict=True))
    ]
    error = np.mean([
        distance.spread(s.made, m, stream(seed, NAME, "fid", n), times=_BOOTSTRAPS // len(spaces))
        for n, (s, m) in enumerate(zip(spaces, moments, strict=True))
    ])  # fmt: skip
    real = _real(
        spaces, lambda one, other: distance.frechet(distance.Moments.of(one), distance.Moments.of(other)), seed
    )
    against = {"real": len(spaces[0].yardstick), "scale": "the real pictures' variance is 100"}
    kernels = [
        distance.kernel(space.made, space.yardstick, stream(seed, NAME, "kid", n)) for n, space in enumerate(spaces)
    ]
    real_kernel = _real(spaces, lambda one, other: distance.kernel(one, other, stream(seed, NAME, "real kid"))[0], seed)
    areas = [
        contrast.tell(space.made, space.yardstick, stream(seed, NAME, "c2st", n), most=_COMPARED)
        for n, space in enumerate(spaces)
    ]
    value, wide = (float(part) for part in np.mean(areas, axis=0))
    return [
        figures.distance("fid", float(np.mean(values)), float(error), real, detail | against | {"at_once": rows}),
        figures.distance(
            "kid",
            float(np.mean([k[0] for k in kernels])),
            float(np.mean([k[1] for k in kernels])),
            real_kernel,
            detail | against,
            low=-figures.ENDLESS,
        ),
        Score(
            "picture_c2st",
            value,
            "fidelity",
            (0.0, 1.0),
            "lower",
            0.5,
            interval.around(value, wide, (0.0, 1.0)),
            "area under the curve",
            0.5,
            detail,
        ),
    ]


def variety(seen: features.Seen, seed: int) -> list[Score]:
    """Where made and real pictures overlap: `precision`, `recall`, `density`, `picture_coverage`."""
    ours, fresh = [], []
    rows = min(_COMPARED, *(len(part) for space in seen.spaces for part in (space.made, space.yardstick)))
    others = min(rows, *(len(space.unseen) for space in seen.spaces))  # halves of an odd number differ by one
    for place, space in enumerate(seen.spaces):
        order = [
            stream(seed, NAME, "spread", place, side).permutation(len(part))[:rows]
            for side, part in enumerate((space.made, space.yardstick, space.unseen))
        ]
        real = space.yardstick[order[1]]
        ours.append(spread.measure(real, space.made[order[0]]))
        if space.holdout is not None:
            fresh.append(spread.measure(real, space.unseen[order[2][:others]]))
    detail = {"features": seen.eyes, "neighbours": spread.NEIGHBOURS, "pictures": len(ours[0].precise)}

    def mean(name: str, parts: list[spread.Spread]) -> np.ndarray:
        return np.asarray(np.mean([getattr(part, name) for part in parts], axis=0))

    def ceiling(name: str) -> float | None:
        return float(mean(name, fresh).mean()) if fresh else None

    def whole(name: str, own: str, section: Section) -> Score:
        values = mean(own, ours)
        return share(name, values, section, ideal=1.0, higher=True, real=ceiling(own), detail=detail)

    dense = mean("dense", ours)
    error = float(dense.std() / np.sqrt(len(dense)))
    bounds = (0.0, figures.ENDLESS)
    return [
        whole("precision", "precise", "fidelity"),
        whole("recall", "recalled", "diversity"),
        Score(
            "density",
            float(dense.mean()),
            "fidelity",
            bounds,
            "target",
            ceiling("dense") or 1.0,
            interval.around(float(dense.mean()), error, bounds),
            "ratio",
            ceiling("dense"),
            detail,
        ),
        whole("picture_coverage", "covered", "diversity"),
    ]


def _rows(spaces: tuple[features.Space, ...]) -> int:
    """How many made pictures are compared at once: as many as there are fresh real ones, where there are any."""
    fresh = [len(space.unseen) for space in spaces if space.holdout is not None]
    return min(len(spaces[0].made), *fresh) if fresh else len(spaces[0].made)


def _frechet(made: np.ndarray, real: distance.Moments, rows: int, rng: np.random.Generator) -> float:
    """The mean Frechet distance of parts of `rows` made pictures: it falls with their number, whatever they show."""
    order = rng.permutation(len(made))
    starts = range(0, len(made) - rows + 1, rows)[:_PARTS]
    found = [distance.frechet(distance.Moments.of(made[order[at : at + rows]]), real) for at in starts]
    return float(np.mean(found))


def _real(
    spaces: tuple[features.Space, ...], measure: Callable[[np.ndarray, np.ndarray], float], seed: int
) -> float | None:
    """What fresh real pictures reach: unseen training pictures against the holdout, as many as are compared at once."""
    found, rows = [], _rows(spaces)
    for place, space in enumerate(spaces):
        if space.holdout is not None:
            order = stream(seed, NAME, "fresh", place).permutation(len(space.unseen))  # a folder's stand class by class
            found.append(measure(space.unseen[order[:rows]], space.holdout))
    return float(np.mean(found)) if found else None
