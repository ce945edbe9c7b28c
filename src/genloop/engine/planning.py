"""The plan of a fit as it follows from the profile and the rules, and its families asked before any work."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from genloop.core.errors import SchemaError
from genloop.core.records import Source
from genloop.core.rules import Rule
from genloop.core.schema import Schema
from genloop.engine import plan as plans
from genloop.engine import words, writer
from genloop.engine.plan import Plan
from genloop.files.profile import Profile, profile


def ask(family: str | None, settings: Mapping[str, Any]) -> None:
    """Lets a family that takes texts as they are refuse its settings, and the weights or server that they name.

    It is asked before any data are looked at, which can take long.

    Raises:
        GenloopError: it refuses them.
    """
    if writer.takes_raw(family):
        plans.check(Plan((plans.Stage(str(family), (), dict(settings), "text"),)))


def begin(
    found: Profile,
    family: str | None,
    settings: Mapping[str, Any],
    writes: Collection[str] | None = None,
    given: Sequence[str] = (),
) -> Callable[[Sequence[Rule]], Plan]:
    """What turns rules into the plan; every family has seen its settings by then.

    `writes` names the columns of texts to learn; by default those that `family` can. Pictures `given` are not learnt.

    Raises:
        ConfigError: the family or one of its settings is refused.
        DataError: there is nothing to learn.
    """
    known = writer.writable(found, family) if writes is None else writes
    read = words.installed()

    def derive(rules: Sequence[Rule]) -> Plan:
        schema, own = found.schema, settings
        return plans.derive(schema, rules, family=family, settings=own, words=read, writes=known, given=given)

    plans.check(derive(()))
    return derive


def agreed(before: Schema, source: Source) -> Schema:
    """The columns of the earlier model with the summaries of the new rows.

    Raises:
        SchemaError: the new rows lack a column, or hold another kind.
    """
    absent = [name for name in before.names if name not in source.columns]
    if absent:
        raise SchemaError(f"--from: the new rows have no column {', '.join(absent)}; the model learnt it")
    extra = [name for name in source.columns if name not in before]
    kinds = {column.name: column.kind for column in before.columns}
    return Schema(before.columns, profile(source, kinds=kinds, drop=extra).summaries)
