"""Rules found in a table: dependencies, orderings, fixed combinations and formulas, each confirmed on other rows.

What is found is returned as a set that can be kept: each column is computed by at most one rule, no rules compute each
other in a circle, formulas come before dependencies, and simple rules before involved ones.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.random import Generator

from genloop.core.determination import acyclic, written
from genloop.core.holds import holds
from genloop.core.records import Records
from genloop.core.rules import Combination, Dependency, Evidence, Formula, Order, Rule, columns
from genloop.core.schema import Schema
from genloop.core.seed import stream
from genloop.files import cells as table
from genloop.files import combinations, dependencies, fits, formulas, orders
from genloop.files.cells import Cells

_MOST_SEARCHED_ROWS = 100_000
_LEAST_ROWS = 50
_ERRORS = 3.0  # standard errors that the holdout may fall below the bar


def find(
    train: Records, holdout: Records | None, schema: Schema, *, floor: int = 5, at_least: float = 0.995
) -> tuple[Rule, ...]:
    """The rules that hold in `at_least` of the cleaned training rows and that the holdout confirms, with evidence.

    The same rows give the same rules. Mappings and combinations list only what at least `floor` training rows carry.
    """
    if train.num_rows < _LEAST_ROWS:
        return ()
    whole = table.read(train, schema)
    rng = stream(0, "rules", "search")
    searched = whole
    if whole.rows > _MOST_SEARCHED_ROWS:
        searched = whole.take(np.sort(rng.choice(whole.rows, _MOST_SEARCHED_ROWS, replace=False)))

    def confirmed(rules: Iterable[Rule]) -> Iterator[Rule]:
        """Those of the rules that both parts of the table bear out."""
        for rule in rules:
            if (proven := _confirm(rule, train, holdout, at_least)) is not None:
                yield proven

    determining = _determining(whole, searched, train, rng, floor, at_least)
    kept: list[Rule] = list(acyclic(rule for rule in confirmed(determining) if isinstance(rule, Dependency | Formula)))
    computed = [name for rule in kept if isinstance(rule, Dependency | Formula) for name in written(rule)]
    kept += confirmed(order for order in orders.find(searched, at_least=at_least) if not _follows(order, kept))
    pairs = combinations.find(searched, floor=floor, at_least=at_least, skip=computed)
    kept += confirmed(combinations.build(whole, train, pair, floor=floor) for pair in pairs)
    return tuple(kept)


def learn(rules: Iterable[Rule], train: Records, schema: Schema, *, floor: int = 5) -> tuple[Rule, ...]:
    """The declared rules with what they leave open filled in from training rows: mappings, combinations, evidence."""
    cells = table.read(train, schema)
    return tuple(_evident(_fill(rule, cells, train, floor), train, None) for rule in rules)


def join(declared: Sequence[Rule], found: Sequence[Rule]) -> tuple[Rule, ...]:
    """The declared rules, and the found ones that say nothing of what a declared one settles."""
    settled = [rule for rule in declared if isinstance(rule, Dependency | Formula)]
    fitting = set(acyclic((rule for rule in found if isinstance(rule, Dependency | Formula)), settled))
    spoken = {frozenset(columns(rule)) for rule in declared}
    return (*declared, *(r for r in found if frozenset(columns(r)) not in spoken and _fits(r, fitting)))


def _fits(rule: Rule, fitting: set[Dependency | Formula]) -> bool:
    return not isinstance(rule, Dependency | Formula) or rule in fitting


def _determining(
    whole: Cells, searched: Cells, train: Records, rng: Generator, floor: int, at_least: float
) -> Iterator[Rule]:
    """Formulas, then dependencies, the best first."""
    for fit in formulas.find(searched, rng, at_least=at_least):
        yield fits.solve(searched, fit.rule)
    for found in dependencies.find(searched, floor=floor, at_least=at_least):
        yield dependencies.build(whole, train, found, floor=floor)


def _confirm(rule: Rule, train: Records, holdout: Records | None, at_least: float) -> Rule | None:
    """The rule with its evidence, or None when a part of the table does not bear it out."""
    proven = _evident(rule, train, holdout)
    evidence = proven.evidence
    if evidence.train is None or evidence.train < at_least:
        return None
    if holdout is None:
        return proven
    rows = int(holds(rule, holdout)[0].sum())
    room = _ERRORS * np.sqrt(at_least * (1 - at_least) / max(1, rows))
    return proven if evidence.holdout is not None and evidence.holdout >= at_least - room else None


def _evident(rule: Rule, train: Records, holdout: Records | None) -> Rule:
    share, rows = _share(rule, train)
    unseen = None if holdout is None else _share(rule, holdout)[0]
    return dataclasses.replace(rule, evidence=Evidence(share, unseen, rows))


def _share(rule: Rule, records: Records) -> tuple[float | None, int]:
    applies, kept = holds(rule, records)
    rows = int(applies.sum())
    return (float(kept.sum() / rows) if rows else None), rows


def _follows(order: Order, kept: Sequence[Rule]) -> bool:
    """Whether a formula that computes one of the two columns from the other already ties them together."""
    pair = {order.low, order.high}
    return any(pair <= set(columns(rule)) for rule in kept if isinstance(rule, Formula) and rule.solved is None)


def _fill(rule: Rule, cells: Cells, train: Records, floor: int) -> Rule:
    match rule:
        case Dependency(by=by, column=column, mapping=()):
            filled = dependencies.build(cells, train, dependencies.Found(by, column, 1.0, 0), floor=floor)
            return dataclasses.replace(rule, mapping=filled.mapping)
        case Combination(columns=names, allowed=()):
            return dataclasses.replace(rule, allowed=combinations.build(cells, train, names, floor=floor).allowed)
        case _:
            return rule
