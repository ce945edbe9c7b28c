"""Texts laid end to end as numbers: characters as code points, words as numbers in the order they are first met."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]|[^\W{_HAN}](?:(?:[^\W{_HAN}]|['\u2019])*[^\W{_HAN}])?|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """Row i is `marks[starts[i]:starts[i + 1]]`."""

    marks: Int32[np.ndarray, " total"]
    starts: Int64[np.ndarray, " rows_and_one"]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Int64[np.ndarray, " rows"]:
        """How many marks each row has."""
        return np.diff(self.starts)


def spell(texts: Sequence[str]) -> Line:
    """The characters of the texts."""
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    sizes = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    return Line(np.frombuffer(raw, np.int32), np.concatenate([[0], np.cumsum(sizes)]))


def words(text: str) -> list[str]:
    """The words of a text: each Chinese character, each run of other letters and digits, each other sign."""
    return [word.lower() for word in _WORD.findall(text)]


class Lexicon:
    """Numbers for words, the same for all texts that it has seen."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def line(self, texts: Sequence[str]) -> Line:
        """The words of the texts as numbers from 0 on."""
        numbers = self._numbers
        rows = [[numbers.setdefault(word, len(numbers)) for word in words(text)] for text in texts]
        sizes = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        marks = np.fromiter((number for row in rows for number in row), np.int32, int(sizes.sum()))
        return Line(marks, np.concatenate([[0], np.cumsum(sizes)]))
