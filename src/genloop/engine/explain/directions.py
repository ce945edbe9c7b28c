"""Directions in the noise along which one trait of the pictures changes (as in Shen et al. 2020, arXiv 1907.10786).

Where the family also draws with nothing asked for, classes and numbers are traits like any other, read off the pictures
by the eyes; else only what the noise decides under the same conditions. A direction is fitted on some pictures, its
forecast judged on others, and its effect measured on fresh noise beside that of directions drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Batch, Pixels
from genloop.engine.explain import arcs, linear
from genloop.engine.explain.ground import POOL, Ground, Told
from genloop.engine.explain.linear import Line
from genloop.judges.pictures import reading
from genloop.reports.explanation.data import Part, Strip, Table
from genloop.reports.texts import Words, percent, phrase

LEARNT, JUDGED, TRIED, CHANCE = 1_500, 500, 64, 8
NEAR, FAR, STEPS = 2.0, 2.5, 9
LEAST = 0.2  # the lower end of a correlation below which no direction is shown
_READ = 0.3  # the correlation of a number's reading below which it is left alone
_MOST = 10


@dataclass(frozen=True)
class Trait:
    """Something to measure of pictures: a share (of a class), or a number in its own unit."""

    name: Words
    key: str
    share: bool = False


@dataclass(frozen=True)
class Effect:
    """What one direction does: mean trait at both ends, their difference with interval, the same by chance."""

    low: float
    high: float
    change: float
    reach: tuple[float, float]
    chance: float
    sure: float
    sure_reach: tuple[float, float]


def direct(ground: Ground) -> Part:
    """Directions for all traits that the noise decides; for models without noise to move in, the reason."""
    if ground.reasoned is not None:
        return Part("directions", reason=phrase("explain.no_noise", family=ground.painter.stage.family))
    sight = Sight.of(ground)
    noise = ground.noise(LEARNT + JUDGED, "directions")
    given = sight.given(LEARNT + JUDGED, "directions")
    seen = sight.measure(ground.draw(given, noise))
    own = sight.apart(seen, given)
    lines = linear.fit(noise[:LEARNT], own[:LEARNT])
    random = _random(ground, noise.shape[1])
    tried, under = ground.noise(TRIED, "tried"), sight.given(TRIED, "tried")
    by_chance = [_ends(ground, sight, tried, under, direction) for direction in random]
    effects, strips = [], []
    for place, (trait, line) in enumerate(zip(sight.traits, lines, strict=True)):
        sure = linear.correlation(line.foretell(noise[LEARNT:]), own[LEARNT:, place])
        low, high = (part[:, place] for part in _ends(ground, sight, tried, under, line.direction))
        moved = high - low
        chance = float(np.mean([abs(float((b - a)[:, place].mean())) for a, b in by_chance]))
        reach = linear.interval(TRIED, lambda rows, moved=moved: float(moved[rows].mean()), ground.rng("reach"))  # type: ignore[misc]
        effects.append(Effect(float(low.mean()), float(high.mean()), float(moved.mean()), reach, chance, *sure))
        if sure[1][0] >= LEAST:
            strips.append(_strip(ground, trait, line, tried, under))
    table = Table(_heads(), tuple(_row(trait, effect) for trait, effect in zip(sight.traits, effects, strict=True)))
    figures = {trait.key: _figures(effect) for trait, effect in zip(sight.traits, effects, strict=True)}
    return Part("directions", tuple(strips), table, (*sight.remarks, _note()), figures)


@dataclass(frozen=True)
class Sight:
    """What is measured of every picture, and under which conditions."""

    ground: Ground
    traits: tuple[Trait, ...]
    numbers: tuple[tuple[Told, Line], ...]
    remarks: tuple[Words, ...]

    @classmethod
    def of(cls, ground: Ground) -> "Sight":
        """Classes and numbers where nothing need be asked for, and always the plain traits of pixels."""
        traits: list[Trait] = []
        remarks: list[Words] = []
        numbers: list[tuple[Told, Line]] = []
        if ground.painter.unasked and ground.told:
            remarks.append(phrase("explain.unasked"))
            if ground.classes is not None and ground.eyes.right is not None:
                told, values = ground.classes
                shown = values[:_MOST]
                titles = [told.title(name) for name, _ in shown]
                traits += [Trait(title, f"{told.name}={name}", share=True)
                           for title, (name, _) in zip(titles, shown, strict=True)]  # fmt: skip
                right = percent(ground.eyes.right, 0)
                remarks.append(
                    phrase("explain.read_right", learnt=f"{round(POOL * 0.75):,}", share=right, rows=ground.eyes.rows)
                )
            for told in ground.told:
                line, value = _reader(ground, told)
                if line is None:
                    continue
                remarks.append(phrase("explain.read_number", column=told.name, value=f"{value:.2f}"))
                if value >= _READ:
                    numbers.append((told, line))
                    traits.append(Trait(Words(told.name, told.name), told.name))
        elif ground.told:
            columns = ", ".join(told.name for told in ground.told)
            remarks.append(phrase("explain.asked_only", columns=columns))
        channels = ground.learnt.schema[ground.painter.column].shape
        plain = reading.TRAITS + (reading.COLOUR_TRAITS if channels is not None and channels[2] >= 3 else ())
        traits += [Trait(phrase(f"explain.trait_{name}"), name) for name in plain]
        return cls(ground, tuple(traits), tuple(numbers), tuple(remarks))

    def given(self, rows: int, name: str) -> Batch:
        """Conditions of the rows: nothing where that was learnt, else as they come in the data."""
        drawn = self.ground.given(rows, name)
        return self.ground.blank(drawn) if self.ground.painter.unasked else drawn

    def measure(self, pixels: Pixels) -> Float[np.ndarray, "rows traits"]:
        """Every trait of the pictures."""
        columns: list[np.ndarray] = []
        shares = sum(trait.share for trait in self.traits)
        if shares or self.numbers:
            vectors, odds = self.ground.eyes.see(pixels)
            columns += [odds[:, place] for place in range(shares)]
            columns += [line.foretell(vectors) for _, line in self.numbers]
        plain = reading.traits(pixels)
        columns += [plain[trait.key] for trait in self.traits[len(columns) :]]
        return np.stack(columns, axis=1).astype(np.float64)

    def apart(self, seen: Float[np.ndarray, "rows traits"], given: Batch) -> Float[np.ndarray, "rows traits"]:
        """The traits less the mean of their class, where classes are asked for: what the noise decides."""
        if self.ground.painter.unasked or self.ground.classes is None:
            return seen
        asked, left = self.ground.asked(given), seen.copy()
        for place in np.unique(asked):
            left[asked == place] -= seen[asked == place].mean(axis=0)
        return left


def _reader(ground: Ground, told: Told) -> tuple[Line | None, float]:
    """A forecast of a column of numbers from what the eyes see, and its correlation on pictures that it did not fit."""
    if told.kind != "number":
        return None, 0.0
    given = ground.given(POOL, f"reader {told.name}")
    made = told.unit.codec.decode(told.unit.frozen, given.codes[:, told.places], ground.rng("reader"))
    values = made.column(0).to_numpy(zero_copy_only=False).astype(np.float64)
    vectors = ground.eyes.see(ground.draw(given, ground.noise(POOL, f"reader {told.name}")))[0]
    there = np.isfinite(values)
    values, vectors = values[there], vectors[there]
    if len(values) < JUDGED:
        return None, 0.0
    cut = len(values) * 3 // 4
    (line,) = linear.fit(vectors[:cut], values[:cut, None])
    return line, linear.correlation(line.foretell(vectors[cut:]), values[cut:])[0]


def _random(ground: Ground, length: int) -> list[np.ndarray]:
    drawn = ground.rng("chance").standard_normal((CHANCE, length))
    return [row / np.linalg.norm(row) for row in drawn]


def _ends(
    ground: Ground, sight: Sight, noise: np.ndarray, given: Batch, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """All traits at both ends of a direction."""
    low, high = (sight.measure(ground.draw(given, arcs.along(noise, direction, place))) for place in (-NEAR, NEAR))
    return low, high


def _strip(ground: Ground, trait: Trait, line: Line, noise: np.ndarray, given: Batch) -> Strip:
    places = np.linspace(-FAR, FAR, STEPS)
    moved = np.concatenate([arcs.along(noise[:1], line.direction, float(place)) for place in places])
    return Strip(trait.name, ground.draw(given.take(np.zeros(STEPS, np.int64)), moved), "direction")


def _heads() -> tuple[Words, ...]:
    return tuple(phrase(f"explain.{name}") for name in ("trait", "moved", "change", "by_chance", "sure"))


def _row(trait: Trait, effect: Effect) -> tuple[Words, ...]:
    def say(value: float) -> str:
        return percent(value, 0) if trait.share else f"{value:.3g}".replace("-", "−")

    def among(value: str, reach: tuple[str, str]) -> Words:
        return phrase("explain.interval", value=value, low=reach[0], high=reach[1])

    low, high = effect.sure_reach
    sure = among(f"{effect.sure:.2f}", (f"{low:.2f}", f"{high:.2f}"))
    if low < LEAST:
        return (trait.name, phrase("explain.not_found"), Words("–", "–"), Words("–", "–"), sure)
    ends = f"{say(effect.low)} → {say(effect.high)}"
    change = among(_signed(effect.change, trait), (_signed(effect.reach[0], trait), _signed(effect.reach[1], trait)))
    chance = f"±{say(effect.chance)}"
    return (trait.name, Words(ends, ends), change, Words(chance, chance), sure)


def _signed(value: float, trait: Trait) -> str:
    text = f"{100 * value:+.0f} %" if trait.share else f"{value:+.3g}"
    return text.replace("-", "−")


def _figures(effect: Effect) -> dict[str, object]:
    return {
        "found": effect.sure_reach[0] >= LEAST,
        "low": effect.low,
        "high": effect.high,
        "change": effect.change,
        "interval": list(effect.reach),
        "by_chance": effect.chance,
        "correlation": effect.sure,
        "correlation_interval": list(effect.sure_reach),
    }


def _note() -> Words:
    return phrase("explain.sure_note", rows=JUDGED, least=f"{LEAST:g}", tried=TRIED)
