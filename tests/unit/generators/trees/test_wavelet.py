"""The token code halves the mass and keeps the order; the wavelet tree counts as a plain count does."""

import numpy as np
import pytest

from genloop.generators.trees.wavelet import fano, offsets, zeros


def _steps(code, token):
    return [(step >> 1, step & 1) for step in code.path[token] if step >= 0]


def test_equal_masses_get_the_balanced_code():
    code = fano(np.ones(8))
    assert [len(_steps(code, k)) for k in range(8)] == [3] * 8
    assert [[bit for _, bit in _steps(code, k)] for k in (0, 5, 7)] == [[0, 0, 0], [1, 0, 1], [1, 1, 1]]


def test_a_heavy_token_is_told_by_the_first_digit():
    code = fano(np.array([1.0, 1.0, 90.0, 1.0, 1.0]))
    assert len(_steps(code, 2)) == 2 and max(len(_steps(code, k)) for k in range(5)) <= 4


def test_walking_the_children_along_a_path_ends_at_the_token():
    code = fano(np.random.default_rng(0).random(37))
    for token in range(37):
        node = 0
        for u, bit in _steps(code, token):
            assert u == node
            node = code.child[u, bit]
        assert ~node == token


def test_a_code_of_one_token_has_no_digit():
    assert fano(np.array([3.0])).child.shape == (0, 2)


@pytest.mark.parametrize("ordered_mass", [np.ones(5), np.array([50.0, 1.0, 1.0, 20.0, 3.0])])
def test_the_mean_code_length_is_within_two_digits_of_the_entropy(ordered_mass):
    share = ordered_mass / ordered_mass.sum()
    mean = sum(p * len(_steps(fano(ordered_mass), k)) for k, p in enumerate(share))
    assert mean <= -(share * np.log2(share)).sum() + 2


def test_zeros_count_the_rows_of_any_slice_that_go_left():
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, 9, 300).astype(np.uint16)
    code = fano(np.bincount(tokens))
    offset = offsets(tokens, code)
    counts = zeros(tokens, code.path, offset)
    for u in range(code.child.shape[0]):
        bits = [dict(_steps(code, k)).get(u) for k in tokens]
        reached = [bit for bit in bits if bit is not None]
        expected = np.concatenate([[0], np.cumsum([bit == 0 for bit in reached])])
        np.testing.assert_array_equal(counts[offset[u] : offset[u + 1]], expected)
