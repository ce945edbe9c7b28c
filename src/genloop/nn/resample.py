"""Candidates chosen by weight, among all of them or among each row's own; imports no torch."""

import numpy as np
from jaxtyping import Float, Int


def choose(
    weight: Float[np.ndarray, " candidates"], rows: int, rng: np.random.Generator, *, pooled: bool
) -> Int[np.ndarray, " rows"]:
    """The places of `rows` candidates by weight: among all (`pooled`), or one of each row's own, which lie together."""
    return _pooled(weight, rows, rng) if pooled else _apiece(weight.reshape(rows, -1), rng)


def _pooled(weight: Float[np.ndarray, " candidates"], rows: int, rng: np.random.Generator) -> Int[np.ndarray, " rows"]:
    """Systematic resampling: each candidate comes as often as its weight asks for, give or take one; shuffled."""
    ends = np.cumsum(weight)
    marks = (np.arange(rows) + rng.random()) / rows * ends[-1]
    chosen = np.minimum(np.searchsorted(ends, marks, "right"), len(weight) - 1)
    return np.asarray(rng.permutation(chosen))


def _apiece(weight: Float[np.ndarray, "rows copies"], rng: np.random.Generator) -> Int[np.ndarray, " rows"]:
    """One candidate of each row's own, by weight."""
    ends = np.cumsum(weight, 1)
    mark = rng.random(len(weight)) * ends[:, -1]
    place = np.minimum((ends <= mark[:, None]).sum(1), weight.shape[1] - 1)
    return np.asarray(np.arange(len(weight)) * weight.shape[1] + place)
