"""How token heads meet conditions: candidates weighed by the mass that shares leave, chosen, and written as tokens.

Both generators of tables that read a whole row from one hidden state (a game's noise, a variational code) draw so. They
differ in how a candidate's state comes about and in its weight, which they bring.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.protocols import Codes
from genloop.nn.tokens import Heads, pick

LEAST = 1e-30

Shares = Sequence[Float[np.ndarray, " _"] | None]
Lead = tuple[int, Float[np.ndarray, " _"]]


def lead(heads: Heads, sizes: Sequence[int], state: Float[Tensor, "rows hidden"], shares: Shares) -> Lead | None:
    """The constrained field whose share leaves the least mass, and the model's frequencies of its tokens.

    `state` holds what the heads read for some free rows; None where nothing is constrained.
    """
    narrow = [field for field, share in enumerate(shares) if share is not None]
    if not narrow:
        return None
    shown = {field: heads.mass(state, field, np.ones(sizes[field])).mean(0).numpy() for field in narrow}
    first = min(narrow, key=lambda field: (float(shown[field] @ shares[field]), field))
    return first, np.maximum(shown[first], LEAST)


def write(
    heads: Heads,
    state: Float[Tensor, "rows hidden"],
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
    shares: Shares,
) -> Codes:
    """Tokens of every field that is not known, where their share lets them."""
    made = heads.draw(state, chance(len(codes), codes.shape[1], rng)).numpy()
    for field, share in enumerate(shares):
        if share is not None and not known[:, field].all():
            mass = heads.mass(state, field, share)
            mass = torch.where(mass.sum(1, keepdim=True) > LEAST, mass, torch.from_numpy(np.asarray(share, np.float64)))
            made[:, field] = pick(mass, torch.from_numpy(rng.random(len(codes)))).numpy()
    return np.where(known, codes, made).astype(np.uint16)


def chance(rows: int, fields: int, rng: np.random.Generator) -> Float[Tensor, "two rows fields"]:
    """The uniform numbers that a draw of whole rows takes."""
    return torch.from_numpy(rng.random((2, rows, fields)))


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
