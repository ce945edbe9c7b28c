"""Intervals against closed forms and simulation."""

import numpy as np
import pytest
from scipy import stats

from genloop.judges import interval


def test_the_area_of_two_known_gaussians_is_the_closed_form():
    rng = np.random.default_rng(0)
    found = interval.area(rng.normal(1, 1, 4000), rng.normal(0, 1, 4000))
    assert found.value == pytest.approx(stats.norm.cdf(1 / np.sqrt(2)), abs=3 * found.error)
    assert found.error == pytest.approx(0.0055, rel=0.2)


def test_ties_count_a_half():
    assert interval.area(np.array([1.0, 1.0]), np.array([1.0, 0.0])).value == 0.75
    assert interval.area(np.ones(5), np.ones(3)).value == 0.5


def test_the_area_without_rows_of_one_side_is_a_coin_toss():
    assert interval.area(np.zeros(0), np.ones(3)).value == 0.5


def test_the_error_of_an_area_is_its_scatter_over_repetitions():
    rng = np.random.default_rng(1)
    areas = [interval.area(rng.normal(0.5, 1, 80), rng.normal(0, 1, 120)) for _ in range(400)]
    assert np.mean([area.error for area in areas]) == pytest.approx(np.std([area.value for area in areas]), rel=0.15)


def test_the_error_of_a_gap_is_its_scatter_over_repetitions():
    rng = np.random.default_rng(4)

    def once() -> tuple[float, float]:
        made = rng.normal(0.3, 1, (3, 60))
        folds = [[interval.area(row, rng.normal(0, 1, 60)) for row in made] for _ in range(2)]
        return interval.gap(*folds)

    found = np.array([once() for _ in range(400)])
    assert found[:, 0].mean() == pytest.approx(0, abs=0.006)
    assert found[:, 0].std() <= found[:, 1].mean() <= 1.5 * found[:, 0].std()


def test_the_gap_of_equal_areas_of_one_fold_rests_on_the_negatives_alone():
    rng = np.random.default_rng(5)
    one = interval.area(rng.normal(size=50), rng.normal(size=40))
    value, error = interval.gap([one], [one])
    assert value == 0
    assert error == pytest.approx(np.sqrt(2 * one.negatives.var(ddof=1) / 40))
    assert interval.mean([one]) == (one.value, pytest.approx(one.error))


def test_a_share_has_the_wilson_interval():
    low, high = interval.share(8.0, 10)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert interval.share(0.0, 10)[0] == 0
    assert interval.share(10.0, 10)[1] == 1
    assert interval.share(0.0, 0) == (0, 1)


@pytest.mark.parametrize("truth", [0.5, 1.0, 3.0])
def test_a_ratio_of_rare_rates_is_covered_at_least_as_often_as_stated(truth):
    rng = np.random.default_rng(2)
    pairs = zip(rng.poisson(8 * truth, 600), rng.poisson(4, 600), strict=True)
    covered = 0
    for ours, theirs in pairs:
        low, high = interval.ratio(float(ours), 2000.0, float(theirs), 1000.0, most=2000.0)
        covered += low <= truth <= high
    assert covered / 600 >= 0.94


def test_no_copies_anywhere_say_nothing_about_their_ratio():
    assert interval.ratio(0.0, 100.0, 0.0, 100.0, most=50.0) == (0, 50)


def test_many_copies_against_none_are_surely_above_one():
    low, high = interval.ratio(40.0, 100.0, 0.0, 100.0, most=200.0)
    assert low > 1
    assert high == 200


def test_rows_that_come_in_clusters_vary_as_their_clusters():
    assert interval.clustered(np.arange(10)) == 1
    assert interval.clustered(np.array([1, 1, 1, 1])) == 4
    assert interval.clustered(np.zeros(0, np.int64)) == 1


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(3).normal(size=200)
    without = (values.sum() - values) / 199
    assert interval.jackknife(without) == pytest.approx(values.std(ddof=1) / np.sqrt(200))
    assert interval.jackknife(np.zeros(1)) == 0


def test_more_looks_make_wider_intervals():
    assert interval.z_score() == pytest.approx(1.96, abs=0.001)
    assert interval.z_score(among=5) == pytest.approx(2.576, abs=0.001)


def test_blocks_part_rows_evenly():
    assert np.bincount(interval.blocks(45, np.random.default_rng(0))).tolist() == [3] * 5 + [2] * 15
    assert np.bincount(interval.blocks(3, np.random.default_rng(0))).tolist() == [1, 1, 1]


def test_an_interval_stays_in_its_bounds():
    assert interval.around(0.99, 0.1, (0.0, 1.0)) == (pytest.approx(0.794, abs=1e-4), 1.0)
