"""Which patterns a column of times is in, found over all its cells; and times spelt in a pattern again."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.files import dates, shapes

SHAPES = 1_000  # a month by its name, a weekday and five widths of digits make fewer
EPOCHS = {"epoch[s]": 1_000_000, "epoch[ms]": 1_000, "epoch[us]": 1, "epoch[ns]": 1}
_TOKEN = re.compile(r"%(?:-?[a-zA-Z]\[[^\]]*\]|\d?f|:z|[-^]?[a-zA-Z]|%)")


@dataclass(frozen=True)
class Tally:
    """One family of patterns over some cells: how many it reads, from when to when, and which digits stood alone.

    `small` are letters that were seen with a leading zero, `short` those seen with one digit.
    """

    cells: int
    low: int
    high: int
    small: frozenset[str]
    short: frozenset[str]
    patterns: Mapping[str, int]
    zones: Mapping[int, int]


@dataclass(frozen=True)
class Formats:
    """The patterns of a column, most frequent first, how many cells they read, and what could be doubted."""

    patterns: tuple[str, ...]
    cells: int
    zone: str | None
    notes: tuple[str, ...]


def fit(text: pa.Array, codes: np.ndarray, found: list[str], weights: np.ndarray) -> dict[str, Tally]:
    """A tally per family of patterns for texts with their shapes and the number of cells each stands for."""
    tallies: dict[str, Tally] = {}
    for code in _usual(codes, len(found)):
        readings = dates.read(found[code])
        rows = np.flatnonzero(codes == code) if readings else np.zeros(0, np.int64)
        for reading in readings:
            one = _tally(dates.decode(text, rows, reading), reading, weights[rows])
            if one is not None:
                old = tallies.get(reading.family)
                tallies[reading.family] = one if old is None else _join(old, one)
    return tallies


def _usual(codes: np.ndarray, number: int) -> list[int]:
    """The most frequent shapes, all of a column of times; a column with more shapes is none."""
    if number <= SHAPES:
        return list(range(number))
    order = np.argsort(-np.bincount(codes[codes >= 0], minlength=number), kind="stable")
    return [int(code) for code in order[:SHAPES]]


def merge(first: Mapping[str, Tally], second: Mapping[str, Tally]) -> dict[str, Tally]:
    """The tallies of both shards."""
    both = dict(first)
    for family, tally in second.items():
        both[family] = _join(both[family], tally) if family in both else tally
    return both


def _tally(parsed: dates.Parsed, reading: dates.Reading, weights: np.ndarray) -> Tally | None:
    if not parsed.valid.any():
        return None
    cells, micros = int(weights[parsed.valid].sum()), parsed.micros[parsed.valid]
    zones: Counter[int] = Counter()
    if reading.zoned:
        minutes, place = np.unique(parsed.zone_minutes[parsed.valid], return_inverse=True)
        zones.update(
            dict(zip(minutes.tolist(), np.bincount(place, weights[parsed.valid]).astype(int).tolist(), strict=True))
        )
    short = frozenset(letter.replace("I", "H") for letter in re.findall(r"%-(\w)", reading.pattern))
    return Tally(cells, int(micros.min()), int(micros.max()), parsed.small, short, {reading.pattern: cells}, zones)


def _join(a: Tally, b: Tally) -> Tally:
    return Tally(
        a.cells + b.cells,
        min(a.low, b.low),
        max(a.high, b.high),
        a.small | b.small,
        a.short | b.short,
        Counter(a.patterns) + Counter(b.patterns),
        Counter(a.zones) + Counter(b.zones),
    )


def freeze(tallies: Mapping[str, Tally]) -> Formats:
    """The patterns that read most cells; day-first and month-first rivals are decided over the whole column."""
    rivals: dict[str, list[str]] = {}
    for family in tallies:
        rivals.setdefault(re.sub("%[ymd]", "%?", family), []).append(family)
    votes: Counter[str] = Counter()
    for family, tally in tallies.items():
        votes[_order(family)] += tally.cells
    notes, chosen = [], []
    for group in rivals.values():
        best = max(group, key=lambda f: _merit(tallies[f], votes[_order(f)], f))
        chosen.append(best)
        equal = [f for f in group if f != best and tallies[f].cells == tallies[best].cells]
        if equal:
            notes.append(f"day and month could be swapped: read as {best}, {equal[0]} would fit as well")
    chosen.sort(key=lambda f: -tallies[f].cells)
    chosen = [f for f in chosen if bool(_order(f)) == bool(_order(chosen[0]))]  # a clock alone is no date
    if len(chosen) > 1:
        shares = ", ".join(f"{f} ({tallies[f].cells} cells)" for f in chosen[:4])
        notes.append(f"dates in {len(chosen)} formats: {shares}; made values are written as the first")
    zone, told = _zone(chosen, tallies)
    cells = sum(tallies[f].cells for f in chosen)
    return Formats(tuple(_pattern(tallies[f]) for f in chosen), cells, zone, tuple(notes + told))


def _order(family: str) -> str:
    return "".join(re.findall("%([ymdY])", family)).lower()


def _merit(tally: Tally, votes: int, family: str) -> tuple[Any, ...]:
    """More cells, then the column's other cells, then the shorter span of days, then day first."""
    return tally.cells, votes, -(tally.high - tally.low), _order(family) == "dmy"


def _zone(chosen: list[str], tallies: Mapping[str, Tally]) -> tuple[str | None, list[str]]:
    zones: Counter[int] = Counter()
    for family in chosen:
        zones.update(tallies[family].zones)
    if not zones:
        return None, []
    notes = []
    if sum(zones.values()) < sum(tallies[f].cells for f in chosen):
        notes.append("some times carry a zone and some do not; those without are taken as UTC")
    if len(zones) > 1:
        notes.append(f"times in {len(zones)} zones; made times are written in the most frequent")
    minutes = zones.most_common(1)[0][0]
    return ("UTC" if minutes == 0 else _offset(minutes, ":")), notes


