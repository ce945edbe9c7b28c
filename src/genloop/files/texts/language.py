"""Which language a text is in, as far as learning and judging need it: Chinese, English, another, or no letters at all.

Chinese by the share of Han characters (with kana it is Japanese, which is "other"), English by its commonest words.
Traditional and simplified characters are told apart by those that only one of the two scripts has.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Code = Literal["zh", "en", "other", "none"]
Script = Literal["simplified", "traditional", "both"]
_LOOKED_AT = 20_000  # characters
_LETTERS_A_WORD = 4  # letters of an alphabet that say as much as one Han character
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA, _HANGUL = re.compile(r"[\u3041-\u30fa\u30fd-\u30ff]"), re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")
_LATIN, _LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]"), re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[A-Za-z']+")
WORDS: dict[str, str] = tomllib.loads(files("genloop.files.texts").joinpath("words.toml").read_text("utf-8"))
ENGLISH = frozenset(WORDS["english"].split())
_SIMPLIFIED, _TRADITIONAL, _SHARED = (
    frozenset("".join(WORDS[name].split())) for name in ("simplified", "traditional", "common")
)
_COMMON = _SIMPLIFIED | _TRADITIONAL | _SHARED
_TELLING = (_TRADITIONAL - _SIMPLIFIED, _SIMPLIFIED - _TRADITIONAL)
_SURE = 0.9  # the share of telling characters from which the text is in one script


@dataclass(frozen=True)
class Language:
    """The language of a text; `script` where it is Chinese and telling; `mixed`: a fifth or more is in another."""

    code: Code
    script: Script | None = None
    mixed: bool = False


def read(text: str) -> Language:
    """The language of the beginning of a text."""
    part = text[:_LOOKED_AT]
    letters = len(_LETTER.findall(part))
    if not letters:
        return Language("none")
    han, kana = len(_HAN.findall(part)), len(_KANA.findall(part))
    latin = len(_LATIN.findall(part)) / _LETTERS_A_WORD
    hangul = len(_HANGUL.findall(part))
    others = (letters - han - kana - hangul - latin * _LETTERS_A_WORD) / _LETTERS_A_WORD
    whole = han + kana + hangul + latin + max(others, 0)
    if kana > 0.1 * (han + kana) or hangul > 0.3 * whole or others > 0.5 * whole:
        return Language("other")
    mixed = min(han, latin) >= 0.2 * whole
    if han >= latin:
        return Language("zh", script(part), mixed)
    words = _WORD.findall(part.lower())
    known = sum(word in ENGLISH for word in words)
    english = known >= 0.12 * len(words) or (len(words) < 8 and part.isascii())
    return Language("en" if english else "other", None, mixed)


def script(text: str) -> Script | None:
    """The script of a Chinese text; None where no character tells."""
    found = set(text)
    old, new = (sum(map(text.count, found & telling)) for telling in _TELLING)
    if not old + new:
        return None
    if max(old, new) < _SURE * (old + new):
        return "both"
    return "traditional" if old > new else "simplified"


def common(text: str) -> float:
    """The share of a text's characters beyond ASCII that are among the commonest of Chinese."""
    wide = [letter for letter in text[:_LOOKED_AT] if letter > "\x7f"]
    return sum(letter in _COMMON for letter in wide) / max(len(wide), 1)
