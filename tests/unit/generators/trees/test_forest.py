"""A forest's chances add up, agree with its draws, follow the data and remember no more than is proven."""

import numpy as np
import pytest

from genloop.core.protocols import Field
from genloop.generators.trees import forest, loss
from genloop.generators.trees.config import Config

ROWS = 6000
FIELDS = (Field("group", 4, False), Field("level", 60, True), Field("answer", 30, True))


@pytest.fixture(scope="module")
def codes():
    rng = np.random.default_rng(0)
    group = rng.choice(4, ROWS, p=[0.4, 0.3, 0.2, 0.1])
    level = rng.integers(0, 60, ROWS)
    answer = np.clip(5 * group + level // 10 + rng.integers(0, 4, ROWS), 0, 29)
    return np.stack([group, level, answer]).astype(np.uint16)


@pytest.fixture(scope="module")
def model(codes):
    return forest.fit(codes, 2, FIELDS, (0, 1), config=Config(), seed=np.random.SeedSequence(1))


def test_the_spread_over_tokens_adds_up_to_one_and_holds_the_chance(model, codes):
    spread = forest.spread(model, codes[:, :50], np.random.default_rng(2))
    chance = forest.chance(model, codes[:, :50], codes[2, :50], np.random.default_rng(2))
    np.testing.assert_allclose(spread.sum(axis=1), 1.0)
    np.testing.assert_allclose(spread[np.arange(50), codes[2, :50]], chance)


def test_draws_come_as_often_as_the_chances_say(model):
    given = np.zeros((3, 40_000), np.uint16)
    given[0], given[1] = 2, 35
    drawn = np.bincount(forest.draw(model, given, np.random.default_rng(3)), minlength=30) / 40_000
    told = forest.spread(model, given[:, :2000], np.random.default_rng(4)).mean(axis=0)
    assert np.abs(drawn - told).sum() < 0.03


def test_the_conditional_is_that_of_the_data(model):
    given = np.zeros((3, 20_000), np.uint16)
    given[0], given[1] = 1, 25
    drawn = np.bincount(forest.draw(model, given, np.random.default_rng(5)), minlength=30) / 20_000
    exact = np.zeros(30)
    exact[7:11] = 0.25
    assert 0.5 * np.abs(drawn - exact).sum() < 0.12


def test_draws_are_spread_evenly_over_the_rows_of_a_leaf(model):
    given = np.zeros((3, 3000), np.uint16)
    given[0], given[1] = 1, 25
    counts = [np.bincount(forest.draw(model, given, np.random.default_rng(s)), minlength=30)[8] for s in range(30)]
    share = np.mean(counts) / 3000
    assert np.var(counts) < 0.5 * 3000 * share * (1 - share)


def test_one_seed_gives_one_forest(codes, model):
    again = forest.fit(codes, 2, FIELDS, (0, 1), config=Config(), seed=np.random.SeedSequence(1))
    for one, other in zip(model.trees, again.trees, strict=True):
        np.testing.assert_array_equal(one.tokens, other.tokens)


def test_every_leaf_stands_for_five_rows_at_least(model):
    for part in model.trees:
        assert part.size[part.tree.feature < 0].min() >= 5


def test_a_leaf_keeps_no_order_of_rows(model):
    for part in model.trees:
        inner = part.tree.feature >= 0
        at = forest.starts(part.size, part.tree.feature, part.tree.left)
        for first, size in zip(at[~inner], part.size[~inner], strict=True):
            own = part.tokens[first : first + size]
            assert (np.diff(own.astype(int)) >= 0).all()


def test_what_is_independent_is_left_to_the_largest_slice():
    rng = np.random.default_rng(6)
    codes = np.stack([rng.integers(0, 4, ROWS), rng.integers(0, 60, ROWS), rng.integers(0, 30, ROWS)]).astype(np.uint16)
    model = forest.fit(codes, 2, FIELDS, (0, 1), config=Config(), seed=np.random.SeedSequence(1))
    assert np.median(model.strength) >= 256.0


def test_strengths_follow_the_likelihood_level_by_level():
    chances = np.full((400, 2, loss.GRID.size), 0.5)
    chances[:, 0, 2] = chances[:, 1, 6] = 0.9
    assert list(loss.strengths(chances, np.full(400, 2))) == [2, 6]


def test_a_level_that_few_rows_reach_takes_the_choice_above_it():
    chances = np.full((400, 2, loss.GRID.size), 0.5)
    chances[:, 0, 3] = 0.9
    assert list(loss.strengths(chances, np.where(np.arange(400) < 10, 2, 1))) == [3, 3]


def test_random_features_are_standardised_and_see_a_change_of_spread():
    rng = np.random.default_rng(7)
    tokens = rng.integers(0, 100, 5000).astype(np.uint16)
    found = loss.features(tokens, 100, True, 6, rng)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(found.std(axis=0), 1.0, atol=1e-3)
    wide = (tokens < 25) | (tokens >= 75)
    differs = np.abs(found[wide].mean(axis=0) - found[~wide].mean(axis=0))
    assert differs[0] < 0.1 and differs[1:].max() > 0.2
