"""Whether a text file is a table or prose: rows that split alike, or lines that are sentences."""

import csv
import io
import re
from pathlib import Path

from genloop.core.errors import DataError
from genloop.files.dialect import find_dialect
from genloop.files.texts import spelling

_SAMPLE = 1 << 16
_ALIKE = 0.8  # the share of rows of the header's width from which a file is a table
_LONG = 40  # characters of a line, on average, from which lines are no cells
_ENDS = re.compile(r"[.!?。！？…；;：:”\"'」』）)]\s*$")


def is_prose(path: Path) -> bool:
    """Whether the beginning of a file reads as text: no column but one, and sentences, or paragraphs, or long lines."""
    with path.open("rb") as file:
        raw = file.read(_SAMPLE)
    try:
        sample, _ = spelling.read(raw)
    except DataError:
        return False
    cut = len(raw) == _SAMPLE
    sample = sample.replace("\r\n", "\n").replace("\r", "\n")
    if cut and 2 * sample.rfind("\n") > len(sample):  # else the line that was cut is most of what there is
        sample = sample[: sample.rfind("\n")]
    lines = [line for line in sample.split("\n") if line.strip()]
    if not lines or _is_table(sample):
        return False
    sentences = sum(bool(_ENDS.search(line[-8:])) for line in lines) / len(lines)
    paragraphs = bool(re.search(r"\S\n[ \t]*\n[ \t]*\S", sample))
    return sentences >= 0.3 or paragraphs or sum(map(len, lines)) / len(lines) > _LONG


def _is_table(sample: str) -> bool:
    try:
        found = find_dialect(sample)
    except DataError:
        return False
    if found is None or len(found.names) < 2:
        return False
    rows = csv.reader(io.StringIO(sample), delimiter=found.delimiter, quotechar=found.quote)
    try:
        widths = [len(row) for row in rows if row][found.skip :]
    except csv.Error:
        return False
    return len(widths) > 1 and sum(width == len(found.names) for width in widths) >= _ALIKE * len(widths)
