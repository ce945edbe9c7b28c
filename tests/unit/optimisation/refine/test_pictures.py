"""Candidates are kept in proportion to the critic's ratio, row by row."""

import numpy as np

from genloop.optimisation.refine import pictures


def test_one_candidate_is_no_choice():
    drawn = np.arange(8, dtype=np.uint8).reshape(8, 1, 1, 1)
    assert pictures.refine(lambda: drawn, lambda pixels: 1 / 0, 1, np.random.default_rng(0)).pixels is drawn


def test_each_row_keeps_a_candidate_of_its_own():
    rng = np.random.default_rng(0)

    def draw():
        return (
            np.broadcast_to(10 * np.arange(20) + rng.integers(0, 5, 20), (1, 20))
            .T.reshape(20, 1, 1, 1)
            .astype(np.uint8)
        )

    found = pictures.refine(draw, lambda p: p[:, 0, 0, 0].astype(np.float32) % 10, 6, rng)
    assert np.array_equal(found.pixels[:, 0, 0, 0] // 10, np.arange(20))
    assert np.array_equal(found.pixels[:, 0, 0, 0] % 10, found.after)
    assert np.array_equal(found.first[:, 0, 0, 0] % 10, found.before)
    assert np.array_equal(found.place == 0, (found.pixels == found.first).all(axis=(1, 2, 3)) & (found.place == 0))


def test_what_the_critic_prefers_comes_out_more_often_but_not_alone():
    rng = np.random.default_rng(1)
    answers = rng.normal(size=(4, 20_000))
    place = pictures.choose(answers, rng)
    kept = answers[place, np.arange(20_000)]
    assert 0.4 < kept.mean() < 1.03  # the mean of the best of four is 1.03
    assert (kept < 0).mean() > 0.02


def test_answers_that_are_all_alike_choose_nothing():
    place = pictures.choose(np.zeros((3, 3_000)), np.random.default_rng(2))
    assert np.array_equal(np.unique(place), [0, 1, 2])
