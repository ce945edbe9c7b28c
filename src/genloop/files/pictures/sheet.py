"""Made pictures side by side in one picture: a grid, a block for each class, and a visible mark below, not over, them.

The mark says in English and Chinese that the pictures are made; its Chinese signs are drawn stroke by stroke, because
no font that a computer surely has holds them.
"""

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8

from genloop.core import pixels as tensors
from genloop.core.errors import OutputError
from genloop.core.lazy import Lazy
from genloop.core.records import Records
from genloop.files.pictures import marks, png
from genloop.files.pictures.gallery import class_of, pictured
from genloop.files.pictures.marks import Label

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont
else:
    Image, ImageDraw, ImageFont = Lazy("PIL.Image"), Lazy("PIL.ImageDraw"), Lazy("PIL.ImageFont")

WORDS = "AI-made / 人工智能生成"
SHOWN, SHOWN_OF_CLASS = 1_024, 64
_ACROSS, _GAP, _BAND, _TITLE, _SIDE = 16, 2, 24, 16, 56
_GROUND, _INK, _BAND_GROUND = (255, 255, 255), (60, 60, 60), (238, 238, 238)
_LATIN, _SIGN = 64, 17  # pixels across: the English words, one Chinese sign
Stroke = tuple[tuple[int, int], ...]
_SIGNS: dict[str, tuple[Stroke, ...]] = {
    "人": (((8, 1), (7, 6), (1, 14)), ((7, 5), (10, 10), (15, 14))),
    "工": (((2, 3), (14, 3)), ((8, 3), (8, 13)), ((1, 13), (15, 13))),
    "智": (
        ((3, 0), (1, 3)), ((3, 2), (8, 2)), ((1, 5), (9, 5)), ((5, 2), (4, 6), (1, 8)), ((5, 5), (8, 8)),
        ((10, 1), (10, 7), (14, 7), (14, 1), (10, 1)), ((4, 9), (4, 15), (12, 15), (12, 9), (4, 9)),
        ((4, 12), (12, 12)),
    ),
    "能": (
        ((4, 0), (1, 4), (7, 4)), ((5, 2), (7, 5)), ((1, 15), (1, 7), (7, 7), (7, 15)), ((1, 10), (7, 10)),
        ((1, 12), (7, 12)), ((10, 0), (10, 6), (15, 6), (15, 4)), ((14, 1), (10, 4)),
        ((10, 8), (10, 15), (15, 15), (15, 13)), ((14, 9), (10, 12)),
    ),
    "生": (((4, 1), (1, 6)), ((3, 4), (14, 4)), ((8, 0), (8, 14)), ((3, 9), (13, 9)), ((1, 14), (15, 14))),
    "成": (
        ((2, 3), (14, 3)), ((2, 3), (2, 9), (0, 15)), ((2, 7), (7, 7), (6, 12), (4, 12)),
        ((9, 0), (10, 8), (13, 14), (15, 12)), ((13, 6), (7, 14)), ((12, 0), (14, 2)),
    ),
}  # fmt: skip


class Sheet:
    """A picture of pictures being filled: at most 64 of a class, 1,024 in all; further ones are not shown."""

    def __init__(self, part: Path, *, name: Path, label: Label | None, mark: bool = True) -> None:
        self._part, self._name, self._label, self._mark = part, name, label, mark
        self._shown: dict[str, list[np.ndarray]] = {}
        self._rows = 0

    def write(self, records: Records) -> None:
        """Takes the pictures that have a place."""
        image = pictured(records, self._name)[0]
        chosen = class_of(records)
        classes = [""] * records.num_rows
        if chosen is not None:
            classes = [str(value or "") for value in records.column(chosen).cast(pa.string()).to_pylist()]
        most = SHOWN if chosen is None else SHOWN_OF_CLASS
        for picture, value in zip(tensors.read(records.column(image)), classes, strict=True):
            block = self._shown.setdefault(value, [])
            if len(block) < most and self._rows < SHOWN:
                block.append(np.array(picture))
                self._rows += 1

    def close(self) -> None:
        """Draws the sheet, writes it and reads its label back."""
        if not self._rows:
            raise OutputError(f"{self._name}: no records were made, nothing to write")
        blocks = [(name, np.stack(block)) for name, block in sorted(self._shown.items()) if block]
        pixels = draw(blocks, mark=self._mark)
        self._part.write_bytes(_encoded(pixels, self._name.suffix.lower(), self._label))
        marks.check(self._part, self._label)


