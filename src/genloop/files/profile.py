"""What each column of a table holds: recognised over all rows, batch by batch, so that memory does not matter.

Two looks: the first counts what cells spell and fixes how they are cleaned, the second counts the cleaned values.
"""

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.errors import DataError, SchemaError
from genloop.core.records import Records, Source
from genloop.core.schema import KINDS, Column, Schema
from genloop.files import forms, measure, physical, spellings, summaries
from genloop.files import kinds as decisions
from genloop.files.clean import decode
from genloop.files.pictures import geometry, survey
from genloop.files.pictures.survey import Survey
from genloop.files.table import Parquet
from genloop.files.texts import survey as prose

_LATITUDE, _LONGITUDE = re.compile(r"lat(?:itude)?|纬度", re.IGNORECASE), re.compile(r"lon(?:g|gitude)?|lng|经度", re.I)
_CLASS = re.compile(r"class|classes|label|labels|category|target|y|类别|标签|分类", re.IGNORECASE)
_PEEKED, _LOOK_BYTES = 64, 128 << 20
_DATE_RANGES = ((190_001, 210_012), (19_000_101, 21_001_231), (19_000_101_000_000, 21_001_231_235_959))


@dataclass(frozen=True)
class Profile:
    """The schema of a table, and what was found in each of its columns of pictures and of texts."""

    schema: Schema
    pictures: Mapping[str, Survey] = field(default_factory=dict)
    texts: Mapping[str, prose.Survey] = field(default_factory=dict)


def profile(
    source: Source | Records,
    *,
    kinds: Mapping[str, str] | None = None,
    keys: Collection[str] = (),
    drop: Collection[str] = (),
    floor: int = 5,
    pictures: str | None = None,
) -> Schema:
    """The schema of the source's columns without `drop`, with `kinds` and `keys` in place of what was recognised.

    A summary holds no value that fewer than `floor` rows carry. `pictures` says how pictures are brought to one shape:
    a size ("64", "48x64") and one of crop, pad, stretch.

    Raises:
        SchemaError: a named column or kind does not exist, or a column cannot be of its declared kind.
        DataError: there is no row, or no column.
        ConfigError: `pictures` is none of these.
    """
    return look(source, kinds=kinds, keys=keys, drop=drop, floor=floor, pictures=pictures).schema


def look(
    source: Source | Records,
    *,
    kinds: Mapping[str, str] | None = None,
    keys: Collection[str] = (),
    drop: Collection[str] = (),
    floor: int = 5,
    pictures: str | None = None,
) -> Profile:
    """The schema as `profile` gives it; of pictures what was skipped, of texts their aggregates, of both duplicates."""
    shaped = geometry.read(pictures)
    names = list(source.column_names if isinstance(source, pa.Table) else source.columns)
    asked = {**(kinds or {}), **dict.fromkeys(keys, "key")}
    _check(names, asked, drop)
    kept = [name for name in names if name not in set(drop)]
    known = {name: kind for name, kind in getattr(source, "kinds", {}).items() if name in kept}
    wanted = {**known, **asked}
    columns, looks = _first_look(source, kept, wanted)
    if shown := _shown(columns, wanted):  # the class of a picture is a name, also where names are numbers
        wanted |= dict.fromkeys(shown, "category")
        columns, looks = _first_look(source, kept, wanted)
    surveys = {
        c.name: survey.read(lambda: _batches(source, survey.ROWS), c, shaped) for c in columns if c.kind == "image"
    }
    others = [column for column in columns if column.name not in surveys]
    measures = _second_look(source, others)
    done = [
        decisions.read(c, looks.get(c.name), measures[c.name], wanted=wanted.get(c.name), floor=floor) for c in others
    ]
    texts = {
        c.name: prose.read(lambda: _batches(source, prose.ROWS), c, floor=floor) for c in done if _is_prose(c, measures)
    }
    found = {c.name: c for c in _places(done, measures, wanted)}
    found |= {n: s.column for n, s in surveys.items()} | {n: t.column for n, t in texts.items()}
    ordered = tuple(found[column.name] for column in columns)
    summed = {
        c.name: surveys[c.name].summary if c.name in surveys else summaries.read(c, measures[c.name], floor=floor)
        for c in ordered
    }
    return Profile(Schema(ordered, summed), surveys, texts)


def _is_prose(column: Column, measures: Mapping[str, measure.Measure]) -> bool:
    """Whether a column holds texts to look through."""
    return (
        column.kind == "text" and physical.is_text(physical.read(column.physical)) and measures[column.name].present > 0
    )


def _shown(columns: list[Column], wanted: Mapping[str, str]) -> list[str]:
    """Numbers beside a picture that are called as what it shows is."""
    if not any(column.kind == "image" for column in columns):
        return []
    return [c.name for c in columns if c.kind == "number" and c.name not in wanted and _CLASS.fullmatch(c.name)]


