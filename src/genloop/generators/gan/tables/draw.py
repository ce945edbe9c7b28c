"""Rows from noise. What is asked for often is met by free rows, resampled; what is rare is shown to the generator.

Free candidates weigh p(given | noise) times the mass that shares leave of p(field | noise), which follows the joint as
the model has learnt it (sampling importance resampling, Rubin 1987). Where rows ask for so much that too few free ones
meet it, the generator completes what is given: there, where only shares are asked for, the token of the field whose
share leaves the least mass is drawn from the model's own frequencies and given, and every other share weighs a
candidate by the mass it leaves of p(field | noise, given).
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.protocols import Codes, Weights
from genloop.generators.gan.tables.config import Shape
from genloop.generators.gan.tables.network import Generator
from genloop.nn import candidates
from genloop.nn.arrays import fill
from genloop.nn.candidates import CANDIDATES, LEAST, Lead, Shares
from genloop.nn.resample import choose

ALIKE = 64  # different wishes at a time, each with its own free candidates
ROUNDS = 8  # of free candidates at the most: one free row in 128 must meet a wish


def load(weights: Weights) -> Generator:
    """The network that weights describe.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    network = Generator(Shape.from_head(weights.head["shape"]), torch.Generator().manual_seed(0))
    return fill(network, weights.arrays, "gan")


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

    def free(count: int) -> Float[Tensor, "rows hidden"]:
        nothing = np.zeros((count, len(network.shape.sizes)), np.int64)
        return _state(network, nothing, nothing.astype(bool), rng)

    def asked(codes: np.ndarray, known: np.ndarray, shares: Shares, lead: Lead | None) -> Codes:
        return _asked(network, codes, known, rng, shares, lead, given is None)

    return candidates.draw(network.heads, network.shape.sizes, rows, rng, free, asked, share=share, given=given)


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
    """Rows under conditions: those that ask for the same together, from free rows or, if too few do, completed."""
    made, left = np.zeros(codes.shape, np.uint16), np.ones(len(codes), bool)
    wishes, of = np.unique(np.concatenate([codes * known, known], 1), axis=0, return_inverse=True)
    for wish in range(len(wishes) if len(wishes) <= ALIKE else 0):
        own = np.flatnonzero(of.reshape(-1) == wish)
        found = _chosen(network, codes[own], known[own], rng, shares)
        if found is not None:
            made[own], left[own] = found, False
    if left.any():
        made[left] = _completed(network, codes[left], known[left], rng, shares, lead, pooled)
    return made


def _chosen(
    network: Generator,
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
    shares: Shares,
) -> Codes | None:
    """Rows that ask for the same, chosen among free ones, in as many rounds as it takes for as many to meet the wish.

    None where `ROUNDS` would not bring as many.
    """
    rows, states, met = len(codes), [], np.zeros(0)
    while met.sum() < rows:
        if len(met) and met.mean() * ROUNDS < rows:
            return None
        nothing = np.zeros((rows * CANDIDATES, codes.shape[1]), np.int64)
        state = _state(network, nothing, nothing.astype(bool), rng)
        weight = _weight(network, state, codes[0], known[0], shares)
        states.append(state[torch.from_numpy(choose(weight, rows, rng, pooled=True))])
        met = np.append(met, weight.sum())
    of = rng.choice(len(met), rows, p=met / met.sum())
    state = torch.stack(states)[torch.from_numpy(of), torch.arange(rows)]
    return candidates.write(network.heads, state, codes, known, rng, shares)


def _weight(
    network: Generator,
    state: Float[Tensor, "rows hidden"],
    codes: Int[np.ndarray, " fields"],
    known: Bool[np.ndarray, " fields"],
    shares: Shares,
) -> Float[np.ndarray, " rows"]:
    """How likely each free row meets one wish."""
    weight = np.ones(len(state))
    for field, share in enumerate(shares):
        asked = (np.arange(network.shape.sizes[field]) == codes[field]).astype(float) if known[field] else share
        if asked is not None:
            weight *= network.heads.mass(state, field, asked).sum(1).numpy()
    return weight


def _completed(
    network: Generator,
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
    shares: Shares,
    lead: Lead | None,
    pooled: bool,
) -> Codes:
    """Rows completed from what is given: candidates, their weights, a choice, and tokens of what was chosen."""
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
    chosen = choose(weight, rows, rng, pooled=pooled)
    return candidates.write(network.heads, state[torch.from_numpy(chosen)], codes[chosen], known[chosen], rng, shares)
