"""The default order of fields."""

import numpy as np

from genloop.core.protocols import Batch, Field
from genloop.generators.transformer.order import order


def _batch(codes: np.ndarray, *fields: Field) -> Batch:
    return Batch(codes.astype(np.uint16), fields)


def test_small_fields_come_first_by_size() -> None:
    rng = np.random.default_rng(0)
    fields = (Field("a", 900, ordered=True), Field("b", 9, ordered=False), Field("c", 3, ordered=True))
    codes = np.stack([rng.integers(0, field.size, 50) for field in fields], 1)
    assert order(_batch(codes, *fields)) == (2, 1, 0)


def test_a_large_category_is_no_fine_number() -> None:
    rng = np.random.default_rng(0)
    fields = (Field("a", 900, ordered=True), Field("b", 5000, ordered=False))
    codes = np.stack([rng.integers(0, field.size, 50) for field in fields], 1)
    assert order(_batch(codes, *fields)) == (1, 0)


def test_fine_numbers_form_a_chain_of_the_strongest_links() -> None:
    rng = np.random.default_rng(0)
    middle = rng.integers(100, 900, 2000)
    near = np.clip(middle + rng.integers(-40, 40, 2000), 0, 999)
    further = np.clip(near + rng.integers(-200, 200, 2000), 0, 999)
    lone = rng.integers(0, 1000, 2000)
    fields = tuple(Field(name, 1000, ordered=True) for name in "abcd")
    assert order(_batch(np.stack([lone, further, middle, near], 1), *fields)) == (3, 2, 1, 0)


def test_constant_fine_numbers_do_not_break_the_chain() -> None:
    fields = tuple(Field(name, 1000, ordered=True) for name in "abc")
    assert sorted(order(_batch(np.full((10, 3), 5), *fields))) == [0, 1, 2]
