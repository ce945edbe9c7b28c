"""Which columns rules compute from others, and in what order: a directed acyclic graph of rules."""

from collections.abc import Iterable, Sequence

from genloop.core.errors import RuleError
from genloop.core.rules import Dependency, Formula, Rule, describe

Determining = Dependency | Formula


def target(rule: Determining) -> str:
    """The column that the rule computes when rows are made, left out of learning."""
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
    done: list[Determining] = []
    while left:
        ready = [rule for rule in left if not any(_needs(rule, other) for other in left if other is not rule)]
        if not ready or inputs_itself(left):
            raise RuleError(_circle(left))
        done += ready
        left = [rule for rule in left if rule not in ready]
    return tuple(done)


def determined(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The columns to leave out of learning, in the order in which they are computed.

    Raises:
        RuleError: two rules write one column, or rules determine each other in a circle.
    """
    return tuple(target(rule) for rule in ordered(rules))


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


def inputs_itself(rules: Sequence[Determining]) -> bool:
    """Whether some rule computes a column from itself."""
    return any(target(rule) in inputs(rule) for rule in rules)


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


def _circle(rules: Sequence[Determining]) -> str:
    alone = [rule for rule in rules if target(rule) in inputs(rule)]
    if alone:
        return f"rule '{describe(alone[0])}' determines {target(alone[0])!r} from itself; write it with other columns"
    path = [rules[0]]
    while True:
        following = next(rule for rule in rules if rule is not path[-1] and _needs(path[-1], rule))
        if following in path:
            ring = path[path.index(following) :]
            named = "' and '".join(describe(rule) for rule in ring)
            return f"rules '{named}' determine each other in a circle; drop one of them"
        path.append(following)
