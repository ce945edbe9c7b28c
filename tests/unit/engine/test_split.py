"""Which rows teach and which are held out follows from row numbers and a seed alone."""

import numpy as np
import pytest

from genloop.core.errors import ConfigError
from genloop.engine import split as splits
from genloop.engine.split import Split


@pytest.mark.parametrize(
    ("rows", "share", "held"), [(10, 0.1, 1), (1000, 0.1, 100), (1000, 0.0, 0), (150_000, 0.1, 10_000), (7, 0.05, 0)]
)
def test_exactly_the_stated_rows_are_held_out_and_all_others_teach(rows, share, held):
    split = splits.fit(rows, seed=3, share=share)
    holdout, train = split.holdout(0, rows), split.train(0, rows)
    assert holdout.sum() == held == split.holdout_rows
    assert np.array_equal(train, ~holdout) and train.sum() == split.train_rows


def test_reading_in_pieces_gives_the_same_rows_as_reading_at_once():
    split = splits.fit(5000, seed=1, share=0.2)
    pieces = np.concatenate([split.holdout(at, 700) for at in range(0, 4900, 700)])
    assert np.array_equal(pieces, split.holdout(0, 4900))


def test_another_seed_holds_out_other_rows_and_the_same_seed_the_same_ones():
    one, again, other = (splits.fit(2000, seed=seed, share=0.5).holdout(0, 2000) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert 350 < (one & other).sum() < 650


def test_the_held_out_rows_are_spread_evenly_over_the_table():
    held = splits.fit(20_000, seed=0, share=0.5).holdout(0, 20_000)
    tenths = held.reshape(10, -1).mean(axis=1)
    assert abs(tenths - 0.5).max() < 0.05 and abs(held[::2].mean() - 0.5) < 0.02


def test_a_bound_on_training_rows_leaves_the_rest_alone():
    split = splits.fit(1000, seed=5, share=0.1, max_train_rows=300)
    assert split.train(0, 1000).sum() == 300 and not (split.train(0, 1000) & split.holdout(0, 1000)).any()
    fewer = split.first(50)
    assert fewer.train(0, 1000).sum() == 50 and not (fewer.train(0, 1000) & ~split.train(0, 1000)).any()
    assert np.array_equal(fewer.holdout(0, 1000), split.holdout(0, 1000)) and split.first(400) is split


def test_a_split_survives_json():
    split = splits.fit(1000, seed=2**40, share=0.1)
    assert Split(**split.to_dict()) == split


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_out_of_range_is_refused_with_its_flag(share):
    with pytest.raises(ConfigError, match="--holdout is a share"):
        splits.fit(100, seed=0, share=share)
