"""Choosing by a density ratio turns the candidates' distribution into the wanted one."""

import numpy as np

from genloop.optimisation.refine import choose


def _candidates(rng):
    return lambda count: rng.integers(0, 4, (count, 1)).astype(np.uint16)


def test_the_chosen_rows_follow_the_ratio():
    rng = np.random.default_rng(0)
    wanted = np.array([0.1, 0.2, 0.3, 0.4])
    made = choose.refine(_candidates(rng), lambda codes: np.log(wanted[codes[:, 0]] * 4), 20_000, rng)
    assert len(made) == 20_000
    np.testing.assert_allclose(np.bincount(made[:, 0]) / 20_000, wanted, atol=0.015)


def test_equal_ratios_change_nothing_and_the_count_is_exact():
    rng = np.random.default_rng(1)
    for rows in (0, 1, 777):
        assert len(choose.refine(_candidates(rng), lambda codes: np.zeros(len(codes)), rows, rng)) == rows


def test_the_level_keeps_one_candidate_in_two():
    ratio = np.exp(np.random.default_rng(2).normal(size=10_000))
    assert abs(np.minimum(1.0, ratio / choose.level(ratio, 2.0)).mean() - 0.5) < 1e-3


def test_a_wild_ratio_does_not_starve_the_choice():
    rng = np.random.default_rng(3)
    made = choose.refine(_candidates(rng), lambda codes: np.where(codes[:, 0] == 0, -500.0, 500.0), 300, rng)
    assert len(made) == 300 and (made[:, 0] == 0).mean() < 0.02
