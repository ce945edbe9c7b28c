"""The curve of a run as a TensorBoard event file, written without TensorBoard.

An event file is a row of records (length, checksum, bytes, checksum); the checksum is CRC-32C, masked, and the bytes
are the protocol buffer `Event` of tensorflow/core/util/event.proto: wall_time = 1, step = 2, file_version = 3 and
summary = 5, which holds values with tag = 1 and simple_value = 2.
"""

import math
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

FILE = "events.out.tfevents.0.genloop"
POLYNOMIAL = 0x82F63B78


def save(points: Iterable[tuple[int, float, Mapping[str, float]]], folder: str | os.PathLike[str]) -> Path:
    """Write (step, seconds since the start, values by tag) of a run; `tensorboard --logdir` shows them as scalars.

    What is new is appended to an earlier state of the same run, so that a reader that has the file open goes on in it.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    events = [_event(0.0, 0, _text(3, b"brain.Event:2"))]
    for step, seconds, values in points:
        kept = [(tag, value) for tag, value in values.items() if math.isfinite(value)]
        inside = b"".join(_text(1, _text(1, tag.encode()) + b"\x15" + struct.pack("<f", value)) for tag, value in kept)
        events.append(_event(seconds, step, _text(5, inside)))
    data, path = b"".join(_record(event) for event in events), place / FILE
    earlier = path.read_bytes() if path.exists() else b""
    with path.open("ab" if data.startswith(earlier) else "wb") as file:
        file.write(data[len(earlier) :] if data.startswith(earlier) else data)
    return path


def checksum(data: bytes) -> int:
    """CRC-32C (Castagnoli) of the bytes."""
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


TABLE = tuple(_entry(byte) for byte in range(256))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    value = checksum(data)
    return struct.pack("<I", (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _event(seconds: float, step: int, rest: bytes) -> bytes:
    return b"\x09" + struct.pack("<d", seconds) + b"\x10" + _number(step) + rest


def _text(place: int, data: bytes) -> bytes:
    return bytes([place << 3 | 2]) + _number(len(data)) + data


def _number(value: int) -> bytes:
    """A base-128 varint."""
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
