"""Where the discriminator looks: gradient maps over made pictures, and over real ones where they may be shown.

Figures say whether the maps mean anything: how much lies on what is drawn, how narrow they are, and how like they are
to the map of a critic that learnt nothing (Adebayo et al. 2018, arXiv 1810.03292).
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, UInt8

from genloop.core.protocols import Batch, Pixels
from genloop.engine.explain import linear
from genloop.engine.explain.ground import Ground
from genloop.reports.explanation.data import Part, Strip, Table
from genloop.reports.texts import Words, percent, phrase

ROWS, SHOWN = 128, 12
_DRAWN = 24  # levels from the usual one beyond which a pixel is drawn upon
_TOP = 0.99  # of a map's values is as bright as can be
Side = Literal["made", "real"]


@dataclass(frozen=True)
class Looked:
    """Picture by picture: the share of the slope on what is drawn, that part's area, the share on the strongest tenth,
    the likeness to an untaught critic's map, and the critic's answer."""

    drawn: Float[np.ndarray, " rows"]
    area: Float[np.ndarray, " rows"]
    tenth: Float[np.ndarray, " rows"]
    untaught: Float[np.ndarray, " rows"]
    answer: Float[np.ndarray, " rows"]


def look(ground: Ground, real: Batch | None, remarks: tuple[Words, ...] = ()) -> Part:
    """Gradient maps of the critic; for families without one, the reason."""
    family: Any = ground.painter.family
    if not (hasattr(family, "slopes") and hasattr(family, "score")):
        return Part("gaze", reason=phrase("explain.no_gaze", family=ground.painter.stage.family))
    given = _by_class(ground, ground.given(ROWS, "gaze"))
    sides: dict[Side, Batch] = {"made": replace(given, pixels=ground.painter.sample(given, ground.rng("gaze")))}
    if real is not None:
        sides["real"] = _by_class(ground, real.take(np.arange(min(ROWS, len(real)))))
    strips: list[Strip] = []
    found: dict[Side, Looked] = {}
    for side, batch in sides.items():
        maps = family.slopes(ground.painter.weights, batch, ground.rng("slopes", side))
        found[side] = _looked(ground, batch, maps)
        assert batch.pixels is not None
        block = f"looked_{side}"
        strips.append(Strip(phrase(f"explain.pictures_{side}"), coloured(batch.pixels[:SHOWN]), block, side == "real"))
        strips.append(Strip(phrase("explain.map"), heat(maps[:SHOWN]), block, side == "real"))
    names = ("drawn", "area", "tenth", "untaught", "answer")
    heads = ("of", "on_drawn", "area", "tenth", "like_untaught", "answer")
    rows = [(phrase(f"explain.pictures_{side}"), *(_cell(ground, name, getattr(one, name)) for name in names))
            for side, one in found.items()]  # fmt: skip
    table = Table(tuple(phrase(f"explain.{head}") for head in heads), tuple(rows))
    figures: dict[str, Any] = {
        side: {name: float(getattr(one, name).mean()) for name in names} for side, one in found.items()
    }
    return Part("gaze", tuple(strips), table, (*remarks, phrase("explain.gaze_note")), figures)


def coloured(pixels: Pixels) -> UInt8[np.ndarray, "rows height width _three"]:
    """The pictures in RGB; what is transparent is white."""
    if pixels.shape[3] == 1:
        return pixels.repeat(3, axis=3)
    if pixels.shape[3] == 4:
        share = pixels[..., 3:] / 255
        return np.rint(pixels[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    return pixels


def heat(maps: Float[np.ndarray, "rows height width"]) -> Pixels:
    """Each map from black over red and yellow to white, its largest values white; a pixel is the mean of 3 x 3."""
    tall, wide = maps.shape[1:]
    around = np.pad(maps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    smooth = np.mean([around[:, y : y + tall, x : x + wide] for y in range(3) for x in range(3)], axis=0)
    tops = np.quantile(smooth, _TOP, axis=(1, 2), keepdims=True)
    share = np.clip(smooth / np.maximum(tops, 1e-12), 0, 1)[..., None]
    return np.asarray(np.rint(255 * np.clip(3 * share - np.arange(3), 0, 1)).astype(np.uint8))


def drawn(pixels: Pixels) -> Bool[np.ndarray, "rows height width"]:
    """Where a picture differs from its most usual level, and the pixels beside."""
    grey = coloured(pixels).mean(axis=3).round().astype(np.int64)
    usual = np.array([np.bincount(one.ravel(), minlength=256).argmax() for one in grey])
    there = np.abs(grey - usual[:, None, None]) > _DRAWN
    wide = np.pad(there, ((0, 0), (1, 1), (1, 1)))
    sides = [wide[:, 1:-1, 1:-1], wide[:, :-2, 1:-1], wide[:, 2:, 1:-1], wide[:, 1:-1, :-2], wide[:, 1:-1, 2:]]
    return np.asarray(np.any(sides, axis=0))


def _looked(ground: Ground, batch: Batch, maps: Float[np.ndarray, "rows height width"]) -> Looked:
    family: Any = ground.painter.family
    untaught = family.slopes(ground.painter.weights, batch, ground.rng("untaught"), taught=False)
    assert batch.pixels is not None
    upon, flat = drawn(batch.pixels), maps.reshape(len(maps), -1)
    total = np.maximum(flat.sum(axis=1), 1e-12)
    strongest = np.sort(flat, axis=1)[:, -max(flat.shape[1] // 10, 1) :]
    alike = [
        linear.correlation(_ranks(one), _ranks(other))[0]
        for one, other in zip(flat, untaught.reshape(len(maps), -1), strict=True)
    ]
    return Looked(
        (maps * upon).sum(axis=(1, 2)) / total,
        upon.mean(axis=(1, 2)),
        strongest.sum(axis=1) / total,
        np.array(alike),
        np.asarray(family.score(ground.painter.weights, batch), np.float64),
    )


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(np.float64)


def _cell(ground: Ground, name: str, values: np.ndarray) -> Words:
    """The mean with its interval."""
    low, high = linear.interval(len(values), lambda rows: float(values[rows].mean()), ground.rng("gaze", name))

    def say(value: float) -> str:
        if name in ("untaught", "answer"):
            return f"{value:.2f}".replace("-", "−")
        return percent(max(value, 0.0), 0)

    return phrase("explain.interval", value=say(float(values.mean())), low=say(low), high=say(high))


def _by_class(ground: Ground, batch: Batch) -> Batch:
    """The rows with one of each class first, where there are classes."""
    asked = ground.asked(batch)
    if (asked < 0).all():
        return batch
    turn = np.array([int((asked[:place] == value).sum()) for place, value in enumerate(asked)])
    order = np.lexsort((asked, turn))
    return batch.take(order)
