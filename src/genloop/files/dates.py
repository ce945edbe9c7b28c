"""Times as tables spell them: a shape such as "0000-00-00" is matched to a pattern once, its cells are read in numpy.

Patterns are strptime's, with "%-m" for digits without a leading zero, "%^b" for upper case, "%3f" for milliseconds,
"%:z" for "+08:00", "%z[h]" for "+08", "%p[zh]" for 上午, and "epoch[s]" to "epoch[ns]" for counts since 1970.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from genloop.files import shapes

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH = "|".join([*MONTHS, "Sept", *(name[:3] for name in MONTHS)])
_DAY = "|".join([*DAYS, *(name[:3] for name in DAYS)])
_DATES = {
    "ymd": [
        r"(?P<Y>0000)(?P<sep>[-/.])(?P<m>00?)(?P=sep)(?P<d>00?)",
        r"(?P<Y>0000)年 ?(?P<m>00?)月 ?(?P<d>00?)[日号]",
        r"(?P<Y>0000)(?P<m>00)(?P<d>00)",
        r"(?P<Y>0000)[-/](?P<m>00?)",
        r"(?P<Y>0000)年(?P<m>00?)月",
        r"(?P<Y>0000)(?P<m>00)",
        r"(?P<Y>0000)[-/ ](?P<b>MONTH)[-/ ](?P<d>00?)",
        r"(?P<y>00)(?P<sep>[-/.])(?P<m>00)(?P=sep)(?P<d>00)",
    ],
    "dmy": [
        r"(?P<d>00?)(?P<sep>[-/.])(?P<m>00?)(?P=sep)(?P<Y>0000)",
        r"(?P<d>00?)(?P<sep>[-/.])(?P<m>00?)(?P=sep)(?P<y>00)",
        r"(?P<d>00?)[-/. ]{0,2}(?P<b>MONTH)[-/., ]{0,2}(?P<Y>0000)",
        r"(?P<d>00?)[-/. ](?P<b>MONTH)[-/. ](?P<y>00)",
    ],
    "mdy": [
        r"(?P<m>00?)(?P<sep>[-/.])(?P<d>00?)(?P=sep)(?P<Y>0000)",
        r"(?P<m>00?)(?P<sep>[-/.])(?P<d>00?)(?P=sep)(?P<y>00)",
        r"(?P<b>MONTH)[-/. ]{1,2}(?P<d>00?),? (?P<Y>0000)",
        r"(?P<b>MONTH)[-/. ](?P<Y>0000)",
    ],
}
_CLOCK = (
    r"(?:(?P<p0>上午|下午|AM|PM) ?)?(?P<H>00?)(?::|时|点)(?P<M>00)(?:(?::|分)(?P<S>00)(?:[.,](?P<f>0{1,9}))?秒?|分)?"
    r"(?: ?(?P<p1>AM|PM|am|pm|a\.m\.|p\.m\.))?"
)
_ZONE = r"(?P<Z> ?(?:Z|UTC|GMT))|(?P<z> ?[+-]00:?00)|(?P<h> ?[+-]00)"
_BASIC = r"(?P<H>00)(?P<M>00)(?P<S>00)?"


@dataclass(frozen=True)
class Reading:
    """One shape read as a time: its pattern, and where its digits stand among the bytes.

    `family` is the pattern without what one cell cannot tell (leading zeros, case); `fixed` are values that the
    shape itself spells, such as a month's name or PM.
    """

    pattern: str
    family: str
    spans: tuple[tuple[str, int, int], ...]
    fixed: tuple[tuple[str, int], ...]
    width: int
    zoned: bool


@dataclass(frozen=True)
class Parsed:
    """Microseconds since 1970 (UTC where zoned), which cells are real times, and the zone's minutes."""

    micros: np.ndarray
    valid: np.ndarray
    zone_minutes: np.ndarray
    small: frozenset[str]


@lru_cache(maxsize=65_536)
def read(shape: str) -> tuple[Reading, ...]:
    """Every way a shape reads as a time; none when it is none."""
    if shape.count("0") < 3 or len(shape) > shapes.LONGEST:
        return ()
    found: dict[str, Reading] = {}
    for whole in _whole_patterns():
        if (match := whole.fullmatch(shape)) is not None:
            reading = _reading(shape, match)
            found.setdefault(reading.pattern, reading)
    return tuple(found.values())


@lru_cache(maxsize=1)
def _whole_patterns() -> tuple[re.Pattern[str], ...]:
    day = rf"(?:(?P<a>{_DAY}),? )?"
    patterns = [re.compile(f"{_CLOCK}(?:{_ZONE})?")]
    for order in ("ymd", "dmy", "mdy"):
        for date in _DATES[order]:
            text = date.replace("MONTH", f"(?i:{_MONTH})")
            clock = rf"(?:(?:T|,? {{1,2}}|-|)(?:{_CLOCK}|{_BASIC.replace('P<', 'P<x')})(?:{_ZONE})?)?"
            patterns.append(re.compile(day + text + clock))
    return tuple(patterns)


