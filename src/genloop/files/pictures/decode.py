"""A picture file becomes pixels of a given shape: turned by its EXIF, 8 bits a channel, the first frame only.

What cannot be read says why: an empty file, a document, a cut JPEG, more pixels than a picture should have.
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import UInt8

from genloop.core.lazy import Lazy
from genloop.files.pictures import geometry, marks, png, pnm
from genloop.files.pictures.cells import Cells, Opened

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = Lazy("PIL.Image")

Picture = UInt8[np.ndarray, "height width channels"]
MOST_PIXELS = 120_000_000  # 12,000 x 9,000 and a little; beyond it a file is taken for a bomb
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM")
_HEAD = 8_192  # bytes that hold all but the pixels of a usual PNG
_WEBP_XMP = 4  # the flag of a WebP file
_GREY = ("1", "L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # EXIF orientation -> Image.Transpose


class Damaged(Exception):
    """Why a cell holds no picture that can be read."""


@dataclass(frozen=True)
class Head:
    """What the first bytes of a picture say: its upright size, its colours, its format, whether it moves or is made."""

    height: int
    width: int
    colours: str
    format: str
    moving: bool = False
    made: bool = False


def heads(cells: Sequence[Any]) -> list[Head | None]:
    """What the pictures' first bytes say; None where they cannot be read or nothing is there."""
    found: list[Head | None] = []
    with Cells() as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells:
            try:
                found.append(None if cell is None else _head(opened.open(cell)))
            except Exception:  # a damaged file raises anything; the reason is told when its pixels are read
                found.append(None)
    return found


def read(
    cells: Sequence[Any], shape: tuple[int, int, int], fit: str = "crop"
) -> tuple[UInt8[np.ndarray, "rows height width channels"], list[str | None]]:
    """The pictures of the cells (bytes, paths, members of archives), and why one could not be read (None: it was).

    An empty cell gives the reason "".
    """
    pixels = np.zeros((len(cells), *shape), np.uint8)
    reasons: list[str | None] = []
    with Cells() as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place, cell in enumerate(cells):
            reason: str | None = None
            try:
                if cell is None:
                    raise Damaged("")
                pixels[place] = one(opened.open(cell), shape, fit)
            except Exception as error:  # a damaged file raises anything; all of it means: no picture
                reason = _reason(opened, cell, error)
            reasons.append(reason)
    return pixels, reasons


def one(file: Opened, shape: tuple[int, int, int], fit: str = "crop") -> Picture:
    """One picture in the shape."""
    start = file.read(2)
    file.seek(0)
    if start in (b"P5", b"P6", b"P7") and (plain := pnm.decode(file.read())) is not None:
        if plain.shape == shape:
            return plain
        return _fitted(Image.fromarray(plain[:, :, 0] if plain.shape[2] == 1 else plain), shape, fit)
    if not start:
        raise Damaged("an empty file")
    file.seek(0)
    with Image.open(file, formats=FORMATS) as found:
        _bound(found.size)
        return _fitted(found, shape, fit)


