"""Ways through noise keep its length."""

import numpy as np
import pytest

from genloop.engine.explain import arcs


def test_an_arc_begins_and_ends_where_it_should_and_stays_on_the_sphere():
    first, last = np.random.default_rng(0).standard_normal((2, 64)).astype(np.float32)
    last *= np.linalg.norm(first) / np.linalg.norm(last)
    way = arcs.between(first, last, 7)
    assert np.allclose(way[0], first, atol=1e-5) and np.allclose(way[-1], last, atol=1e-5)
    assert np.allclose(np.linalg.norm(way, axis=1), np.linalg.norm(first), rtol=1e-5)


def test_steps_of_an_arc_are_equal_angles():
    way = arcs.between(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 4)
    assert np.allclose(np.arctan2(way[:, 1], way[:, 0]), np.linspace(0, np.pi / 2, 4), atol=1e-6)


@pytest.mark.parametrize("last", [np.array([1.0, 0.0]), np.array([-1.0, 0.0])])
def test_where_there_is_no_single_arc_the_way_is_straight(last):
    assert np.allclose(arcs.between(np.array([1.0, 0.0]), last, 3)[1], (np.array([1.0, 0.0]) + last) / 2)


def test_along_a_direction_only_that_part_is_set_and_the_length_stays():
    noise = np.random.default_rng(1).standard_normal((50, 32)).astype(np.float32)
    direction = np.eye(32)[3]
    moved = arcs.along(noise, direction, 2.0)
    assert np.allclose(moved @ direction, 2.0, atol=1e-5)
    assert np.allclose(np.linalg.norm(moved, axis=1), np.linalg.norm(noise, axis=1), rtol=1e-5)
    rest, before = np.delete(moved, 3, 1), np.delete(noise, 3, 1)
    cosine = (rest * before).sum(1) / np.linalg.norm(rest, axis=1) / np.linalg.norm(before, axis=1)
    assert np.allclose(cosine, 1, atol=1e-5)


def test_a_direction_never_takes_up_a_whole_row():
    noise = np.array([[0.1, 0.1]], np.float32)
    assert abs(float(arcs.along(noise, np.array([1.0, 0.0]), 5.0)[0, 0])) < np.linalg.norm(noise)
