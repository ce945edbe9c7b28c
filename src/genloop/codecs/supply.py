"""Where fresh keys come from: per pattern, ranges of numbers that no training key uses, or chance in a vast space.

Ranges keep rounded ends only, at least a sixteenth of the gap away from the keys that bound it. A number's place in
the ranges comes from the row's: in order when the source counts up, else through an affine permutation, so that every
row has its own. Rows beyond the room get a longer text of the same pattern. Keys of a source that stores whole numbers
stay within the largest that its type holds; where it has no room left, they count down from there and may repeat.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Int

from genloop.codecs import patterns, tally

Frozen = dict[str, Any]
Numbers = Int[np.ndarray, "_rows"]

CERTAIN = 10**22
DENSE = 0.5  # share of the numbers between the ends that are in use, from which on keys count up
MOST_RANGES = 64
MOST_TURNS = 2**31


def freeze(
    found: Mapping[str, patterns.Pattern], plain: tally.Tally, *, floor: int, most: int | None = None
) -> list[Frozen]:
    """One entry a pattern that at least `floor` keys share, with its number of keys; JSON-able.

    `most` is the largest number that the source's type holds, None where keys are text.
    """
    if plain.rows and plain.rows == sum(pattern.rows for pattern in found.values()):
        return [_plain(plain.values, most)]
    kept = {skeleton: pattern for skeleton, pattern in found.items() if len(pattern.used) >= floor}
    entries = [_pattern(skeleton, pattern, most) for skeleton, pattern in sorted(kept.items())]
    if not entries and most is not None:
        return [{"keys": 1, "letters": None, "places": [], "ranges": [], "ordered": True, "beyond": 0, "most": most}]
    return entries or [{"keys": 1, "letters": list("key-"), "places": [], "ranges": [], "ordered": True}]


def sample(entry: Frozen, index: Numbers, rng: np.random.Generator) -> list[str]:
    """The fresh key of each row's index."""
    if entry["letters"] is None:
        numbers, turns = _numbers(entry, index, rng)
        found = [entry["beyond"] + row if turn else number for number, turn, row in _rows(numbers, turns, index)]
        most = entry.get("most")
        return [str(key if most is None or key <= most else most - (key - most - 1) % (most + 1)) for key in found]
    if entry["ranges"] is None:
        return patterns.spell(entry["letters"], [], index, rng)
    numbers, turns = _numbers(entry, index, rng)
    texts = patterns.spell(entry["letters"], entry["places"], numbers, rng)
    return [text + (str(turn) if turn else "") for text, turn in zip(texts, turns.tolist(), strict=True)]


def free(used: Numbers, low: int, high: int) -> tuple[list[list[int]], bool]:
    """Ranges [begin, end) between low and high that no number uses, and whether numbers are to go on in order."""
    first, last = int(used[0]), int(used[-1])
    if len(used) >= DENSE * (last - first + 1):
        start = _round_up(last)
        if start < high:
            return [[start, high]], True
    left, right = [low - 1, *used.tolist()], [*used.tolist(), high]
    gaps = sorted(((b - a - 1, a, b) for a, b in zip(left, right, strict=True)), reverse=True)[:MOST_RANGES]
    ranges = []
    for width, before, after in gaps:
        unit = 10 ** (len(str(width // 16)) - 1)
        begin, end = -(-(before + 1 + width // 16) // unit) * unit, (after - width // 16) // unit * unit
        if width >= 16 and begin < end:
            ranges.append([begin, end])
    return sorted(ranges), False


def _plain(used: Numbers, most: int | None) -> Frozen:
    """Whole numbers without leading zeros: of the usual length, then longer ones."""
    lengths = np.char.str_len(used.astype(str))
    usual = int(np.bincount(lengths).argmax())
    low = 10 ** (usual - 1) if usual > 1 else 0
    own = used if len(used) >= DENSE * (int(used[-1]) - int(used[0]) + 1) else used[lengths == usual]
    high = 10**18 if own is used else 10**usual
    ranges, ordered = free(own, low, high if most is None else min(high, most + 1))
    beyond = 10 ** int(lengths.max())
    entry = {"keys": len(used), "letters": None, "places": [], "ranges": ranges, "ordered": ordered, "beyond": beyond}
    return entry if most is None else {**entry, "most": most}


def _pattern(skeleton: str, pattern: patterns.Pattern, most: int | None) -> Frozen:
    letters, places = patterns.alphabets(skeleton, pattern), patterns.tracked(skeleton)
    varying = [place for place in places if len(letters[place]) > 1]
    for place in range(varying[0] - 1, -1, -1):  # zeros in front of a number are digits that may yet count up
        if place not in places or letters[place] != "0":
            break
        letters[place] = patterns.DIGITS
    if most is not None:
        letters = _below(letters, most)
    entry: Frozen = {"keys": len(pattern.used), "letters": letters, "places": places, "ranges": None, "ordered": False}
    if math.prod(map(len, letters)) < CERTAIN:
        counted = [letters[place] for place in places]
        used = patterns.number_in(counted, pattern.used)
        entry["ranges"], entry["ordered"] = free(used, 0, patterns.room(counted))
    return entry


def _below(letters: list[str], most: int) -> list[str]:
    """The digits' alphabets narrowed, from the left, to numbers up to `most` where they have as many digits."""
    sign = [letter for letter in letters if letter == "-"]
    digits, able = str(most), letters[len(sign) :]
    if len(able) != len(digits):
        return letters
    for place, top in enumerate(digits):
        less = "".join(letter for letter in able[place] if letter < top)
        if less:
            return [*sign, *able[:place], less, *able[place + 1 :]]
        able[place] = top
    return [*sign, *able]


def _numbers(entry: Frozen, index: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """A free number for each row, and how often the room was used up before (0: never)."""
    begins, ends = np.array(entry["ranges"], dtype=np.int64).reshape(-1, 2).T
    filled = np.r_[0, np.cumsum(ends - begins)]
    room = int(filled[-1])
    if not room:
        return np.zeros(len(index), dtype=np.int64), index + 1
    turns = room if entry["ordered"] else min(room, MOST_TURNS)
    place = index % turns
    if not entry["ordered"]:
        stride = room // turns
        place = _permute(place, turns) * stride + rng.integers(0, stride, len(index))
    part = np.searchsorted(filled, place, side="right") - 1
    return begins[part] + place - filled[part], index // turns


def _permute(place: Numbers, count: int) -> Numbers:
    """An affine permutation of 0..count-1 with a step near the golden section, coprime to count."""
    step = max(int(count * 0.6180339887), 1)
    while math.gcd(step, count) > 1:
        step += 1
    return np.asarray((place * step + count // 3) % count)


def _round_up(last: int) -> int:
    """The next number behind `last` with two leading digits, or the next ten."""
    unit = int(10 ** max(len(str(last)) - 2, 1))
    return (last // unit + 1) * unit


def _rows(*columns: Numbers) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)
