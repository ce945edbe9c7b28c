"""What kind a column is, decided from what its cells spell and how its values repeat; with reason and doubts."""

import dataclasses
import re
from collections.abc import Mapping, Sequence

from genloop.core.errors import DataError
from genloop.core.schema import Column
from genloop.files import measure
from genloop.files.measure import Distinct, Measure
from genloop.files.spellings import Spellings

NEARLY = 0.95  # distinct values a row from which a column of codes is a key and a column of words is text
FEW = 20  # rows below which repetition says little
MANY = 1_000  # categories from which the column is worth a remark
LONG = 50  # characters of a cell, on average, from which it is a text rather than a name
REPEATED = "one long text in every row: nothing to learn in it"
_ID = re.compile(
    r"(?:^|[_\W])(?:id|ids|key|uuid|guid|pk|sku|serial|account|acct)$|^id(?:code|no|nr|num)?(?:$|[_\W])"
    r"|编号|序号|单号|账号|帐号|卡号|号码|学号|工号|证号"
)
_MAYBE_ID = re.compile(r"(?:^|[_\W])(?:rownames?|index|idx|no|nr|num|number|code|ref|name)$|^unnamed: 0$|代码|编码|^$")
_POSTAL = re.compile(r"(?:^|[_\W])(?:zip|postal|postcode|plz)(?:$|[_\W]|code)|邮编|邮政编码")
_PHONE = re.compile(r"phone|mobile|tel(?:$|[_\W])|手机|电话|联系方式", re.IGNORECASE)


def read(column: Column, look: Spellings | None, counted: Measure, *, wanted: str | None, floor: int) -> Column:
    """The column with its kind decided, unless it is `wanted`, and with what is suspicious about it."""
    distinct = measure.join(counted.distinct)
    column = dataclasses.replace(column, unique=_unique(distinct, counted), decimals=_decimals(column, counted))
    if column.kind == "number" and wanted is None:
        column = _number(column, counted, distinct, floor=floor)
    elif column.kind == "category" and wanted is None:
        column = _words(column, look, counted, distinct, floor=floor)
    if wanted is not None:
        column = dataclasses.replace(column, confidence=1.0, reason="as declared")
    if column.kind == "key":
        column = dataclasses.replace(column, formats=_patterns(look, counted, floor=floor), decimals=column.decimals)
    return _remark(column, look, counted, distinct, floor=floor)


def check(columns: Sequence[Column], rows: int) -> None:
    """Refuses columns of which each repeats one long text.

    Raises:
        DataError: there is nothing to learn from.
    """
    if columns and all(column.reason == REPEATED for column in columns):
        raise DataError(
            f"column {columns[0].name!r} has one text, repeated {rows:,} times, and no column beside it differs; "
            "expected different texts: add more material"
        )


def is_identifier(name: str) -> bool:
    """Whether a column's name says that it holds identifiers."""
    return bool(_ID.search(_spaced(name)))


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _unique(distinct: Distinct, counted: Measure) -> bool:
    return counted.present > 1 and bool((distinct.counts == 1).all()) and len(distinct.counts) > 0


def _decimals(column: Column, counted: Measure) -> int | None:
    """The digits that a number needs; whole numbers beyond 64 bits keep None."""
    if column.kind not in ("number", "place") or not counted.present:
        return column.decimals
    if counted.decimals is None or counted.low.dtype.kind == "i":
        return counted.decimals
    ends = (float(counted.low[0]), float(counted.high[-1]))
    return None if counted.decimals == 0 and max(map(abs, ends)) >= 2.0**63 else counted.decimals


def _number(column: Column, counted: Measure, distinct: Distinct, *, floor: int) -> Column:
    """A number, unless it is whole and looks like an identifier: consecutive, of a telling name, or a phone."""
    if counted.present < FEW:
        return dataclasses.replace(column, confidence=min(column.confidence, 0.6))
    low, high = float(counted.low[0]), float(counted.high[-1])
    share = distinct.number / counted.present
    largest = max(abs(low), abs(high))
    measured = largest >= 2.0**63 and column.physical in ("double", "float", "halffloat")  # as no identifier is stored
    long = counted.decimals == 0 and largest >= 10**15 and not measured
    if long and share >= NEARLY and not _epoch(low, high):
        return _key(column, 0.7, "whole numbers of 16 digits or more, nearly all distinct")
    return column if column.decimals != 0 or column.formats else _whole(column, counted, distinct, floor)


