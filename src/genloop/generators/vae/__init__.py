"""Variational autoencoders of pictures: a code per picture, a likelihood of the picture given it, and the ELBO.

Kingma and Welling 2014 (arXiv 1312.6114). Presets: `gaussian` (a normal posterior, and the Bernoulli likelihood of
brightness), `beta` (Higgins et al. 2017), `latent` (sharp codes for a flow to learn) and `vq` (a row of whole numbers
for a transformer to learn; arXiv 1711.00937, 2309.15505). To be set: a Gaussian likelihood with learnt variance (Rybkin
et al. 2021, arXiv 2006.13202) and free bits (Kingma et al. 2016, arXiv 1606.04934).

Importing the family imports no torch; its functions load it when they are called.
"""

from collections.abc import Mapping
from typing import Any

from genloop.core.protocols import Task, Weights
from genloop.generators.vae.config import FORM, KINDS, NAME, PRESETS, Config, part, resolve
from genloop.generators.vae.sample import coder, noise, sample

__all__ = [
    "FORM",
    "KINDS",
    "NAME",
    "PRESETS",
    "UNASKED",
    "Config",
    "coder",
    "fit",
    "needs",
    "noise",
    "resolve",
    "sample",
    "taught_by",
]

UNASKED = "rows"  # pictures also come out well where nothing is asked for: some were learnt so


def needs(settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """None: the family learns pixels.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    resolve(settings)
    return None


def taught_by(settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The family that learns the codes where these settings leave no prior to draw them from, and those of the coder.

    Such codes know no conditions: the family that learns them is told. None where the normal prior serves.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    config = resolve(settings)
    own = {name: value for name, value in settings.items() if name != "prior"} | {"conditions": "none"}
    if config.code != "dense":
        return "transformer", {"preset": "vq", **own}
    if config.prior == "flow" or config.conditions == "none":
        return "flow", {"preset": "latent", **own}
    return None


def fit(task: Task) -> Weights:
    """Learn pictures as codes, and p(pixels | code, codes, vectors, pictures) of the task's rows.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
        DataError: there are no pictures to learn.
    """
    weights: Weights = part("loss").fit(task)
    return weights
