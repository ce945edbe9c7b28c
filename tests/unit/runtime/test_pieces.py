import numpy as np
import pytest

from genloop.core.errors import DataError
from genloop.runtime import pieces


def test_pieces_and_scores_are_read_and_unknown_fields_passed_over():
    raw = (
        b"\x0a\x08\x0a\x01a\x15\x00\x00\x80\x3f"
        + b"\x0a\x05\x0a\x03\xe7\x8c\xab"
        + b"\x19"
        + b"\0" * 8
        + b"\x10\x96\x01"
    )
    found, scores = pieces.read(raw)
    assert found == ["a", "猫"]
    assert scores.tolist() == [1.0, 0.0]
    packed = pieces.pack(found, scores)
    assert packed["piece_ends"].tolist() == [1, 4]
    assert packed["piece_bytes"].tobytes().decode() == "a猫"
    assert packed["piece_scores"].dtype == np.float32


@pytest.mark.parametrize("raw", [b"", b"\x0a", b"\x0a\x7f", b"\x0b\x01", b"\x0a\x04\x0a\x02\xff\xff"])
def test_other_bytes_are_refused(raw):
    with pytest.raises(DataError, match="no sentence-piece model"):
        pieces.read(raw)
