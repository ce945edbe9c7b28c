"""Rows from codes of the prior; under conditions from codes that the encoder proposes, resampled by importance.

A candidate code z, drawn from q(z | x_o) for the fixed tokens x_o, weighs p(z) p(x_o | z) / q(z | x_o) times the mass
that every share leaves of p(field | z). Where only shares are asked for, the token of the narrowest field is drawn
first from the model's own frequencies, and enters as fixed with its weight.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.errors import ModelFileError
from genloop.core.protocols import Codes, Weights
from genloop.generators.vae.tables.config import Shape
from genloop.generators.vae.tables.network import Network, log_normal
from genloop.nn.tokens import pick

CELLS = 1 << 23
MOST_ROWS = 8192
CANDIDATES = 16
PROBES = 4096
LEAST = 1e-30

Shares = Sequence[Float[np.ndarray, " _"] | None]


def load(weights: Weights) -> Network:
    """The network that weights describe.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    network = Network(Shape.from_head(weights.head["shape"]), torch.Generator().manual_seed(0))
    state = {name: array for name, array in network.state_dict().items() if not array.numel()}
    state |= {name: torch.from_numpy(np.array(array)) for name, array in weights.arrays.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ModelFileError(f"the arrays of this vae do not fit its head: {error}") from error
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
    lead = _lead(network, shares, rng) if asked else None
    stride = CELLS // (fields * network.heads.most * (CANDIDATES if asked else 1))
    stride = max(1, min(MOST_ROWS, stride))
    made = np.empty((rows, fields), np.uint16)
    for start in range(0, rows, stride):
        count = min(stride, rows - start)
        if not asked:
            state = network.decode(_noise(count, network.shape.latent, rng))
            made[start : start + count] = network.heads.draw(state, _chance(count, fields, rng)).numpy()
            continue
        codes, known = np.zeros((count, fields), np.int64), np.zeros((count, fields), bool)
        if given is not None:
            known = given[1][start : start + count].copy()
            codes = np.where(known, given[0][start : start + count], 0).astype(np.int64)
        made[start : start + count] = _asked(network, codes, known, rng, shares, lead, given is None)
    return made


def _lead(network: Network, shares: Shares, rng: np.random.Generator) -> tuple[int, Float[np.ndarray, " _"]] | None:
    """The constrained field whose share leaves the least mass, and the model's frequencies of its tokens."""
    narrow = [field for field, share in enumerate(shares) if share is not None]
    if not narrow:
        return None
    state = network.decode(_noise(PROBES, network.shape.latent, rng))
    ones = {field: np.ones(network.shape.sizes[field]) for field in narrow}
    shown = {field: network.heads.mass(state, field, ones[field]).mean(0).numpy() for field in narrow}
    lead = min(narrow, key=lambda field: (float(shown[field] @ shares[field]), field))
    return lead, np.maximum(shown[lead], LEAST)


def _asked(
    network: Network,
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
    shares: Shares,
    lead: tuple[int, Float[np.ndarray, " _"]] | None,
    pooled: bool,
) -> Codes:
    """Rows under conditions: candidates, their weights, a choice, and tokens of what was chosen."""
    rows = len(codes)
    codes, known = codes.repeat(CANDIDATES, 0), known.repeat(CANDIDATES, 0)
    weight = np.zeros(len(codes))
    if lead is not None:
        field, shown = lead
        free = np.flatnonzero(~known[:, field])
        mass = shown * np.asarray(shares[field])
        codes[free, field] = rng.choice(len(mass), len(free), p=mass / mass.sum())
        known[free, field] = True
        weight[free] -= np.log(shown[codes[free, field]])
    z, more = _codes(network, torch.from_numpy(codes), torch.from_numpy(known), rng)
    state = network.decode(z)
    weight += more + _told(network, state, codes, known, shares)
    weight = np.exp(weight - weight.reshape(rows, -1).max(1).repeat(CANDIDATES) * (not pooled) - weight.max() * pooled)
    chosen = _pooled(weight, rows, rng) if pooled else _apiece(weight.reshape(rows, CANDIDATES), rng)
    return _written(network, state[torch.from_numpy(chosen)], codes[chosen], known[chosen], rng, shares)


def _codes(
    network: Network, codes: Int[Tensor, "rows fields"], known: Bool[Tensor, "rows fields"], rng: np.random.Generator
) -> tuple[Float[Tensor, "rows latent"], Float[np.ndarray, " rows"]]:
    """Codes that the encoder proposes for the known tokens, and log p(z) - log q(z | known)."""
    mean, log_variance = network.encode(codes, known)
    z = mean + _noise(len(codes), network.shape.latent, rng) * (log_variance / 2).exp()
    apart = log_normal(z, torch.zeros_like(z), torch.zeros_like(z)) - log_normal(z, mean, log_variance)
    return z, apart.double().numpy()


def _told(
    network: Network,
    state: Float[Tensor, "rows hidden"],
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    shares: Shares,
) -> Float[np.ndarray, " rows"]:
    """log p(known tokens and every share | code)."""
    told = -(network.heads.nll(state, torch.from_numpy(codes)).double().numpy() * known).sum(1)
    for field, share in enumerate(shares):
        if share is not None and not known[:, field].all():
            mass = network.heads.mass(state, field, share).sum(1).clamp(min=LEAST).log().numpy()
            told += np.where(known[:, field], 0.0, mass)
    return np.asarray(told)


def _written(
    network: Network,
    state: Float[Tensor, "rows hidden"],
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    rng: np.random.Generator,
    shares: Shares,
) -> Codes:
    """Tokens of every field that is not known, where their share lets them."""
    made = network.heads.draw(state, _chance(len(codes), codes.shape[1], rng)).numpy()
    for field, share in enumerate(shares):
        if share is not None and not known[:, field].all():
            mass = network.heads.mass(state, field, share)
            mass = torch.where(mass.sum(1, keepdim=True) > LEAST, mass, torch.from_numpy(np.asarray(share, np.float64)))
            made[:, field] = pick(mass, torch.from_numpy(rng.random(len(codes)))).numpy()
    return np.where(known, codes, made).astype(np.uint16)


def _noise(rows: int, length: int, rng: np.random.Generator) -> Float[Tensor, "rows length"]:
    return torch.from_numpy(rng.standard_normal((rows, length), np.float32))


def _chance(rows: int, fields: int, rng: np.random.Generator) -> Float[Tensor, "two rows fields"]:
    return torch.from_numpy(rng.random((2, rows, fields)))


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
