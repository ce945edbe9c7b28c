"""Faults that need no network: blank pictures, repeats among the made ones, burnt-out levels, chequered patterns."""

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from genloop.judges.pictures.gallery import Pixels
from genloop.judges.pictures.spread import reach

LIMIT = 0.01
_FLAT = 8  # levels between the darkest and the brightest pixel of a blank picture
_CHUNK = 500
SIGNS = ("saturation", "chequer", "sharpness", "brightness", "contrast")


@dataclass(frozen=True)
class Repeats:
    """Shares of made pictures that another made one nearly or exactly repeats; 1 % of real ones are as near."""

    near: float
    exact: float
    rows: int


def blank(pixels: Pixels) -> Float[np.ndarray, " rows"]:
    """1 for a picture that shows nothing."""
    flat = pixels.reshape(len(pixels), -1)
    return np.asarray(flat.max(axis=1).astype(int) - flat.min(axis=1) < _FLAT, float)


def repeats(
    made: Float32[np.ndarray, "_made length"],
    real: Float32[np.ndarray, "_real length"],
    pixels: Pixels,
    rng: np.random.Generator,
) -> Repeats:
    """Made pictures nearer to another made one than 1 % of real ones are to another real one, in equal numbers
    drawn at random: folders stand class by class."""
    rows = min(len(made), len(real))
    ours, theirs = (reach(part[rng.permutation(len(part))[:rows]], 1) for part in (made, real))
    seen: dict[bytes, int] = {}
    digests = [hashlib.sha256(picture.tobytes()).digest() for picture in pixels]
    for digest in digests:
        seen[digest] = seen.get(digest, 0) + 1
    exact = sum(seen[digest] > 1 for digest in digests) / max(len(digests), 1)
    limit = float(np.quantile(theirs, LIMIT))
    return Repeats(float((ours < limit).mean()) if limit > 0 else float((ours <= 1e-6).mean()), exact, rows)


def signs(pixels: Pixels) -> Float[np.ndarray, "rows signs"]:
    """Per picture: pixels at either end, chequer and grid energy among fine detail, fine detail, level, spread.

    A transposed convolution leaves its stride as a pattern that alternates from pixel to pixel (Odena et al. 2016).
    """
    found = []
    for start in range(0, len(pixels), _CHUNK):
        part = pixels[start : start + _CHUNK, ..., :3].astype(np.float32)
        flat = part.reshape(len(part), -1)
        across, down = np.diff(part, axis=2), np.diff(part, axis=1)
        fine = (across**2).mean(axis=(1, 2, 3)) + (down**2).mean(axis=(1, 2, 3)) if min(part.shape[1:3]) > 1 else 0.0
        found.append(
            np.stack(
                [
                    ((flat <= 0) | (flat >= 255)).mean(axis=1),
                    _chequer(part),
                    np.sqrt(np.broadcast_to(fine, len(part))),
                    flat.mean(axis=1),
                    flat.std(axis=1),
                ],
                axis=1,
            )
        )
    return np.concatenate(found).astype(float)


def _chequer(part: Float32[np.ndarray, "rows height width channels"]) -> Float32[np.ndarray, " rows"]:
    """The part of a picture's fine energy that alternates with period two over the whole of it."""
    tall, wide = part.shape[1] // 2 * 2, part.shape[2] // 2 * 2
    if tall < 4 or wide < 4:
        return np.zeros(len(part), np.float32)
    grey = part[:, :tall, :wide].mean(axis=3)
    detail = grey - (np.roll(grey, 1, 1) + np.roll(grey, -1, 1) + np.roll(grey, 1, 2) + np.roll(grey, -1, 2)) / 4
    up, along = (-1.0) ** np.arange(tall)[:, None], (-1.0) ** np.arange(wide)[None]
    energy = sum((detail * wave).mean(axis=(1, 2)) ** 2 for wave in (up * along, up + 0 * along, along + 0 * up))
    return np.asarray(energy / np.maximum((detail**2).mean(axis=(1, 2)), 1e-6), np.float32)


def off(made: Float[np.ndarray, "_made signs"], real: Float[np.ndarray, "_real signs"]) -> Float[np.ndarray, " signs"]:
    """How far the made pictures' mean lies from the real ones', in standard deviations of real pictures."""
    scale = real.std(axis=0) + 1e-3 * (np.abs(real).mean(axis=0) + 1e-3)
    return np.asarray((made.mean(axis=0) - real.mean(axis=0)) / scale)
