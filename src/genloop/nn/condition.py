"""What a picture is given, as one vector: tokens of other columns, a sentence embedding, a second picture.

Each part has its own small network and their sum is the condition. A learnt vector stands for "nothing given", which
training shows in place of a share of the rows, so that one network knows both p(x | c) and p(x): classifier-free
guidance (Ho and Salimans 2022, arXiv 2207.12598).
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import UNKNOWN, Batch

SMOOTH_FROM = 64  # an ordered field of more tokens is read as a number, not looked up
WAVES = 16


@dataclass(frozen=True)
class Given:
    """The parts of a condition as tensors; a part that the model does not know is None.

    Within a row a token of -1, or a vector or picture of zeros, says that this part is not given.
    """

    codes: Int[Tensor, "rows fields"]
    vectors: Float[Tensor, "rows length"] | None = None
    pictures: Float[Tensor, "rows depth tall wide"] | None = None

    @classmethod
    def of(cls, batch: Batch, device: torch.device | str = "cpu") -> "Given":
        """The batch's condition; pictures are scaled to -1..1."""
        pictures = None
        if batch.pictures is not None:
            pictures = scale(batch.pictures).to(device)
        vectors = None if batch.vectors is None else torch.from_numpy(np.asarray(batch.vectors, np.float32)).to(device)
        codes = batch.codes.astype(np.int64)
        codes[codes == UNKNOWN] = -1
        return cls(torch.from_numpy(codes).to(device), vectors, pictures)

    def to(self, device: torch.device) -> "Given":
        """The condition on that device."""
        vectors = None if self.vectors is None else self.vectors.to(device)
        pictures = None if self.pictures is None else self.pictures.to(device)
        return Given(self.codes.to(device), vectors, pictures)

    def twice(self) -> "Given":
        """Every row's condition, then every row's again."""
        parts = (self.codes, self.vectors, self.pictures)
        codes, vectors, pictures = (None if part is None else torch.cat([part, part]) for part in parts)
        assert codes is not None
        return Given(codes, vectors, pictures)

    def drop(self, share: float, rng: torch.Generator) -> "Given":
        """The condition with everything left out of a `share` of the rows, and each part of as many of the others."""
        rows, device = len(self.codes), self.codes.device

        def kept(columns: int) -> Bool[Tensor, "rows columns"]:
            return whole & (torch.rand(rows, columns, generator=rng, device=device) >= share)

        whole = torch.rand(rows, 1, generator=rng, device=device) >= share
        codes = torch.where(kept(self.codes.shape[1]), self.codes, -1)
        vectors = None if self.vectors is None else self.vectors * kept(1)
        pictures = None if self.pictures is None else self.pictures * kept(1)[:, :, None, None]
        return Given(codes, vectors, pictures)


def scale(pixels: np.ndarray) -> Float[Tensor, "rows channels height width"]:
    """uint8 pictures, channels last, as floats from -1 to 1, channels first."""
    return torch.from_numpy(np.require(pixels, requirements=["C", "W"])).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def round_pixels(values: Float[Tensor, "rows channels height width"]) -> np.ndarray:
    """Floats from -1 to 1 as uint8 pictures, channels last."""
    levels = values.detach().float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).cpu().numpy())


class Condition(nn.Module):
    """One vector of `width` for each row."""

    def __init__(self, batch: Batch, width: int) -> None:
        super().__init__()
        self.sizes = tuple(field.size for field in batch.fields)
        self.smooth = tuple(field.ordered and field.size > SMOOTH_FROM for field in batch.fields)
        self.tokens = nn.ModuleList(
            nn.Linear(2 * WAVES + 2, width) if smooth else nn.Embedding(size, width)
            for size, smooth in zip(self.sizes, self.smooth, strict=True)
        )
        self.words = None if batch.vectors is None else nn.Sequential(
            nn.Linear(batch.vectors.shape[1], width), nn.SiLU(), nn.Linear(width, width)
        )  # fmt: skip
        self.sight = None if batch.pictures is None else _sight(batch.pictures.shape[3], width)
        self.nothing = nn.Parameter(torch.zeros(width))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be given."""
        return not self.sizes and self.words is None and self.sight is None

    def forward(self, given: Given, kept: Bool[Tensor, " rows"] | None = None) -> Float[Tensor, "rows width"]:
        """The conditions; rows that `kept` leaves out, or that are given nothing, get the vector that says so."""
        known = self.nothing.new_zeros(len(given.codes), dtype=torch.bool)
        total = self.nothing.new_zeros(len(given.codes), len(self.nothing))
        for place, part in enumerate(self.tokens):
            column = given.codes[:, place]
            seen, column = column >= 0, column.clamp(min=0)
            total = total + part(_waves(column, self.sizes[place]) if self.smooth[place] else column) * seen[:, None]
            known = known | seen
        vectors = None if given.vectors is None else level(given.vectors)
        for network, values in ((self.words, vectors), (self.sight, given.pictures)):
            if network is not None and values is not None:
                seen = (values != 0).flatten(1).any(1)
                total = total + network(values) * seen[:, None]
                known = known | seen
        known = known if kept is None else known & kept
        return torch.where(known[:, None], total, self.nothing.expand_as(total))


def level(vectors: Float[Tensor, "rows length"]) -> Float[Tensor, "rows length"]:
    """Vectors at zero mean and unit spread, each by itself: a sentence of length 1 is a whisper beside a class."""
    return functional.layer_norm(vectors, vectors.shape[1:])


def _waves(tokens: Int[Tensor, " rows"], size: int) -> Float[Tensor, "rows waves"]:
    """A token's place in its order, as itself, as sines and cosines, and whether it is the first (missing)."""
    place = tokens.float() / max(size - 1, 1)
    rates = torch.pi * 2.0 ** (torch.arange(WAVES, device=tokens.device) / 2)
    angles = place[:, None] * rates
    return torch.cat([place[:, None], (tokens == 0).float()[:, None], angles.sin(), angles.cos()], dim=1)


def _sight(channels: int, width: int) -> nn.Module:
    """A small network that looks at the second picture."""
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, 2, 1), nn.SiLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.SiLU(),
        nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(1024, width),
    )  # fmt: skip