def _bound(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise Damaged(f"{size[0]:,} x {size[1]:,} pixels, more than {MOST_PIXELS:,}")


def _head(file: Opened) -> Head:
    start = file.read(_HEAD)
    if (known := png.head(start)) is not None:
        _bound((known[1], known[0]))
        return Head(known[0], known[1], known[2], "PNG", known[3], marks.is_made(start))
    if (plain := pnm.shape(start)) is not None:
        (height, width, channels), _ = plain
        return Head(height, width, {1: "grey", 3: "colour", 4: "alpha"}[channels], "array")
    file.seek(0)
    with Image.open(file, formats=FORMATS) as found:
        _bound(found.size)
        width, height = found.size if _turn(found) < 5 else found.size[::-1]
        transparent = "transparency" in found.info or found.mode in ("LA", "PA", "La", "RGBA", "RGBa")
        colours = "alpha" if transparent else "grey" if found.mode in _GREY else "colour"
        name = {"MPO": "JPEG", "DIB": "BMP", "PPM": "PNM"}.get(found.format or "", found.format or "")
        moving = bool(getattr(found, "is_animated", False))
    return Head(height, width, colours, name, moving, marks.is_made(start) or marks.is_made(_late(file, start)))


def _late(file: Opened, start: bytes) -> bytes:
    """The end of a long WebP file that has XMP, which stands there behind the pixels; of others nothing."""
    if len(start) < _HEAD or start[8:16] != b"WEBPVP8X" or not start[20] & _WEBP_XMP:
        return b""
    file.seek(-_HEAD, io.SEEK_END)
    return file.read()


def _turn(found: "Image.Image") -> int:
    """The EXIF orientation, 1 when there is none; TIFF files turn themselves on loading."""
    if found.format in ("JPEG", "MPO", "WEBP") or "exif" in found.info:
        turn = found.getexif().get(0x0112, 1)
        return turn if turn in _TURNS else 1
    return 1


def _fitted(found: "Image.Image", shape: tuple[int, int, int], fit: str) -> Picture:
    height, width, channels = shape
    turn = _turn(found)
    goal = (width, height) if turn < 5 else (height, width)
    if found.size != goal and found.format in ("JPEG", "MPO"):
        scale = 2 * max(goal[0] / found.size[0], goal[1] / found.size[1])  # decoded at an eighth to the whole
        found.draft(found.mode, (int(found.size[0] * scale) + 1, int(found.size[1] * scale) + 1))
    plain = _coloured(found, channels)
    if plain.size != goal:
        plain = _sized(plain, goal, fit)
    if turn != 1:
        plain = plain.transpose(Image.Transpose(_TURNS[turn]))
    return np.asarray(plain).reshape(shape)


def _coloured(found: "Image.Image", channels: int) -> "Image.Image":
    """The picture as grey, RGB or RGBA of 8 bits; transparency that is not kept is laid on white."""
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    if found.mode in ("I", "F") or found.mode.startswith("I;16"):
        found = _eight_bits(found)
    if found.mode == mode and "transparency" not in found.info:
        found.load()
        return found
    if found.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in found.info:
        full = found.convert("RGBA")
        return full if channels == 4 else on_white(full).convert(mode)
    return found.convert("RGB").convert(mode) if found.mode == "CMYK" else found.convert(mode)


def on_white(full: "Image.Image") -> "Image.Image":
    """Laid on white; on black where white would hide it: a picture that is all alpha must not vanish."""
    grounds = [Image.new("RGBA", full.size, colour) for colour in ((255, 255, 255, 255), (0, 0, 0, 255))]
    white, black = (Image.alpha_composite(ground, full) for ground in grounds)
    hidden = all(low == high for low, high in white.getextrema()[:3])  # type: ignore[misc]
    return black if hidden else white


def _eight_bits(found: "Image.Image") -> "Image.Image":
    """16 bits by their upper half; floats from 0 to 1 as 0 to 255; anything wider by its own range."""
    values = np.asarray(found).astype(np.float64)
    values = np.where(np.isfinite(values), values, 0.0)
    low, high = float(values.min()), float(values.max())
    if found.mode == "F" and low >= 0 and high <= 1:
        values = values * 255
    elif found.mode.startswith("I;16") or (low >= 0 and 255 < high <= 65_535):
        values = values / 257
    elif low < 0 or high > 255:
        values = (values - low) * (255 / max(high - low, 1e-9))
    return Image.fromarray(np.rint(values).astype(np.uint8))


def _sized(plain: "Image.Image", goal: tuple[int, int], fit: str) -> "Image.Image":
    soft = plain.convert("RGBa") if plain.mode == "RGBA" else plain  # else the colour of the invisible bleeds in
    size = geometry.inside(plain.size, goal) if fit == "pad" else goal
    part = geometry.box(plain.size, goal, fit)
    done = soft.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=3.0)
    done = done.convert("RGBA") if plain.mode == "RGBA" else done
    return done if size == goal else _padded(done, goal)


def _padded(done: "Image.Image", goal: tuple[int, int]) -> "Image.Image":
    """In the middle of the goal, on the median colour of its own border, or on nothing where it has alpha."""
    pixels = np.asarray(done).reshape(done.height, done.width, -1)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = (0, 0, 0, 0) if done.mode == "RGBA" else tuple(int(v) for v in np.median(edge, axis=0))
    canvas = Image.new(done.mode, goal, colour if len(colour) > 1 else colour[0])
    canvas.paste(done, ((goal[0] - done.width) // 2, (goal[1] - done.height) // 2))
    return canvas


def _reason(opened: Cells, cell: Any, error: Exception) -> str:
    if isinstance(error, Damaged | FileNotFoundError | PermissionError):
        return str(error) if isinstance(error, Damaged) else error.strerror or "cannot be opened"
    if type(error).__name__ == "DecompressionBombError":
        return f"more than {MOST_PIXELS:,} pixels"
    try:
        start = opened.open(cell).read(512)
    except (OSError, ValueError, KeyError, RuntimeError):
        return f"cannot be opened: {error}"
    return describe(start) or f"damaged: {error}"


def describe(start: bytes) -> str | None:
    """What a file is by its first bytes, when it is no picture."""
    bare = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if not start:
        return "an empty file"
    if bare.startswith(b"%pdf"):
        return "a PDF document"
    if bare.startswith(b"<svg") or (bare.startswith((b"<?xml", b"<!--")) and b"<svg" in bare):
        return "an SVG drawing"
    try:
        io.TextIOWrapper(io.BytesIO(start[:-4] if len(start) > 8 else start), "utf-8").read()
    except UnicodeDecodeError:
        return None
    return None if b"\0" in start or start[:2] in (b"BM", b"P5", b"P6") else "a text"
