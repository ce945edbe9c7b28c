"""One score as people read it: its number, interval, what is best to expect, its limits, and a strip that shows all."""

import math
from collections.abc import Callable

from genloop.core.score import Score
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import Words, known, percent, phrase
from genloop.reports.verdict import LIMITS, OF_PICTURES, OF_TEXTS, reference

_UNITS = frozenset(
    {
        "share",
        "ratio",
        "advantage",
        "area under the curve",
        "distance",
        "standard deviations of real pictures",
        "bits per byte",
    }
)
_SHARES = frozenset(
    {
        "usefulness",
        "coverage",
        "rules",
        "near1",
        "near5",
        "exact",
        "duplicates",
        "membership",
        "attribute",
        "precision",
        "recall",
        "picture_coverage",
        "asked",
        "caption_match",
        "near_pixels",
        "near_features",
        "repeats",
        "blank",
        "text_lengths",
        "text_distinct",
        "text_self_bleu",
        "text_asked",
        "text_copied",
        "text_mauve",
        "text_words",
        "text_spelling",
        "text_syntax",
        "text_form",
        "text_order",
        "text_topic",
        "text_repeats",
        "text_near",
        "text_overlap",
        "text_secrets",
    }
)
_TEN = 10
_ENDLESS = 1e5  # a scale so long that a place on it says nothing
_WIDTH, _HEIGHT = 180, 26


def name(score: Score) -> Words:
    """What the score is called in words; its own name when it is a stranger's."""
    return phrase(f"score.{score.name}") if known(f"score.{score.name}") else Words(score.name, score.name)


def about(score: Score) -> Words | None:
    """One sentence on what the score measures, where there is one."""
    return phrase(f"about.{score.name}") if known(f"about.{score.name}") else None


def number(score: Score, value: float) -> str:
    """The value in the score's own form: a percentage, a multiple or three decimals."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if score.name in _SHARES or score.unit == "%":
        return percent(value if score.unit != "%" else value / 100).replace("-", "−")
    text = f"× {times(value)}" if score.name == "copies" else f"{value:.3f}"
    unit = f" {score.unit}" if score.unit and score.unit not in _UNITS else ""
    return (text + unit).replace("-", "−")


def times(value: float) -> str:
    """A multiple, to two decimals where they tell something."""
    return f"{value:.2f}" if value < _TEN else f"{value:,.0f}"


def interval(score: Score) -> str:
    """Both ends of the 95 % interval, or nothing."""
    if score.interval is None:
        return ""
    return " – ".join(number(score, end) for end in score.interval)


def reach(score: Score) -> list[Words]:
    """The ideal, and what fresh real rows reach where the judge measured it."""
    if score.name == "text_bits":
        packed = score.detail.get("compressor")
        return [] if packed is None else [phrase("table.compressor", value=number(score, packed))]
    parts = [phrase("table.ideal", value=number(score, score.ideal))]
    if score.ceiling is not None and math.isfinite(score.ceiling) and score.ceiling != score.ideal:
        hint = score.name in LIMITS and LIMITS[score.name].hint
        key = "yardstick" if hint else f"ceiling{_of(score.name)}"
        parts.append(phrase(f"table.{key}", value=number(score, score.ceiling)))
    return parts


def best(score: Score) -> str:
    """The one number to hold the figure against: what real rows or a compressor reach, else the ideal."""
    if score.name == "text_bits":
        return number(score, score.detail.get("compressor", math.nan))
    return number(score, score.ideal if score.ceiling is None else score.ceiling)


def _of(name: str) -> str:
    return "_pictures" if name in OF_PICTURES else "_texts" if name in OF_TEXTS else ""


def direction(score: Score) -> Words:
    """Which way is better, in words."""
    return phrase(f"direction.{score.direction}")


def limits(score: Score) -> Words | None:
    """The two limits the level was earned at, as values on the score's own scale."""
    limit = LIMITS.get(score.name)
    if limit is None:
        return None
    sign = -1 if limit.side == "under" else 1
    against = reference(score, limit)
    good, fair = (number(score, against + sign * off) for off in (limit.good, limit.fair))
    if score.name == "copies":
        return phrase("limit.copies", good=good, chance=number(score, against))
    if limit.hint:
        return phrase("limit.hint", good=good, fair=fair)
    if limit.shown is not None:
        return phrase("limit.attack", good=good, fair=fair, shown=number(score, against + limit.shown))
    return phrase(f"limit.{limit.side}", good=good, fair=fair)


def strip(score: Score) -> Markup:
    """A small drawing: the limits as zones, the interval as a bar, the value as a dot, the ideal as a notch."""
    low, high, zones = _scale(score)
    if not (math.isfinite(score.value) and high > low):
        return tag("span", "–")

    def place(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(6 + share * (_WIDTH - 12), 1)

    middle = _HEIGHT / 2
    parts = [_zone(place, start, end, level) for start, end, level in zones]
    parts.append(_notch(place(score.ideal), "ideal"))
    if score.ceiling is not None and math.isfinite(score.ceiling):
        parts.append(_notch(place(score.ceiling), "ceiling"))
    if score.interval is not None and all(map(math.isfinite, score.interval)):
        start, end = (place(value) for value in score.interval)
        parts.append(tag("rect", class_="interval", x=start, y=middle - 2, width=max(end - start, 1), height=4, rx=2))
    parts.append(tag("circle", class_="dot", cx=place(score.value), cy=middle, r=4.5))
    return tag(
        "svg",
        *parts,
        class_="strip",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        aria_hidden="true",
    )


def _scale(score: Score) -> tuple[float, float, list[tuple[float, float, str]]]:
    """The stretch of the scale worth drawing, and the zones on it."""
    limit = LIMITS.get(score.name)
    if limit is None:
        low, high = score.bounds
        return (low, high, [(low, high, "none")]) if high - low < _ENDLESS else (0.0, 0.0, [])
    sign = -1 if limit.side == "under" else 1
    against = reference(score, limit)
    reach = min(limit.fair, 2 * limit.good) if math.isinf(limit.fair) else limit.fair
    good, fair = against + sign * limit.good, against + sign * limit.fair
    far = against + sign * reach * 1.6
    best = [end for end in (score.ideal, score.value, *(score.interval or ())) if math.isfinite(end)]
    near = min(best) if sign > 0 else max(best)
    near = max(near, against - reach) if sign > 0 else min(near, max(score.ideal, against + reach))
    near -= sign * reach * 0.08
    zones = [(near, good, "good"), (good, fair, "fair"), (fair, far, "bad")]
    zones = zones if math.isfinite(fair) else [zones[0], (good, far, "fair")]
    return min(near, far), max(near, far), zones


def _zone(place: Callable[[float], float], start: float, end: float, level: str) -> Markup:
    left, right = sorted((place(start), place(end)))
    return tag("rect", class_=f"zone {level}", x=left, y=_HEIGHT / 2 - 6, width=round(right - left, 1), height=12)


def _notch(x: float, class_: str) -> Markup:
    return tag("line", class_=class_, x1=x, x2=x, y1=2, y2=_HEIGHT - 2)
