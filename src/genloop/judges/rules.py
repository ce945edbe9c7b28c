"""How often the rules between columns hold in made rows, counted exactly with their one meaning in `core.holds`."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool

from genloop.core.holds import holds
from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.rules import Rule, columns, describe
from genloop.core.score import Score
from genloop.judges import interval

NAME = "rules"


def score(evidence: Evidence) -> Iterable[Score]:
    """`rules`: the share of rows x rules that are kept, each rule counted where its columns are present."""
    known = set(evidence.made.column_names)
    rules = [rule for rule in evidence.rules if known.issuperset(columns(rule))]
    if not rules or not evidence.made.num_rows:
        return []
    made = [holds(rule, evidence.made) for rule in rules]
    rows = sum(int(applies.sum()) for applies, _ in made)
    if not rows:
        return []
    kept = sum(int(held.sum()) for _, held in made)
    broken = np.zeros(evidence.made.num_rows, bool)
    for applies, held in made:
        broken |= applies & ~held
    shares = [(_share(rule, evidence.train), _share(rule, evidence.holdout)) for rule in rules]
    real = [share for pair in shares for share in pair[::-1][:1] if share is not None]
    return [
        Score(
            name="rules",
            value=kept / rows,
            section="rules",
            bounds=(0.0, 1.0),
            direction="higher",
            ideal=1.0,
            interval=interval.share(kept / rows * evidence.made.num_rows, evidence.made.num_rows),
            unit="share",
            ceiling=float(np.mean(real)) if real else None,
            detail={
                "rules": [_line(*part) for part in zip(rules, made, shares, strict=True)],
                "rows_broken": int(broken.sum()),
                "rows": evidence.made.num_rows,
            },
        )
    ]


def _line(
    rule: Rule,
    made: tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]],
    real: tuple[float | None, float | None],
) -> dict[str, object]:
    applies, held = made
    return {
        "text": describe(rule),
        "origin": rule.origin,
        "violations": int(applies.sum() - held.sum()),
        "rows": int(applies.sum()),
        "train": rule.evidence.train if rule.evidence.train is not None else real[0],
        "holdout": rule.evidence.holdout if rule.evidence.holdout is not None else real[1],
    }


def _share(rule: Rule, records: Records | None) -> float | None:
    if records is None or not set(records.column_names).issuperset(columns(rule)):
        return None
    applies, held = holds(rule, records)
    return float(held.sum() / applies.sum()) if applies.any() else None
