"""Faults of form that a reader meets at once: loops, cut ends, strange scripts, quotes left open, wrong punctuation.

A sign is held against how often real texts show it. Whether a text is cut off is learnt: from the ends of learnt texts
and from places within them.
"""

import re
from collections.abc import Callable, Sequence
from typing import no_type_check

import numpy as np
from jaxtyping import Bool
from numba import njit

from genloop.core import sentences
from genloop.judges.texts import grams, linear
from genloop.judges.texts.corpus import Language
from genloop.judges.texts.letters import spell

_SCRIPTS = {
    "latin": "A-Za-z\u00c0-\u024f",
    "han": "\u3400-\u9fff\uf900-\ufaff",
    "kana": "\u3040-\u30ff",
    "hangul": "\uac00-\ud7af\u1100-\u11ff",
    "cyrillic": "\u0400-\u04ff",
    "greek": "\u0370-\u03ff",
    "arabic": "\u0590-\u06ff",
    "indic": "\u0900-\u0dff",
    "thai": "\u0e00-\u0eff",
    "broken": "\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f",
}
_SCRIPT = {name: re.compile(f"[{span}]") for name, span in _SCRIPTS.items()}
_STRANGE = 0.01  # of learnt texts that use a script, below which it is a strange one
_OPEN, _CLOSE = "(（[【《「『“{", ")）]】》」』”}"
_HALF = re.compile(r"[\u3400-\u9fff][,;:?!](?![0-9])|[\u3400-\u9fff]\.(?![\w.])")
_FULL = re.compile(r"[A-Za-z][，。；：？！]\s?[A-Za-z]")
_DOUBLED = re.compile(r"[，。、；：,;:]\s*[，、；：,;]|[，、；：,;]\s*[。.]|^[，。、；：？！,;:?!)）】》]")
_GAPS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[\u3400-\u9fff] +[\u3400-\u9fff]"),
    "en": re.compile(r" [,;:?!](?![)(:;])|[a-z][.!?;,][A-Z][a-z]"),
}
_TAIL = 8  # characters by which an end is known
_ENDS = 4_000


class Reader:
    """The signs of one language, with what learnt texts say of scripts and ends."""

    def __init__(self, learnt: Sequence[str], language: Language, rng: np.random.Generator) -> None:
        self.language = language
        self.strange = [
            pattern
            for pattern in _SCRIPT.values()
            if learnt and sum(bool(pattern.search(text)) for text in learnt) < _STRANGE * len(learnt)
        ]
        self.ends = _Ends(learnt, rng) if len(learnt) >= 2 * _TAIL else None

    def read(self, texts: Sequence[str]) -> dict[str, Bool[np.ndarray, " rows"]]:
        """For every sign which texts show it."""
        signs: dict[str, Callable[[str], bool]] = {
            "strange": lambda text: any(pattern.search(text) for pattern in self.strange),
            "open": _open,
            "doubled": lambda text: bool(_DOUBLED.search(text)),
            "width": lambda text: bool((_FULL if self.language == "en" else _HALF).search(text)),
        }
        if self.language in _GAPS:
            signs["gaps"] = lambda text: bool(_GAPS[self.language].search(text))
        found = {name: np.array([sign(text) for text in texts], bool) for name, sign in signs.items()}
        found["loops"] = loops(texts)
        if self.ends is not None:
            found["cut"] = self.ends.cut(texts)
        return found


def loops(texts: Sequence[str]) -> Bool[np.ndarray, " rows"]:
    """Which texts say the same four times running, or a sentence three times."""
    line = spell(texts)
    found = np.zeros(len(texts), bool)
    _loops(line.marks, line.starts, found)
    for row, text in enumerate(texts):
        if not found[row]:
            parts = [part.rstrip("。！？!?.") for part in sentences.read(text)]
            long = [part for part in parts if len(part) > 3]
            found[row] = any(long.count(part) > 2 for part in set(long)) if len(long) > 2 else False
    return found


class _Ends:
    """Tells an end from a place within a text by the last characters."""

    def __init__(self, learnt: Sequence[str], rng: np.random.Generator) -> None:
        few = [text for text in learnt[:_ENDS] if len(text) > 2]
        places = rng.random(len(few))
        inner = [text[: 1 + int(place * (len(text) - 2))] for text, place in zip(few, places, strict=True)]
        counts = grams.count([_tail(text) for text in (*inner, *few)], "other")
        self.rarity = grams.Rarity.of(counts)
        labels = np.repeat([1.0, 0.0], [len(inner), len(few)])
        self.weights = linear.fit(self.rarity.weigh(counts), labels)

    def cut(self, texts: Sequence[str]) -> Bool[np.ndarray, " rows"]:
        """Which texts look cut off."""
        values = self.rarity.weigh(grams.count([_tail(text) for text in texts], "other"))
        return np.asarray(linear.predict(values, self.weights) > 0)


def _tail(text: str) -> str:
    """The last characters with a mark that tells where the end is."""
    return "".join(text[-size:] + "\x02" for size in (_TAIL, 3, 1))


def _open(text: str) -> bool:
    """Whether a bracket or quotation mark is never closed, or closed before it was opened."""
    waiting: list[str] = []
    for mark in text:
        if mark in _OPEN:
            waiting.append(_CLOSE[_OPEN.index(mark)])
        elif mark in _CLOSE and (not waiting or waiting.pop() != mark):
            return True
    return bool(waiting) or text.count('"') % 2 == 1


@njit(cache=True, nogil=True)
@no_type_check
def _loops(marks, starts, found):  # pragma: no cover (compiled)
    for row in range(len(starts) - 1):
        for period in range(1, 61):
            run = 0
            for at in range(starts[row] + period, starts[row + 1]):
                run = run + 1 if marks[at] == marks[at - period] else 0
                if run >= 3 * period and run >= 12:
                    found[row] = True
                    break
            if found[row]:
                break
