"""Names of people, places, products and works, as far as they can be seen without a knowledge of the world.

English: words in capitals, at the start of a sentence only where they are no common word. Chinese: what jieba's
tags call a person, place, body or product (less words known to be none), titles in 《》, and Latin words.
"""

import logging
import re
import tomllib
import unicodedata
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from genloop.core import extras
from genloop.judges.texts.corpus import Language

_LISTS: dict[str, str] = tomllib.loads(files("genloop.judges.drafts").joinpath("letters.toml").read_text("utf-8"))
_SIMPLE = str.maketrans(
    dict(zip(*("".join(_LISTS[name].split()) for name in ("traditional", "simplified")), strict=True))
)
_WORDS = frozenset(_LISTS["words"].split())
_STARTS = frozenset(_LISTS["starts"].split())
_TAGS = {"nr", "nrfg", "nrt", "ns", "nt", "nz"}
_TITLE = re.compile(r"《([^《》\n]{1,40})》")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’&+.-]*[A-Za-z0-9]")
_CAPITAL = re.compile(r"(?<![^\W_])(?<!['’])[^\W\d_][^\W_]*(?:['’.&-][^\W_]+)*")
_OPENS = re.compile(r"(?:^|[.!?…:\n]|[-—–])[\s\"'“‘”’(\[*•]*$")
_ENDS = re.compile(r"(?:['’]s?|s|es|n|an|ian|ese|ish|ans|ians|a|ia|y)$")
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")  # a Latin word ends where a Chinese one begins
_APART = re.compile(r"[\s·•・‧\-—'’.]+")


@dataclass(frozen=True)
class Name:
    """A name and where it stands."""

    start: int
    stop: int
    text: str


def plain(text: str) -> str:
    """Full width, case, script and the signs between parts of a name made one."""
    return _APART.sub("", _fold(text).translate(_SIMPLE))


def read(text: str, language: Language, common: Collection[str]) -> list[Name]:
    """Every name; `common` are words that stand in small letters in real texts."""
    return sorted(set(_chinese(text) if language == "zh" else _english(text, common)), key=lambda name: name.start)


def stems(text: str) -> frozenset[str]:
    """The words of a text, each also without its ending."""
    found = set()
    for word in _WORD.findall(_fold(text)):
        found.add(word)
        found.add(stem(word))
    return frozenset(found)


def stem(word: str) -> str:
    """A name without the ending of a plural, a possessive or what it is called after."""
    word = _fold(word)
    short = _ENDS.sub("", word)
    return short if len(short) >= 3 else word


def _fold(text: str) -> str:
    """Small letters of half width, without accents."""
    if text.isascii():
        return text.lower()
    return "".join(mark for mark in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(mark))


def _english(text: str, common: Collection[str]) -> Iterator[Name]:
    for found in _CAPITAL.finditer(text):
        word = found.group()
        low = re.sub(r"['’]s?$", "", word).lower()
        if len(low) < 2 or low in _STARTS or not word[0].isupper():
            continue
        if _OPENS.search(text[max(found.start() - 8, 0) : found.start()]):
            follows = text[found.end() :].lstrip(" ")[:1].isupper() and text[found.end() : found.end() + 1] == " "
            if low in common or (low.endswith(("ly", "ing", "ed")) and not follows):
                continue
        yield Name(found.start(), found.end(), word)


def _chinese(text: str) -> Iterator[Name]:
    for found in _TITLE.finditer(text):
        yield Name(found.start(1), found.end(1), found.group(1))
    for found in _LATIN.finditer(text):
        yield Name(found.start(), found.end(), found.group())
    for known in (True, False):  # with jieba's guesses at words it does not know, and without
        place, family = 0, ""
        for word, tag in _tagger().lcut(text, HMM=known):
            start, place = place, place + len(word)
            if len(word) > 1 and tag in _TAGS and "\u3400" <= word[0] <= "\u9fff" and word not in _WORDS:
                yield Name(start - len(family), place, family + word)
            family = word if len(word) == 1 and tag == "nr" else ""


@cache
def _tagger() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jieba, found = (extras.load(name, "finding Chinese names", "text") for name in ("jieba", "jieba.posseg"))
    jieba.setLogLevel(logging.ERROR)  # it tells of its dictionary on standard error
    return found
