"""Near copies: how large a part of their runs of characters two texts share (Jaccard).

Broder 1997 (MinHash): signatures find the pairs worth looking at (bands of Leskovec, Rajaraman and Ullman 2014, section
3.4); the share itself is then counted exactly. A pair of the limit's likeness is found with probability 0.97.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Float, Int64, UInt32
from numba import njit

from genloop.judges.texts.corpus import Language
from genloop.judges.texts.letters import spell

LIMIT = 0.6
_SIZES: dict[Language, int] = {"zh": 3, "en": 6, "other": 4}
_BANDS, _ROWS = 24, 4
_LONGEST = 1_000  # characters of a text that are read


@dataclass(frozen=True)
class Sketches:
    """The runs of each text as sorted hashes, and its signature."""

    codes: Int64[np.ndarray, " total"]
    starts: Int64[np.ndarray, " rows_and_one"]
    bands: UInt32[np.ndarray, "rows bands"]

    def __len__(self) -> int:
        return len(self.starts) - 1


def read(texts: Sequence[str], language: Language) -> Sketches:
    """The sketches of these texts, of which at most the first thousand characters are read."""
    line = spell([text[:_LONGEST] for text in texts])
    codes, starts = _runs(line.marks, line.starts, _SIZES[language])
    return Sketches(codes, starts, _sign(codes, starts, _BANDS, _ROWS))


def nearest(asked: Sketches, base: Sketches, *, own: bool = False) -> Float[np.ndarray, " rows"]:
    """The largest part that each asked text shares with one of the base; `own`: with another one of the same texts."""
    best = np.zeros(len(asked))
    for band in range(_BANDS):
        keys = base.bands[:, band]
        order = np.argsort(keys, kind="stable")
        _look(asked.codes, asked.starts, asked.bands[:, band], base.codes, base.starts, keys[order], order, own, best)
    return best


@njit(cache=True, nogil=True)
@no_type_check
def _runs(marks, starts, size):  # pragma: no cover (compiled)
    rows = len(starts) - 1
    found, ends = np.empty(len(marks) + rows, np.int64), np.zeros(rows + 1, np.int64)
    filled = 0
    for row in range(rows):
        begin = filled
        length = starts[row + 1] - starts[row]
        span = min(size, length)
        for at in range(starts[row], starts[row + 1] - span + 1):
            code = np.uint64(length if length < size else 0)
            for place in range(at, at + span):
                code = (code ^ np.uint64(marks[place])) * np.uint64(0x9E3779B97F4A7C15)
                code ^= code >> np.uint64(29)
            found[filled] = np.int64(code >> np.uint64(1))
            filled += 1
            if span == 0:
                break
        found[begin:filled].sort()
        kept = begin
        for at in range(begin, filled):
            if at == begin or found[at] != found[kept - 1]:
                found[kept] = found[at]
                kept += 1
        filled = kept
        ends[row + 1] = filled
    return found[:filled].copy(), ends


@njit(cache=True, nogil=True)
@no_type_check
def _sign(codes, starts, bands, rows):  # pragma: no cover (compiled)
    found = np.zeros((len(starts) - 1, bands), np.uint32)
    factors = np.empty(bands * rows, np.uint64)
    state = np.uint64(0x243F6A8885A308D3)
    for place in range(bands * rows):
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        factors[place] = (state ^ (state >> np.uint64(33))) | np.uint64(1)
    for row in range(len(starts) - 1):
        for band in range(bands):
            key = np.uint64(band + 1)
            for place in range(band * rows, (band + 1) * rows):
                least = np.uint64(0xFFFFFFFFFFFFFFFF)
                for at in range(starts[row], starts[row + 1]):
                    code = np.uint64(codes[at]) * factors[place]
                    code ^= code >> np.uint64(32)
                    code *= np.uint64(0xD6E8FEB86659FD93)
                    least = min(least, code)
                key = (key ^ least) * np.uint64(0x9E3779B97F4A7C15)
                key ^= key >> np.uint64(31)
            found[row, band] = np.uint32(key >> np.uint64(32))
    return found


@njit(cache=True, nogil=True)
@no_type_check
def _look(asked, asked_starts, keys, base, base_starts, sorted_keys, order, own, best):  # pragma: no cover (compiled)
    for row in range(len(keys)):
        place = np.searchsorted(sorted_keys, keys[row])
        tried = 0
        while place < len(order) and sorted_keys[place] == keys[row] and tried < 24 and best[row] < 1:
            other = order[place]
            place += 1
            if own and other == row:
                continue
            tried += 1
            one, two, both = asked_starts[row], base_starts[other], 0
            while one < asked_starts[row + 1] and two < base_starts[other + 1]:
                if asked[one] == base[two]:
                    both += 1
                    one += 1
                    two += 1
                elif asked[one] < base[two]:
                    one += 1
                else:
                    two += 1
            whole = asked_starts[row + 1] - asked_starts[row] + base_starts[other + 1] - base_starts[other] - both
            if whole > 0:
                best[row] = max(best[row], both / whole)
