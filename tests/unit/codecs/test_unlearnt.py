"""Text and media come out empty, and say so."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import unlearnt
from genloop.core.conditions import read
from genloop.core.errors import ConditionError
from genloop.core.schema import Column

COLUMN = [Column("note", "text")]
TABLE = pa.table({"note": ["hello", "world"]})


def test_text_comes_out_empty_with_a_note():
    frozen = unlearnt.freeze(COLUMN, unlearnt.fit(COLUMN, TABLE), floor=5, tokens=10)
    codes = unlearnt.encode(frozen, TABLE)
    assert codes.shape == (2, 0) and unlearnt.fields(frozen) == ()
    assert unlearnt.decode(frozen, codes, np.random.default_rng(0))["note"].to_pylist() == [None, None]
    assert frozen["notes"] == ["text is not learnt: the column comes out empty"]
    assert "hello" not in str(frozen)


def test_a_condition_on_content_is_refused():
    frozen = unlearnt.freeze(COLUMN, unlearnt.fit(COLUMN, TABLE), floor=5, tokens=10)
    assert unlearnt.allow(frozen, [read("note is missing")]).share == ()
    with pytest.raises(ConditionError, match="kind text are not learnt"):
        unlearnt.allow(frozen, [read("note contains hello")])
