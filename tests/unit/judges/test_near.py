"""Nearest rows against an independent implementation."""

import numpy as np
from scipy.spatial.distance import cdist

from genloop.core.schema import Column
from genloop.judges import near
from genloop.judges.view import Axis

_AXES = (Axis(Column("x", "number")), Axis(Column("y", "number")), Axis(Column("c", "category"), ("a", "b", "c")))


def _matrix(rows, seed):
    rng = np.random.default_rng(seed)
    matrix = np.stack([rng.normal(size=rows), rng.integers(0, 5, rows), rng.integers(0, 3, rows)], axis=1)
    matrix[rng.random((rows, 3)) < 0.1] = np.nan
    return matrix


def _apart(first, second):
    """Distances per column, by scipy, from the points' meaning."""
    parts = []
    for column in range(2):
        real = _matrix(500, 0)[:, column]
        known = np.sort(real[~np.isnan(real)])
        ranks = [
            np.array(
                [np.nan if np.isnan(v) else (np.sum(known < v) + np.sum(known <= v)) / 2 / len(known) for v in part]
            )
            for part in (first[:, column], second[:, column])
        ]
        gap = cdist(np.nan_to_num(ranks[0])[:, None], np.nan_to_num(ranks[1])[:, None], "cityblock")
        lost = [np.isnan(part) for part in ranks]
        gap = np.where(lost[0][:, None] != lost[1][None], 1.0, gap)
        parts.append(np.where(lost[0][:, None] & lost[1][None], 0.0, gap))
    codes = [np.nan_to_num(part[:, 2], nan=-1)[:, None] for part in (first, second)]
    parts.append(cdist(codes[0], codes[1], "hamming"))
    return np.stack(parts)


def test_distances_agree_with_an_independent_implementation():
    real, asked = _matrix(500, 0), _matrix(80, 1)
    found = near.find(near.place(_AXES, real, asked), near.place(_AXES, real, real))
    np.testing.assert_allclose(found.distance, _apart(asked, real).sum(axis=0).min(axis=1), atol=1e-5)


def test_guesses_come_from_a_row_nearest_on_the_other_columns():
    real, asked = _matrix(500, 0), _matrix(80, 1)
    found = near.find(near.place(_AXES, real, asked), near.place(_AXES, real, real), others=True)
    parts = _apart(asked, real)
    for column in range(3):
        left = parts.sum(axis=0) - parts[column]
        chosen = left[np.arange(80), found.others[:, column]]
        np.testing.assert_allclose(chosen, left.min(axis=1), atol=1e-5)


def test_more_rows_than_one_tile_are_all_searched():
    axes = (Axis(Column("x", "number")),)
    base = np.arange(5000.0)[:, None]
    found = near.find(near.place(axes, base, np.array([[4999.0]])), near.place(axes, base, base))
    assert found.distance.tolist() == [0]


def test_a_row_is_at_distance_zero_from_itself_missing_cells_included():
    real = _matrix(300, 0)
    points = near.place(_AXES, real, real)
    assert near.find(points, points).distance.max() == 0
