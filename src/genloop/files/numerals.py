"""How a column spells its numbers: currency, percent, units, thousands separators, decimal comma, sign."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genloop.files import shapes

Sign = Literal["front", "inside", "after", "brackets"]
# (decimal mark, thousands separator); where a column fits several, the first is taken.
STYLES = ((".", ""), (".", ","), (".", " "), (".", "'"), (",", ""), (",", "."), (",", " "))
_MONEY = (
    r"US\$|HK\$|NT\$|A\$|C\$|R\$|S\$|[$¥￥€£₩₹₽₺₫฿₱₪₴]|RMB|CNY|USD|EUR|GBP|JPY|HKD|TWD|KRW|AUD|CAD|CHF|SGD|INR|Rs\.?|kr"
)
_UNITS = (
    r"%|‰|万元|亿元|元|万|亿|円|원|角|分钟|小时|分|秒|天|岁|年|个月|人|件|个|次|台|套|米|公里|公斤|千克|克|斤|吨|平米|平方米|㎡|m²|m2|"
    r"kg|mg|g|t|lbs?|oz|km|mm|cm|m|mi|ft|in|L|l|mL|ml|°C|℃|°F|°|hrs?|h|mins?|min|secs?|s|ms|days?|weeks?|months?|years?|yrs?|"
    r"kWh|kW|MW|W|V|mA|A|Hz|kHz|MHz|GHz|TB|GB|MB|KB|kB|B|px|pt|k|K|M|bn|zł|Kč|Ft|лв|руб\.?"
)
_SHAPE = re.compile(
    rf"(?P<open>\()?(?P<front>[+-])?(?P<before>(?:{_MONEY}) ?)?(?P<inside>[+-])?"
    r"(?P<body>[0.,' ]*0[0., ']*?(?:[eE][+-]?0+)?)"
    rf"(?P<after> ?(?:{_UNITS}|{_MONEY}))?(?P<end>-)?(?P<close>\))?"
)
_PATTERN = re.compile(
    r"(?P<before>[^#0０]*)(?P<body>(?:#(?P<group>.)##[0０]|[0０])(?:(?P<mark>[.,])(?P<digits>[0０#]+))?)(?P<after>[^;]*)"
    r"(?:;(?P<negative>.*))?",
    re.S,
)


@dataclass(frozen=True)
class Reading:
    """One shape read as a number: what stands around it, and per style it fits the digits after the mark."""

    before: str
    after: str
    sign: Sign | None
    exponent: bool
    styles: Mapping[tuple[str, str], int]
    grouped: frozenset[tuple[str, str]]
    digits: int
    lead: int


@dataclass(frozen=True)
class Numeral:
    """The spelling of a whole column, written as a pattern such as "$#,##0.00" or "0,0## €"."""

    before: str = ""
    after: str = ""
    mark: str = "."
    group: str = ""
    decimals: int = 0
    fixed: bool = True
    sign: Sign = "front"
    wide: bool = False

    @property
    def plain(self) -> bool:
        """Whether the numbers are spelt as any program would."""
        return not (self.before or self.after or self.group or self.wide) and self.mark == "." and self.sign == "front"

    @property
    def pattern(self) -> str:
        """The spelling as text; the negative form follows ";" when it is not "-" in front."""
        body = f"#{self.group}##0" if self.group else "0"
        if self.decimals:
            body += self.mark + ("0" if self.fixed else "#") * self.decimals
        body = shapes.widen(body) if self.wide else body
        whole = self.before + body + self.after
        negative = {
            "front": "",
            "inside": f"{self.before}-{body}{self.after}",
            "after": f"{whole}-",
            "brackets": f"({whole})",
        }[self.sign]
        return f"{whole};{negative}" if negative else whole


def read_pattern(text: str) -> Numeral:
    """The numeral that a pattern states; a pattern of another making gives plain numbers."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        return Numeral()
    digits = found["digits"] or ""
    negative, sign = found["negative"] or "", "front"
    if negative.startswith("("):
        sign = "brackets"
    elif negative.endswith("-"):
        sign = "after"
    elif negative:
        sign = "inside"
    return Numeral(
        before=found["before"],
        after=found["after"],
        mark=found["mark"] or ("," if found["group"] == "." else "."),
        group=found["group"] or "",
        decimals=len(digits),
        fixed="#" not in digits,
        sign=sign,  # type: ignore[arg-type]
        wide="０" in found["body"],
    )


@lru_cache(maxsize=65_536)
def read(shape: str) -> Reading | None:
    """How a shape reads as a number; None when it is none."""
    found = _SHAPE.fullmatch(shape)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [found["front"] or "", found["inside"] or "", found["end"] or "", found["open"] or ""]
    if sum(map(bool, signs)) > 1:
        return None
    styles, grouped = _styles(found["body"])
    if not styles:
        return None
    where: dict[int, Sign] = {0: "front", 1: "inside", 2: "after", 3: "brackets"}
    placed = next((where[i] for i, sign in enumerate(signs) if sign and sign != "+"), None)
    digits = len(re.sub(r"[eE].*|[^0]", "", found["body"]))
    return Reading(
        before=found["before"] or "",
        after=found["after"] or "",
        sign=placed,
        exponent="e" in found["body"].lower(),
        styles=styles,
        grouped=grouped,
        digits=digits,
        lead=len(shape[: found.start("body")].encode()),
    )


