"""The plan of a fit as it follows from the profile and the rules, and its families asked before any work."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from genloop.core.rules import Rule
from genloop.engine import plan as plans
from genloop.engine import words, writer
from genloop.engine.plan import Plan
from genloop.files.profile import Profile


def begin(
    found: Profile, family: str | None, settings: Mapping[str, Any], writes: Collection[str] | None = None
) -> Callable[[Sequence[Rule]], Plan]:
    """What turns rules into the plan; every family has seen its settings by then.

    `writes` names the columns of texts to learn; by default those that `family` can.

    Raises:
        ConfigError: the family or one of its settings is refused.
        DataError: there is nothing to learn.
    """
    known = writer.writable(found, family) if writes is None else writes
    read = words.installed()

    def derive(rules: Sequence[Rule]) -> Plan:
        return plans.derive(found.schema, rules, family=family, settings=settings, words=read, writes=known)

    plans.check(derive(()))
    return derive
