"""Settings of the flow family; imports no torch.

The defaults were chosen on clothing pictures (Fashion-MNIST) and training digits and serve every data set; which
network learns follows from the code's shape.
"""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.training import Training

NAME = "flow"
KINDS = frozenset({"image"})
FORM = "pixels"
MOST_AXES = 512  # what the network for short codes takes
PRESETS: dict[str, dict[str, object]] = {
    "quality": {},
    "fast": {"reflow": 0.25, "solver": "euler", "evaluations": 2, "bend": 1.0},
}


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `space` is where the flow lives: the codes of a coder, the pixels themselves, or along the pictures' principal
    `axes`, at most so many, which suits a few thousand smooth pictures at most. `width` and `layers` size the
    network in codes, `channels` the one in pixels; 0 derives a size. `nothing` is the share of rows that training
    shows without their condition, `guidance` how strongly sampling follows it (1: as learnt) from the time `guided` on:
    early guidance costs variety (Kynkäänniemi et al. 2024, arXiv 2404.07724). `evaluations` is how often sampling looks
    at the velocity, `bend` how its steps crowd towards the picture. `reflow` is the share of the time that straightens
    the paths for few steps.
    """

    FAMILY = NAME

    preset: str = "quality"
    space: str = "codes"
    axes: int = 384
    width: int = 0
    layers: int = 4
    channels: int = 0
    nothing: float = 0.05
    guidance: float = 1.6
    guided: float = 0.5
    solver: str = "heun"
    evaluations: int = 5
    bend: float = 1.7
    reflow: float = 0.0
    time_mean: float = 0.0
    time_spread: float = 1.0
    batch: int = 256
    epochs: float = 60.0
    most_epochs: float = 2000.0
    average: float = 0.999
    patience: int = 1000
    looks: int = 24
    precision: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={
                "preset": tuple(PRESETS),
                "space": ("codes", "pixels", "axes"),
                "solver": ("euler", "midpoint", "heun"),
                "precision": config.PRECISIONS,
            },
            above=("layers", "evaluations", "batch", "looks", "bend", "time_spread"),
            shares=("nothing", "reflow", "guided"),
        )
        if not 0 < self.axes <= MOST_AXES:
            raise ConfigError(f"flow setting axes={self.axes}: expected a number from 1 to {MOST_AXES}")
        if self.guidance < 0:
            raise ConfigError(f"flow setting guidance={self.guidance}: expected 0 or more; 1 is as learnt")
        if self.guidance not in (0, 1) and not self.nothing:
            raise ConfigError(
                "flow setting guidance needs rows learnt without their condition; set nothing above 0, or guidance to 1"
            )


part = extras.parts(__package__, "the flow family")
