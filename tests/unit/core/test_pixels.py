"""Tensor columns and arrays are the same memory."""

import numpy as np
import pyarrow as pa

from genloop.core import pixels


def _array(rows=6):
    return np.random.default_rng(0).integers(1, 256, (rows, 3, 4, 2), dtype=np.uint8)


def test_an_array_is_a_column_and_back_without_a_copy():
    array = _array()
    column = pixels.write(array)
    assert np.shares_memory(pixels.read(column), array)
    assert np.shares_memory(pixels.read(pa.chunked_array([column.slice(2, 3)])), array)
    assert np.array_equal(pixels.read(column.slice(2, 3)), array[2:5])


def test_chunks_are_joined_and_missing_pictures_are_black():
    array = _array()
    present = np.array([True, False, True, True, False, True])
    column = pixels.write(array, present)
    assert column.null_count == 2 and column.is_valid().to_pylist() == present.tolist()
    both = pa.chunked_array([column, pixels.write(array)])
    found = pixels.read(both)
    assert not found[1].any() and not found[4].any() and np.array_equal(found[6:], array)
    assert np.array_equal(pixels.read(both.filter(both.is_valid()))[:4], array[present])
    assert array[1].all()  # the array that came is left alone


def test_only_tensors_of_bytes_with_three_axes_are_pictures():
    assert pixels.is_tensor(pa.fixed_shape_tensor(pa.uint8(), [2, 2, 1]))
    assert not pixels.is_tensor(pa.fixed_shape_tensor(pa.uint8(), [2, 2]))
    assert not pixels.is_tensor(pa.fixed_shape_tensor(pa.float32(), [2, 2, 1]))
    assert not pixels.is_tensor(pa.binary())


def test_no_pictures_are_an_empty_column():
    column = pixels.write(np.zeros((0, 3, 4, 1), np.uint8))
    assert len(column) == 0 and pixels.read(column).shape == (0, 3, 4, 1)
    assert pixels.read(pa.chunked_array([], column.type)).shape == (0, 3, 4, 1)
