"""PNG without a library: 8 bits, grey, RGB or RGBA, exact; fast where pictures are small (W3C PNG, third edition)."""

import struct
import zlib

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8

from genloop.core import pixels as tensors
from genloop.core.records import Records
from genloop.files.pictures.marks import Label, chunk, chunks, given

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = {1: 0, 3: 2, 4: 6}
_SMALL = 4_096  # bytes of pixels up to which filtering does not pay
_END = chunk(b"IEND", b"")


def encode(picture: UInt8[np.ndarray, "height width channels"], extra: bytes = b"") -> bytes:
    """The picture as the bytes of a PNG file; `extra` are further chunks, such as its label."""
    height, width, channels = picture.shape
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    lines = np.zeros((height, 1 + width * channels), np.uint8)
    flat = picture.reshape(height, width * channels)
    lines[:, 1:] = flat
    if flat.size > _SMALL:  # each line as its difference from the one above
        lines[1:, 0] = 2
        lines[1:, 1:] = flat[1:] - flat[:-1]
    body = zlib.compress(lines.tobytes(), 6)
    return b"".join([_SIGNATURE, chunk(b"IHDR", head), extra, chunk(b"IDAT", body), _END])


def head(start: bytes) -> tuple[int, int, str, bool] | None:
    """Height, width, colours and whether it moves, by a file's first bytes; None where they do not say all of it."""
    if start[:8] != _SIGNATURE or start[12:16] != b"IHDR":
        return None
    width, height, _, colour = struct.unpack(">IIBB", start[16:26])
    names, at = set(), 33
    while at + 8 <= len(start):
        size, name = struct.unpack(">I4s", start[at : at + 8])
        if name == b"IDAT":
            alpha = colour in (4, 6) or b"tRNS" in names
            plain = b"eXIf" not in names and colour in (0, 2, 3, 4, 6) and width * height > 0
            colours = "alpha" if alpha else "grey" if colour == 0 else "colour"
            return (height, width, colours, b"acTL" in names) if plain else None
        names.add(name)
        at += size + 12
    return None


def into_cells(records: Records, label: Label | None) -> Records:
    """The records with each picture as the bytes of a PNG file."""
    marked, brought = chunks(label), given(label)
    for place, field in enumerate(records.schema):
        if tensors.is_tensor(field.type):
            column, extra = records.column(place), b"" if field.name in brought else marked
            present = column.is_valid().to_numpy()
            pixels = tensors.read(column)
            cells = [encode(one, extra) if there else None for one, there in zip(pixels, present, strict=True)]
            records = records.set_column(place, field.name, pa.array(cells, pa.binary()))
    return records