def _check(names: list[str], wanted: Mapping[str, str], drop: Collection[str]) -> None:
    unknown = sorted({*wanted, *drop} - set(names))
    if unknown:
        raise SchemaError(f"no column {', '.join(map(repr, unknown))}; the table has {', '.join(names)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SchemaError(f"column names must be unique; came twice: {', '.join(twice)}")
    for name, kind in wanted.items():
        if kind not in KINDS:
            raise SchemaError(f"column {name!r}: unknown kind {kind!r}; expected one of {', '.join(KINDS)}")
    if not set(names) - set(drop):
        raise DataError("expected at least one column, found none; check the file, or drop fewer columns")


def _batches(source: Source | Records, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
    return iter(source.to_batches(rows)) if isinstance(source, pa.Table) else source.batches(rows)


def _few(source: Source | Records) -> int:
    """Rows to look at together: few where cells hold whole files."""
    if not isinstance(source, Parquet):
        return 65_536
    first = next(iter(source.batches(_PEEKED)), None)
    size = 0 if first is None else first.nbytes // first.num_rows
    return max(_PEEKED, min(65_536, _LOOK_BYTES // max(size, 1)))


def _first_look(
    source: Source | Records, names: list[str], wanted: Mapping[str, str]
) -> tuple[list[Column], dict[str, spellings.Spellings]]:
    """The form of every column, and the counts of those that hold text or whole numbers that may be dates."""
    looks: dict[str, spellings.Spellings] = {}
    types: dict[str, pa.DataType] = {}
    samples: dict[str, bytes] = {}
    rows = 0
    for batch in _batches(source, _few(source)):
        rows += batch.num_rows
        for name in names:
            cells = batch.column(name)
            if name not in types or pa.types.is_null(types[name]):
                types[name] = physical.value_type(cells.type)
                if _is_read_as_text(types[name], cells, wanted.get(name)):
                    looks[name] = spellings.Spellings()
            if name in looks:
                known = looks[name]
                one = spellings.fit(_text(cells), 0 if known.sampled >= spellings.SAMPLED else spellings.SAMPLE)
                looks[name] = spellings.merge(known, one) if known.cells else one
            elif name not in samples and physical.is_bytes(types[name]) and cells.null_count < len(cells):
                samples[name] = cells.drop_null()[0].as_py()[:16]
        if rows and not looks and not any(physical.is_bytes(types[n]) and n not in samples for n in names):
            break  # no cell of the others needs a first look
    if rows == 0:
        raise DataError("expected at least one row, found a header only; check the file and the query")
    columns = [forms.read(n, types[n], looks.get(n), samples.get(n, b""), wanted.get(n)) for n in names]
    return columns, looks


def _is_read_as_text(kind: pa.DataType, cells: pa.Array, wanted: str | None) -> bool:
    """Text, and whole numbers that are declared a time or lie where dates such as 20240105 do."""
    if physical.is_text(kind):
        return wanted != "image"
    if not (pa.types.is_integer(kind) or (pa.types.is_floating(kind) and wanted == "time")):
        return False
    if wanted is not None:
        return wanted == "time"
    ends = pc.min_max(physical.plain(cells)).as_py()
    return ends["min"] is not None and any(low <= ends["min"] and ends["max"] <= high for low, high in _DATE_RANGES)


def _text(cells: pa.Array) -> pa.Array:
    plain = physical.plain(cells)
    if pa.types.is_floating(plain.type):
        plain = pc.round(plain).cast(pa.int64(), safe=False)
    return plain.cast(pa.string())


def _second_look(source: Source | Records, columns: list[Column]) -> dict[str, measure.Measure]:
    """The counts of every column's values, cleaned in the form that the first look found."""
    if not columns:
        return {}
    counted = {column.name: measure.Measure() for column in columns}
    for batch in _batches(source, _few(source)):
        for column in columns:
            cells = physical.plain(batch.column(column.name))
            values, unread = decode(column, cells)
            so_far = counted[column.name]
            precision = np.float32 if cells.type in (pa.float32(), pa.float16()) else np.float64
            one = measure.fit(values, unread, decimals=so_far.decimals, precision=precision)
            counted[column.name] = measure.merge(so_far, one) if so_far.rows else one
    return counted


def _places(columns: list[Column], measures: Mapping[str, measure.Measure], wanted: Mapping[str, str]) -> list[Column]:
    """The columns with latitudes and longitudes of one stem as places and partners of each other.

    Raises:
        SchemaError: a column is declared a place and has no partner.
    """
    free = {
        c.name: c for c in columns if wanted.get(c.name) == "place" or (c.kind == "number" and c.name not in wanted)
    }
    found: dict[str, Column] = {}
    for name, column in free.items():
        stem = _stem(name, _LATITUDE)
        partner = next((other for other in free if stem is not None and _stem(other, _LONGITUDE) == stem), None)
        if partner is None:
            continue
        on_earth = decisions.within(measures[name], 90) and decisions.within(measures[partner], 180)
        if on_earth:
            found[name] = _place(column, partner, "latitude")
            found[partner] = _place(free[partner], name, "longitude")
    alone = [name for name, kind in wanted.items() if kind == "place" and name not in found]
    if len(alone) == 2:
        found |= {a: _place(free[a], b, "declared") for a, b in (alone, alone[::-1])}
    elif alone:
        raise SchemaError(
            f"column {alone[0]!r} is declared a place; declare its latitude and its longitude, two columns"
        )
    return [found.get(column.name, column) for column in columns]


def _stem(name: str, part: re.Pattern[str]) -> str | None:
    """The name without its word for latitude or longitude; None when it has none."""
    words = re.split(r"([_\W]+|(?<=[a-z])(?=[A-Z]))", name)
    kept = ["*" if word and part.fullmatch(word) else (word or "").lower() for word in words]
    return "".join(kept) if "*" in kept else None


def _place(column: Column, partner: str, what: str) -> Column:
    reason = column.reason if what == "declared" else f"named as a {what}, with {partner!r}"
    notes = tuple(note for note in column.notes if not note.endswith("distinct"))
    return dataclasses.replace(column, kind="place", partner=partner, reason=reason, notes=notes)
