"""What an array of pictures may be: read a few pictures at a time, no picture larger than a file's, no bomb."""

import math
from pathlib import Path

from genloop.core.errors import DataError
from genloop.files.pictures.decode import MOST_PIXELS

_BATCH_BYTES = 64 << 20
_MOST_RATIO = 200  # of numbers to packed bytes; up to so many as are read at once an array is no bomb


def at_once(rows: int, each: int) -> int:
    """How many of `rows` pictures of `each` bytes are read at a time."""
    return max(1, min(rows, _BATCH_BYTES // max(each, 1)))


def check(path: Path, shape: tuple[int, ...], packed: int) -> None:
    """Refuses what no pictures are; `packed` counts the bytes that the array takes in its file.

    Raises:
        DataError: pictures have more pixels than a picture's file may have, or unpack to far more than they take.
    """
    if shape[1] * shape[2] > MOST_PIXELS:
        raise DataError(f"{path}: pictures of {shape[1]:,} x {shape[2]:,} pixels; at most {MOST_PIXELS:,} are read")
    numbers = math.prod(shape)
    if numbers > max(_BATCH_BYTES, _MOST_RATIO * packed):
        raise DataError(f"{path} unpacks from {packed:,} bytes to {numbers:,} numbers, which no pictures do")
