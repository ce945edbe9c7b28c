"""The chain rule over columns as data: which family learns which columns, what rules compute, what is made fresh."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from genloop.core import determination, registry
from genloop.core import rules as core_rules
from genloop.core.errors import ConfigError, DataError, RuleError
from genloop.core.families import Family, PictureFamily
from genloop.core.rules import Rule
from genloop.core.schema import LEARNT_KINDS, Schema

DEFAULT_FAMILY = "trees"
PICTURES, WRITER = "gan", "transformer"
RAW = "raw"  # the form of families that take texts as they are
Role = Literal["table", "codes", "image", "text"]
_GROUPS: Mapping[Role, registry.Group] = {
    "table": "generators",
    "codes": "generators.image",
    "image": "generators.image",
    "text": "generators.text",
}
_MAKES: Mapping[registry.Group, str] = {
    "generators": "tables",
    "generators.image": "pictures",
    "generators.text": "texts",
}


@dataclass(frozen=True)
class Stage:
    """One family and the columns that it generates, given those of the stages before.

    A stage of the role "codes" makes nothing: it learns the codes in which the next stage learns its pictures. `words`
    are the text columns whose sentences an "image" stage can be given, `seen` the columns whose pictures it is given.
    """

    family: str
    columns: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    role: Role = "table"
    words: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The stages in order, the columns that rules compute from them, fresh keys, and what comes out empty.

    Pictures of the columns `given` are not learnt: whoever wants others made from them brings them.
    """

    stages: tuple[Stage, ...]
    computed: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def table(self) -> int | None:
        """The place of the stage that learns numbers, categories, times and places; None when there are none."""
        return next((place for place, stage in enumerate(self.stages) if stage.role == "table"), None)

    @property
    def written(self) -> tuple[str, ...]:
        """The columns of texts that a stage learns."""
        return tuple(stage.columns[0] for stage in self.stages if stage.role == "text")

    @property
    def raw(self) -> tuple[str, ...]:
        """Of these, the columns whose families take texts as they are: no pieces are learnt for them."""
        writing = [stage for stage in self.stages if stage.role == "text"]
        forms = {stage.columns[0]: registry.load("generators.text", stage.family).FORM for stage in writing}
        return tuple(name for name, form in forms.items() if form == RAW)

    @property
    def family(self) -> str:
        """The family of the last stage, by which a model is called."""
        return self.stages[-1].family

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Plan":
        """The plan that `to_dict` wrote."""
        stages = tuple(
            Stage(
                s["family"],
                tuple(s["columns"]),
                dict(s["settings"]),
                s.get("role", "table"),
                *(tuple(s.get(name, ())) for name in ("words", "seen")),
            )
            for s in raw["stages"]
        )
        return cls(stages, *(tuple(raw.get(name, ())) for name in ("computed", "fresh", "empty", "given")))


def derive(
    schema: Schema,
    rules: Sequence[Rule] = (),
    *,
    family: str | None = None,
    settings: Mapping[str, Any] | None = None,
    words: bool = False,
    writes: Collection[str] = (),
    given: Sequence[str] = (),
) -> Plan:
    """The default plan: one stage for numbers, categories, times and places, then those of pictures or texts.

    Columns that rules determine are computed. `family` and `settings` are those of the pictures where there are any,
    else of the texts where `family` can write or is not named. `words` says that sentences can be turned into vectors
    here, so that text columns condition the pictures; `writes` names the columns of texts that can be learnt, as those
    of a table without pictures then are. Of the columns of pictures those that are `given` are not learnt, and the
    others see them and each other one after the other.

    Raises:
        ConfigError: no such family is installed, or it does not learn a kind that the table holds.
        DataError: no column is left to learn.
    """
    pictures = tuple(c.name for c in schema.columns if c.kind == "image" and c.name not in given)
    texts = tuple(c.name for c in schema.columns if c.name in writes) if not pictures else ()
    determined = computed(schema, rules)
    tokens = tuple(c.name for c in schema.columns if c.kind in LEARNT_KINDS and c.name not in determined)
    if not tokens and not pictures and not texts:
        kinds = ", ".join(f"{c.name} ({c.kind})" for c in schema.columns)
        raise DataError(f"no column is left to learn: {kinds}; name a kind with --kind COLUMN=KIND")
    group = _group(family, pictures, texts)
    if family is not None and family not in registry.names(group):
        there = zip(_MAKES, (tokens, pictures, texts), strict=True)
        raise _unfit(family, [name for name, columns in there if columns])
    own = dict(settings or {})
    apart = bool(pictures) or (bool(texts) and (family is None or group == "generators.text"))
    table = _table(schema, tokens, family if group == "generators" else None, {} if apart else own)
    sentences = tuple(c.name for c in schema.columns if c.kind == "text") if words else ()
    painter = family if family is not None and group == "generators.image" else PICTURES
    sights = [(name, (*given, *pictures[:place])) for place, name in enumerate(pictures)]
    painting = [stage for name, seen in sights for stage in _painting(name, painter, own, sentences, seen)]
    writer = family if family is not None and group == "generators.text" else WRITER
    writing = [Stage(writer, (name,), own if apart else _device(own), "text") for name in texts]
    return Plan(
        stages=(*table, *painting, *writing),
        computed=determined,
        fresh=tuple(c.name for c in schema.columns if c.kind == "key"),
        empty=tuple(
            c.name for c in schema.columns if c.kind not in LEARNT_KINDS | {"key", "image"} and c.name not in texts
        ),
        given=tuple(given),
    )


