"""Which columns rules compute from others, and in what order: a directed acyclic graph of rules."""

from collections.abc import Iterable, Sequence

from genloop.core.errors import RuleError
from genloop.core.rules import Dependency, Formula, Rule, describe

Determining = Dependency | Formula


def target(rule: Determining) -> str:
    """The column that the rule computes when rows are made."""
    return rule.solved or rule.column if isinstance(rule, Formula) else rule.column


def inputs(rule: Determining) -> tuple[str, ...]:
    """The columns that must be there before the rule computes its target."""
    if isinstance(rule, Dependency):
        return rule.by
    names = dict.fromkeys((*(name for _, name in (*rule.numerator, *rule.denominator)), rule.column))
    return tuple(name for name in names if name != target(rule))


def written(rule: Determining) -> tuple[str, ...]:
    """Every column whose cells the rule may write: a solved formula also rounds its `column` into place."""
    return tuple(dict.fromkeys((target(rule), rule.column)))


def ordered(rules: Iterable[Rule]) -> tuple[Determining, ...]:
    """The determining rules so that each comes after those that write its inputs.

    Raises:
        RuleError: two rules write one column, or rules determine each other in a circle; the message names them.
    """
    left = [rule for rule in rules if isinstance(rule, Dependency | Formula)]
    _refuse_twice(left)
    _refuse_itself(left)
    done: list[Determining] = []
    while left:
        ready = [rule for rule in left if not any(_needs(rule, other) for other in left if other is not rule)]
        if not ready:
            raise RuleError(_circle(left))
        done += ready
        left = [rule for rule in left if rule not in ready]
    return tuple(done)


def determined(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The columns to leave out of learning, in the order in which they are computed.

    A solved column is learnt all the same, although it is computed anew in the end: what else hangs on it (the weight
    of a stone on its height) is drawn to fit, and so is the ratio that it is solved from.

    Raises:
        RuleError: two rules write one column, or rules determine each other in a circle.
    """
    return tuple(target(rule) for rule in ordered(rules) if isinstance(rule, Dependency) or rule.solved is None)


def acyclic(candidates: Iterable[Determining], settled: Sequence[Determining] = ()) -> tuple[Determining, ...]:
    """The candidates, best first, less those that clash with a better one or with the settled rules."""
    kept = list(settled)
    for rule in candidates:
        try:
            ordered([*kept, rule])
        except RuleError:
            continue
        kept.append(rule)
    return tuple(kept[len(settled) :])


def _needs(rule: Determining, other: Determining) -> bool:
    return bool(set(inputs(rule)) & set(written(other)))


def _refuse_twice(rules: Sequence[Determining]) -> None:
    writers: dict[str, Determining] = {}
    for rule in rules:
        for name in written(rule):
            other = writers.setdefault(name, rule)
            if other is not rule:
                raise RuleError(
                    f"rules '{describe(other)}' and '{describe(rule)}' both determine {name!r}; keep one of them"
                )


def _refuse_itself(rules: Sequence[Determining]) -> None:
    for rule in rules:
        sides = rule.by if isinstance(rule, Dependency) else [name for _, name in (*rule.numerator, *rule.denominator)]
        if rule.column in sides:
            raise RuleError(
                f"rule '{describe(rule)}' determines {rule.column!r} from itself; write it with other columns"
            )


def _circle(rules: Sequence[Determining]) -> str:
    path = [rules[0]]
    while True:
        following = next(rule for rule in rules if rule is not path[-1] and _needs(path[-1], rule))
        if following in path:
            ring = path[path.index(following) :]
            named = "' and '".join(describe(rule) for rule in ring)
            return f"rules '{named}' determine each other in a circle; drop one of them"
        path.append(following)
