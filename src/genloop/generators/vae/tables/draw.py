"""Rows from codes of the prior; under conditions from codes that the encoder proposes, resampled by importance.

A candidate code z, drawn from q(z | x_o) for the fixed tokens x_o, weighs p(z) p(x_o | z) / q(z | x_o) times the mass
that every share leaves of p(field | z). Where only shares are asked for, the token of the narrowest field is drawn
first from the model's own frequencies, and enters as fixed with its weight.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.protocols import Codes, Weights
from genloop.generators.vae.normal import density
from genloop.generators.vae.tables.config import Shape
from genloop.generators.vae.tables.network import Network
from genloop.nn import candidates
from genloop.nn.arrays import fill
from genloop.nn.candidates import CANDIDATES, LEAST, Lead, Shares
from genloop.nn.resample import choose


def load(weights: Weights) -> Network:
    """The network that weights describe.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    network = Network(Shape.from_head(weights.head["shape"]), torch.Generator().manual_seed(0))
    return fill(network, weights.arrays, "vae")


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
        return network.decode(_noise(count, network.shape.latent, rng))

    def asked(codes: np.ndarray, known: np.ndarray, shares: Shares, lead: Lead | None) -> Codes:
        return _asked(network, codes, known, rng, shares, lead, given is None)

    return candidates.draw(network.heads, network.shape.sizes, rows, rng, free, asked, share=share, given=given)


def _asked(
    network: Network,
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
    chosen = choose(weight, rows, rng, pooled=pooled)
    return candidates.write(network.heads, state[torch.from_numpy(chosen)], codes[chosen], known[chosen], rng, shares)


def _codes(
    network: Network, codes: Int[Tensor, "rows fields"], known: Bool[Tensor, "rows fields"], rng: np.random.Generator
) -> tuple[Float[Tensor, "rows latent"], Float[np.ndarray, " rows"]]:
    """Codes that the encoder proposes for the known tokens, and log p(z) - log q(z | known)."""
    mean, log_variance = network.encode(codes, known)
    z = mean + _noise(len(codes), network.shape.latent, rng) * (log_variance / 2).exp()
    apart = density(z, torch.zeros_like(z), torch.zeros_like(z)) - density(z, mean, log_variance)
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


def _noise(rows: int, length: int, rng: np.random.Generator) -> Float[Tensor, "rows length"]:
    return torch.from_numpy(rng.standard_normal((rows, length), np.float32))
