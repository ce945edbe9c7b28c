"""Privacy by attack: what someone who holds the made rows learns about the rows the generator was trained on.

`membership`: was this row in the training table? In the manner of van Breugel et al. 2023 (DOMIAS, arXiv 2302.12580):
half of the holdout are non-members, the other half is the attacker's reference, and a row is suspected where made rows
are denser than the reference. Both halves take both parts in turn. Three attacks run, by the distance to the nearest
made row, by the ratio of the distances to the nearest made and reference rows, and by a classifier of made against
reference rows; the strongest counts, and its interval allows for the choice.

`attribute`: an attacker who knows every column of a row but one guesses that one from the nearest made row. What counts
is how much better this works for training rows than for holdout rows, of which the generator knows nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges import interval, near, trees, view

NAME = "privacy"
_CANDIDATES = 10_000  # non-members; members are up to twice as many
_CELLS = 600_000  # rows x columns that the classifier learns from
_LEAST = 4  # rows of the holdout
_ROUNDS = 100
_RATE = 0.1
_NEAR_RANK = 0.01  # a number is guessed when its rank is off by no more
_CURVE = 51


@dataclass(frozen=True)
class Game:
    """Candidate rows as points and as values; `half` says which half of the holdout is a candidate's reference."""

    axes: tuple[view.Axis, ...]
    made: near.Points
    made_values: view.Matrix
    members: near.Points
    outsiders: near.Points
    member_values: view.Matrix
    outsider_values: view.Matrix
    member_half: Int64[np.ndarray, " members"]
    outsider_half: Int64[np.ndarray, " outsiders"]


@dataclass(frozen=True)
class Attack:
    """Suspicion of every candidate under one attack."""

    name: str
    members: Float[np.ndarray, " members"]
    outsiders: Float[np.ndarray, " outsiders"]


def score(evidence: Evidence) -> Iterable[Score]:
    """`membership` and `attribute`, the advantages of attackers; nothing without train and holdout."""
    seen = view.read(evidence)
    if seen.train is None or seen.holdout is None or not seen.axes:
        return []
    if min(len(seen.holdout), len(seen.train), len(seen.made)) < _LEAST:
        return []
    game = _deal(seen, seen.train, seen.holdout, evidence.seed)
    guesses = len(seen.axes) > 1
    members, outsiders = (near.find(part, game.made, others=guesses) for part in (game.members, game.outsiders))
    found = [_membership(_attacks(game, members, outsiders, evidence.seed), game)]
    if guesses:
        found.append(_attribute(game, members, outsiders))
    return found