def _pattern(tally: Tally) -> str:
    """The family's most frequent pattern, with leading zeros as the whole column has them."""
    pattern = max(tally.patterns, key=lambda p: tally.patterns[p])
    if any("%B" in p for p in tally.patterns):
        pattern = pattern.replace("%b", "%B")
    for letter in "mdHI":
        seen = letter.replace("I", "H")
        if seen in tally.short and seen not in tally.small:
            pattern = re.sub(f"%{letter}", f"%-{letter}", pattern)
        elif seen in tally.small and seen not in tally.short:
            pattern = pattern.replace(f"%-{letter}", f"%{letter}")
    return pattern


def decode(text: pa.Array, formats: tuple[str, ...]) -> pa.Array:
    """The times that bare texts spell, timestamp[us] (UTC where zoned); null where no format fits."""
    micros, known = np.zeros(len(text), np.int64), np.zeros(len(text), bool)
    families = [_family(pattern) for pattern in formats]
    codes, found = shapes.encode(text)
    for code, shape in enumerate(found):
        fitting = {r.family: r for r in dates.read(shape)}
        for family in families:
            rows = np.flatnonzero((codes == code) & ~known) if family in fitting else np.zeros(0, np.int64)
            if len(rows):
                parsed = dates.decode(text, rows, fitting[family])
                micros[rows], known[rows] = parsed.micros, parsed.valid
    return pa.array(micros, mask=~known).cast(pa.timestamp("us"))


def _family(pattern: str) -> str:
    return pattern.replace("%-", "%").replace("%^", "%").replace("%B", "%b").replace("%A", "%a")


def encode(values: pa.Array, pattern: str, zone: str | None) -> pa.Array:
    """The times (UTC where the column is zoned) spelt in the pattern and zone."""
    coded = values.cast(pa.int64()).dictionary_encode()
    micros = coded.dictionary.to_numpy(zero_copy_only=False).astype(np.int64)
    if pattern in EPOCHS:
        unit = EPOCHS[pattern]
        spelt = [str(value * 1_000 if pattern == "epoch[ns]" else value // unit) for value in micros.tolist()]
        return pa.array(spelt, pa.string()).take(coded.indices)
    minutes = _minutes(zone)
    parts = _parts(micros + minutes * 60_000_000)
    pieces: list[str] = []
    columns: list[list[object]] = []
    last = 0
    for token in _TOKEN.finditer(pattern):
        spelling, column = _spell(token[0], parts, minutes, len(columns))
        pieces += [_literal(pattern[last : token.start()]), spelling]
        columns += [] if column is None else [column.tolist()]
        last = token.end()
    template = "".join(pieces) + _literal(pattern[last:])
    spelt = [template.format(*row) for row in zip(*columns, strict=True)] if columns else [template] * len(micros)
    return pa.array(spelt, pa.string()).take(coded.indices)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _parts(micros: np.ndarray) -> dict[str, np.ndarray]:
    days, rest = np.divmod(micros, 86_400_000_000)
    dates_ = days.astype("M8[D]")
    months = dates_.astype("M8[M]")
    seconds, fraction = np.divmod(rest, 1_000_000)
    hour = seconds // 3600
    return {
        "Y": months.astype("M8[Y]").astype(np.int64) + 1970,
        "m": months.astype(np.int64) % 12 + 1,
        "d": (dates_ - months.astype("M8[D]")).astype(np.int64) + 1,
        "H": hour,
        "I": (hour + 11) % 12 + 1,
        "M": seconds // 60 % 60,
        "S": seconds % 60,
        "f": fraction,
        "p": (hour >= 12).astype(np.int64),
        "a": (days + 3) % 7,
    }


def _spell(piece: str, parts: Mapping[str, np.ndarray], minutes: int, place: int) -> tuple[str, np.ndarray | None]:
    """The template text of one token, and the column of values that it takes."""
    words: dict[str, list[str]] = {
        "%p": ["AM", "PM"],
        "%p[am]": ["am", "pm"],
        "%p[a.m.]": ["a.m.", "p.m."],
        "%p[zh]": ["上午", "下午"],
    }
    zones = {"%z": "", "%:z": ":", "%z[h]": None}
    letter = piece[-1]
    if piece == "%%":
        return "%", None
    if piece in words:
        return f"{{{place}}}", np.array(words[piece])[parts["p"]]
    if piece in zones:
        return _offset(minutes, zones[piece]), None
    if letter == "f":
        digits = int(piece[1:-1] or 6)
        return f"{{{place}:0{digits}d}}", parts["f"] * 10 ** max(digits - 6, 0) // 10 ** max(6 - digits, 0)
    if letter in "bBaA":
        names = dates.MONTHS if letter in "bB" else dates.DAYS
        spelt = [name if letter in "BA" else name[:3] for name in names]
        spelt = [name.upper() for name in spelt] if "^" in piece else spelt
        return f"{{{place}}}", np.array(spelt)[parts["m"] - 1 if letter in "bB" else parts["a"]]
    if letter == "y":
        return f"{{{place}:02d}}", parts["Y"] % 100
    width = "" if "-" in piece else "04" if letter == "Y" else "02"
    return f"{{{place}:{width}d}}", parts[letter]


def _minutes(zone: str | None) -> int:
    """The zone's distance from UTC in minutes; a zone known by name counts as UTC (values are held in UTC)."""
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone or "")
    if found is None:
        return 0
    return (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)


def _offset(minutes: int, between: str | None) -> str:
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{hours:02d}" if between is None else f"{sign}{hours:02d}{between}{rest:02d}"
