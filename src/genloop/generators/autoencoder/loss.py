"""What the two networks learn from harmed pictures, and the fit.

Codes: the mean squared error to the clean picture, seen with noise (equation 4 of Vincent et al. 2008). Mender: the
mean over the harms of 10 log10 of their squared errors, which is minus the PSNR that restoring is measured by, of the
holes alone where there are any. A logarithm for each harm weighs easy and hard ones alike; one for each picture would
spend the network on pictures that are hardly harmed.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from genloop.core.errors import DataError
from genloop.core.protocols import Batch, Part, Pixels, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop, share
from genloop.generators.autoencoder import density
from genloop.generators.autoencoder.config import HARMS, Config, Shape, resolve
from genloop.generators.autoencoder.corruption import Harmed, add_noise, cut_holes, make_small
from genloop.generators.autoencoder.network import Codes, Mender, build, load
from genloop.nn.condition import round_pixels, scale
from genloop.runtime import device, precision

HELD_ROWS = 1000
ROWS = 500
LEAST_ERROR = 1e-5
RUNGS = 101


class Objective(nn.Module):
    """What the training loop sees: a loss on rows, and how each array decays."""

    def __init__(self, network: Codes | Mender, config: Config, kind: torch.dtype) -> None:
        super().__init__()
        self.network, self.config, self.kind = network, config, kind

    def loss(self, rows: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """The mean error of the batch; without `rng` under the same harm each time."""
        assert rows.pixels is not None
        where = next(self.parameters()).device
        x = scale(rows.pixels).to(where)
        rng = torch.Generator(where).manual_seed(0) if rng is None else rng
        with torch.autocast(where.type, self.kind, enabled=self.kind != torch.float32):
            if isinstance(self.network, Mender):
                return self._mended(self.network, x, rng)
            seen = add_noise(x, torch.full((len(x),), self.config.noise, device=where), rng).seen
            return (self.network.decode(self.network.encode(seen)) - x).square().mean()

    @torch.no_grad()
    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """The rows' own pictures, rebuilt from their codes, or mended after some harm."""
        assert given.pixels is not None
        x = scale(given.pixels).to(rng.device)
        with torch.autocast(rng.device.type, self.kind, enabled=self.kind != torch.float32):
            if isinstance(self.network, Mender):
                made = self.network(harm(x, self.config, rng))
            else:
                made = self.network.decode(self.network.encode(x))
        return round_pixels(made.float())

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: none for biases."""
        return 0.0 if name.endswith("bias") else 1.0

    def _mended(self, network: Mender, x: Tensor, rng: torch.Generator) -> Float[Tensor, ""]:
        harmed = harm(x, self.config, rng)
        return relative_error(network(harmed), x, harmed)


def harm(x: Float[Tensor, "rows channels height width"], config: Config, rng: torch.Generator) -> Harmed:
    """A third of the pictures with noise, a third made small, a third with a hole."""
    near, far = len(x) // 3, 2 * len(x) // 3
    level = torch.rand(near, generator=rng, device=x.device) * config.noise
    factor = config.enlarge[int(torch.randint(len(config.enlarge), (), generator=rng, device=rng.device))]
    parts = (
        add_noise(x[:near], level, rng),
        make_small(x[near:far], factor, rng),
        cut_holes(x[far:], config.hole, rng),
    )
    return Harmed(*(torch.cat([getattr(part, name) for part in parts]) for name in ("seen", "hole", "told")))


def relative_error(
    mended: Float[Tensor, "rows channels height width"], x: Float[Tensor, "rows channels height width"], harmed: Harmed
) -> Float[Tensor, ""]:
    """Minus the PSNR in decibels, averaged over the harms; of holes alone where there are any; x is from -1 to 1."""
    found = []
    for harm_told in harmed.told[:, : len(HARMS)].unbind(1):
        rows = harm_told > 0
        weight = harmed.hole[rows] if harmed.hole[rows].any() else torch.ones_like(harmed.hole[rows])
        if rows.any():
            wrong = ((mended[rows] - x[rows]).square() / 4 * weight).sum() / (weight.sum() * x.shape[1])
            found.append(10 * (wrong + LEAST_ERROR).log10())
    return torch.stack(found).mean()


def fit(task: Task) -> Weights:
    """Learn the task's pictures by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no pictures to learn, or `initial` was learnt on others.
    """
    config = resolve(task.settings)
    trainer = loop(task, "autoencoder")
    if task.train.pixels is None or not len(task.train.pixels):
        raise DataError("nothing to learn: the rows hold no pictures")
    kind = precision.choose(config.precision, device.choose(config.device))
    network, order = _begin(task, config), stream(task.seed, "autoencoder", "holdout").permutation(len(task.train))
    aside = min(HELD_ROWS, int(len(order) * config.holdout))
    rows = Part(task.train, np.sort(order[aside:]))
    held = task.train.take(order[:aside] if aside else order[:HELD_ROWS])
    settings = chosen(config)
    first = task if isinstance(network, Mender) else share(task, 1 - config.drawing, "codes")
    trained = trainer(Objective(network, config, kind), rows, held, first, settings)
    head = {
        "shape": network.shape.to_head(),
        "precision": str(kind).removeprefix("torch."),
    }
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    weights = Weights({**head, "preset": config.preset, "training": trained.head}, arrays)
    if isinstance(network, Mender):
        return weights
    return _drawable(share(task, config.drawing, "density"), weights, np.sort(order[:aside]), config)


def apart(network: Codes, pixels: Pixels) -> tuple[Float[np.ndarray, "rows length"], Float[np.ndarray, " rows"]]:
    """The code of each picture, and the mean squared error of what is rebuilt from it."""
    codes, errors = [np.zeros((0, network.shape.length), np.float32)], [np.zeros(0, np.float32)]
    with torch.inference_mode():
        for first in range(0, len(pixels), ROWS):
            x = scale(pixels[first : first + ROWS])
            code = network.encode(x)
            codes.append(code.numpy())
            errors.append((network.decode(code) - x).square().mean((1, 2, 3)).numpy())
    return np.concatenate(codes), np.concatenate(errors)


def _drawable(task: Task, weights: Weights, aside: np.ndarray, config: Config) -> Weights:
    """The weights with the density of their codes, and the scale of held-out errors that anomalies are read from."""
    network, pixels = load(weights), task.train.pixels
    assert isinstance(network, Codes)
    assert pixels is not None
    found = [apart(network, pixels[i : i + ROWS]) for i in range(0, len(pixels), ROWS)]
    codes, errors = (np.concatenate(part) for part in zip(*found, strict=True))
    spread = np.linalg.cholesky(np.cov(codes, rowvar=False) + 1e-6 * np.eye(codes.shape[1]))
    white = np.linalg.solve(spread, (codes - codes.mean(0)).T).T.astype(np.float32)
    learnt = density.fit(task, white, aside, config)
    arrays: dict[str, np.ndarray] = {
        "codes.mean": codes.mean(0).astype(np.float32),
        "codes.spread": spread.astype(np.float32),
        "errors": np.quantile(errors[aside] if len(aside) else errors, np.linspace(0, 1, RUNGS)).astype(np.float32),
    }
    return Weights({**weights.head, "density": learnt.head}, {**weights.arrays, **learnt.arrays, **arrays})


def _begin(task: Task, config: Config) -> Codes | Mender:
    """A fresh network, or the one that `initial` holds."""
    assert task.train.pixels is not None
    height, width, channels = (int(size) for size in task.train.pixels.shape[1:])
    shape = Shape.of((height, width, channels), config)
    if task.initial is None:
        return build(shape, torch.Generator().manual_seed(int(stream(task.seed, "autoencoder").integers(2**62))))
    network = load(task.initial).requires_grad_(True).train()
    if network.shape != shape:
        raise DataError(
            f"the model to continue from learnt {network.shape}, these data and settings give {shape}; "
            "learn afresh, without --from"
        )
    return network
