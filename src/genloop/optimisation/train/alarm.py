"""The collapse alarm of a game: what it hears, and the remedies it asks for, in their order.

A generator that collapses makes few things, whatever it is given: the spread of what it makes falls, in all or in one
class, or the judge's value jumps. Remedies, in order: a lower rate, a stronger penalty on the critic's slope,
augmentation, and the best weights so far at half the rate. Each is given two looks to act before the next is tried.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

REMEDIES = ("rate", "penalty", "augmentation", "back")
NARROW, FELL, JUMP = 0.2, 0.5, 2.5
WAIT = 2
GROUPS = 64
LEARNT = 0.4  # a class that never differed so much had hardly been learnt, and cannot collapse
LEAST_ROWS = 16  # of a group, below which its own spread is left to chance


@dataclass(frozen=True)
class Look:
    """What one look saw: the judge's value (lower is better, nan without a judge) and shares of the real spread.

    `narrowest` is that of the group that differs least, nan where no group has rows enough.
    """

    step: int
    value: float
    spread: float
    narrowest: float = math.nan


def alarm(looks: list[Look]) -> str | None:
    """Why the last look rings, or None."""
    if len(looks) < 2:
        return None
    now, before = looks[-1], looks[:-1]
    for name, told, least in (("spread", "what is made", 0.0), ("narrowest", "one class of what is made", LEARNT)):
        shares = [float(getattr(look, name)) for look in looks]
        widest = max(filter(math.isfinite, shares[:-1]), default=math.nan)
        if shares[-1] < NARROW and shares[-1] < FELL * widest and widest > least:
            return f"the spread of {told} fell from {widest:.2f} to {shares[-1]:.2f} of the real"
    best = min((look.value for look in before if math.isfinite(look.value)), default=math.nan)
    if now.value > JUMP * best:
        return f"the judge's value rose from {best:.4g} to {now.value:.4g}"
    return None


def remedy(tried: list[tuple[int, str, str]], looks: list[Look]) -> str | None:
    """The next remedy, or None while the last one acts or when all were tried."""
    since = sum(look.step > tried[-1][0] for look in looks) if tried else WAIT
    return REMEDIES[len(tried)] if since >= WAIT and len(tried) < len(REMEDIES) else None


def spread(
    made: UInt8[np.ndarray, "rows height width channels"],
    real: UInt8[np.ndarray, "rows height width channels"],
    groups: np.ndarray,
) -> float:
    """How much made pictures differ from others of their group, in root mean square, as a share of how real ones do."""
    apart = [_within(pixels.reshape(len(pixels), -1).astype(np.float32), groups) for pixels in (made, real)]
    return apart[0] / apart[1] if apart[1] > 0 else math.nan


def narrowest(
    made: UInt8[np.ndarray, "rows height width channels"],
    real: UInt8[np.ndarray, "rows height width channels"],
    groups: np.ndarray,
) -> float:
    """The least spread among the groups of at least `LEAST_ROWS` rows; nan where there is none."""
    names, counts = np.unique(groups, return_counts=True)
    found = [spread(made[own], real[own], groups[own]) for own in (groups == n for n in names[counts >= LEAST_ROWS])]
    return min(filter(math.isfinite, found), default=math.nan)


def _within(rows: np.ndarray, groups: np.ndarray) -> float:
    total = 0.0
    for group in np.unique(groups):
        part = rows[groups == group]
        total += float(((part - part.mean(0)) ** 2).sum())
    return math.sqrt(total / rows.size)
