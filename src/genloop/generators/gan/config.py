"""Settings of the adversarial family and the shape of its networks; imports no torch.

The defaults were chosen on training digits and on Fashion-MNIST, by features of our own, at equal core-seconds.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Field
from genloop.nn.sizes import Sizes

NAME = "gan"
KINDS = frozenset({"image"})
FORM = "pixels"
PRESETS: dict[str, dict[str, Any]] = {
    "modern": {},
    "dcgan": {
        "loss": "classic", "style": "transposed", "norm": "batch", "betas": (0.5, 0.99), "learning_rate": 1e-3,
        "label": 0.0, "named": 0.0, "matched": 0.0, "critic_rate": 1.0,
    },
    "r3gan": {"loss": "relativistic", "both": True, "matched": 0.0},
    "wgan-gp": {
        "loss": "wgan-gp", "penalty": 10.0, "every": 1, "critic_rate": 2.0, "learning_rate": 1e-3, "matched": 0.0,
    },
}  # fmt: skip
USUAL_WIDTH, USUAL_SECONDS, USUAL_PIXELS = 16, 60.0, 784
GROWS = 0.43
USUAL_RATE, FALLS = 2.5e-3, 0.74
LANES = 16  # of bfloat16 multiply-adds in one instruction: other widths cost as much as the next multiple
CHOICES = ("loss", "style", "norm", "spectral", "augment", "precision")


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; a preset changes some of the defaults.

    `loss` is the game, `penalty` the weight of the penalty on the critic's slope at real pictures (R1) of 28 x 28 grey
    pixels, in proportion for others (as in StyleGAN2, arXiv 1912.04958), `both` whether
    made pictures bear it too (R2), `every` how many steps lie between two penalties, `epochs_double` the number of
    passes over the data after which the penalty has doubled: the longer the same pictures are seen, the stronger.
    `label` weighs the critic's loss of naming what real pictures are; `named` the
    generator's loss of being named right, which can cost variety; `matched` that of its pictures' features, as the
    critic sees them, not having the mean and the deviation of real ones.
    `width` is the number of channels next to the pixels (0: from the time and the pictures' size), `noise` the
    length of the noise, `features` that of what the critic compares. A `learning_rate` of 0 follows from the width.
    `augment` "adaptive" begins to augment what the critic sees when it tells its training pictures too well:
    when the share of them it is right about, less the share it is wrong about, passes `target`.
    `truncation` cuts the normal noise at that many deviations when sampling; 0 leaves it whole.
    """

    preset: Literal["modern", "dcgan", "r3gan", "wgan-gp"] = "modern"
    loss: Literal["hinge", "relativistic", "classic", "wgan-gp"] = "hinge"
    style: Literal["shuffle", "transposed"] = "shuffle"
    norm: Literal["none", "batch"] = "none"
    spectral: Literal["none", "critic"] = "none"
    penalty: float = 1.5
    both: bool = False
    every: int = 8
    epochs_double: float = 30.0
    label: float = 0.1
    named: float = 0.1
    matched: float = 0.3
    width: int = 0
    noise: int = 64
    features: int = 128
    condition: int = 64
    augment: Literal["adaptive", "none"] = "adaptive"
    target: float = 0.7
    truncation: float = 0.0
    batch: int = 64
    epochs: float = 40.0
    most_steps: int = 5000
    learning_rate: float = 0.0
    critic_rate: float = 1.0
    betas: tuple[float, float] = (0.0, 0.99)
    average: float = 0.998
    warmup: int = 50
    anneal: float = 0.5
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        config.check(
            self,
            NAME,
            least=dict.fromkeys(("penalty", "label", "named", "matched", "truncation", "width", "learning_rate"), 0)
            | dict.fromkeys(("every", "noise", "features", "condition", "most_steps"), 1)
            | {"batch": 2},
            above=("epochs_double", "critic_rate", "epochs"),
        )


def resolve(settings: Mapping[str, Any]) -> Config:
    """The settings over their preset's, over the defaults.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    for name in CHOICES:
        known = Config.__annotations__[name].__args__
        if settings.get(name, known[0]) not in known:
            raise ConfigError(f"gan setting {name}={settings[name]!r}: expected one of {', '.join(known)}")
    return config.resolve(Config, NAME, PRESETS, settings)


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: the pictures, the networks, and what they are given."""

    picture: tuple[int, int, int]
    width: int
    noise: int
    features: int
    condition: int
    style: Literal["shuffle", "transposed"]
    norm: Literal["none", "batch"]
    spectral: Literal["none", "critic"]
    fields: tuple[tuple[str, int, bool, bool], ...] = ()
    vector: int | None = None
    second: tuple[int, int, int] | None = None

    @classmethod
    def of(cls, batch: Batch, settings: Config, seconds: float | None) -> "Shape":
        """The shape for these pictures, this wide in this time."""
        assert batch.pixels is not None
        height, width, channels = (int(size) for size in batch.pixels.shape[1:])
        fields = tuple((f.name, f.size, f.ordered, f.missing) for f in batch.fields)
        second = None
        if batch.pictures is not None:
            tall, wide, depth = (int(size) for size in batch.pictures.shape[1:])
            second = (tall, wide, depth)
        return cls(
            (height, width, channels),
            settings.width or _width(height * width, seconds),
            settings.noise,
            settings.features,
            settings.condition,
            settings.style,
            settings.norm,
            settings.spectral,
            fields,
            None if batch.vectors is None else int(batch.vectors.shape[1]),
            second,
        )

    @classmethod
    def from_head(cls, raw: Mapping[str, Any]) -> "Shape":
        """The shape that a weights' head stores."""
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()}
        values["fields"] = tuple(tuple(field) for field in values["fields"])
        return cls(**values)

    def to_head(self) -> dict[str, Any]:
        """The shape as JSON-able values."""
        return asdict(self)

    @property
    def sizes(self) -> Sizes:
        """The sizes of both networks' convolutions."""
        return Sizes(*self.picture, self.width)

    @property
    def inner(self) -> tuple[int, int]:
        """Height and width of the padded pictures."""
        return self.sizes.inner

    def template(self) -> Batch:
        """A batch of no rows with the parts that the pictures are given."""
        fields = tuple(Field(*values) for values in self.fields)
        vectors = None if self.vector is None else np.zeros((0, self.vector), np.float32)
        pictures = None if self.second is None else np.zeros((0, *self.second), np.uint8)
        return Batch(np.zeros((0, len(fields)), np.uint16), fields, vectors=vectors, pictures=pictures)


def _width(pixels: int, seconds: float | None) -> int:
    """A width that grows with the time there is for each pixel: 16 for digits in one minute, 32 in five."""
    plenty = (seconds or USUAL_SECONDS) / USUAL_SECONDS * USUAL_PIXELS / pixels
    return int(min(96, max(LANES, LANES * round(USUAL_WIDTH * float(plenty) ** GROWS / LANES))))


def rate(width: int) -> float:
    """The learning rate of networks this wide: lower for wider ones, whose outputs move farther with each step."""
    return USUAL_RATE * math.pow(USUAL_WIDTH / max(USUAL_WIDTH, width), FALLS)


part = extras.parts(__package__, "the gan family")
