"""From figures to plain words: each figure is held against stated limits at the worse end of its interval.

A level is earned, not assumed: "good" asks that the worse end of the 95 % interval passes the limit, "bad" that the
figure itself fails the second limit (for what leaks rows: that even the better end fails the first; an attack whose
interval reaches down to chance found no leak, though none is ruled out). What was not measured is "absent" and never
counts as good.

What only hints at a leak is turned round: it is raised when its whole interval, the better end too, lies beyond what
fresh real rows show. `c2st_gap` is such a hint. The two areas behind it lie near 0.5 for a good generator and their
difference within its noise, so that a small gap tells nothing; copies, nearness and the attacks, each measured against
the holdout rows, carry the verdict on leaks. A generator that remembers a fifth of its rows shows a gap of 0.08 and
more, far beyond the yardstick.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from genloop.core.score import Score
from genloop.reports.card import CardData

Level = Literal["good", "fair", "bad", "absent"]
Use = Literal["testing", "analysis", "training", "sharing", "real", "varied", "asked", "new"]
SECTIONS = ("fidelity", "diversity", "usefulness", "rules", "originality", "privacy", "safety")
_RANK: dict[Level, int] = {"absent": -1, "good": 0, "fair": 1, "bad": 2}


@dataclass(frozen=True)
class Limit:
    """How far a figure may lie on the wrong side of its reference: up to `good`, up to `fair`, then it is bad.

    `side` is the wrong side. The reference is the score's ceiling (what fresh real rows reach) where `ceiling` is
    true and the score knows it, else its ideal. A `leak` is bad as soon as the whole interval lies beyond `good`. An
    attack is good only with an interval, and one that reaches down to `shown`: more is shown to beat chance; it is bad
    only without one, or with one above chance. A `hint` is held at the better end of its interval.
    """

    side: Literal["under", "over"]
    good: float
    fair: float
    ceiling: bool = False
    leak: bool = False
    shown: float | None = None
    hint: bool = False


LIMITS: dict[str, Limit] = {
    "c2st": Limit("over", 0.10, 0.25),
    "shapes": Limit("under", 0.02, 0.08, ceiling=True),
    "pairs": Limit("under", 0.03, 0.12, ceiling=True),
    "triples": Limit("under", 0.04, 0.16, ceiling=True),
    "coverage": Limit("under", 0.10, 0.30, ceiling=True),
    "usefulness": Limit("under", 0.02, 0.07),
    "rules": Limit("under", 0.005, 0.02),
    "copies": Limit("over", 0.5, math.inf, leak=True),
    "near1": Limit("over", 0.005, 0.02, leak=True),
    "near5": Limit("over", 0.010, 0.05, leak=True),
    "exact": Limit("over", 0.05, 0.15, leak=True),
    "c2st_gap": Limit("over", 0.0, 0.05, ceiling=True, hint=True),
    "duplicates": Limit("over", 0.02, 0.10),
    "membership": Limit("over", 0.05, 0.10, leak=True, shown=0.01),
    "attribute": Limit("over", 0.05, 0.10, leak=True, shown=0.01),
    "fid": Limit("over", 5.0, 20.0, ceiling=True),
    "picture_c2st": Limit("over", 0.20, 0.45),
    "precision": Limit("under", 0.15, 0.40, ceiling=True),
    "recall": Limit("under", 0.15, 0.40, ceiling=True),
    "picture_coverage": Limit("under", 0.10, 0.30, ceiling=True),
    "repeats": Limit("over", 0.02, 0.10),
    "blank": Limit("over", 0.01, 0.05),
    "artefacts": Limit("over", 0.30, 1.0, ceiling=True),
    "asked": Limit("under", 0.05, 0.20, ceiling=True),
    "caption_match": Limit("under", 0.10, 0.40, ceiling=True),
    "near_pixels": Limit("over", 0.01, 0.05, leak=True),
    "near_features": Limit("over", 0.01, 0.05, leak=True),
    "text_c2st": Limit("over", 0.15, 0.40),
    "text_lengths": Limit("under", 0.05, 0.20, ceiling=True),
    "text_fluency": Limit("over", 0.10, 0.40, ceiling=True),
    "text_words": Limit("over", 0.03, 0.12, ceiling=True),
    "text_spelling": Limit("over", 0.005, 0.03, ceiling=True),
    "text_syntax": Limit("under", 0.05, 0.25, ceiling=True),
    "text_form": Limit("over", 0.03, 0.08, ceiling=True),
    "text_order": Limit("under", 0.04, 0.10, ceiling=True),
    "text_topic": Limit("under", 0.05, 0.15, ceiling=True),
    "text_mauve": Limit("under", 0.05, 0.30, ceiling=True),
    "text_distinct": Limit("under", 0.03, 0.12, ceiling=True),
    "text_self_bleu": Limit("over", 0.04, 0.15, ceiling=True),
    "text_spread": Limit("under", 0.05, 0.15, ceiling=True),
    "text_repeats": Limit("over", 0.02, 0.10, ceiling=True),
    "text_asked": Limit("under", 0.05, 0.20, ceiling=True),
    "text_copied": Limit("over", 0.01, 0.04, leak=True),
    "text_near": Limit("over", 0.01, 0.05, ceiling=True, leak=True),
    "text_secrets": Limit("over", 0.002, 0.01, ceiling=True, leak=True),
}
PICTURES: dict[Use, tuple[str, ...]] = {
    "real": ("fid", "picture_c2st", "precision", "blank", "artefacts"),
    "varied": ("recall", "picture_coverage", "repeats"),
    "asked": ("asked", "caption_match"),
    "new": ("near_pixels", "near_features"),
}
TEXTS: dict[Use, tuple[str, ...]] = {
    "real": (
        "text_c2st",
        "text_mauve",
        "text_lengths",
        "text_fluency",
        "text_words",
        "text_spelling",
        "text_syntax",
        "text_form",
        "text_order",
        "text_topic",
    ),
    "varied": ("text_distinct", "text_self_bleu", "text_spread", "text_repeats"),
    "asked": ("text_asked",),
    "new": ("text_copied", "text_near", "text_secrets"),
}
OF_TEXTS = frozenset({"text_kid", "text_bits", "text_overlap"} | {name for names in TEXTS.values() for name in names})
OF_PICTURES = frozenset({"kid", "density", *(name for names in PICTURES.values() for name in names)})
COLUMN = Limit("under", 0.15, 0.40, ceiling=True)


@dataclass(frozen=True)
class Verdict:
    """The level of every figure, section and use, and of the whole; the texts are made from these."""

    overall: Level
    uses: dict[Use, Level]
    sections: dict[str, Level]
    figures: dict[str, Level]
    broken_columns: tuple[str, ...]
    broken_rules: tuple[str, ...]


def reference(score: Score, limit: Limit) -> float:
    """What the figure is held against: the ceiling where limit and score know one, else the ideal."""
    if limit.ceiling and score.ceiling is not None and math.isfinite(score.ceiling):
        return score.ceiling
    return score.ideal


def grade(score: Score) -> Level:
    """The level of one figure; "absent" for a figure without limits or without a value."""
    limit = LIMITS.get(score.name)
    if limit is None or math.isnan(score.value):
        return "absent"
    against = reference(score, limit)
    ends = score.interval if score.interval is not None else (score.value, score.value)
    offs = [_off(end, against, limit) for end in ends if not math.isnan(end)] or [_off(score.value, against, limit)]
    off, worse, better = _off(score.value, against, limit), max(offs), min(offs)
    if score.name == "copies":
        return _grade_copies(score.value, off, better, limit)
    if limit.hint:
        return "good" if better <= limit.good else "fair" if better <= limit.fair else "bad"
    found = limit.shown is None or score.interval is None or better > 0
    if (off > limit.fair and found) or (limit.leak and better > limit.good):
        return "bad"
    harmless = limit.shown is None or (score.interval is not None and better <= limit.shown)
    return "good" if worse <= limit.good and harmless else "fair"


def _grade_copies(ratio: float, off: float, better: float, limit: Limit) -> Level:
    """Copying is proven when the whole interval lies above 1; the worse end of a ratio of few rows proves nothing."""
    if better > 0 or math.isinf(ratio):
        return "bad"
    return "good" if off <= limit.good else "fair"


def _off(value: float, against: float, limit: Limit) -> float:
    off = against - value if limit.side == "under" else value - against
    return max(off, 0.0) - 1e-9


def worst(levels: Iterable[Level]) -> Level:
    """The worst of the levels that were measured; "absent" when none was."""
    return max(levels, key=_RANK.__getitem__, default="absent")


def broken_columns(card: CardData) -> tuple[tuple[str, Level], ...]:
    """Columns whose own shape is far off, worst first, each with its level."""
    shapes = card.find("shapes")
    if shapes is None:
        return ()
    against = reference(shapes, COLUMN)
    found = []
    for column in shapes.detail.get("columns", ()):
        value = column.get("score")
        if isinstance(value, int | float) and not math.isnan(value) and against - value > COLUMN.good:
            level: Level = "bad" if against - value > COLUMN.fair else "fair"
            found.append((value, str(column.get("name")), level))
    return tuple((name, level) for _, name, level in sorted(found))


def broken_rules(card: CardData) -> tuple[str, ...]:
    """Declared rules that a made row breaks; a user who declares a rule was promised none."""
    score = card.find("rules")
    entries = score.detail.get("rules", ()) if score is not None else ()
    return tuple(str(e.get("text")) for e in entries if e.get("origin") == "declared" and (e.get("violations") or 0))


def judge(card: CardData) -> Verdict:
    """The verdict that the card's figures support."""
    figures = {score.name: grade(score) for score in card.scores}
    sections = _sections(card)
    columns, rules = broken_columns(card), broken_rules(card)
    if columns:
        sections["fidelity"] = worst([sections["fidelity"], *(level for _, level in columns)])
    if rules:
        sections["rules"] = "bad"
    if card.pictured:
        return _answered(PICTURES, figures, sections, tuple(name for name, _ in columns), rules)
    if card.prose:
        return _answered(TEXTS, figures, sections, tuple(name for name, _ in columns), rules)
    own = _sections(card, leave=OF_TEXTS)
    if columns:
        own["fidelity"] = worst([own["fidelity"], *(level for _, level in columns)])
    uses = _uses(own | {"rules": sections["rules"]}, figures)
    counted: list[Level] = [
        "fair" if uses[use] == "absent" else uses[use] for use in ("analysis", "training", "sharing")
    ]
    overall: Level = worst(counted) if any(level != "absent" for level in uses.values()) else "absent"
    if card.texted:
        texts = _answered(TEXTS, figures, sections, (), ())
        uses, overall = uses | texts.uses, worst([overall, texts.overall])
    return Verdict(overall, uses, sections, figures, tuple(name for name, _ in columns), rules)


