"""One picture: read from a file in its own size, brought to another, written with its label."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from genloop.core.errors import DataError, OutputError, SourceNotFound
from genloop.core.lazy import Lazy
from genloop.files.atomic import replacing
from genloop.files.pictures import decode, marks, png
from genloop.files.pictures.marks import Label

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = Lazy("PIL.Image")

_TINT = 8  # levels between red, green and blue that packing alone makes of grey
Picture = UInt8[np.ndarray, "height width channels"]
Fitted = UInt8[np.ndarray, "tall wide channels"]


def read(path: Path, channels: int) -> Picture:
    """The picture in its own size: grey, RGB or RGBA as `channels` says.

    Raises:
        SourceNotFound: there is no such file.
        DataError: it holds no picture that can be read.
    """
    if not path.is_file():
        raise SourceNotFound(f"no picture {path}")
    (head,) = decode.heads([str(path)])
    shape = (1, 1, channels) if head is None else (head.height, head.width, channels)
    pixels, (reason,) = decode.read([str(path)], shape)
    if head is None or reason is not None:
        raise DataError(f"{path} is no picture that can be read: {reason or 'unknown contents'}")
    picture: Picture = pixels[0]
    return picture


def lost(path: Path, channels: int) -> str | None:
    """What the picture shows that pictures of so many channels do not hold: `colour`, `alpha` or nothing (None)."""
    picture = read(path, 4).astype(np.int16)
    if channels == 1 and np.ptp(picture[:, :, :3], axis=2).max() > _TINT:
        return "colour"
    return "alpha" if channels < 4 and picture[:, :, 3].min() < 255 else None


def fit(picture: Picture, size: tuple[int, int], way: str = "stretch") -> Fitted:
    """The picture in that height and width; `way` is crop, pad or stretch."""
    if picture.shape[:2] == size:
        return picture
    file = io.BytesIO(png.encode(picture))
    done: Fitted = decode.one(file, (*size, picture.shape[2]), way)
    return done


def claim(path: Path) -> None:
    """Refuses a place that is none for a picture, or where one stands that is not made.

    Raises:
        OutputError: the ending is none of a picture's, or what stands there would be lost.
    """
    _ending(path)
    if path.exists() and not marks.read(path):
        raise OutputError(f"{path} is no picture that genloop made, and would be lost; name another file with -o")


def write(picture: Picture, path: Path, label: Label) -> None:
    """The picture as a file by its ending, whole or not at all; its label is read back.

    Raises:
        OutputError: the ending is none of a picture's, or the place cannot be written.
    """
    ending = _ending(path)
    with replacing(path) as part:
        part.write_bytes(_encoded(picture, ending, label))
        marks.check(part, label)


def _ending(path: Path) -> str:
    found = path.suffix.lower()
    if found not in marks.ENDINGS:
        raise OutputError(f"{path}: the ending {found!r} is no picture's; expected one of {', '.join(marks.ENDINGS)}")
    return found


def _encoded(picture: Picture, ending: str, label: Label) -> bytes:
    if ending == ".png":
        return png.encode(picture, marks.chunks(label))
    file = io.BytesIO()
    shown = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    if ending == ".webp":
        shown.save(file, "WEBP", lossless=True, xmp=marks.xmp(label))
        return file.getvalue()
    shown = decode.on_white(shown) if picture.shape[2] == 4 else shown  # JPEG has no alpha, and what it hid would show
    shown.convert("L" if picture.shape[2] == 1 else "RGB").save(file, "JPEG", quality=92)
    return marks.into_jpeg(file.getvalue(), label)
