import numpy as np
import pytest

from genloop.core.errors import DataError
from genloop.judges.pictures import curve

pytestmark = pytest.mark.neural


@pytest.mark.parametrize("named", [True, False])
def test_the_curve_ranks_real_above_faulty_pictures(bars, named):
    pixels, labels = bars(400)
    judge = curve.measure(pixels, labels if named else None, seed=1)
    real = bars(300, seed=5)[0]
    noisy = np.clip(real + np.random.default_rng(0).normal(0, 30, real.shape), 0, 255).astype(np.uint8)
    one_sided = bars(300, seed=6, share=1.0)[0]
    found = [judge(part) for part in (real, noisy, one_sided, np.zeros_like(real))]
    assert found[0] < min(found[1:]) / 3
    assert max(found[:3]) < found[3]


def test_the_same_seed_gives_the_same_curve(bars):
    pixels, labels = bars(60)
    made = bars(40, seed=2)[0]
    assert curve.measure(pixels, labels, seed=3)(made) == curve.measure(pixels, labels, seed=3)(made)


def test_too_few_pictures_are_refused(bars):
    with pytest.raises(DataError, match="at least 4 of them, found 3"):
        curve.measure(bars(3)[0])


def test_classes_are_numbered_by_frequency_and_rare_or_unknown_ones_left_out():
    labels = np.array(["b", "a", "a", None, "b", "a", "once"], object)
    assert curve.number(labels).tolist() == [1, 0, 0, -1, 1, 0, -1]
    assert curve.number(np.array([3, -1, 3, 4, 4, 4])).tolist() == [1, -1, 1, 0, 0, 0]
    assert curve.number(np.array([1.0, np.nan, 1.0])) is None
