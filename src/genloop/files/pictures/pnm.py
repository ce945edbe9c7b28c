"""Pictures without compression in the cells of a column: the portable any-map headers P5 (grey), P6 (RGB), P7 (RGBA).

Arrays (IDX, NPZ) travel as such cells; where all cells of a column have one header they are read at once.
"""

import re

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8

from genloop.core.protocols import Pixels

_PLAIN = re.compile(rb"P([56])\s(\d+)\s(\d+)\s255\s")
_ANY = re.compile(rb"P7\nWIDTH (\d+)\nHEIGHT (\d+)\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n")
_LONGEST = 96  # bytes of a header


def encode(pixels: Pixels) -> pa.Array:
    """The pictures as cells of bytes, each with its header."""
    rows, height, width, channels = pixels.shape
    head = np.frombuffer(header(height, width, channels), np.uint8)
    cells = np.empty((rows, len(head) + height * width * channels), np.uint8)
    cells[:, : len(head)] = head
    cells[:, len(head) :] = pixels.reshape(rows, height * width * channels)
    offsets = np.arange(rows + 1, dtype=np.int64) * cells.shape[1]
    return pa.Array.from_buffers(pa.large_binary(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(cells)])


def header(height: int, width: int, channels: int) -> bytes:
    """The bytes before the pixels."""
    if channels == 4:
        return b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" % (width, height)
    return b"P%d\n%d %d\n255\n" % ({1: 5, 3: 6}[channels], width, height)


def shape(data: bytes) -> tuple[tuple[int, int, int], int] | None:
    """Height, width and channels, and where the pixels begin; None when it is no such picture."""
    if found := _PLAIN.match(data):
        return (int(found[3]), int(found[2]), 1 if found[1] == b"5" else 3), found.end()
    if found := _ANY.match(data):
        return (int(found[2]), int(found[1]), 4), found.end()
    return None


def decode(data: bytes) -> UInt8[np.ndarray, "height width channels"] | None:
    """The picture; None when the bytes are none of this kind, or too few."""
    found = shape(data[:_LONGEST])
    if found is None:
        return None
    size, start = found
    count = int(np.prod(size))
    if not count or len(data) < start + count:
        return None
    return np.frombuffer(data, np.uint8, count, start).reshape(size)


def decode_all(cells: pa.Array) -> Pixels | None:
    """All pictures of a column over its memory, when all are of one shape; else None."""
    if not pa.types.is_large_binary(cells.type) or not len(cells) or cells.null_count:
        return None
    found = shape(cells[0].as_py()[:_LONGEST])
    if found is None:
        return None
    size, start = found
    each = start + int(np.prod(size))
    offsets = np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1]
    if not (np.diff(offsets) == each).all():
        return None
    flat = np.frombuffer(cells.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(len(cells), each)
    if not (flat[:, :start] == flat[0, :start]).all():
        return None
    return flat[:, start:].reshape(len(cells), *size)