def _sections(card: CardData, *, leave: frozenset[str] = frozenset()) -> dict[str, Level]:
    """The worst level of each section's figures."""
    return {name: worst(grade(s) for s in card.of(name) if s.name not in leave) for name in SECTIONS}


def _answered(
    questions: dict[Use, tuple[str, ...]],
    figures: dict[str, Level],
    sections: dict[str, Level],
    columns: tuple[str, ...],
    rules: tuple[str, ...],
) -> Verdict:
    """The verdict on pictures or texts; what was not measured is left out only where nothing could be asked for."""
    uses = {use: worst(figures.get(name, "absent") for name in names) for use, names in questions.items()}
    counted: list[Level] = ["fair" if uses[use] == "absent" else uses[use] for use in ("real", "varied", "new")]
    if uses["asked"] == "absent":
        del uses["asked"]
    else:
        counted.append(uses["asked"])
    overall: Level = worst(counted) if any(level != "absent" for level in uses.values()) else "absent"
    return Verdict(overall, uses, sections, figures, columns, rules)


def _uses(sections: dict[str, Level], figures: dict[str, Level]) -> dict[Use, Level]:
    fidelity = sections["fidelity"]
    analysis: Level = "absent" if fidelity == "absent" else worst([fidelity, sections["diversity"], sections["rules"]])
    shapes = figures.get("shapes", fidelity)
    testing: Level = "absent" if shapes == "absent" else worst([shapes, sections["rules"]])
    if testing == "good" and fidelity == "bad":
        testing = "fair"
    leaks = [sections["privacy"], sections["originality"]]
    sharing: Level = worst(leaks)
    if "absent" in leaks and sharing != "bad":
        sharing = "absent"
    return {"testing": testing, "analysis": analysis, "training": sections["usefulness"], "sharing": sharing}


def beaten_by(card: CardData) -> float | None:
    """The most by which an attack may have beaten chance: the largest upper end of their intervals, 0 at least."""
    ends = [
        score.interval[1] if score.interval else score.value for score in card.of("privacy") if score.name in LIMITS
    ]
    known = [end for end in ends if not math.isnan(end)]
    return max(0.0, *known) if known else None