def check(plan: Plan) -> None:
    """Lets each stage's family that can (`check`) refuse its settings before any work.

    Raises:
        GenloopError: it refuses them, or something that they name.
    """
    for stage in plan.stages:
        refuse = getattr(registry.load(_GROUPS[stage.role], stage.family), "check", None)
        if refuse is not None:
            refuse(stage.settings)


def _group(family: str | None, pictures: tuple[str, ...], texts: tuple[str, ...]) -> registry.Group:
    """Of which kind of column the named family is: pictures or texts where the table has them and it knows them."""
    if pictures and family in registry.names("generators.image"):
        return "generators.image"
    if texts and family in registry.names("generators.text"):
        return "generators.text"
    return "generators"


def _unfit(family: str, groups: Sequence[registry.Group]) -> ConfigError:
    """That the named family learns no column of the data; `groups` are those of families that learn one."""
    fit = "; ".join(f"of {_MAKES[group]}: {', '.join(registry.names(group))}" for group in groups)
    makes = " and ".join(what for group, what in _MAKES.items() if family in registry.names(group))
    if not makes:
        return ConfigError(f"--family {family!r} is not installed; installed {fit}")
    return ConfigError(
        f"--family {family} learns {makes}, and the data have no column of {makes} that can be learnt"
        f"{' (name one with --kind COLUMN=text)' if makes == 'texts' else ''}; installed {fit}"
    )


def _table(schema: Schema, columns: tuple[str, ...], family: str | None, settings: dict[str, Any]) -> list[Stage]:
    """The stage of the columns that are learnt as tokens, if there are any."""
    if not columns:
        return []
    name = family or DEFAULT_FAMILY
    part: Family = registry.load("generators", name)
    foreign = [c for c in columns if schema[c].kind not in part.KINDS]
    if foreign:
        listed = ", ".join(f"{c} ({schema[c].kind})" for c in foreign)
        raise ConfigError(f"--family {name} does not learn {listed}; it learns {', '.join(sorted(part.KINDS))}")
    return [Stage(name, columns, settings)]


def _painting(
    column: str, family: str, settings: dict[str, Any], words: tuple[str, ...], seen: tuple[str, ...]
) -> list[Stage]:
    """The stages of a column of pictures: that of the codes in which the family learns, if any, and its own.

    A family that only codes as it is set comes before the one that learns its codes.
    """
    part: PictureFamily = registry.load("generators.image", family)
    needed, taught_by, own = part.needs(settings), getattr(part, "taught_by", None), dict(settings)
    if taught_by is not None and (by := taught_by(settings)) is not None:
        needed, family, own = (family, by[1]), by[0], _device(settings)
    before = [] if needed is None else [Stage(needed[0], (column,), {**_device(settings), **needed[1]}, "codes")]
    return [*before, Stage(family, (column,), own, "image", words, seen)]


def _device(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key == "device"}


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
