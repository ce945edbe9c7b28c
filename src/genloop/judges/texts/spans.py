"""The longest span of characters that a text shares with any text that was learnt.

Blumer et al. 1985: a suffix automaton of the texts asked about; the learnt texts run through it once, however many
there are, and every state remembers the longest suffix of its strings that came by (matching statistics: Chang and
Lawler 1994). Text borders match nothing, so that no span crosses one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Int64
from numba import njit

from genloop.judges.texts.letters import spell

_STRIDE = 1_000_000  # characters of learnt texts at a time
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Spans:
    """For every text its longest copied span: the number of characters, and where in the text it ends."""

    length: Int64[np.ndarray, " rows"]
    stop: Int64[np.ndarray, " rows"]


def find(asked: Sequence[str], learnt: Sequence[str]) -> Spans:
    """The longest span of each asked text that stands in one of the learnt texts."""
    line = spell(asked)
    total = len(line.marks)
    bits = max(4, int(np.ceil(np.log2(max(6 * total + 16, 16)))))
    keys, values = np.full(1 << bits, -1, np.int64), np.zeros(1 << bits, np.int32)
    length, link = np.zeros(2 * total + 2, np.int32), np.full(2 * total + 2, -1, np.int32)
    first, follow = np.full(2 * total + 2, -1, np.int32), np.full(6 * total + 16, -1, np.int32)
    symbol = np.zeros(6 * total + 16, np.int32)
    states = _build(line.marks, line.starts, bits, keys, values, length, link, first, follow, symbol)
    best = np.zeros(states, np.int32)
    for start, stop in _strides(learnt):
        part = spell(learnt[start:stop])
        _run(part.marks, part.starts, bits, keys, values, length, link, best)
    _settle(length, link, best)
    found, ends = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.int64)
    _ask(line.marks, line.starts, bits, keys, values, best, found, ends)
    return Spans(found, ends)


def _strides(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Ranges of texts of about as many characters each."""
    found, start, size = [], 0, 0
    for place, text in enumerate(texts):
        size += len(text)
        if size >= _STRIDE:
            found.append((start, place + 1))
            start, size = place + 1, 0
    return [*found, (start, len(texts))] if start < len(texts) else found


@njit(cache=True, nogil=True, inline="always")
@no_type_check
def _slot(key, bits, keys):  # pragma: no cover (compiled)
    """Where the key stands, or the free place where it would."""
    mask = (1 << bits) - 1
    place = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(64 - bits))
    while keys[place] != -1 and keys[place] != key:
        place = (place + 1) & mask
    return place


@njit(cache=True, nogil=True)
@no_type_check
def _step(state, mark, bits, keys, values):  # pragma: no cover (compiled)
    place = _slot((np.int64(state) << 21) | np.int64(mark), bits, keys)
    return values[place] if keys[place] != -1 else -1


@njit(cache=True, nogil=True)
@no_type_check
def _clone(
    state, target, mark, clone, edges, bits, keys, values, length, link, first, follow, symbol
):  # pragma: no cover (compiled)
    """The shorter strings of `target` become a state of their own, which `state` and its suffixes go on to."""
    length[clone], link[clone] = length[state] + 1, link[target]
    edge = first[target]
    while edge != -1:
        old = _slot((np.int64(target) << 21) | np.int64(symbol[edge]), bits, keys)
        new = _slot((np.int64(clone) << 21) | np.int64(symbol[edge]), bits, keys)
        keys[new], values[new] = (np.int64(clone) << 21) | np.int64(symbol[edge]), values[old]
        symbol[edges], follow[edges], first[clone] = symbol[edge], first[clone], edges
        edges += 1
        edge = follow[edge]
    while state != -1:
        place = _slot((np.int64(state) << 21) | np.int64(mark), bits, keys)
        if keys[place] == -1 or values[place] != target:
            break
        values[place] = clone
        state = link[state]
    return clone, edges


@njit(cache=True, nogil=True)
@no_type_check
def _build(marks, starts, bits, keys, values, length, link, first, follow, symbol):  # pragma: no cover (compiled)
    """The automaton; every text begins again at the root. Transitions of a state hang together in a list."""
    count, edges = 1, 0
    for row in range(len(starts) - 1):
        last = 0
        for at in range(starts[row], starts[row + 1]):
            mark = marks[at]
            place = _slot((np.int64(last) << 21) | np.int64(mark), bits, keys)
            if keys[place] != -1 and length[values[place]] == length[last] + 1:
                last = values[place]
                continue
            split_only = keys[place] != -1
            state = last
            current = -1
            if not split_only:
                current = count
                length[current] = length[last] + 1
                count += 1
            while state != -1 and not split_only:
                place = _slot((np.int64(state) << 21) | np.int64(mark), bits, keys)
                if keys[place] != -1:
                    break
                keys[place], values[place] = (np.int64(state) << 21) | np.int64(mark), current
                symbol[edges], follow[edges], first[state] = mark, first[state], edges
                edges += 1
                state = link[state]
            if state == -1:
                link[current] = 0
                last = current
                continue
            target = values[place]
            if length[target] == length[state] + 1:
                link[current] = target
                last = current
                continue
            clone, edges = _clone(
                state, target, mark, count, edges, bits, keys, values, length, link, first, follow, symbol
            )
            count += 1
            link[target] = clone
            if split_only:
                last = clone
            else:
                link[current] = clone
                last = current
    return count


@njit(cache=True, nogil=True)
@no_type_check
def _run(marks, starts, bits, keys, values, length, link, best):  # pragma: no cover (compiled)
    for row in range(len(starts) - 1):
        state, size = 0, 0
        for at in range(starts[row], starts[row + 1]):
            after = _step(state, marks[at], bits, keys, values)
            while after == -1 and state > 0:
                state = link[state]
                size = length[state]
                after = _step(state, marks[at], bits, keys, values)
            if after == -1:
                state, size = 0, 0
                continue
            state = after
            size += 1
            if size > best[state]:
                best[state] = size


@njit(cache=True, nogil=True)
@no_type_check
def _settle(length, link, best):  # pragma: no cover (compiled)
    """What came by in full came by in every suffix; a state that never came by has what its suffixes have."""
    count = len(best)
    order = np.argsort(length[:count])
    for place in range(count - 1, 0, -1):
        state = order[place]
        if best[state] > 0:
            best[link[state]] = length[link[state]]
    for place in range(1, count):
        state = order[place]
        if best[state] == 0:
            best[state] = best[link[state]]
        elif best[state] < length[link[state]]:
            best[state] = length[link[state]]


@njit(cache=True, nogil=True)
@no_type_check
def _ask(marks, starts, bits, keys, values, best, found, ends):  # pragma: no cover (compiled)
    for row in range(len(starts) - 1):
        state = 0
        for at in range(starts[row], starts[row + 1]):
            state = _step(state, marks[at], bits, keys, values)
            if best[state] > found[row]:
                found[row], ends[row] = best[state], at + 1 - starts[row]
