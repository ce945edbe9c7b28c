"""Settings of the autoencoders and the shape of their networks; imports no torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float, UInt8

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.training import Training

NAME = "autoencoder"
KINDS = frozenset({"image"})
FORM = "pixels"
USUAL_VALUES, USUAL_CODE = 784, 32
Mended = UInt8[np.ndarray, "rows tall broad channels"]
Harm = Literal["denoise", "enlarge", "inpaint"]
HARMS: tuple[str, ...] = get_args(Harm)
Preset = Literal["plain", "denoising", "restoration"]
PRESETS: dict[str, dict[str, Any]] = {
    "plain": {"noise": 0.0},
    "denoising": {"noise": 0.2},
    "restoration": {"noise": 0.4},
}


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; a preset changes some of the defaults.

    `length` is that of a picture's code (0: from its size), `wide` the depth of the networks' features. `noise` is
    the standard deviation of the noise put on what the encoder sees, or the largest one that `restoration` meets, as
    a share of full brightness; `enlarge` are the factors and `hole` the largest hole, as a share of a side, that it
    meets. `drawing` is the share of the time that learns which codes there are, given the other columns.
    """

    FAMILY = NAME

    preset: Preset = "denoising"
    length: int = 0
    wide: int = 64
    noise: float = 0.2
    drawing: float = 0.25
    enlarge: tuple[int, ...] = (2, 4)
    hole: float = 0.5
    batch: int = 64
    holdout: float = 0.05
    patience: int = 100
    precision: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"precision": config.PRECISIONS},
            least={"length": 0, "wide": 8, "batch": 1, "noise": 0},
        )
        for name in ("hole", "drawing"):
            if not 0 < getattr(self, name) < 1:
                raise ConfigError(
                    f"autoencoder setting {name}={getattr(self, name)}: expected a share above 0 and below 1"
                )
        if not self.enlarge or min(self.enlarge) < 2:
            raise ConfigError(f"autoencoder setting enlarge={self.enlarge}: expected factors of at least 2")


def resolve(settings: Mapping[str, Any]) -> Config:
    """The settings over their preset's, over the defaults.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    return config.resolve(Config, NAME, PRESETS, settings)


@dataclass(frozen=True, eq=False)
class Anomaly:
    """How unlike the learnt pictures each one is.

    `share` is that of held-out pictures rebuilt with a smaller error, near 1 for what is unlike them; `error` is the
    root mean square of what rebuilding gets wrong, in levels of brightness from 0 to 255; `code` holds the features.
    """

    share: Float[np.ndarray, " rows"]
    error: Float[np.ndarray, " rows"]
    code: Float[np.ndarray, "rows length"]


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes; `length` 0 is the network that restores."""

    picture: tuple[int, int, int]
    length: int
    wide: int

    @classmethod
    def of(cls, picture: tuple[int, int, int], settings: Config) -> "Shape":
        """The shape for pictures of this size; a larger one gets a longer code, by the root of its values."""
        if settings.preset == "restoration":
            return cls(picture, 0, settings.wide)
        ratio = sqrt(picture[0] * picture[1] * picture[2] / USUAL_VALUES)
        return cls(picture, settings.length or min(256, max(8, 8 * round(USUAL_CODE * ratio / 8))), settings.wide)

    @classmethod
    def from_head(cls, raw: Mapping[str, Any]) -> "Shape":
        """The shape that a weights' head stores."""
        height, width, channels = raw["picture"]
        return cls((height, width, channels), raw["length"], raw["wide"])

    def to_head(self) -> dict[str, Any]:
        """The shape as JSON-able values."""
        return asdict(self)


part = extras.parts(__package__, "the autoencoder family")
