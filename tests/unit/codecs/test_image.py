"""Pictures go through their codec as they are; what cannot be asked of a picture is refused."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import image
from genloop.core import pixels
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError, SchemaError
from genloop.core.schema import Column

COLUMN = (Column("x", "image", shape=(3, 4, 1)),)


def _records(rows=5):
    array = np.random.default_rng(0).integers(0, 256, (rows, 3, 4, 1), dtype=np.uint8)
    return array, pa.table({"x": pixels.write(array)})


def test_the_pixels_are_the_columns_memory():
    array, records = _records()
    frozen = image.freeze(COLUMN, image.fit(COLUMN, records), floor=5, tokens=10)
    assert frozen == {"columns": ["x"], "shape": [3, 4, 1]}
    assert np.shares_memory(image.encode(frozen, records), array)
    made = image.decode(frozen, array, np.random.default_rng(0))
    assert np.shares_memory(pixels.read(made["x"]), array)


def test_rows_without_pixels_come_out_missing():
    frozen = {"columns": ["x"], "shape": [3, 4, 1]}
    made = image.decode(frozen, np.zeros((7, 0), np.uint16), np.random.default_rng(0))
    assert made["x"].null_count == made.num_rows == 7


def test_another_shape_and_what_is_not_cleaned_are_refused():
    frozen = {"columns": ["x"], "shape": [4, 3, 1]}
    with pytest.raises(SchemaError, match=r"expected pictures of \(4, 3, 1\), cleaned; found extension"):
        image.encode(frozen, _records()[1])
    with pytest.raises(SchemaError, match="found binary"):
        image.encode(frozen, pa.table({"x": pa.array([b"1"])}))
    with pytest.raises(SchemaError, match="has no shape; profile the table again"):
        image.freeze((Column("x", "image"),), image.State(1, 0), floor=5, tokens=9)


def test_content_cannot_be_asked_for():
    frozen = {"columns": ["x"], "shape": [3, 4, 1]}
    assert image.allow(frozen, [Condition("x", "missing"), Condition("x", "present")]).share == ()
    with pytest.raises(ConditionError, match="a picture is no value to ask for"):
        image.allow(frozen, [Condition("x", "in", ("cat",))])
