"""How token heads meet conditions: candidates weighed by the mass that shares leave, chosen, and written as tokens.

Both generators of tables that read a whole row from one hidden state (a game's noise, a variational code) draw so. They
differ in how a candidate's state comes about and in its weight, which they bring.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.protocols import Codes
from genloop.nn.tokens import Heads, pick

LEAST = 1e-30
CELLS = 1 << 23
MOST_ROWS = 8192
CANDIDATES = 16
PROBES = 4096

Shares = Sequence[Float[np.ndarray, " _"] | None]
Lead = tuple[int, Float[np.ndarray, " _"]]
Free = Callable[[int], Float[Tensor, "rows hidden"]]
Asked = Callable[[Int[np.ndarray, "rows fields"], Bool[np.ndarray, "rows fields"], Shares, Lead | None], Codes]


def draw(
    heads: Heads,
    sizes: Sequence[int],
    rows: int,
    rng: np.random.Generator,
    free: Free,
    asked: Asked,
    *,
    share: Shares | None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None,
) -> Codes:
    """`rows` draws, some at a time: `free(count)` brings the state of rows that nothing is asked of, `asked` the rest.

    `asked(codes, known, shares, lead)` draws rows whose `known` codes are fixed and whose other fields meet the shares.
    """
    fields = len(sizes)
    shares = list(share) if share is not None else [None] * fields
    narrowed = any(part is not None for part in shares)
    first = lead(heads, sizes, free(PROBES), shares) if narrowed else None
    some = given is not None or narrowed
    stride = max(1, min(MOST_ROWS, CELLS // (fields * heads.most * (CANDIDATES if some else 1))))
    made = np.empty((rows, fields), np.uint16)
    for start in range(0, rows, stride):
        count = min(stride, rows - start)
        if not some:
            state = free(count)
            made[start : start + count] = heads.draw(state, chance(count, fields, rng)).numpy()
            continue
        codes, known = np.zeros((count, fields), np.int64), np.zeros((count, fields), bool)
        if given is not None:
            known = given[1][start : start + count].copy()
            codes = np.where(known, given[0][start : start + count], 0).astype(np.int64)
        made[start : start + count] = asked(codes, known, shares, first)
    return made


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
