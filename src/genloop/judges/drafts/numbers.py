"""Numbers as values, however they are written: 1,000 = １０００ = 一千 = one thousand; 30% = 30 percent = 百分之三十.

Of each number every value it may be meant by is kept: 2.5亿 is 250,000,000 and 2.5; ９８年 is 98 and 1998. A lone `one`
or 一 is no number here, nor are Chinese numerals within other words (十分, 万一).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

_DIGIT = {mark: place for place, mark in enumerate("零一二三四五六七八九")}
_DIGIT |= {mark: place for place, mark in enumerate("〇壹贰叁肆伍陆柒捌玖")} | {"○": 0, "两": 2, "俩": 2, "仨": 3}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8, "兆": 10**12}
_HAN = "".join((*_DIGIT, *_SMALL, *_LARGE))
_LISTS = tomllib.loads(files("genloop.judges.drafts").joinpath("letters.toml").read_text("utf-8"))
_UNITS = frozenset("".join(_LISTS["units"].split()))
_WORDS = {
    **{word: value for value, word in enumerate(_LISTS["ones"].split())},
    **{word: 10 * value for value, word in enumerate(_LISTS["tens"].split(), 2)},
    **{"dozen": 12, "twice": 2, "thrice": 3},
}
_SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "m": 10**6, "bn": 10**9, "mn": 10**6,
}  # fmt: skip
_WIDE = str.maketrans("０１２３４５６７８９．，％＋－·", "0123456789.,%+-.")
_NAMED = "|".join(sorted(_WORDS, key=len, reverse=True))
_SCALE = r"hundred|thousand|million|billion|trillion"
_NUMBER = re.compile(
    rf"(?P<digits>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<han>[十百千万亿兆]*)"
    rf"(?P<scale>\s?-?(?:{_SCALE})s?\b|(?:k|m|bn|mn)\b)?(?P<cent>\s?(?:%|per\s?cent))?"
    rf"|(?P<whole>[{_HAN}]+(?:点[{_HAN}]+)?)"
    rf"|\b(?P<words>(?:{_NAMED}|{_SCALE})(?:[\s-]+(?:and\s+)?(?:{_NAMED}|{_SCALE}))*)s?\b",
    re.IGNORECASE,
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = f"(?:{_MONTHS}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_MONTH = re.compile(rf"(?:\b{_DATE}\.? ?$)|(?:st|nd|rd|th)? (?:of )?{_DATE}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """One number: where it stands, the values it may be meant by, those it surely says, and its unit (or none)."""

    start: int
    stop: int
    values: frozenset[Decimal]
    sure: frozenset[Decimal]
    unit: str


@dataclass(frozen=True)
class Known:
    """The numbers of a material, by the unit that they have there."""

    values: Mapping[str, frozenset[Decimal]]

    @classmethod
    def of(cls, text: str) -> "Known":
        """Those of this text."""
        found: dict[str, set[Decimal]] = {}
        for number in read(text):
            found.setdefault(number.unit, set()).update(number.values)
        return cls({unit: frozenset(own) for unit, own in found.items()})

    def holds(self, number: Number) -> bool:
        """Whether a number stands here: with its unit, or without one; where the unit never stands, with any."""
        if number.unit and number.unit in self.values:
            return bool(number.sure & (self.values[number.unit] | self.values.get("", frozenset())))
        return any(number.sure & own for own in self.values.values())


def read(text: str) -> list[Number]:
    """Every number of a text."""
    plain = text.translate(_WIDE)
    return [number for found in _NUMBER.finditer(plain) if (number := _number(found, plain)) is not None]


def _number(found: re.Match[str], plain: str) -> Number | None:
    if found["digits"]:
        meant = tuple(_digits(found, plain))
    elif found["whole"]:
        if not _counts(found, plain):
            return None
        meant = tuple(_chinese(found["whole"], plain[: found.start()]))
    elif (value := _english(found["words"])) is not None:
        meant = (value,)
    else:
        return None
    exact = frozenset(value for value in meant if not _coefficient(value, meant))
    return Number(found.start(), found.end(), frozenset(meant), exact, _unit(found, plain))


def _coefficient(value: Decimal, meant: tuple[Decimal, ...]) -> bool:
    """Whether this is the 3 of 3万, which says little alone; the 2.87 of 2.87亿 does."""
    return value < max(meant) / 5 and value == value.to_integral_value() and value < 100 and max(meant) >= 1000


def _unit(found: re.Match[str], plain: str) -> str:
    """Year, month, day or per cent."""
    before, after = plain[: found.start()], plain[found.end() : found.end() + 1]
    if found["cent"] or before.endswith("百分之"):
        return "%"
    if after in {"年", "月"}:
        return after
    if after in {"日", "号"}:
        return "日"
    return "日" if _MONTH.search(before) or _MONTH.match(plain[found.end() :]) else ""


def _digits(found: re.Match[str], plain: str) -> Iterator[Decimal]:
    value = Decimal(found["digits"].replace(",", ""))
    yield value
    scale = 1
    for mark in found["han"] or "":
        scale *= _SMALL.get(mark) or _LARGE[mark]
    word = (found["scale"] or "").strip(" -").lower().rstrip("s")
    scale *= _SCALES.get(word, 1)
    if scale > 1:
        yield value * scale
    if found["cent"] or plain[: found.start()].endswith("百分之"):
        yield value / 100
    if plain[found.end() :].startswith("成"):
        yield value / 10
    if len(found["digits"]) == 2 and plain[found.end() : found.end() + 1] in {"年", "s"}:
        yield 1900 + value
        yield 2000 + value


def _counts(found: re.Match[str], plain: str) -> bool:
    """Whether Chinese numerals are a number here: a lone 一 is not, a lone digit is before a measure or after 第."""
    whole = found["whole"]
    if plain[found.start() :].startswith(("百分之", "千分之", "万分之", "百分点")):
        return False
    before, after = plain[: found.start()], plain[found.end() : found.end() + 1]
    if len(whole) == 1:
        if whole in "一壹零〇" or (whole not in _DIGIT and whole not in "十百千"):
            return False
        if whole == "十" and after in {"分", "足"}:
            return False
        return before.endswith(("第", "分之")) or (bool(after) and after in _UNITS)
    return whole not in {"万一", "千万", "百千", "一一", "千百", "万千", "万万", "百万"} or before.endswith("第")


def _chinese(whole: str, before: str) -> Iterator[Decimal]:
    """The values of Chinese numerals; neighbouring digits without a unit are read as digits, or as a range (二三百)."""
    text, _, part = whole.partition("点")
    if all(mark in _DIGIT for mark in text):
        value = Decimal("".join(str(_DIGIT[mark]) for mark in text))
        if len(text) == 2 and not part:
            yield from (Decimal(_DIGIT[text[0]]), Decimal(_DIGIT[text[1]]))
            yield 1900 + value
    else:
        value = _value(text)
    if part and all(mark in _DIGIT for mark in part):
        value += Decimal("0." + "".join(str(_DIGIT[mark]) for mark in part))
    yield value
    if before.endswith("百分之"):
        yield value / 100
    if text[-1] in _LARGE and len(text) > 1:
        yield _value(text[:-1])


def _value(text: str) -> Decimal:
    total, section, digit = 0, 0, 0
    for mark in text:
        if mark in _DIGIT:
            digit = _DIGIT[mark] + (digit * 10 if digit else 0)
        elif mark in _SMALL:
            section += (digit or 1) * _SMALL[mark]
            digit = 0
        else:
            if total >= _LARGE[mark]:  # 二亿五千万
                total += (section + digit or 1) * _LARGE[mark]
            else:
                total = (total + section + digit or 1) * _LARGE[mark]
            section, digit = 0, 0
    return Decimal(total + section + digit)


def _english(text: str) -> Decimal | None:
    """The value of number words; a lone `one` or scale says no number."""
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word != "and"]
    if len(words) == 1 and (words[0] in {"one", "zero"} or words[0] in _SCALES):
        return None
    total, part = 0, 0
    for word in words:
        if word in _SCALES:
            part = (part or 1) * _SCALES[word]
            if _SCALES[word] > 100:
                total, part = total + part, 0
        elif word == "dozen":
            part = (part or 1) * 12
        else:
            part += _WORDS[word]
    return Decimal(total + part)
