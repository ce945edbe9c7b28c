import numpy as np

from genloop.nn import resample


def test_a_pooled_choice_takes_each_candidate_as_often_as_it_weighs_give_or_take_one():
    weight = np.array([0.0, 1.0, 2.0, 5.0])
    counts = np.bincount(resample.choose(weight, 80, np.random.default_rng(0), pooled=True), minlength=4)
    assert np.abs(counts - 80 * weight / weight.sum()).max() <= 1
    assert counts[0] == 0


def test_a_choice_apiece_stays_among_the_row_s_own_and_follows_their_weights():
    weight = np.tile([1.0, 3.0, 0.0], 4000)
    chosen = resample.choose(weight, 4000, np.random.default_rng(1), pooled=False)
    assert np.array_equal(chosen // 3, np.arange(4000))
    assert abs((chosen % 3 == 1).mean() - 0.75) < 0.03
    assert not (chosen % 3 == 2).any()
