"""What each column holds: its kind, its physical type in the source, and how it was recognised."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from genloop.core.errors import SchemaError

Kind = Literal["number", "category", "time", "place", "key", "text", "image", "audio", "music", "video", "events"]
KINDS: tuple[str, ...] = get_args(Kind)
LEARNT_KINDS = frozenset({"number", "category", "time", "place"})


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `physical` is the Arrow type of the source ("string", "int64", "timestamp[us, tz=UTC]").
    `formats` are the input's own spellings: strptime patterns for `time`, most frequent first; for a `number`
    that came as text, a pattern such as "$#,##0.00"; for a `key`, its pattern; for a `text` whose cells are pieces of
    web pages, "HTML".
    `decimals` is the number of digits after the point that a `number` (or `place`) carries.
    `zone` is the zone of a `time` ("+08:00", "UTC"), None when it has none.
    `partner` is the longitude column of a latitude and the other way round.
    `shape` is the (height, width, channels) in which an `image` is learnt and made.
    """

    name: str
    kind: Kind
    physical: str = "string"
    formats: tuple[str, ...] = ()
    decimals: int | None = None
    zone: str | None = None
    partner: str | None = None
    unique: bool = False
    confidence: float = 1.0
    reason: str = ""
    notes: tuple[str, ...] = ()
    shape: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SchemaError(f"column {self.name!r}: unknown kind {self.kind!r}; expected one of {', '.join(KINDS)}")


@dataclass(frozen=True)
class Summary:
    """Aggregates of one column over the profiled rows; holds no value that fewer than the floor of rows carry."""

    rows: int
    missing: int
    distinct: int
    low: float | str | None = None
    high: float | str | None = None
    unreadable: int = 0


@dataclass(frozen=True)
class Schema:
    """The columns of a table in their order, with the summaries the profile measured."""

    columns: tuple[Column, ...]
    summaries: Mapping[str, Summary] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SchemaError(f"column names must be unique; came twice: {', '.join(twice)}")

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(f"no column {name!r}; the table has {', '.join(self.names)}")

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def units(self) -> list[tuple[Column, ...]]:
        """Columns grouped as codecs take them: a latitude with its longitude, every other column alone."""
        done: set[str] = set()
        groups: list[tuple[Column, ...]] = []
        for column in self.columns:
            if column.name in done:
                continue
            group: tuple[Column, ...] = (column,)
            if column.kind == "place" and column.partner is not None and column.partner in self:
                group = (column, self[column.partner])
            done.update(member.name for member in group)
            groups.append(group)
        return groups

    def replace(self, columns: Iterable[Column]) -> "Schema":
        """This schema with the given columns in place of those of the same name."""
        new = {column.name: column for column in columns}
        return dataclasses.replace(self, columns=tuple(new.get(c.name, c) for c in self.columns))

    def to_json(self) -> str:
        """The schema as indented JSON text, the `schema.json` of a run folder."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Schema":
        """The schema that `to_json` wrote.

        Raises:
            SchemaError: the text is no schema.
        """
        try:
            raw: dict[str, Any] = json.loads(text)
            tuples: tuple[dict[str, Any], ...] = tuple(
                {name: tuple(c[name]) for name in ("formats", "notes", "shape") if c.get(name) is not None}
                for c in raw["columns"]
            )
            columns = tuple(Column(**{**c, **own}) for c, own in zip(raw["columns"], tuples, strict=True))
            return cls(columns, {name: Summary(**s) for name, s in raw["summaries"].items()})
        except (TypeError, KeyError, ValueError) as error:
            raise SchemaError(f"not a genloop schema: {error}") from error
