"""What texts are about and how they read: words weighed by TF-IDF, the size of the vocabulary, and readability.

Chinese is cut into words by `jieba`, everything else at what is no letter. Only words that at least `floor` texts carry
are ever named. Readability: Flesch 1948 for English ("A new readability yardstick"); for Chinese the share of the
commonest characters and the length of sentences.
"""

import logging
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from genloop.core import extras, sentences
from genloop.core.errors import MissingExtra
from genloop.files.texts import language

NAMED = 20
_LONGEST = 4_000  # characters of a text that are looked at
_ALL = 1_000_000  # characters of all texts that are looked at, evenly over them
_LATIN = re.compile(r"[^\W\d_][^\W\d_'’-]*[^\W\d_]")
_HAN_WORD = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,}")
_VOWELS = re.compile(r"[aeiouy]+")
_STOP = frozenset(language.WORDS["chinese"].split()) | language.ENGLISH


@dataclass
class Counts:
    """Of the texts so far: how many, in how many each word stands, how often, and what readability needs."""

    texts: int = 0
    held: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    words: int = 0
    sentences: int = 0
    syllables: int = 0
    characters: int = 0
    common: float = 0.0


def fit(texts: Iterable[str], codes: Sequence[str]) -> dict[str, Counts]:
    """The counts of the texts by language; `codes` has that of each."""
    counts: dict[str, Counts] = {}
    longest = min(_LONGEST, max(_ALL // max(len(codes), 1), 1))
    for text, code in zip(texts, codes, strict=True):
        if code == "none":
            continue
        part, own = text[:longest], counts.setdefault(code, Counts())
        found = split(part, code)
        own.texts += 1
        own.held.update(set(found))
        own.times.update(found)
        own.words += len(found)
        own.sentences += len(sentences.read(part))
        if code == "en":
            own.syllables += sum(_syllables(word) for word in found)
        if code == "zh":
            size = sum(letter > "\u3400" for letter in part)
            own.characters += size
            own.common += language.common(part) * size
    return counts


def split(text: str, code: str) -> list[str]:
    """The words of a text in lower case, Chinese ones of two characters or more; without jieba pairs of characters."""
    if code != "zh":
        return [word.lower() for word in _LATIN.findall(text)]
    try:
        cutter = _cutter()
    except MissingExtra:
        runs = _HAN_WORD.findall(text)
        return [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
    return [word for word in cutter.lcut(text) if _HAN_WORD.fullmatch(word)]


def read(counts: Counts, *, floor: int) -> list[str]:
    """The words that say most about the texts, best first; none that fewer than `floor` texts carry."""
    kept = {
        word: counts.times[word] * math.log((1 + counts.texts) / (1 + held))
        for word, held in counts.held.items()
        if held >= floor and word not in _STOP and len(word) > 1
    }
    return sorted(kept, key=lambda word: (-kept[word], word))[:NAMED]


def readability(counts: Counts, code: str) -> dict[str, float]:
    """Measures of how texts read; none where nothing was counted."""
    if not counts.words or not counts.sentences:
        return {}
    if code == "zh":
        return {
            "characters_per_sentence": round(counts.characters / counts.sentences, 1),
            "common_characters": round(counts.common / max(counts.characters, 1), 3),
        }
    found = {"words_per_sentence": round(counts.words / counts.sentences, 1)}
    if code == "en":
        ease = 206.835 - 1.015 * counts.words / counts.sentences - 84.6 * counts.syllables / counts.words
        found["flesch_reading_ease"] = round(ease, 1)
    return found


def _syllables(word: str) -> int:
    """Groups of vowels, a silent e at the end aside."""
    groups = len(_VOWELS.findall(word))
    return max(groups - (word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1), 1)


def _cutter() -> ModuleType | Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = extras.load("jieba", "cutting Chinese", "text")
    found.setLogLevel(logging.ERROR)  # it tells of its dictionary on standard error
    return found
