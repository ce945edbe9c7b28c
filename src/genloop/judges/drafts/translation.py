"""Numbers of a translation: what one text writes in digits stands in the other as the same value, however written.

Unlike the numbers of a claim (`numbers`), 250 million is not also 250. Number words, names of months and ordinals can
answer digits; they are not asked for, since languages use them freely.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from genloop.judges.drafts import numbers

_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
_MONTH = re.compile(rf"\b(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|Sept)\b")
_WORDS = {"一": 1, "one": 1, "first": 1, "both": 2, "second": 2, "third": 3}
_WORD = re.compile(r"一|\b(?:one|first|both|second|third)\b", re.IGNORECASE)
_DIGIT, _DAYS = re.compile(r"\d"), 31


def differing(one: str, other: str) -> list[str]:
    """The numbers in digits of either text that the other lacks, as they are written."""
    return sorted({*_lacking(one, other), *_lacking(other, one)})


def _lacking(text: str, other: str) -> Iterable[str]:
    known: dict[str, set[Decimal]] = {"": {Decimal(_WORDS[word.lower()]) for word in _WORD.findall(other)}}
    places = {name[:3]: Decimal(place) for place, name in enumerate(_MONTHS, 1)}
    known |= {"月": {places[name[:3]] for name in _MONTH.findall(other)}}
    for number in numbers.read(other):
        known.setdefault(_unit(number), set()).update(_meant(number))
    for number in numbers.read(text):
        written, unit = text[number.start : number.stop].strip(), _unit(number)
        among = [known[unit], known[""]] if unit and known.get(unit) else known.values()
        if _DIGIT.search(written) and not any(_meant(number) & own for own in among):
            yield written


def _meant(number: numbers.Number) -> set[Decimal]:
    """The values that it may be meant by, without the 2.5 of 2.5亿."""
    scaled = [Decimal(10) ** power for power in range(3, 17)]
    return {value for value in number.values if not any(value and value * scale in number.values for scale in scaled)}


def _unit(number: numbers.Number) -> str:
    """Its unit; a year after the name of a month is no day."""
    return "" if number.unit == "日" and min(number.values) > _DAYS else number.unit
