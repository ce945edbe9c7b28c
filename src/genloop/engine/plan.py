"""The chain rule over columns as data: which family learns which columns, what rules compute, what is made fresh."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from genloop.core import determination, registry
from genloop.core import rules as core_rules
from genloop.core.errors import ConfigError, DataError, RuleError
from genloop.core.protocols import Family
from genloop.core.rules import Rule
from genloop.core.schema import LEARNT_KINDS, Schema

DEFAULT_FAMILY = "trees"


@dataclass(frozen=True)
class Stage:
    """One family and the columns that it generates, given those of the stages before."""

    family: str
    columns: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The stages in order, the columns that rules compute from them, fresh keys, and what comes out empty."""

    stages: tuple[Stage, ...]
    computed: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Plan":
        """The plan that `to_dict` wrote."""
        stages = tuple(Stage(s["family"], tuple(s["columns"]), dict(s["settings"])) for s in raw["stages"])
        return cls(stages, *(tuple(raw[name]) for name in ("computed", "fresh", "empty")))


def derive(
    schema: Schema,
    rules: Sequence[Rule] = (),
    *,
    family: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Plan:
    """The default plan: one stage for all columns that are learnt, the determined ones computed by their rules.

    Raises:
        ConfigError: no such family is installed, or it does not learn a kind that the table holds.
        DataError: no column is left to learn.
    """
    name = family or DEFAULT_FAMILY
    if name not in registry.names("generators"):
        raise ConfigError(f"--family {name!r} is not installed; installed: {', '.join(registry.names('generators'))}")
    determined = computed(schema, rules)
    learnt = tuple(c.name for c in schema.columns if c.kind in LEARNT_KINDS and c.name not in determined)
    if not learnt:
        kinds = ", ".join(f"{c.name} ({c.kind})" for c in schema.columns)
        raise DataError(f"no column is left to learn: {kinds}; name a kind with --kind COLUMN=KIND")
    part: Family = registry.load("generators", name)
    foreign = [c for c in learnt if schema[c].kind not in part.KINDS]
    if foreign:
        listed = ", ".join(f"{c} ({schema[c].kind})" for c in foreign)
        raise ConfigError(f"--family {name} does not learn {listed}; it learns {', '.join(sorted(part.KINDS))}")
    return Plan(
        stages=(Stage(name, learnt, dict(settings or {})),),
        computed=determined,
        fresh=tuple(c.name for c in schema.columns if c.kind == "key"),
        empty=tuple(c.name for c in schema.columns if c.kind not in LEARNT_KINDS | {"key"}),
    )


def computed(schema: Schema, rules: Iterable[Rule]) -> tuple[str, ...]:
    """Columns that dependencies and formulas determine, and that are therefore not learnt, in schema order.

    Raises:
        RuleError: a rule speaks of a column that is not there or not learnt, or rules determine each other.
    """
    listed = tuple(rules)
    for rule in listed:
        for name in core_rules.columns(rule):
            if name not in schema:
                raise RuleError(
                    f"rule '{core_rules.describe(rule)}' speaks of {name!r}; the table has {', '.join(schema.names)}"
                )
            if schema[name].kind not in LEARNT_KINDS:
                raise RuleError(
                    f"rule '{core_rules.describe(rule)}' speaks of {name!r}, a {schema[name].kind}, which is not learnt"
                )
    names = determination.determined(listed)
    return tuple(name for name in schema.names if name in names)
