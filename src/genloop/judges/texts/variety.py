"""How varied texts are: distinct n-grams, and how much of each text stands in some other one.

Li et al. 2016, arXiv 1510.03055 (distinct-n): different n-grams over all n-grams, here of as many words on both
sides, for the figure falls with their number. Zhu et al. 2018, arXiv 1802.01886 (self-BLEU): each text scored by BLEU
(Papineni et al. 2002) against all others; the clipped counts are exact, there is no brevity penalty.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from genloop.judges.texts.letters import Line

ORDERS = (1, 2, 3, 4)
_SPREAD = 0x9E3779B97F4A7C15
_TINY = 0.1  # counted where nothing matches, as in smoothing method 1 of Chen and Cherry 2014


@dataclass(frozen=True)
class Grams:
    """Every n-gram of the texts, hashed, with the row it stands in."""

    codes: Int64[np.ndarray, " total"]
    rows: Int64[np.ndarray, " total"]


def read(line: Line, size: int) -> Grams:
    """The n-grams of `size` marks of each row."""
    marks = line.marks.astype(np.uint64)
    rows = np.repeat(np.arange(len(line)), line.lengths)
    whole = max(len(marks) - size + 1, 0)
    codes = np.zeros(whole, np.uint64)
    for place in range(size):
        codes = (codes + marks[place : place + whole] + np.uint64(1)) * np.uint64(_SPREAD)
        codes ^= codes >> np.uint64(29)
    inside = rows[:whole] == rows[size - 1 : size - 1 + whole] if whole else np.zeros(0, bool)
    return Grams(codes[inside].view(np.int64), rows[:whole][inside])


def distinct(line: Line, size: int, most: int) -> float:
    """Different n-grams over all, of the first `most`."""
    codes = read(line, size).codes[:most]
    return len(np.unique(codes)) / len(codes) if len(codes) else 1.0


def self_bleu(line: Line) -> Float[np.ndarray, " rows"]:
    """BLEU-4 of every text against all others."""
    logs = np.zeros(len(line))
    for size in ORDERS:
        grams = read(line, size)
        code, inverse = np.unique(grams.codes, return_inverse=True)
        pair, count = np.unique(inverse.astype(np.int64) * len(line) + grams.rows, return_counts=True)
        gram, row = pair // max(len(line), 1), pair % max(len(line), 1)
        order = np.lexsort((-count, gram))
        top, second = np.zeros(len(code), np.int64), np.zeros(len(code), np.int64)
        first = np.flatnonzero(np.diff(gram[order], prepend=-1))
        top[gram[order][first]] = count[order][first]
        after = first + 1
        alike = (after < len(order)) & (gram[order][np.minimum(after, len(order) - 1)] == gram[order][first])
        second[gram[order][first[alike]]] = count[order][after[alike]]
        holder = np.full(len(code), -1, np.int64)
        holder[gram[order][first]] = row[order][first]
        others = np.where(holder[gram] == row, second[gram], top[gram])
        right = np.bincount(row, np.minimum(count, others), minlength=len(line))
        all_of = np.bincount(row, count, minlength=len(line))
        logs += np.log(np.maximum(right, _TINY) / np.maximum(all_of, 1)) / len(ORDERS)
    return np.exp(logs)
