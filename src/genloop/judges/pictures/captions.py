"""Does a made picture show what its sentence says? Retrieval of the sentence among 100 by a small two-tower judge.

Both towers are linear: regularised canonical correlation (Hotelling 1936; Vinod 1976) of picture vectors and sentence
vectors over the real training pairs, each direction weighed by its correlation. Precision at 1 among 100 sentences;
the same judge on held-out real pairs says what could be reached.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

AMONG = 100
_RIDGE = 0.1  # of the mean variance
_DIRECTIONS = 64
Vectors = Float[np.ndarray, "_rows _length"]


@dataclass(frozen=True)
class Towers:
    """Two linear maps into one space, and the means that are taken off first."""

    sight: Float[np.ndarray, "seen shared"]
    speech: Float[np.ndarray, "said shared"]
    sight_mean: Float[np.ndarray, " seen"]
    speech_mean: Float[np.ndarray, " said"]

    def agree(self, pictures: Vectors, sentences: Vectors) -> Float[np.ndarray, "_pictures _sentences"]:
        """The cosine between every picture and every sentence."""
        one = (pictures - self.sight_mean) @ self.sight
        other = (sentences - self.speech_mean) @ self.speech
        return np.asarray(_unit(one) @ _unit(other).T)


def fit(pictures: Vectors, sentences: Vectors) -> Towers:
    """The towers under which real pictures and their sentences agree most."""
    means = pictures.mean(axis=0, dtype=np.float64), sentences.mean(axis=0, dtype=np.float64)
    one, other = pictures - means[0], sentences - means[1]
    white = [_whiten(part) for part in (one, other)]
    left, strength, right = linalg.svd(white[0].T @ (one.T @ other) @ white[1] / len(one), full_matrices=False)
    kept = min(_DIRECTIONS, len(strength))
    weight = np.sqrt(np.clip(strength[:kept], 0, 1))
    return Towers(white[0] @ left[:, :kept] * weight, white[1] @ right[:kept].T * weight, means[0], means[1])


def match(
    agreement: Float[np.ndarray, "_pictures _sentences"],
    own: np.ndarray,
    rng: np.random.Generator,
    *,
    among: int = AMONG,
) -> Float[np.ndarray, " _pictures"]:
    """1 where a picture's own sentence (column `own`) agrees most of `among` drawn sentences; ties count in part."""
    rows, columns = agreement.shape
    found = np.empty(rows)
    for row in range(rows):
        others = rng.choice(columns - 1, min(among, columns) - 1, replace=False)
        others += others >= own[row]
        mine, rest = agreement[row, own[row]], agreement[row, others]
        found[row] = 0.0 if (rest > mine).any() else 1 / (1 + (rest == mine).sum())
    return found


def _whiten(values: Float[np.ndarray, "_rows length"]) -> Float[np.ndarray, "length length"]:
    cov = np.asarray(values.T @ values / len(values), np.float64)
    cov += _RIDGE * np.trace(cov) / len(cov) * np.eye(len(cov)) + 1e-12 * np.eye(len(cov))
    level, axes = linalg.eigh(cov)
    return np.asarray(axes / np.sqrt(np.maximum(level, 1e-12)) @ axes.T)


def _unit(values: Vectors) -> Vectors:
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))
