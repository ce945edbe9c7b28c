"""TensorBoard's event file, read back by an independent reader of its format."""

import struct
from pathlib import Path
from typing import Any

from genloop.optimisation.train.events import checksum, save


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        kind = key & 7
        if kind == 0:
            value: Any
            value, at = _number(data, at)
        elif kind == 1:
            value, at = struct.unpack("<d", data[at : at + 8])[0], at + 8
        elif kind == 5:
            value, at = struct.unpack("<f", data[at : at + 4])[0], at + 4
        else:
            size, at = _number(data, at)
            value, at = data[at : at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def _records(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(raw):
        size = struct.unpack("<Q", raw[at : at + 8])[0]
        found.append(raw[at + 12 : at + 12 + size])
        at += 16 + size
    return found


def test_the_checksum_is_the_published_one() -> None:
    assert checksum(b"123456789") == 0xE3069283
    assert checksum(bytes(32)) == 0x8A9136AA


def test_the_curve_reads_back_with_its_steps_times_and_tags(tmp_path: Path) -> None:
    place = save([(1, 0.5, {"loss": 2.5}), (300, 9.0, {"loss": 0.25, "judge": float("nan"), "spread": 1.0})], tmp_path)
    events = [_fields(record) for record in _records(place.read_bytes())]
    assert events[0][3] == [b"brain.Event:2"]
    assert [event[2][0] for event in events] == [0, 1, 300]
    assert events[2][1] == [9.0]
    scalars = [_fields(value) for value in _fields(events[2][5][0])[1]]
    assert {scalar[1][0].decode(): scalar[2][0] for scalar in scalars} == {"loss": 0.25, "spread": 1.0}
    assert place.name.startswith("events.out.tfevents.")


def test_a_curve_that_goes_on_is_appended_and_another_run_begins_anew(tmp_path: Path) -> None:
    points: list[tuple[int, float, dict[str, float]]] = [(1, 0.5, {"loss": 2.5}), (9, 1.5, {"loss": 1.5})]
    with save(points[:1], tmp_path).open("rb") as reader:
        before = len(reader.read())
        place = save(points, tmp_path)
        assert [_fields(record)[2] for record in _records(reader.read())] == [[9]]
    assert len(place.read_bytes()) > before
    save([(2, 0.5, {"loss": 3.5})], tmp_path)
    assert [_fields(record)[2] for record in _records(place.read_bytes())] == [[0], [2]]
