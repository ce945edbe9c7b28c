"""What a column's cells spell, decided from the first look: numbers, times, codes, media, or words.

The answer is a column whose `kind` says how its cells are cleaned for the second look; `kinds` then decides.
"""

import dataclasses
import datetime as dt
import re

import pyarrow as pa

from genloop.core.errors import SchemaError
from genloop.core.schema import Column, Kind
from genloop.files import calendar, numerals, physical
from genloop.files.spellings import Spellings

ENOUGH = 0.95  # the share of a column's cells that must spell a number or time for the column to be one
_MEDIA: tuple[Kind, ...] = ("image", "audio", "music", "video", "events")
_CODES = ("uuid", "hash", "e-mail", "phone")
_ONLY_DIGITS = re.compile(r"(?:%[YmdHMS])+")
_MAGIC: tuple[tuple[Kind, re.Pattern[bytes]], ...] = (
    ("image", re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|BM|RIFF....WEBP|II\*\x00|MM\x00\*|P[1-7]\s", re.S)),
    ("audio", re.compile(rb"RIFF....WAVE|ID3|fLaC|OggS|\xff[\xfb\xf3\xf2]", re.S)),
    ("music", re.compile(rb"MThd")),
    ("video", re.compile(rb"....ftyp|\x1a\x45\xdf\xa3|RIFF....AVI ", re.S)),
)


def read(name: str, kind: pa.DataType, look: Spellings | None, sample: bytes, wanted: str | None) -> Column:
    """The form of one column; `look` counts its texts, `sample` is a cell of a column of bytes.

    Raises:
        SchemaError: the column is wanted as a number or time, and no cell reads as one.
    """
    column = Column(name, "category", str(kind))
    if wanted in ("number", "place"):
        return _as_number(column, kind, look)
    if wanted == "time":
        return _as_time(column, kind, look)
    if wanted is not None:
        return dataclasses.replace(column, kind=wanted, decimals=0 if pa.types.is_integer(kind) else None)  # type: ignore[arg-type]
    if look is not None and physical.is_text(kind):
        return _from_text(column, look)
    return _from_type(column, kind, look, sample)


def _from_type(column: Column, kind: pa.DataType, look: Spellings | None, sample: bytes) -> Column:
    say = f"stored as {column.physical}"
    if look is not None and (dated := _dated(column, look, calendar.freeze(look.times))) is not None:
        return dated
    if physical.is_time(kind):
        zone = kind.tz if pa.types.is_timestamp(kind) else None
        return dataclasses.replace(column, kind="time", zone=zone, reason=say)
    if physical.is_number(kind) or pa.types.is_duration(kind):
        return _as_number(column, kind, None)
    if pa.types.is_boolean(kind):
        return dataclasses.replace(column, reason=say)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return dataclasses.replace(column, kind="events", confidence=0.7, reason=say)
    if pa.types.is_nested(kind):
        return dataclasses.replace(column, kind="text", confidence=0.5, reason=say)
    if pa.types.is_null(kind):
        return dataclasses.replace(column, reason=say)
    media = next((medium for medium, magic in _MAGIC if magic.match(sample)), None)
    if media is not None:
        return dataclasses.replace(column, kind=media, reason=f"its bytes begin as those of an {media} file do")
    return dataclasses.replace(column, kind="text", confidence=0.5, reason=say, notes=("bytes of an unknown format",))


def _from_text(column: Column, look: Spellings) -> Column:
    expected = look.present - look.missing_among_numbers
    if expected <= 0:
        return column
    named = max(look.named, key=lambda one: look.named[one], default="")
    often = look.named.get(named, 0) / max(look.sampled, 1)
    if often >= 0.9 and named in _MEDIA:
        return dataclasses.replace(column, kind=named, confidence=often, reason=f"cells name or hold {named}")
    if look.classes.get("citizen number", 0) >= 0.9 * look.sampled:
        note = "citizen numbers: personal data"
        return dataclasses.replace(column, kind="key", reason="cells are citizen numbers", notes=(note,))
    if often >= 0.9 and named in _CODES:
        notes = (f"{named}s: personal data",) if named in ("e-mail", "phone") else ()
        return dataclasses.replace(column, kind="key", confidence=often, reason=f"cells are {named}s", notes=notes)
    formats = calendar.freeze(look.times)
    dated = _dated(column, look, formats)
    return dated if dated is not None else _number_or_words(column, look, formats, expected)


def _dated(column: Column, look: Spellings, formats: calendar.Formats) -> Column | None:
    """The column as a time, when its cells are times and no plain numbers."""
    expected = look.present - look.missing_among_numbers
    if not formats.patterns or formats.cells < ENOUGH * expected:
        return None
    if _ONLY_DIGITS.fullmatch(formats.patterns[0]) and not _plausible(look, formats, expected):
        return None
    share = formats.cells / expected
    doubt = any(note.startswith("day and month") for note in formats.notes)
    return dataclasses.replace(
        column,
        kind="time",
        formats=formats.patterns,
        zone=formats.zone,
        confidence=min(share, 0.7 if doubt else 1.0),
        reason=f"cells read as times such as {_moment(formats)}",
        notes=(*formats.notes, *_mixed(share, expected - formats.cells, "times")),
    )


def _moment(formats: calendar.Formats) -> str:
    """An afternoon as the column spells it."""
    moment = pa.array([dt.datetime(2024, 1, 31, 18, 30)], pa.timestamp("us"))
    return str(calendar.encode(moment, formats.patterns[0], formats.zone)[0])


def _plausible(look: Spellings, formats: calendar.Formats, expected: int) -> bool:
    """Digits alone are times only when every one is a date between 1900 and 2100; short ones need company."""
    low, high = -2_208_988_800_000_000, 4_133_980_800_000_000
    spans = [tally for tally in look.times.values() if _ONLY_DIGITS.fullmatch(next(iter(tally.patterns)))]
    inside = all(low <= tally.low and tally.high <= high for tally in spans)
    return inside and formats.cells >= 0.995 * expected and (formats.patterns[0] != "%Y%m" or expected >= 20)


def _number_or_words(column: Column, look: Spellings, formats: calendar.Formats, expected: int) -> Column:
    numeral, cells, digits = numerals.fit(look.shapes, look.led)
    share = cells / expected
    if share < ENOUGH:
        return _words(column, share, formats.cells / expected)
    coded = _coded(look)
    if numeral.decimals == 0 and numeral.plain and coded > 1 and coded >= 0.001 * expected:
        note = "leading zeros: codes, not numbers"
        return dataclasses.replace(column, confidence=0.9, reason="digits with leading zeros are codes", notes=(note,))
    column = _spelt(column, look, numeral, digits)
    return dataclasses.replace(
        column,
        confidence=min(share, column.confidence),
        notes=(*column.notes, *_mixed(share, expected - cells, "numbers")),
    )


def _coded(look: Spellings) -> int:
    """Cells of digits alone, two or more, the first of them 0."""
    return sum(count for shape, count in look.led.items() if re.fullmatch("0{2,}", shape))


def _words(column: Column, numbers: float, times: float) -> Column:
    share, what = max((numbers, "numbers"), (times, "times"))
    if share < 0.3:
        return column
    note = (
        f"mixed types: {share:.0%} of the cells read as {what}, the others do not; --kind {column.name}=number or time"
    )
    return dataclasses.replace(column, confidence=0.5, reason="cells of mixed types", notes=(note,))


def _mixed(share: float, others: int, what: str) -> tuple[str, ...]:
    return (f"mixed types: {others} cells are no {what} and become missing",) if share < 1 and others > 0 else ()


def _spelt(column: Column, look: Spellings, numeral: numerals.Numeral, digits: int) -> Column:
    """The column as a number in the spelling found, with what deserves a look."""
    notes = []
    wide = look.wide >= 0.9 * max(look.present, 1)
    numeral = dataclasses.replace(numeral, wide=wide)
    if look.wide and not wide:
        notes.append("full-width digits among others are read as plain ones")
    exponents = any(re.search("[eE]", shape) and numerals.read(shape) is not None for shape in look.shapes)
    decimals: int | None = None if exponents else numeral.decimals
    if not exponents and decimals == 0 and digits > 18:
        decimals, numeral = None, dataclasses.replace(numeral, fixed=True)
        notes.append("whole numbers of more than 18 digits: learnt to 15 digits")
    formats = () if numeral.plain and decimals is not None else (numeral.pattern,)
    if numeral.plain and exponents:
        formats = ()
    if numeral.group == "," and not numeral.decimals:
        notes.append("a comma before three digits is read as a thousands separator")
    such = numerals.encode(pa.array([1234.5]), numeral)[0].as_py()
    reason = "cells read as numbers" + (f" such as {such}" if formats else "")
    return dataclasses.replace(
        column, kind="number", decimals=decimals, formats=formats, reason=reason, notes=(*column.notes, *notes)
    )


def _as_number(column: Column, kind: pa.DataType, look: Spellings | None) -> Column:
    if look is not None and physical.is_text(kind):
        numeral, cells, digits = numerals.fit(look.shapes, look.led)
        if cells == 0 and look.present:
            raise SchemaError(
                f"column {column.name!r} cannot be a number: none of its {look.present} cells reads as one"
            )
        return _spelt(column, look, numeral, digits)
    if not (physical.is_number(kind) or pa.types.is_temporal(kind) or pa.types.is_boolean(kind)):
        raise SchemaError(f"column {column.name!r} cannot be a number: its cells are stored as {column.physical}")
    decimals: int | None = 0
    if pa.types.is_floating(kind):
        decimals = None
    elif pa.types.is_decimal(kind):
        decimals = max(kind.scale, 0) if kind.scale or kind.precision <= 18 else None
    elif kind == pa.uint64():
        decimals = None
    return dataclasses.replace(column, kind="number", decimals=decimals, reason=f"stored as {column.physical}")


def _as_time(column: Column, kind: pa.DataType, look: Spellings | None) -> Column:
    if look is None and not physical.is_time(kind):
        raise SchemaError(f"column {column.name!r} cannot be a time: its cells are stored as {column.physical}")
    if look is None or physical.is_time(kind):
        zone = kind.tz if pa.types.is_timestamp(kind) else None
        return dataclasses.replace(column, kind="time", zone=zone)
    formats = calendar.freeze(look.times)
    epoch = _epoch(look)
    if epoch and (not formats.patterns or not _plausible(look, formats, look.present)):
        return dataclasses.replace(column, kind="time", formats=(epoch,))
    if not formats.patterns and look.present:
        raise SchemaError(f"column {column.name!r} cannot be a time: none of its {look.present} cells reads as one")
    return dataclasses.replace(column, kind="time", formats=formats.patterns, zone=formats.zone, notes=formats.notes)


def _epoch(look: Spellings) -> str | None:
    """The epoch whose count has the digits that most cells have: today's seconds have 10, nanoseconds 19."""
    lengths = {len(s): n for s, n in look.shapes.items() if re.fullmatch("-?0+", s)}
    if sum(lengths.values()) < ENOUGH * max(look.present, 1):
        return None
    usual = max(lengths, key=lambda size: lengths[size])
    return "epoch[s]" if usual <= 11 else "epoch[ms]" if usual <= 14 else "epoch[us]" if usual <= 17 else "epoch[ns]"
