"""Rows from noise; what is given is shown to the generator, shares are met by a drawn token and by resampling.

Where only shares are asked for, the token of the field whose share leaves the least mass is drawn from the model's own
frequencies and given. Every other share weighs a candidate by the mass it leaves of p(field | noise, given).
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.errors import ModelFileError
from genloop.core.protocols import Codes, Weights
from genloop.generators.gan.tables.config import Shape
from genloop.generators.gan.tables.network import Generator
from genloop.nn import candidates
from genloop.nn.candidates import LEAST, Lead, Shares

CELLS = 1 << 23
MOST_ROWS = 8192
CANDIDATES = 16
PROBES = 4096


def load(weights: Weights) -> Generator:
    """The network that weights describe.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    network = Generator(Shape.from_head(weights.head["shape"]), torch.Generator().manual_seed(0))
    state = {name: array for name, array in network.state_dict().items() if not array.numel()}
    state |= {name: torch.from_numpy(np.array(array)) for name, array in weights.arrays.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ModelFileError(f"the arrays of this gan do not fit its head: {error}") from error
    return network


@torch.inference_mode()
def draw(
    weights: Weights,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Shares | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`rows` draws from p(fields | every field's token lies where `share` > 0, weighted by it, and `given`)."""
    network = load(weights).eval()
    fields = len(network.shape.sizes)
    shares = list(share) if share is not None else [None] * fields
    asked = given is not None or any(part is not None for part in shares)
    lead = None
    if any(part is not None for part in shares):
        nothing = np.zeros((PROBES, fields), np.int64)
        state = _state(network, nothing, nothing.astype(bool), rng)
        lead = candidates.lead(network.heads, network.shape.sizes, state, shares)
    stride = CELLS // (fields * network.heads.most * (CANDIDATES if asked else 1))
    stride = max(1, min(MOST_ROWS, stride))
    made = np.empty((rows, fields), np.uint16)
    for start in range(0, rows, stride):
        count = min(stride, rows - start)
        if not asked:
            nothing = np.zeros((count, fields), np.int64)
            state = _state(network, nothing, nothing.astype(bool), rng)
            made[start : start + count] = network.heads.draw(state, candidates.chance(count, fields, rng)).numpy()
            continue
        codes, known = np.zeros((count, fields), np.int64), np.zeros((count, fields), bool)
        if given is not None:
            known = given[1][start : start + count].copy()
            codes = np.where(known, given[0][start : start + count], 0).astype(np.int64)
        made[start : start + count] = _asked(network, codes, known, rng, shares, lead, given is None)
    return made


def _state(
    network: Generator,
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
) -> Float[Tensor, "rows hidden"]:
    """What the heads read, from fresh noise and what is known."""
    noise = torch.from_numpy(rng.standard_normal((len(codes), network.shape.noise), np.float32))
    state: Tensor = network(noise, torch.from_numpy(codes), torch.from_numpy(known))
    return state


def _asked(
    network: Generator,
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
    shares: Shares,
    lead: Lead | None,
    pooled: bool,
) -> Codes:
    """Rows under conditions: candidates, their weights, a choice, and tokens of what was chosen."""
    rows = len(codes)
    codes, known = codes.repeat(CANDIDATES, 0), known.repeat(CANDIDATES, 0)
    if lead is not None:
        field, shown = lead
        free = np.flatnonzero(~known.any(1))
        mass = shown * np.asarray(shares[field])
        codes[free, field] = rng.choice(len(mass), len(free), p=mass / mass.sum())
        known[free, field] = True
    state = _state(network, codes, known, rng)
    weight = np.ones(len(codes))
    for field, share in enumerate(shares):
        if share is not None and not known[:, field].all():
            left = network.heads.mass(state, field, share).sum(1).clamp(min=LEAST).numpy()
            weight *= np.where(known[:, field], 1.0, left)
    chosen = candidates.choose(weight, rows, rng, pooled=pooled)
    return candidates.write(network.heads, state[torch.from_numpy(chosen)], codes[chosen], known[chosen], rng, shares)