def _styles(body: str) -> tuple[dict[tuple[str, str], int], frozenset[tuple[str, str]]]:
    fits: dict[tuple[str, str], int] = {}
    grouped = set()
    for mark, group in STYLES:
        m, g = re.escape(mark), re.escape(group)
        if group and re.fullmatch(rf"0{{1,3}}(?:{g}000)+(?:{m}0+)?", body):
            grouped.add((mark, group))
        elif not re.fullmatch(rf"0+(?:{m}0*)?|{m}0+" if mark != "." else r"(?:0+(?:\.0*)?|\.0+)(?:[eE][+-]?0+)?", body):
            continue
        fits[mark, group] = len(re.sub(r"[eE].*", "", body).rpartition(mark)[2]) if mark in body else 0
    return fits, frozenset(grouped)


def fit(counts: Mapping[str, int], led: Mapping[str, int]) -> tuple[Numeral, int, int]:
    """The one spelling that reads most cells: the numeral, how many cells it reads, the most digits of one number.

    `counts` are cells per shape, `led` those of them whose first digit is 0 (which rules thousands groups out).
    """
    readings = {shape: reading for shape in counts if (reading := read(shape)) is not None}
    affixes: Counter[tuple[str, str]] = Counter()
    for shape, reading in readings.items():
        affixes[reading.before, reading.after] += counts[shape]
    best, most = Numeral(), 0
    around = [pair for pair, _ in affixes.most_common(8) if pair != ("", "")] or [("", "")]
    for before, after in around:
        fit = {s: r for s, r in readings.items() if (r.before, r.after) in {(before, after), ("", "")}}
        for mark, group in STYLES:
            style = (mark, group)
            read_now = sum(
                counts[s] - (led.get(s, 0) if style in r.grouped else 0) for s, r in fit.items() if style in r.styles
            )
            if read_now > most:
                chosen = {s: r for s, r in fit.items() if style in r.styles}
                best, most = _numeral(before, after, style, chosen, counts), read_now
    top = max((r.digits for s, r in readings.items() if counts[s] and (best.mark, best.group) in r.styles), default=0)
    return best, most, top


def _numeral(
    before: str, after: str, style: tuple[str, str], chosen: Mapping[str, Reading], counts: Mapping[str, int]
) -> Numeral:
    bare = sum(counts[s] for s, r in chosen.items() if not (r.before or r.after))
    if bare > sum(counts[s] for s in chosen) - bare:
        before = after = ""
    grouped = any(style in r.grouped for r in chosen.values())
    digits = {r.styles[style] for r in chosen.values()}
    signs: Counter[Sign] = Counter()
    for s, r in chosen.items():
        if r.sign:
            signs[r.sign] += counts[s]
    sign: Sign = signs.most_common(1)[0][0] if signs else "front"
    return Numeral(before, after, style[0], style[1] if grouped else "", max(digits), len(digits) == 1, sign)


def decode(text: pa.Array, numeral: Numeral, *, whole: bool) -> pa.Array:
    """The numbers that bare texts spell: int64 when `whole`, else float64; null where a text does not fit."""
    codes, found = shapes.encode(text)
    readings = [_fitting(shape, numeral, whole=whole) for shape in found]
    simple = all(r is None or (not (r.before or r.after) and r.sign in (None, "front")) for r in readings)
    if not simple:
        readings = [None if r is None or r.exponent else r for r in readings]
    fits = np.array([r is not None for r in readings] + [False])[codes]
    text = pc.if_else(pa.array(fits), text, pa.scalar(None, pa.string()))
    strip = {numeral.group} | {part for r in readings if r is not None for part in (r.before, r.after)}
    strip |= set() if simple else set("()-+")
    for part in sorted(strip - {""}, key=len, reverse=True):
        text = pc.replace_substring(text, pattern=part, replacement="")
    if any("+" in shape for shape in found):
        text = pc.utf8_ltrim(text, characters="+")
    if numeral.mark == ",":
        text = pc.replace_substring(text, pattern=",", replacement=".")
    values = _whole(text, readings) if whole else pc.cast(text, pa.float64())
    if simple:
        return values
    negative = np.array([r is not None and r.sign is not None for r in readings] + [False])[codes]
    return pc.if_else(pa.array(negative), pc.negate(values), values)


def _fitting(shape: str, numeral: Numeral, *, whole: bool) -> Reading | None:
    reading = read(shape)
    if reading is None or (numeral.mark, numeral.group) not in reading.styles:
        return None
    if (reading.before, reading.after) not in {(numeral.before, numeral.after), ("", "")}:
        return None
    return None if whole and reading.digits > 18 and "." not in shape else reading


def _whole(text: pa.Array, readings: Sequence[Reading | None]) -> pa.Array:
    if all(r is None or not any(r.styles.values()) for r in readings):
        try:
            return pc.cast(text, pa.int64())
        except pa.ArrowInvalid:  # an exponent such as 1e5
            pass
    return pc.cast(pc.round(pc.cast(text, pa.float64())), pa.int64(), safe=False)


def encode(values: pa.Array, numeral: Numeral) -> pa.Array:
    """The numbers spelt as the numeral says."""
    coded = values.dictionary_encode()
    spelt = [None if v is None else _spell(v, numeral) for v in coded.dictionary.to_pylist()]
    return pa.array(spelt, pa.string()).take(coded.indices)


def _spell(value: float, numeral: Numeral) -> str:
    body = f"{abs(value):,.{numeral.decimals}f}"
    if not numeral.fixed and "." in body:
        body = body.rstrip("0").rstrip(".")
    body = body.translate({ord(","): numeral.group, ord("."): numeral.mark})
    body = shapes.widen(body) if numeral.wide else body
    if value >= 0 or not re.search("[1-9１-９]", body):
        return numeral.before + body + numeral.after
    match numeral.sign:
        case "inside":
            return f"{numeral.before}-{body}{numeral.after}"
        case "after":
            return f"{numeral.before}{body}{numeral.after}-"
        case "brackets":
            return f"({numeral.before}{body}{numeral.after})"
        case _:
            return f"-{numeral.before}{body}{numeral.after}"
