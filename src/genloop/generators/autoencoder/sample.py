"""What a fitted autoencoder does: features, anomalies, drawing, mending. Imports no torch."""

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.autoencoder.config import Anomaly, Harm, Mended, part
from genloop.nn.noise import normal


def sample(
    weights: Weights,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
    noise: Float[np.ndarray, "rows length"] | None = None,
) -> Pixels:
    """One picture for each row of `given`, from a code drawn given that row, or from the one that `noise` stands for.

    Raises:
        ConfigError: the preset `restoration` only mends pictures.
    """
    pixels: Pixels = part("pictures").load(weights).draw(given, rng, noise)
    return pixels


def noise(
    weights: Weights, rows: int, rng: np.random.Generator, *, truncation: float | None = None
) -> Float[np.ndarray, "rows length"]:
    """Noise for `sample(noise=...)`; `truncation` draws anew what lies beyond so many deviations.

    Raises:
        ConfigError: the preset `restoration` only mends pictures.
    """
    length = int(weights.head["shape"]["length"])
    if not length:
        raise ConfigError("the autoencoder's preset restoration mends pictures and has no codes to draw")
    return normal(rows, length, rng, truncation)


def coder(weights: Weights) -> Coder:
    """Pictures as codes (their features) and back; loaded once for each `Weights`.

    Raises:
        ConfigError: the preset `restoration` has no codes.
    """
    found: Coder = part("pictures").load(weights)
    return found


def anomaly(weights: Weights, pixels: Pixels) -> Anomaly:
    """How unlike the learnt pictures each of these is, by what rebuilding it from its code gets wrong.

    Raises:
        ConfigError: the preset `restoration` has no codes.
        DataError: the pictures have another size than those learnt.
    """
    found: Anomaly = part("pictures").load(weights).anomaly(pixels)
    return found


def restore(
    weights: Weights,
    pixels: Pixels,
    *,
    task: Harm,
    mask: Bool[np.ndarray, "..."] | None = None,
    noise_level: float | None = None,
) -> Mended:
    """The pictures mended: free of noise, enlarged to the size that was learnt, or with their holes filled.

    `mask` is true inside the holes. `noise_level` is the noise's standard deviation as a share of full brightness;
    without it, it is guessed from each picture.

    Raises:
        ConfigError: the weights are not those of the preset `restoration`, or the task is unknown.
        DataError: pictures or mask have another size than the task asks for.
    """
    mended: Mended = part("mending").mend(weights, pixels, task=task, mask=mask, noise_level=noise_level)
    return mended
