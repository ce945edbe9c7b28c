"""A small network that gives every picture a vector, taught in seconds on the pictures themselves by two questions.

What is it: its class where there are classes, else which other picture is a second view of it (Chen et al. 2020, arXiv
2002.05709). What was done to it: turned, blurred, covered with noise, cut and rejoined, blended with another (in the
spirit of Gidaris et al. 2018, arXiv 1803.07728). The first makes the vectors tell content, the second the faults that
a generator has: a network taught classes alone may look past a blur.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int64, UInt8
from torch import Tensor, nn
from torch.nn import functional

GRID = 14  # positions a side that the first layer brings a picture down to
_CHUNK = 500
_TEMPERATURE = 0.2
Pictures = Float[Tensor, "_rows channels height width"]


@dataclass(frozen=True)
class Lesson:
    """How long and how fast to learn: `passes` over the pictures, within the bounds on steps."""

    passes: float = 3.0
    least: int = 100
    most: int = 250
    batch: int = 64
    learning_rate: float = 3e-3
    smoothing: float = 0.1


class Layer(nn.Module):
    """A 3x3 convolution, its batch's normalisation and a rectifier."""

    def __init__(self, inputs: int, outputs: int, rng: torch.Generator, *, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3, generator=rng) * math.sqrt(2 / (inputs * 9)))
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Float[Tensor, "rows inputs tall wide"]) -> Float[Tensor, "rows outputs high broad"]:
        """The layer's answer at every `stride`-th position."""
        return functional.relu_(self.norm(functional.conv2d(x, self.weight, None, self.stride, 1)))


class Seer(nn.Module):
    """Pictures of one shape as vectors of `length` numbers that are 0 or more."""

    def __init__(
        self, shape: tuple[int, int, int], classes: int, rng: torch.Generator, *, width: int = 16, length: int = 128
    ) -> None:
        super().__init__()
        self.shape = shape
        self.side = max(1, round(max(shape[:2]) / GRID))
        self.layers = nn.Sequential(
            Layer(shape[2] * self.side**2, width, rng),
            Layer(width, 2 * width, rng),
            Layer(2 * width, 2 * width, rng, stride=2),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
        )
        self.out = nn.Parameter(torch.randn(length, 32 * width, generator=rng) * math.sqrt(2 / (32 * width)))
        self.norm = nn.BatchNorm1d(length)
        self.classes = nn.Parameter(torch.randn(classes, length, generator=rng) * 0.05)
        self.changes = nn.Parameter(torch.randn(len(CHANGES) + 1, length, generator=rng) * 0.05)

    def forward(self, x: Pictures) -> Float[Tensor, "rows length"]:
        """The vectors of pictures scaled to -1..1."""
        tall, wide = (-size % self.side for size in x.shape[2:])
        folded = functional.pixel_unshuffle(functional.pad(x, (0, wide, 0, tall)), self.side)
        return functional.relu(self.norm(self.layers(folded) @ self.out.T))


