"""What texts of one pattern look like: per skeleton, the classes of character at each position and which are fixed.

A skeleton keeps punctuation and stands "x" for every letter and digit, so `ORD-0042` and `ORD-0107` share `xxx-xxxx`.
Per position it is known which classes occurred and, where it never changed, the character. The last TRACKED letters and
digits of every text are also kept as one whole number, in which characters rank as 0-9, A-Z, a-z: with it, text order
is number order, and what no text has used can be found as gaps between numbers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Shaped

from genloop.codecs import tally

DIGITS, UPPER, LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
OTHER = "安北长城大东方福光国海和华家江金来乐利林龙美民明南平青清仁瑞山上生石世水泰天通同文西新信兴雪阳义永友元云正中"
CLASSES = (DIGITS, "ABCDEF", UPPER[6:], "abcdef", LOWER[6:], OTHER)
TRACKED = 10
RADIX = 64
LONGEST = 256

_RANKS = np.full(128, -1, dtype=np.int64)
_RANKS[[ord(letter) for letter in DIGITS + UPPER + LOWER]] = np.arange(62)
_BITS = np.zeros(128, dtype=np.uint8)
for _bit, _letters in enumerate(CLASSES[:-1]):
    _BITS[[ord(_letter) for _letter in _letters]] = 1 << _bit
_OTHER_BIT, _OTHER_RANK = 32, 62

Numbers = Int[np.ndarray, "_texts"]


@dataclass(frozen=True, eq=False)
class Pattern:
    """One skeleton: its rows, class bits and fixed characters ("" where they vary) by position, numbers in use."""

    rows: int
    bits: tuple[int, ...]
    fixed: tuple[str, ...]
    used: Numbers

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        same = (self.rows, self.bits, self.fixed) == (other.rows, other.bits, other.fixed)
        return same and np.array_equal(self.used, other.used)


def fit(texts: list[str]) -> dict[str, Pattern]:
    """The patterns of some texts by skeleton; texts beyond LONGEST characters have none."""
    by_length: dict[int, list[str]] = {}
    for text in texts:
        by_length.setdefault(len(text), []).append(text)
    found: dict[str, Pattern] = {}
    for length, group in by_length.items():
        if 0 < length <= LONGEST:
            found |= _fit_length(np.array(group, dtype=f"<U{length}").view(np.uint32).reshape(-1, length))
    return found


def merge(first: Mapping[str, Pattern], second: Mapping[str, Pattern]) -> dict[str, Pattern]:
    """The patterns of both shards."""
    merged = dict(first)
    for skeleton, pattern in second.items():
        merged[skeleton] = _both(first[skeleton], pattern) if skeleton in first else pattern
    return merged


def alphabets(skeleton: str, pattern: Pattern) -> list[str]:
    """Per position, the characters that a new text may have there, in rank order."""
    letters = []
    for place, (bits, fixed) in enumerate(zip(pattern.bits, pattern.fixed, strict=True)):
        able = "".join(sorted("".join(CLASSES[bit] for bit in range(len(CLASSES) - 1) if bits >> bit & 1)))
        letters.append(fixed or able or (OTHER if bits else skeleton[place]))
    if [len(part) for part in skeleton.split("-")] == [8, 4, 4, 4, 12] and len(letters[19]) > 1:
        letters[19] = "89ab" if pattern.bits[19] & 8 else "89AB"  # a UUID's variant, RFC 9562
    return letters


def tracked(skeleton: str) -> list[int]:
    """The positions that numbers in use speak of."""
    return [place for place, letter in enumerate(skeleton) if letter == "x"][-TRACKED:]


def number_in(letters: list[str], used: Numbers) -> Numbers:
    """Numbers in use, counted in the alphabets of their positions (the last first); those that do not fit are lost."""
    rest, total, weight = used.copy(), np.zeros(len(used), dtype=np.int64), 1
    fits = np.ones(len(used), dtype=bool)
    for able in map(_counted, reversed(letters)):
        rank, rest = rest % RADIX, rest // RADIX
        ranks = np.array([_rank(letter) for letter in able])
        digit = np.minimum(np.searchsorted(ranks, rank), len(ranks) - 1)
        fits &= ranks[digit] == rank
        total += digit * weight
        weight *= len(able)
    return tally.distinct(total[fits])


def room(letters: list[str]) -> int:
    """How many numbers the alphabets of some positions can spell."""
    return math.prod(len(_counted(able)) for able in letters)


def spell(letters: list[str], places: list[int], numbers: Numbers, rng: np.random.Generator) -> list[str]:
    """Texts in the alphabets of their positions: those at `places` spell the numbers, the others are drawn."""
    columns, rest = [], numbers
    for place in range(len(letters) - 1, -1, -1):
        able = letters[place]
        if place in places and able[0].isascii():
            digit, rest = rest % len(able), rest // len(able)
        else:
            digit = rng.integers(0, len(able), len(numbers))
        columns.append(np.array(list(able))[digit])
    return ["".join(row) for row in zip(*reversed(columns), strict=True)]


def _fit_length(points: Shaped[np.ndarray, "texts length"]) -> dict[str, Pattern]:
    ascii_points = np.minimum(points, 127)
    beyond = np.isin(points, [p for p in np.unique(points[points > 127]).tolist() if chr(p).isalnum()])
    bits = np.where(points < 128, _BITS[ascii_points], np.where(beyond, _OTHER_BIT, 0)).astype(np.uint8)
    ranks = np.where(points < 128, _RANKS[ascii_points], _OTHER_RANK)
    skeletons = np.where(bits > 0, np.uint32(ord("x")), points).astype(np.uint32)
    rows = np.ascontiguousarray(skeletons).view(f"V{4 * points.shape[1]}").ravel()
    _, sample, kind = np.unique(rows, return_index=True, return_inverse=True)
    found = {}
    for index, row in enumerate(sample):
        mine = kind == index
        skeleton = "".join(map(chr, skeletons[row]))
        own, places = points[mine], tracked(skeleton)
        same = (own == own[0]).all(axis=0)
        fixed = tuple(chr(p) if same[k] else "" for k, p in enumerate(own[0].tolist()))
        weights = RADIX ** np.arange(len(places) - 1, -1, -1, dtype=np.int64)
        used = tally.distinct(ranks[mine][:, places] @ weights) if places else np.zeros(1, dtype=np.int64)
        found[skeleton] = Pattern(int(mine.sum()), tuple(np.bitwise_or.reduce(bits[mine]).tolist()), fixed, used)
    return found


def _counted(letters: str) -> str:
    """The characters of a position that numbers tell apart: letters beyond ASCII are all one."""
    return letters if letters[0].isascii() else letters[0]


def _rank(letter: str) -> int:
    return int(_RANKS[ord(letter)]) if ord(letter) < 128 else _OTHER_RANK


def _both(first: Pattern, second: Pattern) -> Pattern:
    bits = tuple(a | b for a, b in zip(first.bits, second.bits, strict=True))
    fixed = tuple(a if a == b else "" for a, b in zip(first.fixed, second.fixed, strict=True))
    return Pattern(first.rows + second.rows, bits, fixed, tally.distinct(np.r_[first.used, second.used]))
