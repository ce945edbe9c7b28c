"""The pieces of a sentence-piece model file and their scores, read without its library.

The file is a protocol buffer: its field 1 repeats (1: piece, 2: log-probability); everything else is passed over.
"""

import struct
from collections.abc import Iterator

import numpy as np

from genloop.core.errors import DataError

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


def read(raw: bytes) -> tuple[list[str], np.ndarray]:
    """The pieces in order, with their scores.

    Raises:
        DataError: the bytes are no such file.
    """
    pieces: list[str] = []
    scores: list[float] = []
    try:
        for number, value in _fields(raw):
            if number != 1 or not isinstance(value, bytes):
                continue
            own = dict(_fields(value))
            text, score = own.get(1), own.get(2, b"\0\0\0\0")
            if isinstance(text, bytes) and isinstance(score, bytes):
                pieces.append(text.decode())
                scores.append(struct.unpack("<f", score)[0])
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise DataError(f"no sentence-piece model: {error}") from error
    if not pieces:
        raise DataError("no sentence-piece model: it holds no pieces")
    return pieces, np.array(scores, np.float32)


def pack(pieces: list[str], scores: np.ndarray) -> dict[str, np.ndarray]:
    """Pieces and scores as plain arrays."""
    raw = [piece.encode() for piece in pieces]
    ends = np.cumsum([len(piece) for piece in raw]).astype(np.int64)
    return {"piece_bytes": np.frombuffer(b"".join(raw), np.uint8), "piece_ends": ends, "piece_scores": scores}


def _fields(raw: bytes) -> Iterator[tuple[int, bytes | int]]:
    place = 0
    while place < len(raw):
        tag, place = _number(raw, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _number(raw, place)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, place = _number(raw, place)
        elif kind in (_EIGHT, _FOUR):
            size = 8 if kind == _EIGHT else 4
        else:
            raise IndexError(f"unknown field kind {kind}")
        if place + size > len(raw):
            raise IndexError("it ends in the middle of a field")
        yield tag >> 3, raw[place : place + size]
        place += size


def _number(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
