"""Settings of the variational autoencoders and the shape of their network; imports no torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Field
from genloop.core.training import Training
from genloop.nn.sizes import Sizes

NAME = "vae"
KINDS = frozenset({"image"})
FORM = "pixels"
USUAL_VALUES, USUAL_CODE, USUAL_ROW = 784, 32, 8
HIDDEN, NARROWER = 8, 4
PRESETS: dict[str, dict[str, Any]] = {
    "gaussian": {},
    "beta": {"beta": 4.0},
    "latent": {"code": "dense", "beta": 0.5, "shift": 1, "conditions": "none", "adversary": 0.4},
    "vq": {
        "code": "fsq",
        "layout": "row",
        "levels": (2, 2, 2, 2, 2, 2, 2),
        "beta": 0.0,
        "conditions": "none",
        "adversary": 0.4,
    },
}


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; a preset changes some of the defaults.

    `code` is how a picture is coded: "dense", one vector with a posterior; "fsq" or "vq", whole numbers. `layout` of
    these: a "row" of which each may tell about the whole picture, or a "grid" with one for each place. `length` is that
    of the vector or row (0: from the picture's size), `levels` the steps of each number's parts in FSQ (their product
    also counts the codebook of VQ). `likelihood` is that of a pixel: "bernoulli" of its brightness, or
    "gaussian" with a learnt variance per channel. `beta` weighs the divergence from the prior, of which `free_bits`
    nats per part of the code cost nothing. `shift` moves pictures by up to so many pixels while they are learnt.
    `blind` is the share of rows whose condition is hidden in learning, so that pictures can be made without one.
    `adversary` weighs a critic's doubt about decodings against the bound (in nats per value; 0: no critic), and of it
    `named` the loss of being named right. `prior` "flow" is a plan of two stages: a `flow` learns this family's codes.
    """

    FAMILY = NAME

    preset: Literal["gaussian", "beta", "latent", "vq"] = "gaussian"
    code: Literal["dense", "fsq", "vq"] = "dense"
    layout: Literal["row", "grid"] = "grid"
    length: int = 0
    levels: tuple[int, ...] = (8, 8, 4)
    wide: int = 64
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"
    beta: float = 1.0
    free_bits: float = 0.0
    commitment: float = 0.25
    conditions: Literal["all", "none"] = "all"
    prior: Literal["normal", "flow"] = "normal"
    shift: int = 0
    adversary: float = 0.0
    named: float = 0.4
    blind: float = 0.1
    batch: int = 64
    learning_rate: float = 3e-3
    holdout: float = 0.02
    patience: int = 100
    precision: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        named = ("code", "layout", "likelihood", "conditions", "prior", "preset")
        config.check(
            self,
            NAME,
            among={name: Config.__annotations__[name].__args__ for name in named} | {"precision": config.PRECISIONS},
            least={"wide": 8, "batch": 1}
            | dict.fromkeys(("length", "shift", "beta", "free_bits", "blind", "adversary", "named"), 0),
        )
        if self.adversary and self.code != "dense" and self.layout == "grid":
            raise ConfigError(f"vae setting adversary={self.adversary}: layout='grid' takes none, set it to 0")
        if not self.levels or min(self.levels) < 2:
            raise ConfigError(f"vae setting levels={self.levels}: expected numbers of at least 2")


def resolve(settings: Mapping[str, Any]) -> Config:
    """The settings over their preset's, over the defaults.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    return config.resolve(Config, NAME, PRESETS, settings)


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: the pictures, the code, and what they are given."""

    picture: tuple[int, int, int]
    code: str
    length: int
    levels: tuple[int, ...]
    wide: int
    likelihood: str
    fields: tuple[tuple[str, int, bool, bool], ...] = ()
    vector: int | None = None
    second: tuple[int, int, int] | None = None
    stack: bool = False
    layout: str = "grid"

    @property
    def sizes(self) -> Sizes:
        """The sizes of the stack of convolutions that decodes where a critic looks on."""
        return Sizes(*self.picture, self.wide // NARROWER)

    @property
    def flat(self) -> bool:
        """Whether the code is about the whole picture, not about its places."""
        return self.code == "dense" or self.layout == "row"

    @property
    def hidden(self) -> int:
        """Width of the full layers of a dense code."""
        return HIDDEN * self.wide

    @classmethod
    def of(cls, batch: Batch, settings: Config) -> "Shape":
        """The shape for these rows; a larger picture gets a longer code, by the root of its values."""
        assert batch.pixels is not None
        height, width, channels = (int(size) for size in batch.pixels.shape[1:])
        ratio = sqrt(height * width * channels / USUAL_VALUES)
        usual = USUAL_CODE if settings.code == "dense" else USUAL_ROW
        length = settings.length or min(256, max(8, 8 * round(usual * ratio / 8)))
        own = (settings.code, length, settings.levels, settings.wide, settings.likelihood)
        if settings.conditions == "none":
            return cls((height, width, channels), *own, stack=settings.adversary > 0, layout=settings.layout)
        fields = tuple((f.name, f.size, f.ordered, f.missing) for f in batch.fields)
        vector = None if batch.vectors is None else int(batch.vectors.shape[1])
        second = None if batch.pictures is None else _sizes(batch.pictures)
        return cls((height, width, channels), *own, fields, vector, second, settings.adversary > 0, settings.layout)

    @classmethod
    def from_head(cls, raw: Mapping[str, Any]) -> "Shape":
        """The shape that a weights' head stores."""
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()}
        values["fields"] = tuple(tuple(field) for field in values["fields"])
        return cls(**values)

    def to_head(self) -> dict[str, Any]:
        """The shape as JSON-able values."""
        return asdict(self)

    def template(self) -> Batch:
        """A batch of no rows with the parts that the pictures are given."""
        fields = tuple(Field(*values) for values in self.fields)
        codes = np.zeros((0, len(fields)), np.uint16)
        vectors = None if self.vector is None else np.zeros((0, self.vector), np.float32)
        pictures = None if self.second is None else np.zeros((0, *self.second), np.uint8)
        return Batch(codes, fields, None, vectors, pictures)


def _sizes(pictures: np.ndarray) -> tuple[int, int, int]:
    height, width, channels = pictures.shape[1:]
    return int(height), int(width), int(channels)


part = extras.parts(__package__, "the vae family")