def scale(pixels: UInt8[np.ndarray, "rows height width channels"]) -> Pictures:
    """Pictures as the network takes them: channels first, -1 to 1."""
    own = torch.from_numpy(np.array(pixels, order="C"))  # a copy: what comes from Arrow may not be written
    return own.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def train(
    pixels: UInt8[np.ndarray, "rows height width channels"],
    labels: Int64[np.ndarray, " rows"] | None,
    rng: np.random.Generator,
    lesson: Lesson | None = None,
    *,
    classes: int | None = None,
) -> Seer:
    """A network taught on these pictures; a label below 0 is unknown, and no labels mean that there are no classes."""
    lesson = lesson or Lesson()
    own = torch.Generator().manual_seed(int(rng.integers(2**62)))
    found = 0 if labels is None else int(labels.max(initial=-1)) + 1
    seer = Seer((pixels.shape[1], pixels.shape[2], pixels.shape[3]), max(found, classes or 0), own)
    mover = torch.optim.Adam(seer.parameters(), lesson.learning_rate, betas=(0.9, 0.98), fused=True)
    size = min(lesson.batch, len(pixels))
    steps = int(np.clip(round(lesson.passes * len(pixels) / max(size, 1)), lesson.least, lesson.most))
    order = np.concatenate([rng.permutation(len(pixels)) for _ in range(steps * size // len(pixels) + 1)])
    seer.train()
    for step in range(steps):
        rows = order[step * size : (step + 1) * size]
        known = None if labels is None else torch.from_numpy(labels[rows])
        done = step / steps
        for group in mover.param_groups:
            group["lr"] = lesson.learning_rate * min(1.0, 10 * done + 0.1, 2 * (1 - done))
        mover.zero_grad()
        loss(seer, scale(pixels[rows]), known, own, lesson.smoothing).backward()  # type: ignore[no-untyped-call]
        mover.step()
    return seer.eval()


def loss(
    seer: Seer, x: Pictures, labels: Int[Tensor, " rows"] | None, rng: torch.Generator, smoothing: float
) -> Float[Tensor, ""]:
    """Both questions asked of one batch; half of its pictures are also changed and asked about."""
    half = x[: (len(x) + 1) // 2]
    what = torch.arange(len(half)) % len(CHANGES) + 1
    changed = torch.cat([change(half[what == kind], x, rng) for kind, change in enumerate(CHANGES, 1)])
    views = [_shift(x, rng)] if labels is not None else [_shift(x, rng), _crop(x, rng)]
    seen = seer(torch.cat([*views, changed])).split(len(x))
    asked = torch.cat([torch.zeros(len(half), dtype=torch.int64), what.sort().values])
    shown = torch.cat([seen[0][: len(half)], seen[-1]])
    done = functional.cross_entropy(shown @ seer.changes.T, asked, label_smoothing=smoothing)
    if labels is None:
        return done + _pairs(seen[0], seen[1])
    known = labels >= 0
    if not bool(known.any()):
        return done
    return done + functional.cross_entropy(seen[0][known] @ seer.classes.T, labels[known], label_smoothing=smoothing)


@torch.inference_mode()
def encode(
    seer: Seer, pixels: UInt8[np.ndarray, "rows height width channels"]
) -> tuple[Float32[np.ndarray, "rows length"], Float32[np.ndarray, "rows classes"]]:
    """The vectors and the classes' log-odds, a chunk of pictures at a time."""
    length, classes = seer.out.shape[0], seer.classes.shape[0]
    vectors, odds = np.empty((len(pixels), length), np.float32), np.empty((len(pixels), classes), np.float32)
    for start in range(0, len(pixels), _CHUNK):
        part = slice(start, start + _CHUNK)
        seen = seer(scale(pixels[part]))
        vectors[part], odds[part] = seen.numpy(), (seen @ seer.classes.T).numpy()
    return vectors, odds


def _pairs(one: Float[Tensor, "rows length"], other: Float[Tensor, "rows length"]) -> Float[Tensor, ""]:
    """Each view is to be nearest to the other view of its own picture."""
    near = functional.normalize(one, dim=1) @ functional.normalize(other, dim=1).T / _TEMPERATURE
    here = torch.arange(len(one))
    return (functional.cross_entropy(near, here) + functional.cross_entropy(near.T, here)) / 2


def _shift(x: Pictures, rng: torch.Generator) -> Pictures:
    """The batch moved by at most a sixteenth of a side, the edge repeated."""
    most = [max(1, size // 16) if size > 4 else 0 for size in x.shape[2:]]
    down, right = (int(torch.randint(2 * size + 1, (1,), generator=rng)) for size in most)
    around = functional.pad(x, (most[1], most[1], most[0], most[0]), mode="replicate")
    return around[:, :, down : down + x.shape[2], right : right + x.shape[3]]


def _crop(x: Pictures, rng: torch.Generator) -> Pictures:
    """The batch from nearer by, brighter or darker, with more or less contrast."""
    part = 0.7 + 0.3 * float(torch.rand(1, generator=rng))
    tall, wide = (max(1, round(size * part)) for size in x.shape[2:])
    top, left = (
        int(torch.randint(size - cut + 1, (1,), generator=rng))
        for size, cut in zip(x.shape[2:], (tall, wide), strict=True)
    )
    near = functional.interpolate(x[:, :, top : top + tall, left : left + wide], x.shape[2:], mode="bilinear")
    tint = torch.rand(len(x), 2, 1, 1, 1, generator=rng)
    return (near * (0.7 + 0.6 * tint[:, 0]) + 0.4 * (tint[:, 1] - 0.5)).clamp(-1, 1)


def _noise(x: Pictures, others: Pictures, rng: torch.Generator) -> Pictures:
    return (x + torch.randn(x.shape, generator=rng) * 0.1 * (1 + 3 * torch.rand(len(x), 1, 1, 1, generator=rng))).clamp(
        -1, 1
    )


def _blur(x: Pictures, others: Pictures, rng: torch.Generator) -> Pictures:
    return functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _turn(x: Pictures, others: Pictures, rng: torch.Generator) -> Pictures:
    return x.flip(2, 3)


def _cut(x: Pictures, others: Pictures, rng: torch.Generator) -> Pictures:
    """Halves that change places."""
    return x.roll((x.shape[2] // 2, 0) if int(torch.randint(2, (1,), generator=rng)) else (0, x.shape[3] // 2), (2, 3))


def _blend(x: Pictures, others: Pictures, rng: torch.Generator) -> Pictures:
    """Half of each picture and half of another."""
    return (x + others[torch.randint(len(others), (len(x),), generator=rng)]) / 2


def _cover(x: Pictures, others: Pictures, rng: torch.Generator) -> Pictures:
    """A part of another picture over a quarter of this one."""
    covered = x.clone()
    tall, wide = (max(1, size // 2) for size in x.shape[2:])
    top, left = (int(torch.randint(size - size // 2 + 1, (1,), generator=rng)) for size in x.shape[2:])
    there = others[torch.randint(len(others), (len(x),), generator=rng)]
    covered[:, :, top : top + tall, left : left + wide] = there[:, :, top : top + tall, left : left + wide]
    return covered


CHANGES = (_noise, _blur, _turn, _cut, _blend, _cover)
