"""How well texts read to a model of its own: bits per byte under an n-gram model of bytes.

Kneser and Ney 1995 (interpolated, one discount an order; Ney, Essen and Kneser 1994 for its size): the longest order
counts how often a byte follows a context, each shorter one in how many longer contexts it did. The model is taught on
part of the learnt texts and is no relative of the generators.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Float64, Int32, Int64
from numba import njit

ORDER = 7  # bytes of context at most
_BITS = 24
_MOST = 2_500_000  # bytes that are learnt
_END = 256


@dataclass(frozen=True)
class Model:
    """Counts by hash of (context, byte); for each context how much followed it, and how many different bytes."""

    keys: Int64[np.ndarray, " slots"]
    counts: Int32[np.ndarray, " slots"]
    contexts: Int64[np.ndarray, " slots"]
    totals: Int32[np.ndarray, " slots"]
    kinds: Int32[np.ndarray, " slots"]
    discount: Float64[np.ndarray, " orders"]


def learn(texts: Sequence[str]) -> Model:
    """The model of these texts, of as many as make the most bytes that are learnt."""
    raw, starts = _bytes(texts, _MOST)
    bits = int(np.clip(np.ceil(np.log2(max(len(raw) * 5, 16))), 8, _BITS))
    keys, contexts = np.full(1 << bits, -1, np.int64), np.full(1 << bits, -1, np.int64)
    counts, totals, kinds = (np.zeros(1 << bits, np.int32) for _ in range(3))
    seen = np.zeros((ORDER + 1, 2), np.int64)  # how many (context, byte) came once, and twice
    _learn(raw, starts, bits, keys, counts, contexts, totals, kinds, seen)
    discount = np.clip(seen[:, 0] / np.maximum(seen[:, 0] + 2 * seen[:, 1], 1), 0.1, 0.95)
    return Model(keys, counts, contexts, totals, kinds, discount)


def measure(model: Model, texts: Sequence[str]) -> tuple[Float64[np.ndarray, " rows"], Int64[np.ndarray, " rows"]]:
    """The bits that each text costs, its end included, and its bytes, the end counted as one."""
    raw, starts = _bytes(texts, None)
    bits = int(np.log2(len(model.keys)))
    found = np.zeros(len(starts) - 1)
    _measure(
        raw,
        starts,
        bits,
        model.keys,
        model.counts,
        model.contexts,
        model.totals,
        model.kinds,
        model.discount,
        found,
    )
    return found, np.diff(starts)


def _bytes(texts: Sequence[str], most: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of the texts, an end after each."""
    parts: list[np.ndarray] = []
    size = 0
    for text in texts:
        part = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        if most is not None and size + len(part) > most and parts:
            break
        parts.append(np.append(part.astype(np.int32), _END))
        size += len(part) + 1
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return (np.concatenate(parts) if parts else np.zeros(0, np.int32)), starts


@njit(cache=True, nogil=True, inline="always")
@no_type_check
def _context(raw, begin, at, order):  # pragma: no cover (compiled)
    """A hash of the `order` bytes before `at`; what lies before the text counts as an end."""
    code = np.uint64(order + 1)
    for place in range(at - order, at):
        mark = raw[place] if place >= begin else 256
        code = (code ^ np.uint64(mark)) * np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(31)
    return np.int64(code >> np.uint64(2))


@njit(cache=True, nogil=True, inline="always")
@no_type_check
def _slot(key, bits, keys):  # pragma: no cover (compiled)
    mask = (1 << bits) - 1
    place = np.int64((np.uint64(key) * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(64 - bits))
    tried = 0
    while keys[place] != -1 and keys[place] != key and tried < 64:
        place = (place + 1) & mask
        tried += 1
    return place


@njit(cache=True, nogil=True, inline="always")
@no_type_check
def _pair(context, mark):  # pragma: no cover (compiled)
    code = (np.uint64(context) ^ (np.uint64(mark) << np.uint64(50))) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((code ^ (code >> np.uint64(29))) >> np.uint64(2))


@njit(cache=True, nogil=True)
@no_type_check
def _learn(raw, starts, bits, keys, counts, contexts, totals, kinds, seen):  # pragma: no cover (compiled)
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            for order in range(ORDER, -1, -1):
                context = _context(raw, starts[row], at, order)
                pair = _pair(context, raw[at])
                place, home = _slot(pair, bits, keys), _slot(context, bits, contexts)
                fresh = keys[place] != pair
                if (fresh and keys[place] != -1) or (contexts[home] != -1 and contexts[home] != context):
                    break  # the table is full hereabouts
                keys[place], contexts[home] = pair, context
                counts[place] += 1
                totals[home] += 1
                if counts[place] == 1:
                    kinds[home] += 1
                    seen[order, 0] += 1
                elif counts[place] == 2:
                    seen[order, 0] -= 1
                    seen[order, 1] += 1
                elif counts[place] == 3:
                    seen[order, 1] -= 1
                if not fresh:
                    break


@njit(cache=True, nogil=True)
@no_type_check
def _measure(raw, starts, bits, keys, counts, contexts, totals, kinds, discount, found):  # pragma: no cover (compiled)
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            chance = 1 / 257
            for order in range(ORDER + 1):
                context = _context(raw, starts[row], at, order)
                home = _slot(context, bits, contexts)
                if contexts[home] != context:
                    break
                place = _slot(_pair(context, raw[at]), bits, keys)
                count = counts[place] if keys[place] == _pair(context, raw[at]) else 0
                less = discount[order]
                chance = (max(count - less, 0.0) + less * kinds[home] * chance) / totals[home]
            found[row] -= np.log2(chance)
