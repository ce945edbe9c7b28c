"""Words that no learnt text has: invented ones, or misspelt.

English is read by words; Chinese, whose characters are all known, by pairs of neighbouring ones.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from genloop.judges.texts.corpus import Language

_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST = 5_000_000  # characters of learnt texts whose words are known
_RUN = re.compile(r"[\u3400-\u9fff]{2,}")


def read(text: str, language: Language) -> list[str]:
    """The words of a text, in small letters; of Chinese the pairs of characters."""
    if language == "zh":
        return [run[place : place + 2] for run in _RUN.findall(text) for place in range(len(run) - 1)]
    return [word.lower() for word in _WORD.findall(text)]


def known(texts: Iterable[str], language: Language) -> set[str]:
    """Every word of the texts, of as many as make the most characters."""
    found: set[str] = set()
    size = 0
    for text in texts:
        found.update(read(text, language))
        size += len(text)
        if size > _MOST:
            break
    return found


def unknown(texts: Sequence[str], words: set[str], language: Language) -> tuple[np.ndarray, np.ndarray]:
    """How many words of each text are not among the known ones, and how many it has."""
    split = [read(text, language) for text in texts]
    strange = np.array([sum(word not in words for word in part) for part in split], np.int64)
    return strange, np.array([len(part) for part in split], np.int64)
