"""Which condition mattered: how far pictures change when one is exchanged or left out while the noise stays.

The yardstick is the change that other noise makes under the same conditions, so that 0 % is a condition that is ignored
and 100 % one that matters as much as all chance together.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import UNKNOWN, Batch, Pixels
from genloop.engine.explain import linear
from genloop.engine.explain.ground import Ground
from genloop.reports.explanation.data import Part, Strip, Table
from genloop.reports.texts import Words, percent, phrase

ROWS, SHOWN = 400, 10


@dataclass(frozen=True)
class Condition:
    """One condition: whether rows have it, and the rows with it taken from others (None: left out)."""

    name: Words
    key: str
    differs: Callable[[np.ndarray], np.ndarray]
    change: Callable[[np.ndarray | None], Batch]


def try_all(ground: Ground, remarks: tuple[Words, ...] = ()) -> Part:
    """Every condition tried; where pictures are given nothing, the reason."""
    given = ground.given(ROWS, "conditions")
    parts = _parts(ground, given)
    if not parts:
        reason = remarks[0] if remarks else phrase("explain.no_conditions")
        return Part("conditions", reason=reason)

    def make(batch: Batch, name: str = "same") -> Pixels:
        return ground.painter.sample(batch, ground.rng("conditions", name))

    base, other = make(given), make(given, "other")
    seen, elsewhere = ground.eyes.see(base)[0], ground.eyes.see(other)[0]
    noise = (_far(seen, elsewhere), _far(base, other))
    unasked = ground.painter.unasked
    leave = unasked == "parts" or (unasked == "rows" and len(parts) == 1)
    strips, rows, figures = [], [], {}
    for part in parts:
        order = ground.rng("exchange").permutation(ROWS)
        changed = make(part.change(order))
        apart = part.differs(order)
        without = make(part.change(None)) if leave else None
        found = {
            "features": _share(ground, _far(seen, ground.eyes.see(changed)[0])[apart], noise[0]),
            "pixels": _share(ground, _far(base, changed)[apart], noise[1]),
        }
        if without is not None:
            found["left_out"] = _share(ground, _far(seen, ground.eyes.see(without)[0]), noise[0])
        cells = [_cell(found[name]) if name in found else phrase("explain.never_left_out")
                 for name in ("features", "pixels", "left_out")]  # fmt: skip
        rows.append((part.name, *cells))
        figures[part.key] = {name: {"share": one[0], "interval": list(one[1])} for name, one in found.items()}
        strips += _strips(part, base, changed, other, np.flatnonzero(apart)[:SHOWN])
    heads = tuple(phrase(f"explain.{name}") for name in ("condition", "exchanged", "exchanged_pixels", "left_out"))
    note = phrase("explain.conditions_note", rows=ROWS)
    return Part("conditions", tuple(strips), Table(heads, tuple(rows)), (*remarks, note), figures)


def _parts(ground: Ground, given: Batch) -> list[Condition]:
    """A condition for each column, for words and for a second picture."""
    found = []
    for told in ground.told:

        def exchanged(order: np.ndarray | None, places: slice = told.places) -> Batch:
            codes = given.codes.copy()
            codes[:, places] = UNKNOWN if order is None else given.codes[order, places]
            return replace(given, codes=codes, pixels=None)

        def differs(order: np.ndarray, places: slice = told.places) -> np.ndarray:
            return np.asarray((given.codes[order, places] != given.codes[:, places]).any(axis=1))

        found.append(Condition(Words(told.name, told.name), told.name, differs, exchanged))
    if given.vectors is not None and given.vectors.any():
        found.append(_whole(phrase("explain.words"), "words", given, given.vectors, "vectors"))
    if given.pictures is not None and given.pictures.any():
        found.append(_whole(phrase("explain.second_picture"), "second picture", given, given.pictures, "pictures"))
    return [part for part in found if part.differs(ground.rng("exchange").permutation(ROWS)).sum() >= SHOWN]


def _whole(name: Words, key: str, given: Batch, values: np.ndarray, part: str) -> Condition:
    def exchanged(order: np.ndarray | None) -> Batch:
        if part == "vectors":
            return replace(given, pixels=None, vectors=np.zeros_like(values) if order is None else values[order])
        return replace(given, pixels=None, pictures=None if order is None else values[order])

    def differs(order: np.ndarray) -> np.ndarray:
        return np.asarray((values[order] != values).reshape(len(values), -1).any(axis=1))

    return Condition(name, key, differs, exchanged)


def _far(one: np.ndarray, other: np.ndarray) -> Float[np.ndarray, " rows"]:
    """How far each picture, or its vector, is from its like."""
    gap = one.reshape(len(one), -1).astype(np.float64) - other.reshape(len(other), -1)
    return np.asarray(np.sqrt((gap**2).sum(axis=1)))


def _share(
    ground: Ground, changed: Float[np.ndarray, " _some"], noise: Float[np.ndarray, " rows"]
) -> tuple[float, tuple[float, float]]:
    """The mean change over that by other noise, with the interval of both means."""
    rng = ground.rng("share")

    def measure(rows: np.ndarray) -> float:
        own = changed[rng.integers(0, len(changed), len(changed))]
        return float(own.mean() / max(noise[rows].mean(), 1e-9))

    return float(changed.mean() / max(noise.mean(), 1e-9)), linear.interval(len(noise), measure, ground.rng("reach"))


def _cell(found: tuple[float, tuple[float, float]]) -> Words:
    value, (low, high) = found
    return phrase("explain.interval", value=_whole_percent(value), low=_whole_percent(low), high=_whole_percent(high))


def _whole_percent(value: float) -> str:
    return percent(value, 0) if value < 1 else f"{100 * value:.0f} %"


def _strips(part: Condition, base: Pixels, changed: Pixels, other: Pixels, rows: np.ndarray) -> list[Strip]:
    names = (phrase("explain.as_asked"), phrase("explain.with_other", name=part.name), phrase("explain.other_noise"))
    return [Strip(name, pixels[rows], "tried") for name, pixels in zip(names, (base, changed, other), strict=True)]
