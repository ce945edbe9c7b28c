"""Drawn pairs to learn dressing from: a person, a garment, and the same person wearing it, with a table of the three.

python tools/dressing.py COUNT FOLDER writes pictures and FOLDER/pairs.csv. They are drawings, not photographs: what is
learnt from them says that a model heeds two pictures, not how clothes fall.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIDE, FINE = 24, 4  # drawn so many times as large, then made small
COLUMNS = ("person", "garment", "dressed")
Colour = tuple[int, int, int]
SKINS: tuple[Colour, ...] = ((241, 194, 155), (198, 134, 92), (116, 72, 48))
CLOTHS: tuple[Colour, ...] = ((205, 40, 40), (40, 70, 200), (40, 150, 70), (235, 190, 40), (120, 50, 150))
TROUSERS, BARE, WALL = (70, 70, 80), (205, 205, 205), (255, 255, 255)


@dataclass(frozen=True)
class Body:
    """Where a person stands, how broad, and of which skin."""

    middle: float
    breadth: float
    skin: Colour


@dataclass(frozen=True)
class Garment:
    """How far a garment reaches down, how long its sleeves are, and its colour."""

    hem: float
    sleeve: float
    colour: Colour


def body(rng: np.random.Generator) -> Body:
    """Any person."""
    return Body(float(rng.uniform(10, 14)), float(rng.uniform(2.5, 4)), SKINS[int(rng.integers(len(SKINS)))])


def garment(rng: np.random.Generator, colour: Colour | None = None) -> Garment:
    """Any garment, of that colour where one is named."""
    own = CLOTHS[int(rng.integers(len(CLOTHS)))] if colour is None else colour
    return Garment(float(rng.uniform(14, 19)), float(rng.uniform(9, 14)), own)


def person(who: Body, wearing: Garment | None = None) -> Image.Image:
    """The person, in the garment or in a bare grey shirt."""
    canvas, pen = _canvas()
    left, right = who.middle - who.breadth, who.middle + who.breadth
    _box(pen, (left, 14, who.middle - 0.5, 23), TROUSERS)
    _box(pen, (who.middle + 0.5, 14, right, 23), TROUSERS)
    for side in (left - 1.8, right + 0.3):
        _box(pen, (side, 7.5, side + 1.5, 15), who.skin)
    pen.ellipse(_large((who.middle - 2.2, 1.5, who.middle + 2.2, 6.5)), fill=who.skin)
    _cloth(pen, who.middle, who.breadth, wearing or Garment(14, 7.5, BARE))
    return _small(canvas)


def cloth(what: Garment) -> Image.Image:
    """The garment by itself."""
    canvas, pen = _canvas()
    _cloth(pen, SIDE / 2, 4, what)
    return _small(canvas)


def write(count: int, folder: Path, seed: int = 0) -> None:
    """`count` pairs and their table."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number in range(count):
            who, what = body(rng), garment(rng)
            names = [f"{column}-{number:04d}.png" for column in COLUMNS]
            for name, picture in zip(names, (person(who), cloth(what), person(who, what)), strict=True):
                picture.save(folder / name)
            table.writerow(names)


def _cloth(pen: ImageDraw.ImageDraw, middle: float, breadth: float, what: Garment) -> None:
    _box(pen, (middle - breadth, 7, middle + breadth, what.hem), what.colour)
    for side in (middle - breadth - 2, middle + breadth):
        _box(pen, (side, 7, side + 2, what.sleeve), what.colour)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("RGB", (SIDE * FINE, SIDE * FINE), WALL)
    return canvas, ImageDraw.Draw(canvas)


def _large(box: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(FINE * value for value in box)


def _box(pen: ImageDraw.ImageDraw, box: tuple[float, ...], colour: Colour) -> None:
    pen.rectangle(_large(box), fill=colour)


def _small(canvas: Image.Image) -> Image.Image:
    return canvas.resize((SIDE, SIDE), Image.Resampling.BOX)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
