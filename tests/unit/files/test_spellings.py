"""Counts of what cells spell: shards merge to the whole, and few digits say much."""

import pyarrow as pa
import pytest

from genloop.core.errors import SchemaError
from genloop.files import missing, physical, shapes, spellings


def test_shards_merge_to_the_whole() -> None:
    texts = ["2024-01-05", "007", "-0.5", "$1,234.00", "?", "", None, "１２", "x@y.zz", "word"] * 30
    whole = spellings.fit(pa.array(texts))
    parts = spellings.merge(spellings.fit(pa.array(texts[:155])), spellings.fit(pa.array(texts[155:])))
    for name in ("cells", "missing", "wide", "shapes", "led", "times"):
        assert getattr(whole, name) == getattr(parts, name)
    assert (whole.cells, whole.missing, whole.present, whole.missing_among_numbers) == (300, 60, 240, 30)


def test_shapes_turn_digits_into_noughts_and_keep_the_rest() -> None:
    codes, found = shapes.encode(pa.array(["a12", "b", None, "a99", "中7", "9" * 200]))
    assert [None if code < 0 else found[code] for code in codes] == ["a00", "b", None, "a00", "中0", None]
    assert shapes.encode(pa.array([], pa.string()))[1] == []


def test_slices_have_their_own_shapes() -> None:
    texts = pa.array(["skip", "1-2", "3-4", "x"]).slice(1, 2)
    codes, found = shapes.encode(texts)
    assert ([found[c] for c in codes], shapes.matrix(texts, codes * 0, 3).tobytes()) == (["0-0"] * 2, b"1-21-2")


def test_too_many_shapes_keep_the_most_frequent(monkeypatch) -> None:
    monkeypatch.setattr(spellings, "SHAPES", 3)
    found = spellings.fit(pa.array(["1", "1", "22", "22", "a", "b", "333", "333", "333"]))
    assert found.shapes == {"0": 2, "00": 2, "000": 3}


@pytest.mark.parametrize(
    ("text", "right"), [("11010519491231002X", True), ("110105194912310021", False), ("12345", False)]
)
def test_a_citizen_number_has_its_check_digit(text, right) -> None:
    assert spellings.is_citizen_number(text) is right


def test_missing_spellings() -> None:
    texts = pa.array(["", " ", None, "NA", "null", "?", "None", "-", "a"])
    assert missing.find(texts).to_pylist() == [True] * 5 + [False] * 4
    assert missing.find(texts, missing.AMONG_NUMBERS).to_pylist() == [True] * 8 + [False]


@pytest.mark.parametrize(
    "kind",
    [
        pa.timestamp("us", "Asia/Shanghai"), pa.decimal128(9, 2), pa.decimal256(40, -2), pa.float32(), pa.date64(),
        pa.int8(), pa.large_string(), pa.bool_(), pa.time32("ms"), pa.duration("ns"), pa.binary(), pa.null(),
    ],
)  # fmt: skip
def test_a_physical_type_reads_back(kind) -> None:
    assert physical.read(str(kind)) == kind


def test_a_decimal_out_of_range_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"physical type 'decimal128\(99, 2\)' is none of Arrow's"):
        physical.read("decimal128(99, 2)")


def test_an_unknown_physical_type_is_text() -> None:
    assert physical.read("struct<a: int64>") == pa.string()