def _deal(seen: view.View, train: view.Matrix, holdout: view.Matrix, seed: int) -> Game:
    made = view.take(seen.made, near.searchable(len(seen.axes)), seed, NAME, "made")
    candidates = min(_CANDIDATES, near.affordable(len(made), len(seen.axes)) // 3)
    outsiders = view.take(holdout, candidates, seed, NAME, "outsiders")
    members = view.take(train, 2 * len(outsiders), seed, NAME, "members")
    halves = [stream(seed, NAME, "half", len(part)).permutation(len(part)) % 2 for part in (members, outsiders)]
    points = [near.place(seen.axes, train, part) for part in (made, members, outsiders)]
    return Game(seen.axes, points[0], made, points[1], points[2], members, outsiders, halves[0], halves[1])


def _attacks(game: Game, members: near.Nearest, outsiders: near.Nearest, seed: int) -> list[Attack]:
    reference = [np.zeros(len(game.members)), np.zeros(len(game.outsiders))]
    chance = [np.zeros(len(game.members)), np.zeros(len(game.outsiders))]
    for half in (0, 1):  # outsiders of one half are tried against the other half, members against either
        base = game.outsider_half != half
        booster = _density(game, base, seed)
        for side, (points, values, own) in enumerate(
            (
                (game.members, game.member_values, game.member_half),
                (game.outsiders, game.outsider_values, game.outsider_half),
            )
        ):
            mine = own == half
            reference[side][mine] = near.find(points[mine], game.outsiders[base]).distance
            chance[side][mine] = trees.predict(booster, trees.look(game.axes, values[mine]))
    return [
        Attack("nearest made row", -members.distance.astype(float), -outsiders.distance.astype(float)),
        Attack(
            "nearest made against nearest reference row",
            _log(reference[0]) - _log(members.distance),
            _log(reference[1]) - _log(outsiders.distance),
        ),
        Attack("classifier of made against reference rows", chance[0], chance[1]),
    ]


def _density(game: Game, base: np.ndarray, seed: int) -> object:
    """A classifier whose odds are the ratio of the densities of made and reference rows."""
    rows = max(1_000, _CELLS // (5 * len(game.axes)))
    reference = view.take(game.outsider_values[base], rows, seed, NAME, "reference")
    made = view.take(game.made_values, 4 * len(reference), seed, NAME, "classifier")
    both = trees.look(game.axes, np.concatenate([made, reference]))
    labels = np.repeat([1.0, 0.0], [len(made), len(reference)])
    return trees.fit(both, labels, trees.Objective("binary"), rounds=_ROUNDS, rate=_RATE, seed=seed)


def _log(distance: np.ndarray) -> Float[np.ndarray, " rows"]:
    return np.log(np.asarray(distance, float) + 1e-3)


def _membership(attacks: list[Attack], game: Game) -> Score:
    areas = [interval.area(attack.members, attack.outsiders) for attack in attacks]
    best = int(np.argmax([area.value for area in areas]))
    bounds = (-1.0, 1.0)
    each = [interval.around(2 * area.value - 1, 2 * area.error, bounds, among=len(areas)) for area in areas]
    curves = [_curve(attack) for attack in attacks]
    caught = [float(np.interp(0.01, *curve)) for curve in curves]
    false, true = curves[best]
    return Score(
        name="membership",
        value=2 * areas[best].value - 1,
        section="privacy",
        bounds=bounds,
        direction="lower",
        ideal=0.0,
        interval=(max(low for low, _ in each), max(high for _, high in each)),
        unit="advantage",
        ceiling=0.0,
        detail={
            "roc": [
                {"false": round(float(share), 4), "true": round(float(np.interp(share, false, true)), 4)}
                for share in np.linspace(0, 1, _CURVE)
            ],
            "attack": attacks[best].name,
            "attacks": [
                {
                    "name": attack.name,
                    "advantage": round(2 * area.value - 1, 6),
                    "interval": list(found),
                    "true_at_1_percent_false": round(share, 6),
                }
                for attack, area, found, share in zip(attacks, areas, each, caught, strict=True)
            ],
            "true_at_1_percent_false": round(max(caught), 6),
            "true_at_1_percent_false_interval": list(
                interval.share(max(caught) * len(game.members), len(game.members), among=len(areas))
            ),
            "members": len(game.members),
            "non_members": len(game.outsiders),
        },
    )


def _curve(attack: Attack) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    """Shares of non-members and of members that are suspected, for every threshold."""
    suspicion = np.concatenate([attack.members, attack.outsiders])
    member = np.repeat([True, False], [len(attack.members), len(attack.outsiders)])
    order = np.argsort(-suspicion, kind="stable")
    last = np.append(np.diff(suspicion[order]) != 0, True)
    true = np.cumsum(member[order])[last] / len(attack.members)
    false = np.cumsum(~member[order])[last] / len(attack.outsiders)
    return np.append(0.0, false), np.append(0.0, true)


def _attribute(game: Game, members: near.Nearest, outsiders: near.Nearest) -> Score:
    hits = [
        _hits(game, points, found.others) for points, found in ((game.members, members), (game.outsiders, outsiders))
    ]
    rates = [np.nanmean(part, axis=0) for part in hits]
    rows = [np.maximum(np.sum(~np.isnan(part), axis=0), 1) for part in hits]
    gain = rates[0] - rates[1]
    error = np.sqrt(sum(_variance(rate, many) for rate, many in zip(rates, rows, strict=True)))
    bounds = (-1.0, 1.0)
    each = [interval.around(float(g), float(e), bounds, among=len(gain)) for g, e in zip(gain, error, strict=True)]
    best = int(np.argmax(gain))
    return Score(
        name="attribute",
        value=float(gain[best]),
        section="privacy",
        bounds=bounds,
        direction="lower",
        ideal=0.0,
        interval=(max(low for low, _ in each), max(high for _, high in each)),
        unit="advantage",
        ceiling=0.0,
        detail={
            "column": game.axes[best].name,
            "columns": [
                {
                    "name": axis.name,
                    "advantage": round(float(gain[place]), 6),
                    "interval": list(each[place]),
                    "members": round(float(rates[0][place]), 6),
                    "non_members": round(float(rates[1][place]), 6),
                }
                for place, axis in enumerate(game.axes)
            ],
            "members": len(game.members),
            "non_members": len(game.outsiders),
        },
    )


def _hits(
    game: Game, points: near.Points, others: Int64[np.ndarray, "rows columns"]
) -> Float[np.ndarray, "rows columns"]:
    """Whether the nearest made row on the other columns has the wanted value."""
    guessed = np.take_along_axis(game.made, others, axis=0)
    return np.asarray(np.abs(guessed - points) <= _NEAR_RANK, float)


def _variance(rate: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of a share, kept above zero at its ends (Agresti and Coull 1998)."""
    padded = (rate * rows + 2) / (rows + 4)
    return np.asarray(padded * (1 - padded) / (rows + 4))
