"""Rows of pictures: from one noise to another under one condition, and one noise through the values of a column."""

import numpy as np

from genloop.core.protocols import Batch
from genloop.engine.explain import arcs
from genloop.engine.explain.ground import Ground, Told
from genloop.reports.explanation.data import Part, Strip
from genloop.reports.texts import Words, percent, phrase

STEPS, ROWS, SAME = 10, 8, 3
_VALUES = 16


def walk(ground: Ground) -> Part:
    """Latent walks; for models without noise that can be walked in, the reason."""
    if ground.reasoned is not None:
        return Part("walks", reason=phrase("explain.no_noise", family=ground.painter.stage.family))
    strips, steepest = _latent(ground)
    for told in ground.told:
        strips += _through(ground, told)
    figures = {
        "steps": STEPS,
        "largest_step": round(float(np.mean(steepest)), 4),
        "even_step": round(1 / (STEPS - 1), 4),
    }
    told_of = phrase(
        "explain.evenness",
        share=percent(float(np.mean(steepest)), 0),
        even=percent(1 / (STEPS - 1), 0),
        steps=STEPS - 1,
    )
    return Part("walks", tuple(strips), remarks=(told_of,), figures=figures)


def _latent(ground: Ground) -> tuple[list[Strip], list[float]]:
    """A row for each of the first classes, or a few rows; and the share of each walk that its largest step takes."""
    rows: list[tuple[Words, Batch]] = []
    if ground.classes is not None:
        told, values = ground.classes
        for name, tokens in values[:ROWS]:
            one = ground.given(1, f"walk {name}")
            titled = told.title(name)
            rows.append((titled, ground.with_tokens(one, told, tokens)))
    else:
        rows = [(phrase("explain.row", number=n + 1), ground.given(1, f"walk {n}")) for n in range(ROWS)]
    ends = ground.noise(2 * len(rows), "walk")
    strips, steepest = [], []
    for place, (title, one) in enumerate(rows):
        noise = arcs.between(ends[2 * place], ends[2 * place + 1], STEPS)
        pixels = ground.draw(one.take(np.zeros(STEPS, np.int64)), noise)
        strips.append(Strip(title, pixels, "latent"))
        steps = np.sqrt((np.diff(pixels.astype(np.float64), axis=0) ** 2).mean(axis=(1, 2, 3)))
        steepest.append(float(steps.max() / max(steps.sum(), 1e-9)))
    return strips, steepest


def _through(ground: Ground, told: Told) -> list[Strip]:
    """The same noise under every value of the column, a few noises."""
    steps = _steps(ground, told)
    if len(steps) < 2:
        return []
    noise = ground.noise(SAME, "through")
    strips = []
    for number in range(SAME):
        given = ground.given(1, f"through {number}").take(np.zeros(len(steps), np.int64))
        given = ground.with_tokens(given, told, np.stack([tokens for _, tokens in steps]))
        pixels = ground.draw(given, np.tile(noise[number], (len(steps), 1)))
        if (pixels == pixels[:1]).all():
            return []
        says = f"{told.name}: {steps[0][0]} … {steps[-1][0]}"
        strips.append(Strip(Words(says, says), pixels, "values"))
    return strips


def _steps(ground: Ground, told: Told) -> list[tuple[str, np.ndarray]]:
    """The values to pass through: of a category its values, of an ordered column its tenths."""
    if told.kind == "category":
        own = ground.classes[1] if ground.classes is not None and ground.classes[0] == told else ground.values(told)
        return own[:_VALUES]
    if not ground.pool.fields[told.places][0].ordered:
        return []
    tokens = ground.pool.codes[:, told.places]
    tokens = tokens[np.lexsort(tokens.T[::-1])]
    chosen = tokens[np.linspace(0, len(tokens) - 1, STEPS).round().astype(int)]
    made = told.unit.codec.decode(told.unit.frozen, chosen, ground.rng("tenths"))
    pairs = zip(made.column(0).to_pylist(), chosen, strict=True)
    return [
        (f"{value:.4g}" if isinstance(value, float) else str(value), row) for value, row in pairs if value is not None
    ]