def _whole(column: Column, counted: Measure, distinct: Distinct, floor: int) -> Column:
    """A whole number, unless its name, range or repetition is that of an identifier."""
    low, high = int(counted.low[0]), int(counted.high[-1])
    named, share = is_identifier(column.name), distinct.number / counted.present
    if _PHONE.search(column.name) and low >= 10**6 and share > 0.5:
        note = "phones: personal data"
        return _key(column, 0.9, "named as a phone, nearly all distinct", note)
    if low >= 13 * 10**9 and high < 2 * 10**10 and share > 0.5:
        return _key(column, 0.8, "eleven digits as a mobile phone has", "phones: personal data")
    consecutive = column.unique and high - low < 1.02 * counted.present
    maybe = named or bool(_MAYBE_ID.search(_spaced(column.name)))
    if consecutive and (low in (0, 1) or maybe or counted.present > 300):
        return _key(column, 0.97 if maybe else 0.9, "consecutive whole numbers, each once")
    if maybe and share >= NEARLY:
        return _key(column, 0.9, "named as an identifier, nearly all distinct")
    if epoch := _epoch(low, high):
        note = f"could be {epoch} since 1970: --kind {column.name}=time reads them so"
        return dataclasses.replace(column, confidence=0.6, notes=(*column.notes, note))
    if column.unique and low >= 10**7 and len(str(low)) == len(str(high)) and counted.present >= 100:
        return _key(column, 0.6, "long whole numbers of one length, each once")
    if _POSTAL.search(_spaced(column.name)):
        return dataclasses.replace(column, kind="category", confidence=0.7, reason="named as a postal code")
    if named and counted.present >= 100:
        return _named(column, distinct, floor)
    if distinct.number <= 20 and distinct.number > 2:
        return dataclasses.replace(
            column, confidence=0.85, reason=f"{column.reason}; {distinct.number} distinct values"
        )
    return column


def _epoch(low: float, high: float) -> str | None:
    """The unit in which both ends lie between 1998 and 2049."""
    units = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
    return next((u for u, size in units.items() if 9 * 10**8 * size <= low and high < 25 * 10**8 * size), None)


def _named(column: Column, distinct: Distinct, floor: int) -> Column:
    """A whole number named as an identifier whose values repeat: a category while its values are learnable."""
    if distinct.number <= MANY and distinct.share_of(floor) < 0.2:
        reason = "named as an identifier, and its values repeat"
        return dataclasses.replace(column, kind="category", confidence=0.6, reason=reason)
    return _key(column, 0.6, "named as an identifier, with many values")


def _words(column: Column, look: Spellings | None, counted: Measure, distinct: Distinct, *, floor: int) -> Column:
    """A category, unless nearly every cell differs (a key when they are codes, else text) or cells are long texts."""
    if look is None or counted.present == 0:
        return column
    share = distinct.number / counted.present
    characters, words = look.characters / max(look.sampled, 1), look.words / max(look.sampled, 1)
    coded = words < 2.5 and _coded(look)
    if counted.present < FEW:
        reason = f"{counted.present} {'row' if counted.present == 1 else 'rows'}"
        return dataclasses.replace(column, confidence=min(column.confidence, 0.5), reason=reason)
    if share >= NEARLY and (coded or (is_identifier(column.name) and words < 2)):
        return _key(column, 0.95 if column.unique else 0.8, "codes, nearly all distinct", *_repeats(column))
    if distinct.number == 1 and characters > LONG:
        return dataclasses.replace(column, confidence=0.7, reason=REPEATED)
    if share > 0.3 and (characters > LONG or (words >= 6 and share > 0.5)):
        return _text(column, 0.9, f"long texts, {share:.0%} of them distinct")
    if share >= NEARLY:
        return _text(column, 0.7, "short texts, nearly all distinct: names or titles")
    if distinct.share_of(floor) >= 0.5 and distinct.number > MANY and (coded or is_identifier(column.name)):
        return _key(column, 0.7, "codes, few rows each")
    if share >= 0.5 and distinct.share_of(floor) >= 0.9:
        return _text(column, 0.6, "short texts, few rows each")
    sure = 1.0 if share < 0.05 else 0.9 if share < 0.3 else 0.7
    reason = column.reason or f"{distinct.number} {'distinct text' if distinct.number == 1 else 'distinct texts'}"
    return dataclasses.replace(column, confidence=min(column.confidence, sure), reason=reason)


