"""Texts as sparse vectors: which short runs of characters stand in them, hashed, weighed by TF-IDF, of length one.

Weinberger et al. 2009, arXiv 0902.2206 (hashing); Salton and Buckley 1988 (log counts times log rarity).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Float32
from numba import njit
from scipy import sparse

from genloop.judges.texts.corpus import Language
from genloop.judges.texts.letters import spell

SIZES: dict[Language, tuple[int, ...]] = {"zh": (1, 2, 3), "en": (2, 3, 4, 5), "other": (1, 2, 3, 4)}
BITS = 18
_LONGEST = 1_000  # characters of a text that are read


@dataclass(frozen=True)
class Rarity:
    """How much each bucket weighs: the logarithm of how rare it is."""

    weight: Float32[np.ndarray, " buckets"]

    @classmethod
    def of(cls, counts: sparse.csr_matrix, *, least: int = 2) -> "Rarity":
        """That of these texts; buckets of fewer than `least` texts weigh nothing."""
        rows = np.bincount(counts.indices, minlength=counts.shape[1])
        weight = np.where(rows >= least, np.log((1 + counts.shape[0]) / (1 + rows)) + 1, 0)
        return cls(weight.astype(np.float32))

    def weigh(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Rows of length one; buckets that weigh nothing are gone."""
        data = (1 + np.log(counts.data)) * self.weight[counts.indices]
        whole = sparse.csr_matrix((data.astype(np.float32), counts.indices, counts.indptr), counts.shape)
        whole.eliminate_zeros()
        length = np.sqrt(np.add.reduceat(np.append(whole.data**2, 0), whole.indptr[:-1])) if len(whole.data) else 0
        length = np.where(np.diff(whole.indptr) > 0, length, 1)
        whole.data /= np.repeat(length, np.diff(whole.indptr)).astype(np.float32)
        return whole


def count(texts: Sequence[str], language: Language) -> sparse.csr_matrix:
    """How often each run of characters stands in each text."""
    line = spell([text[:_LONGEST] for text in texts])
    sizes = np.array(SIZES[language], np.int64)
    indices, data, starts = _count(line.marks, line.starts, sizes, BITS)
    return sparse.csr_matrix((data, indices, starts), (len(texts), 1 << BITS))


def name(buckets: Sequence[int], texts: Sequence[str], language: Language) -> list[str]:
    """The run of characters that fills each bucket most often in these texts; "" where none does."""
    line = spell([text[:_LONGEST] for text in texts])
    sizes = SIZES[language]
    found = []
    for bucket in buckets:
        seen: dict[str, int] = {}
        for row, at, size in _meet(line.marks, line.starts, np.array(sizes, np.int64), BITS, int(bucket)):
            gram = texts[row][at : at + size]
            seen[gram] = seen.get(gram, 0) + 1
        found.append(max(seen, key=lambda gram: (seen[gram], gram), default=""))
    return found


@njit(cache=True, nogil=True, inline="always")
@no_type_check
def _code(marks, at, size, bits):  # pragma: no cover (compiled)
    code = np.uint64(size)
    for place in range(at, at + size):
        code = (code ^ np.uint64(marks[place])) * np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(31)
    return np.int64(code >> np.uint64(64 - bits))


@njit(cache=True, nogil=True)
@no_type_check
def _count(marks, starts, sizes, bits):  # pragma: no cover (compiled)
    rows = len(starts) - 1
    most = len(marks) * len(sizes)
    indices, data = np.empty(most, np.int32), np.empty(most, np.float32)
    pointers = np.zeros(rows + 1, np.int64)
    filled = 0
    last = np.full(1 << bits, -1, np.int64)  # where this row's count of a bucket stands
    for row in range(rows):
        begin = filled
        for place in range(len(sizes)):
            size = sizes[place]
            for at in range(starts[row], starts[row + 1] - size + 1):
                bucket = _code(marks, at, size, bits)
                if last[bucket] >= begin:
                    data[last[bucket]] += 1
                else:
                    last[bucket] = filled
                    indices[filled], data[filled] = bucket, 1
                    filled += 1
        pointers[row + 1] = filled
    return indices[:filled].copy(), data[:filled].copy(), pointers


@njit(cache=True, nogil=True)
@no_type_check
def _meet(marks, starts, sizes, bits, wanted):  # pragma: no cover (compiled)
    found = []
    for row in range(len(starts) - 1):
        for place in range(len(sizes)):
            size = sizes[place]
            for at in range(starts[row], starts[row + 1] - size + 1):
                if _code(marks, at, size, bits) == wanted:
                    found.append((row, at - starts[row], size))
    return found
