"""Blocks of convolutions that halve and double the sides of pictures, at sizes a processor runs fast.

A layer with one to four channels runs at a tenth of a core's speed, so the outermost halving moves each 2 x 2 block of
pixels into channels and back (Shi et al. 2016, arXiv 1609.05158). `Up` and `Down` come in two styles: "shuffle" (3 x 3
kernels) and "transposed" (4 x 4 kernels, as in the DCGAN of Radford et al. 2016, arXiv 1511.06434).
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Style = Literal["shuffle", "transposed"]


class Up(nn.Module):
    """Twice the sides: a convolution whose channels become pixels, or a transposed one."""

    def __init__(self, wide: int, narrow: int, style: Style) -> None:
        super().__init__()
        self.style = style
        self.layer: nn.Module = (
            nn.Conv2d(wide, 4 * narrow, 3, 1, 1) if style == "shuffle" else nn.ConvTranspose2d(wide, narrow, 4, 2, 1)
        )

    def forward(self, x: Float[Tensor, "rows wide height width"]) -> Float[Tensor, "rows narrow tall broad"]:
        """The enlarged features."""
        y: Tensor = self.layer(x)
        if self.style == "transposed":
            return y
        return functional.pixel_shuffle(y, 2).contiguous(memory_format=torch.channels_last)


class Down(nn.Module):
    """Half of the sides by a convolution of stride two; with `fold`, by moving blocks of pixels into channels first."""

    def __init__(self, narrow: int, wide: int, style: Style, *, fold: bool = False) -> None:
        super().__init__()
        self.fold = fold and style == "shuffle"
        if self.fold:
            self.layer = nn.Conv2d(4 * narrow, wide, 3, 1, 1)
        else:
            self.layer = nn.Conv2d(narrow, wide, 3 if style == "shuffle" else 4, 2, 1)

    def forward(self, x: Float[Tensor, "rows narrow height width"]) -> Float[Tensor, "rows wide low slim"]:
        """The reduced features."""
        if self.fold:
            x = functional.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        y: Tensor = self.layer(x)
        return y


class BatchNorm(nn.Module):
    """Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167) that keeps no running statistics.

    A batch is normalised by its own statistics until `settle` fixes those of the rows that passed since `gather`: they
    then belong to the weights as they are, also when these are an average that never saw a batch in training.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.settled = False
        self.seen: list[tuple[Tensor, Tensor]] | None = None

    def gather(self) -> None:
        """Begin to note the statistics of what passes."""
        self.seen = []

    def settle(self) -> None:
        """Fix the mean of the statistics noted."""
        if self.seen:
            self.mean.copy_(torch.stack([mean for mean, _ in self.seen]).mean(0))
            self.variance.copy_(torch.stack([variance for _, variance in self.seen]).mean(0))
        self.seen, self.settled = None, True

    def forward(self, x: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows channels height width"]:
        """The normalised features."""
        if self.settled:
            return functional.batch_norm(x, self.mean, self.variance, self.weight, self.bias)
        if self.seen is not None:
            values = x.detach().float()
            self.seen.append((values.mean((0, 2, 3)), values.var((0, 2, 3))))
        return functional.batch_norm(x, None, None, self.weight, self.bias, training=True)


def pad(
    pictures: Float[Tensor, "rows channels height width"], height: int, width: int
) -> Float[Tensor, "rows channels tall broad"]:
    """The pictures with their edges repeated on all sides up to this size."""
    tall, broad = height - pictures.shape[2], width - pictures.shape[3]
    if not tall and not broad:
        return pictures
    return functional.pad(pictures, (broad // 2, broad - broad // 2, tall // 2, tall - tall // 2), mode="replicate")


def crop(
    pictures: Float[Tensor, "rows channels tall broad"], height: int, width: int
) -> Float[Tensor, "rows channels height width"]:
    """What `pad` was given."""
    top, left = (pictures.shape[2] - height) // 2, (pictures.shape[3] - width) // 2
    return pictures[:, :, top : top + height, left : left + width]
