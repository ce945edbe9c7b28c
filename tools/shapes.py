"""A folder of small drawn pictures to learn from: circles, crosses and squares of all sizes, places and shades."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIDE = 16
KINDS = ("circle", "cross", "square")


def picture(kind: str, rng: np.random.Generator) -> Image.Image:
    """One picture of that kind."""
    canvas = Image.new("L", (SIDE, SIDE), int(rng.integers(0, 60)))
    pen, shade = ImageDraw.Draw(canvas), int(rng.integers(150, 256))
    size = int(rng.integers(6, 12))
    left, top = (int(v) for v in rng.integers(1, SIDE - size, 2))
    box = (left, top, left + size, top + size)
    if kind == "circle":
        pen.ellipse(box, fill=shade)
    elif kind == "square":
        pen.rectangle(box, fill=shade)
    else:
        pen.line((left, top, left + size, top + size), fill=shade, width=2)
        pen.line((left, top + size, left + size, top), fill=shade, width=2)
    return canvas


def write(count: int, folder: Path, seed: int = 0) -> None:
    """`count` pictures into a sub-folder for each kind."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        (folder / kind).mkdir(parents=True, exist_ok=True)
        picture(kind, rng).save(folder / kind / f"{number:04d}.png")


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