def write(blocks: list[tuple[str, np.ndarray]], path: Path, label: Label) -> None:
    """Write the marked sheet of these blocks as a PNG, in place of one that stands there, and read its label back."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(png.encode(draw(blocks), marks.chunks(label)))
    marks.check(part, label)
    part.replace(path)


def draw(blocks: list[tuple[str, np.ndarray]], *, mark: bool = True) -> UInt8[np.ndarray, "tall wide three"]:
    """The sheet of named blocks of pictures, RGB; pictures below 56 pixels are enlarged by a whole factor."""
    height, width, _ = blocks[0][1].shape[1:]
    scale = max(_SIDE // max(height, width), 1)
    tall, wide = height * scale + _GAP, width * scale + _GAP
    most = max(len(pictures) for _, pictures in blocks)
    across = min(_ACROSS, most if len(blocks) > 1 else math.ceil(math.sqrt(most)))
    titled = [(name, pictures, _TITLE if name else 0) for name, pictures in blocks]
    total = sum(title + math.ceil(len(pictures) / across) * tall for _, pictures, title in titled) + _GAP
    size = (max(across * wide + _GAP, _LATIN + 6 * _SIGN + 16 if mark else 0), total + (_BAND if mark else 0))
    canvas = Image.new("RGB", size, _GROUND)
    pen, top = ImageDraw.Draw(canvas), _GAP
    for name, pictures, title in titled:
        if name and _is_drawable(name):
            pen.text((_GAP + 1, top + 1), name[:60], fill=_INK, font=ImageFont.load_default(11))
        top += title
        for place, picture in enumerate(pictures):
            shown = _shown(picture, scale)
            spot = (_GAP + place % across * wide, top + place // across * tall)
            canvas.paste(shown, spot, shown if shown.mode == "RGBA" else None)
        top += math.ceil(len(pictures) / across) * tall
    if mark:
        _stamp(pen, size)
    return np.asarray(canvas)


def _shown(picture: np.ndarray, scale: int) -> "Image.Image":
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    return Image.fromarray(large[:, :, 0] if large.shape[2] == 1 else large)


def _is_drawable(name: str) -> bool:
    """Whether the built-in font has the letters."""
    return name.isascii() and name.isprintable()


def _stamp(pen: "ImageDraw.ImageDraw", size: tuple[int, int]) -> None:
    """The band with the mark at the bottom."""
    top = size[1] - _BAND
    pen.rectangle((0, top, *size), fill=_BAND_GROUND)
    latin, signs = WORDS.split("人")[0], "人" + WORDS.split("人")[1]
    pen.text((8, top + 4), latin, fill=_INK, font=ImageFont.load_default(13))
    for place, sign in enumerate(signs):
        left = 8 + _LATIN + place * _SIGN
        for stroke in _SIGNS[sign]:
            pen.line([(left + x, top + 4 + y) for x, y in stroke], fill=_INK, width=1)


def _encoded(pixels: np.ndarray, ending: str, label: Label | None) -> bytes:
    if ending == ".png":
        return png.encode(pixels, marks.chunks(label))
    file = io.BytesIO()
    if ending == ".webp":
        Image.fromarray(pixels).save(file, "WEBP", lossless=True, xmp=b"" if label is None else marks.xmp(label))
        return file.getvalue()
    Image.fromarray(pixels).save(file, "JPEG", quality=92)
    return file.getvalue() if label is None else marks.into_jpeg(file.getvalue(), label)
