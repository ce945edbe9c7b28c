"""Cells of web pages' markup, such as product descriptions out of a shop's database: their text is what is learnt."""

import re
from collections.abc import Iterable

import pyarrow as pa

from genloop.files.texts import html

FORM = "HTML"  # among a column's formats
NOTE = "the cells are HTML: the text in them is learnt and made"
_MOST = 0.5  # share of the cells with markup, from which a column is taken to be HTML
_SIGN = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|table|tr|td|th|h[1-6]|strong|b|em|i|u|a|img|font|hr|section|blockquote)(?:\s[^<>]*)?/?>",
    re.I,
)


def found(cells: Iterable[str]) -> bool:
    """Whether most of the cells hold markup."""
    signs = [bool(_SIGN.search(cell)) for cell in cells]
    return bool(signs) and sum(signs) > _MOST * len(signs)


def read(cell: str) -> str:
    """The text of one cell, blocks apart by empty lines; a cell without markup as it is."""
    return html.fragment(cell) if _SIGN.search(cell) or "&" in cell else cell


def clean(cells: pa.Array) -> pa.Array:
    """The text of every cell; one without any is missing."""
    return pa.array([None if cell is None else read(cell) or None for cell in cells.to_pylist()], pa.string())
