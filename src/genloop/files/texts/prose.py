"""Whether a text file is a table or prose: rows that split alike, or lines that are texts."""

import csv
import io
import re
from pathlib import Path

from genloop.core.errors import DataError
from genloop.files.dialect import Dialect, find_dialect
from genloop.files.texts import spelling

_SAMPLE = 1 << 16
_ALIKE = 0.8  # the share of rows of the header's width from which a file is a table
_LONG = 40  # characters of a line, on average, from which lines are no cells
_FEW = 0.25  # the share of different lines up to which lines under one of their own are values under a header
_NUMBER = re.compile(r"[\s(=\"+\-¥￥$€£.]*\d[\d.,:/\-+%eETZ()年月日时分秒\s\"]*")  # or a time
_CODE = re.compile(r"[!-~]*[\d@/\\_][!-~]*")
_ENDS = re.compile(r"[.!?。！？…；;：:”\"'」』）)]\s*$")


def is_prose(path: Path) -> bool:
    """Whether the beginning of a file reads as text: no column but one, which is neither codes nor a list of values."""
    with path.open("rb") as file:
        raw = file.read(_SAMPLE)
    try:
        sample, _ = spelling.read(raw)
        cut = len(raw) == _SAMPLE
        sample = sample.replace("\r\n", "\n").replace("\r", "\n")
        if cut and 2 * sample.rfind("\n") > len(sample):  # else the line that was cut is most of what there is
            sample = sample[: sample.rfind("\n")]
        found = find_dialect(sample)
    except DataError:
        return False
    lines = [line.strip() for line in sample.split("\n") if line.strip()]
    if not lines or (found is not None and _is_table(sample, found)):
        return False
    if found is None or len(found.names) < 2:
        return not _are_values(lines)
    return _reads(sample, lines)


def _are_values(lines: list[str]) -> bool:
    """Whether single cells are numbers, times or codes, or a few values that come again and again under a header."""
    cells = lines[1:] or lines
    codes = sum(bool(_NUMBER.fullmatch(cell) or _CODE.fullmatch(cell)) for cell in cells) / len(cells)
    return codes >= _ALIKE or (lines[0] not in cells and len(set(cells)) <= _FEW * len(cells))


def _reads(sample: str, lines: list[str]) -> bool:
    """Whether lines that a delimiter cuts unevenly are sentences, or paragraphs, or long."""
    sentences = sum(bool(_ENDS.search(line[-8:])) for line in lines) / len(lines)
    paragraphs = bool(re.search(r"\S\n[ \t]*\n[ \t]*\S", sample))
    return sentences >= 0.3 or paragraphs or sum(map(len, lines)) / len(lines) > _LONG


def _is_table(sample: str, found: Dialect) -> bool:
    """Whether most rows have as many cells as the header."""
    if len(found.names) < 2:
        return False
    rows = csv.reader(io.StringIO(sample), delimiter=found.delimiter, quotechar=found.quote)
    try:
        widths = [len(row) for row in rows if row][found.skip :]
    except csv.Error:
        return False
    return len(widths) > 1 and sum(width == len(found.names) for width in widths) >= _ALIKE * len(widths)