def _reading(shape: str, match: re.Match[str]) -> Reading:
    groups = {name.removeprefix("x"): span for name in match.re.groupindex if (span := match.span(name))[0] >= 0}
    half = "p0" in groups or "p1" in groups
    pieces, spans, fixed, last = [], [], [], 0
    for name, (start, stop) in sorted(groups.items(), key=lambda item: item[1]):
        if name == "sep":
            continue
        text = shape[start:stop]
        token, value = _token(name, text, half=half)
        pieces += [shape[last:start].replace("%", "%%"), token]
        last = stop
        begin = len(shape[:start].encode())
        if value is not None:
            fixed.append((name[0], value))
        elif name not in ("a", "Z"):
            spans.append((name, begin, len(text)))
    pattern = "".join(pieces) + shape[last:].replace("%", "%%")
    family = pattern.replace("%-", "%").replace("%^", "%").replace("%B", "%b").replace("%A", "%a")
    zoned = any(name in groups for name in "Zzh")
    return Reading(pattern, family, tuple(spans), tuple(fixed), len(shape.encode()), zoned)


def _token(name: str, text: str, *, half: bool) -> tuple[str, int | None]:
    """The strptime token of one piece, and its value when the shape itself spells it."""
    match name[0]:
        case "b":
            number = next(i for i, month in enumerate(MONTHS, 1) if month[:3].lower() == text[:3].lower())
            token = "b" if len(text) == 3 else "B"
            return f"%^{token}" if text.isupper() else f"%{token}", number
        case "a":
            return "%a" if len(text) == 3 else "%A", None
        case "p":
            return {"上": "%p[zh]", "下": "%p[zh]", "A": "%p", "P": "%p"}.get(
                text[0], "%p[a.m.]" if "." in text else "%p[am]"
            ), int(text[0] in "下Pp") + 1
        case "H" if half:
            return "%I" if len(text) == 2 else "%-I", None
        case "f":
            return "%f" if len(text) == 6 else f"%{len(text)}f", None
        case "Z":
            return text, None
        case "z":
            return (" " if text[0] == " " else "") + ("%:z" if ":" in text else "%z"), None
        case "h":
            return (" " if text[0] == " " else "") + "%z[h]", None
        case letter:
            return f"%{letter}" if len(text) > 1 else f"%-{letter}", None


def decode(text: pa.Array, rows: np.ndarray, reading: Reading) -> Parsed:
    """What the given rows, all of the reading's shape, spell."""
    cells = shapes.matrix(text, rows, reading.width)
    part = {name: _digits(cells[:, start : start + size]) for name, start, size in reading.spans if name not in "zhf"}
    part |= {name: np.full(len(rows), value) for name, value in reading.fixed}
    hour, clock_valid = _hour(part, len(rows))
    days, valid = _days(part, len(rows), parted=re.search(r"(?a)[^%\w]", reading.pattern) is not None)
    minute, second = (part.get(name, np.zeros(len(rows), np.int64)) for name in "MS")
    valid &= clock_valid & (minute < 60) & (second < 60)
    micros = ((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000
    zone = np.zeros(len(rows), np.int64)
    for name, start, size in reading.spans:
        piece = cells[:, start : start + size]
        if name == "f":
            micros += _digits(piece) * 10**6 // 10**size
        elif name in "zh":
            zone = _zone(piece)
    small = frozenset(n for n, _, size in reading.spans if size == 2 and n in "mdH" and bool((part[n] < 10).any()))
    return Parsed(micros - zone * 60_000_000, valid & (abs(zone) <= 14 * 60), zone, small)


def _digits(cells: np.ndarray) -> np.ndarray:
    weights = 10 ** np.arange(cells.shape[1] - 1, -1, -1, dtype=np.int64)
    total: np.ndarray = (cells.astype(np.int64) - ord("0")) @ weights
    return total


def _hour(part: dict[str, np.ndarray], rows: int) -> tuple[np.ndarray, np.ndarray]:
    hour = part.get("H", np.zeros(rows, np.int64))
    if "p" not in part:
        return hour, hour < 24
    after_noon = part["p"] == 2
    turned = np.where(after_noon & (hour < 12), hour + 12, np.where(~after_noon & (hour == 12), 0, hour))
    return turned, (hour < 24) & (after_noon | (hour <= 12))  # "13:00 PM" is common and says one thing


def _days(part: dict[str, np.ndarray], rows: int, *, parted: bool) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970-01-01, and whether the date exists; two-digit years are 1969 to 2068, as in POSIX.

    Years are 1000 to 2999, and 9999 where something parts the digits: 9999-12-31 is how many tables spell "never".
    """
    if not {"Y", "y"} & set(part):
        return np.zeros(rows, np.int64), np.ones(rows, bool)
    year = part["Y"] if "Y" in part else np.where(part["y"] < 69, 2000, 1900) + part["y"]
    month = part.get("m", part.get("b", np.ones(rows, np.int64)))
    day = part.get("d", np.ones(rows, np.int64))
    known = (month >= 1) & (month <= 12) & (year >= 1000) & ((year < 3000) | (parted & (year == 9999)))
    first = (np.where(known, (year - 1970) * 12 + month - 1, 0)).astype("M8[M]")
    length = ((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    return first.astype("M8[D]").astype(np.int64) + day - 1, known & (day >= 1) & (day <= length)


def _zone(cells: np.ndarray) -> np.ndarray:
    digits = cells[:, (cells[0] >= ord("0")) & (cells[0] <= ord("9"))]
    minutes = _digits(digits[:, :2]) * 60 + (_digits(digits[:, 2:4]) if digits.shape[1] == 4 else 0)
    return np.where((cells == ord("-")).any(axis=1), -minutes, minutes)
