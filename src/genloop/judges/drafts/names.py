"""Names of people, places, products and works, as far as they can be seen without a knowledge of the world.

English: words in capitals, at the start of a sentence only where they are no common word. Chinese: what jieba's
part-of-speech tags call a person (behind a known family name), place, body or product, titles in 《》, and Latin words.
"""

import importlib
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

from genloop.core.errors import MissingExtra
from genloop.judges.texts.corpus import Language

_LISTS: dict[str, str] = tomllib.loads(files("genloop.judges.drafts").joinpath("letters.toml").read_text("utf-8"))
_SIMPLE = str.maketrans(
    dict(zip(*("".join(_LISTS[name].split()) for name in ("traditional", "simplified")), strict=True))
)
_FAMILY = frozenset("".join(_LISTS["family"].split()))
_COMPOUND = tuple(_LISTS["compound"].split())
_STARTS = frozenset(_LISTS["starts"].split())
_TAGS = {"nr", "nrfg", "nrt", "ns", "nt", "nz"}
_TITLE = re.compile(r"《([^《》\n]{1,40})》")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’&+.-]*[A-Za-z0-9]")
_CAPITAL = re.compile(r"(?<![A-Za-z0-9'’])[A-Z][A-Za-z0-9]*(?:['’.&-][A-Za-z0-9]+)*")
_OPENS = re.compile(r"(?:^|[.!?…:\n]|[-—–])[\s\"'“‘”’(\[*•]*$")
_ENDS = re.compile(r"(?:['’]s?|s|es|n|an|ian|ese|ish|ans|ians)$")
_APART = re.compile(r"[\s·•・‧\-—'’.]+")


@dataclass(frozen=True)
class Name:
    """A name and where it stands."""

    start: int
    stop: int
    text: str


def plain(text: str) -> str:
    """Full width, case, script and the signs between parts of a name made one."""
    return _APART.sub("", unicodedata.normalize("NFKC", text).translate(_SIMPLE).lower())


def read(text: str, language: Language, common: Collection[str]) -> list[Name]:
    """Every name; `common` are words that stand in small letters in real texts."""
    return sorted(set(_chinese(text) if language == "zh" else _english(text, common)), key=lambda name: name.start)


def stems(text: str) -> frozenset[str]:
    """The words of a text, each also without its ending."""
    found = set()
    for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower()):
        found.add(word)
        found.add(stem(word))
    return frozenset(found)


def stem(word: str) -> str:
    """A name without the ending of a plural, a possessive or what it is called after."""
    word = word.lower()
    short = _ENDS.sub("", word)
    return short if len(short) >= 3 else word


def _english(text: str, common: Collection[str]) -> Iterator[Name]:
    for found in _CAPITAL.finditer(text):
        word = found.group()
        low = re.sub(r"['’]s?$", "", word).lower()
        if len(low) < 2 or low in _STARTS:
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
    place = 0
    for word, tag in _tagger().lcut(text):
        start, place = place, place + len(word)
        if len(word) < 2 or tag not in _TAGS or not "\u3400" <= word[0] <= "\u9fff":
            continue
        if tag == "nr" and not (word.translate(_SIMPLE)[0] in _FAMILY or word.startswith(_COMPOUND)):
            continue
        yield Name(start, place, word)


@cache
def _tagger() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            jieba, found = importlib.import_module("jieba"), importlib.import_module("jieba.posseg")
    except ModuleNotFoundError as error:
        raise MissingExtra("finding Chinese names needs the package jieba; run: pip install 'genloop[text]'") from error
    jieba.setLogLevel(logging.ERROR)  # it tells of its dictionary on standard error
    return found
