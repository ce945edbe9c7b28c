import numpy as np
import pytest
import torch

from genloop.core.protocols import UNKNOWN, Batch, Field
from genloop.nn.condition import Condition, Given, level, round_pixels, scale

pytestmark = pytest.mark.neural

FIELDS = (Field("class", 3, False), Field("price", 500, True, True))


def batch(rows=4):
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, 3, rows), rng.integers(0, 500, rows)], 1).astype(np.uint16)
    vectors = rng.normal(size=(rows, 8)).astype(np.float32)
    return Batch(codes, FIELDS, vectors=vectors, pictures=rng.integers(0, 256, (rows, 16, 16, 3)).astype(np.uint8))


def test_each_part_of_a_condition_moves_it():
    torch.manual_seed(0)
    whole = batch()
    condition = Condition(whole, 6)
    base = condition(Given.of(whole))
    assert base.shape == (4, 6)
    others = (
        Batch(
            ((whole.codes + np.array([1, 0])) % np.array([3, 500])).astype(np.uint16),
            FIELDS,
            None,
            whole.vectors,
            whole.pictures,
        ),
        Batch((whole.codes // np.array([1, 2])).astype(np.uint16), FIELDS, None, whole.vectors, whole.pictures),
        Batch(whole.codes, FIELDS, None, whole.vectors[::-1].copy(), whole.pictures),
        Batch(whole.codes, FIELDS, None, whole.vectors, 255 - whole.pictures),
    )
    for other in others:
        assert not torch.allclose(condition(Given.of(other)), base)


def test_a_row_left_out_gets_the_vector_of_nothing_given():
    whole = batch()
    condition = Condition(whole, 6)
    with torch.no_grad():
        condition.nothing.fill_(2.0)
    out = condition(Given.of(whole), torch.tensor([True, False, True, False]))
    assert torch.equal(out[1], torch.full((6,), 2.0))
    assert not torch.allclose(out[0], out[1])


def test_with_nothing_to_give_every_row_gets_that_vector():
    condition = Condition(Batch(np.zeros((3, 0), np.uint16), ()), 5)
    assert condition.empty
    assert torch.equal(condition(Given.of(Batch(np.zeros((3, 0), np.uint16), ()))), torch.zeros(3, 5))


def test_pixels_survive_scaling_and_rounding():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    assert np.array_equal(round_pixels(scale(pixels)), pixels)
    assert scale(pixels).min() == -1
    assert scale(pixels).max() == 1


def test_a_batch_is_taken_row_by_row():
    whole = batch()
    part = whole.take(np.array([2, 0]))
    assert np.array_equal(part.codes, whole.codes[[2, 0]])
    assert np.array_equal(part.pictures, whole.pictures[[2, 0]])
    assert part.pixels is None
    assert len(part) == 2


def test_a_row_given_nothing_differs_from_one_given_a_part():
    whole = batch()
    condition = Condition(whole, 6)
    with torch.no_grad():
        condition.nothing.fill_(3.0)
    codes = np.full((4, 2), UNKNOWN, np.uint16)
    codes[1, 0] = 2
    bare = Batch(codes, FIELDS, vectors=np.zeros((4, 8), np.float32))
    out = condition(Given.of(bare))
    assert torch.equal(out[0], torch.full((6,), 3.0))
    assert torch.equal(out[1], condition.tokens[0](torch.tensor(2)))


def test_dropping_leaves_out_whole_rows_and_single_parts():
    rows = 4000
    given = Given.of(batch(rows)).drop(0.25, torch.Generator().manual_seed(0))
    gone = given.codes < 0
    nothing = gone.all(1) & (given.vectors == 0).all(1) & (given.pictures == 0).flatten(1).all(1)
    assert abs(nothing.float().mean() - (0.25 + 0.75 * 0.25**4)) < 0.03
    assert abs(gone.float().mean() - (1 - 0.75**2)) < 0.03


def test_a_sentence_counts_by_its_direction_not_its_length():
    whole = batch()
    torch.manual_seed(0)
    condition = Condition(Batch(np.zeros((4, 0), np.uint16), (), vectors=whole.vectors), 6)
    quiet = Batch(np.zeros((4, 0), np.uint16), (), vectors=whole.vectors / 4)
    loud = Batch(np.zeros((4, 0), np.uint16), (), vectors=whole.vectors)
    torch.testing.assert_close(condition(Given.of(quiet)), condition(Given.of(loud)), rtol=1e-2, atol=1e-2)
    spread = level(torch.from_numpy(whole.vectors / 4)).square().mean(1)
    torch.testing.assert_close(spread, torch.ones(4), rtol=1e-2, atol=1e-2)
