"""What can be read off a picture: its class by a small network taught for it, and plain traits of its pixels.

The network is the judges' own (`nn.features`). It is taught on three quarters of what it is shown; the rest tells how
far its reading can be trusted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int64

from genloop.judges.pictures import features, neural
from genloop.judges.pictures.gallery import Pixels

TRAITS = ("brightness", "contrast", "detail", "extent", "slant")
COLOUR_TRAITS = ("warmth", "colourfulness")
_LEARNT = 0.75


@dataclass(frozen=True)
class Eyes:
    """A taught network; `right` is the share of unseen pictures whose class it read as asked, of so many `rows`."""

    network: Any
    classes: int
    right: float | None
    rows: int

    def see(self, pixels: Pixels) -> tuple[Float32[np.ndarray, "rows length"], Float32[np.ndarray, "rows classes"]]:
        """The vectors of the pictures and the probabilities of their classes."""
        with neural.part("runtime.device").threads(1):
            vectors, odds = neural.part("nn.features").encode(self.network, pixels)
        shares = np.exp(odds - odds.max(axis=1, keepdims=True, initial=-1e9))
        return vectors, shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)


def teach(pixels: Pixels, classes: Int64[np.ndarray, " rows"], rng: np.random.Generator) -> Eyes:
    """Eyes taught on these pictures; a class of -1 is unknown, and where all are there are none to read.

    Raises:
        MissingExtra: torch is not installed.
    """
    order = rng.permutation(len(pixels))
    learnt, kept = np.split(order, [round(_LEARNT * len(order))])
    count = int(classes.max(initial=-1)) + 1
    known = classes[learnt] if count >= 2 else None
    nets = neural.part("nn.features")
    with neural.part("runtime.device").threads(1):
        network = nets.train(pixels[learnt], known, rng, nets.Lesson(**features.LESSON), classes=count)
    eyes = Eyes(network, count, None, 0)
    asked = kept[classes[kept] >= 0]
    if known is None or not len(asked):
        return eyes
    read = eyes.see(pixels[asked])[1].argmax(axis=1)
    return Eyes(network, count, float((read == classes[asked]).mean()), len(asked))


def traits(pixels: Pixels) -> dict[str, Float[np.ndarray, " rows"]]:
    """Plain traits, picture by picture: level, spread, fine detail, how far the drawn part reaches, how it leans.

    What is drawn is what differs from the picture's most usual level; `slant` is by how many pixels it moves to the
    right with every line upwards.
    """
    colour = pixels[..., :3].astype(np.float64) / 255
    grey = colour.mean(axis=3)
    found = {
        "brightness": grey.mean(axis=(1, 2)),
        "contrast": grey.std(axis=(1, 2)),
        "detail": np.abs(np.diff(grey, axis=1)).mean(axis=(1, 2)) + np.abs(np.diff(grey, axis=2)).mean(axis=(1, 2)),
        **_shape(grey),
    }
    if colour.shape[3] == 3:
        found["warmth"] = (colour[..., 0] - colour[..., 2]).mean(axis=(1, 2))
        found["colourfulness"] = (colour.max(axis=3) - colour.min(axis=3)).mean(axis=(1, 2))
    return found


def _shape(grey: Float[np.ndarray, "rows height width"]) -> dict[str, Float[np.ndarray, " rows"]]:
    """Extent and slant from the moments of what is drawn."""
    weight = np.abs(grey - np.median(grey, axis=(1, 2), keepdims=True)) + 1e-6
    weight = weight / weight.sum(axis=(1, 2), keepdims=True)
    rows, places = (np.arange(size) + 0.5 for size in grey.shape[1:])
    down = (weight.sum(axis=2) * rows).sum(axis=1)
    along = (weight.sum(axis=1) * places).sum(axis=1)
    y, x = rows[None, :, None] - down[:, None, None], places[None, None, :] - along[:, None, None]
    tall, wide = (weight * y**2).sum(axis=(1, 2)), (weight * x**2).sum(axis=(1, 2))
    slope = (weight * x * y).sum(axis=(1, 2)) / np.maximum(tall, 1e-6)
    return {"extent": np.sqrt(tall + wide) / np.hypot(*grey.shape[1:]), "slant": -slope}
