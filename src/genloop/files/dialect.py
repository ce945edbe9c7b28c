"""The dialect of a text table: delimiter, quoting, lines above the header, the header itself, found from a sample."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from genloop.files.columns import unique_names

_DELIMITERS = ",\t;|"
_SHOWN = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_RECORDS = 2_000
_TITLES = 20
_VALUE = re.compile(r"[\s(=\"+\-¥￥$€£]*[.]?\d[\d.,:/\-+%eETZ()年月日时分秒\s\"]*")
_YEAR = re.compile(r"(19|20)\d\d")
_FORMULA = re.compile(r'="[^"]*"')


@dataclass(frozen=True)
class Dialect:
    """How the text of a table is cut into cells.

    `skip` counts the lines of the file above the first row of data. `wrapped` are the places of columns whose cells
    come as `="00123"` or with tabs around them, by which exports keep Excel from reading long numbers. `spare` counts
    the empty cells that a delimiter at the end of every row leaves. `spaced`: spaces stand before opening quotes.
    """

    delimiter: str
    quote: str
    escape: str | None
    names: tuple[str, ...]
    skip: int
    header: bool
    wrapped: tuple[int, ...] = ()
    spare: int = 0
    spaced: bool = False
    notes: tuple[str, ...] = ()


def find_dialect(sample: str, *, delimiter: str | None = None, header: bool | None = None) -> Dialect | None:
    """The dialect of a sample that ends at the end of a line; None when it holds no row."""
    marker = re.match(r"sep=(.)\r?\n", sample)
    quote = _quote(sample)
    inner = re.search(rf"\\{quote}(?![,;\t|\r\n]|\Z)", sample)  # not a backslash that ends a quoted cell
    escape = "\\" if inner and quote * 2 not in sample else None
    delimiter = delimiter or (marker[1] if marker else _delimiter(sample, quote, escape))
    spaced = bool(re.search(rf"{re.escape(delimiter)} +{quote}(?!{quote})", sample))
    spaced = spaced and not re.search(rf"{re.escape(delimiter)}{quote}", sample)
    rows, ends = _rows(sample, delimiter, quote, escape, spaced)
    if marker:
        rows, ends = rows[1:], ends[1:]
    if not rows:
        return None
    titles = count_titles(rows)
    found = has_header(rows[titles:]) if header is None else header
    names, notes = _names(rows[titles:], found)
    spare = max(0, max(_width(rows), len(rows[titles])) - len(names))
    if any(any(cell.strip() for cell in row[len(names) :]) for row in rows[titles:]):
        spare = 0  # cells too many that are filled: the reader names the row
    skip = ends[titles] if found else (ends[titles - 1] if titles else (1 if marker else 0))
    wrapped = _wrapped(rows[titles + found :], len(names))
    if delimiter != ",":
        notes.insert(0, f"delimiter: {_SHOWN.get(delimiter, repr(delimiter))}")
    if quote != '"':
        notes.insert(0, "quoting: single quotes")
    if spaced:
        notes.append("spaces after delimiters taken off")
    if titles:
        notes.append(f"{titles} line(s) above the table skipped")
    if spare:
        notes.append("the delimiter at the end of every row ignored")
    if wrapped:
        notes.append(f'="..." or tabs around cells taken off in {", ".join(names[place] for place in wrapped)}')
    return Dialect(delimiter, quote, escape, tuple(names), skip, found, wrapped, spare, spaced, tuple(notes))


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: none of its cells reads as a value of the column beneath it."""
    first, rest = rows[0], rows[1:]
    if not rest:
        return not any(_VALUE.fullmatch(cell) for cell in first)
    valued = [place for place, cell in enumerate(first) if _VALUE.fullmatch(cell)]
    if valued:
        return all(_YEAR.fullmatch(first[place].strip()) and not _years(rest, place) for place in valued)
    filled = [place for place, cell in enumerate(first) if cell.strip()]
    if any(_valued(rest, place) for place in filled):
        return True
    again = [place for place in filled if any(place < len(row) and row[place] == first[place] for row in rest)]
    return 2 * len(again) < len(filled) or not filled


def _years(rows: Sequence[Sequence[str]], place: int) -> bool:
    return all(_YEAR.fullmatch(row[place].strip()) for row in rows if place < len(row) and row[place].strip())


def _valued(rows: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
    return bool(cells) and sum(bool(_VALUE.fullmatch(cell)) for cell in cells) > 0.8 * len(cells)


def _quote(sample: str) -> str:
    single = re.compile(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|$)", re.M)
    return "'" if '"' not in sample and len(single.findall(sample)) > sample.count("\n") / 2 else '"'


def _delimiter(sample: str, quote: str, escape: str | None) -> str:
    """The candidate under which most rows have the same number of cells, best without titles and with many."""
    best, mark = ",", (0.0, 0, 0)
    for candidate in _DELIMITERS:
        rows, _ = _rows(sample, candidate, quote, escape)
        width = _width(rows)
        titles = count_titles(rows)
        rows = rows[titles:]
        if not rows or width < 2 or len(rows[0]) < 2:
            continue
        share = sum(len(row) == width for row in rows) / len(rows)
        several = sum(len(row) > 1 for row in rows) / len(rows)
        if (share >= 0.5 or several >= 0.8) and (share, -titles, width) > mark:
            best, mark = candidate, (share, -titles, width)
    return best


def _rows(
    sample: str, delimiter: str, quote: str, escape: str | None, spaced: bool = False
) -> tuple[list[list[str]], list[int]]:
    """Non-blank records of the sample and the number of the file's line on which each ends."""
    reader = csv.reader(
        io.StringIO(sample, newline=""),
        delimiter=delimiter,
        quotechar=quote,
        escapechar=escape,
        doublequote=not escape,
        skipinitialspace=spaced,
    )
    rows, ends = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                ends.append(reader.line_num)
            if len(rows) >= _RECORDS:
                break
    except csv.Error:  # a cell longer than Python's limit; what came before it serves as the sample
        pass
    return rows, ends


def _width(rows: Sequence[Sequence[str]]) -> int:
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def count_titles(rows: Sequence[Sequence[str]]) -> int:
    """How many first rows hold one cell at most where the table has three columns or more: titles and blank rows."""
    if _width(rows) < 3:
        return 0
    for count, row in enumerate(rows[:_TITLES]):
        if sum(bool(cell.strip()) for cell in row) > 1:
            return count
    return 0


def _names(rows: Sequence[Sequence[str]], header: bool) -> tuple[list[str], list[str]]:
    if header:
        first = list(rows[0])
        while len(first) > 1 and not any(any(cell.strip() for cell in row[len(first) - 1 :]) for row in rows):
            first.pop()
        return unique_names(first)
    width = _width(rows)
    while width > 1 and not any(any(cell.strip() for cell in row[width - 1 :]) for row in rows):
        width -= 1
    return [f"column_{place}" for place in range(1, width + 1)], [
        "no header: columns are called column_1, column_2, ..."
    ]


def _wrapped(rows: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """Columns where most filled cells are a text formula or carry tabs."""
    found = []
    for place in range(width):
        cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
        odd = sum(bool(_FORMULA.fullmatch(cell.strip())) or cell != cell.strip("\t") for cell in cells)
        if odd > len(cells) / 2:
            found.append(place)
    return tuple(found)