def _coded(look: Spellings) -> bool:
    """Whether sampled texts are codes: one word with digits, of a few patterns."""
    usual = sorted(look.classes.items(), key=lambda item: -item[1])[:20]
    codes = sum(n for pattern, n in usual if "0" in pattern and " " not in pattern)
    return codes >= 0.8 * max(look.sampled, 1)


def _key(column: Column, confidence: float, reason: str, *notes: str) -> Column:
    return dataclasses.replace(
        column, kind="key", confidence=confidence, reason=reason, notes=(*column.notes, *notes), formats=()
    )


def _text(column: Column, confidence: float, reason: str) -> Column:
    return dataclasses.replace(column, kind="text", confidence=confidence, reason=reason, formats=())


def _repeats(column: Column) -> tuple[str, ...]:
    return () if column.unique else ("nearly unique: some values repeat",)


def _remark(column: Column, look: Spellings | None, counted: Measure, distinct: Distinct, *, floor: int) -> Column:
    """The column with a note on each suspicious thing about its values."""
    notes: list[str] = []
    n, learnt = counted.present, column.kind in ("number", "category", "time", "place")
    if n == 0:
        notes.append("all missing")
        column = dataclasses.replace(column, confidence=min(column.confidence, 0.5))
    elif distinct.number == 1 and n > 1:
        notes.append("constant: one value in every row")
    if counted.unread and not any(note.startswith("mixed types") for note in column.notes):
        notes.append(f"{counted.unread} cells cannot be read as {column.kind} (or are infinite) and become missing")
    if column.kind in ("number", "category") and n >= FEW and distinct.number >= NEARLY * n:
        notes.append("all distinct" if column.unique else "nearly all distinct")
    if column.kind == "number" and n > counted.zeros >= 0.2 * n and distinct.number > 2:
        notes.append(f"zero in {counted.zeros / n:.0%} of the rows")
    if column.kind == "category" and distinct.number > MANY:
        notes.append(f"{distinct.number} categories")
    rare = round(distinct.share_of(floor) * distinct.number)
    if column.kind == "category" and rare and n:
        notes.append(f"{rare} of {distinct.number} values are carried by fewer than {floor} rows and never come out")
    if column.kind == "number" and column.decimals is None and n and not column.formats:
        notes.append("full precision: no fixed number of decimals")
    if 0 < n < FEW and learnt:
        notes.append(f"only {n} {'row carries' if n == 1 else 'rows carry'} a value: too few to be sure of the kind")
    if column.kind == "key" and not column.unique and n:
        notes.append("values repeat: kept as a foreign key with its fan-out")
    return dataclasses.replace(column, notes=tuple(dict.fromkeys([*column.notes, *notes])))


def _patterns(look: Spellings | None, counted: Measure, *, floor: int) -> tuple[str, ...]:
    """Regular expressions of a key's values, most frequent first; letters stand only where enough rows share them."""
    if look is None:
        if not counted.present or not len(counted.low):
            return ()
        sizes = sorted({len(str(abs(int(end)))) for end in (counted.low[0], counted.high[-1])})
        return (rf"\d{{{','.join(map(str, sizes))}}}",)
    shared = {shape: n for shape, n in look.shapes.items() if n >= floor}
    if sum(shared.values()) >= 0.8 * max(look.present, 1) and len(shared) <= 50:
        return tuple(_regex(shape, "0") for shape in _usual(shared, 8))
    return tuple(_regex(shape, "0aA") for shape in _usual(look.classes, 8) if shape != "citizen number")


def _usual(counts: Mapping[str, int], most: int) -> list[str]:
    return sorted(counts, key=lambda shape: -counts[shape])[:most]


def _regex(shape: str, classes: str) -> str:
    """A shape as a regular expression: runs of a class mark as the class with its length."""
    names = {"0": r"\d", "a": "[a-z]", "A": "[A-Z]"}
    pieces = re.findall(rf"0+|{'a+|A+|' if len(classes) > 1 else ''}.", shape, re.DOTALL)
    spelt = [
        (names[piece[0]] + (f"{{{len(piece)}}}" if len(piece) > 1 else ""))
        if piece[0] in classes
        else re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", piece)
        for piece in pieces
    ]
    return "".join(spelt)


def within(counted: Measure, bound: float) -> bool:
    """Whether every value lies between -`bound` and `bound`."""
    return counted.present > 0 and bool(counted.low[0] >= -bound and counted.high[-1] <= bound)
