"""Limits refuse a stated share of real texts, and p-values are spread evenly over them."""

import numpy as np
import pytest

from genloop.judges.drafts import levels


def test_no_more_than_the_stated_share_of_real_texts_is_refused() -> None:
    rng = np.random.default_rng(0)
    real = {name: rng.standard_normal(2_000) for name in ("one", "two", "three")}
    found = levels.Levels.of(real)
    fresh = {name: rng.standard_normal(20_000) for name in real}
    beyond = np.any([[found.beyond(name, value) for value in fresh[name]] for name in real], axis=0)
    assert 0.8 * levels.REFUSED < found.refused <= levels.REFUSED
    assert beyond.mean() == pytest.approx(levels.REFUSED, abs=0.012)


@pytest.mark.parametrize(("broken", "limit", "refused"), [(20, 0.0, 0.025), (40, 5.0, 0.02)])
def test_broken_ends_are_refused_where_few_real_texts_have_them(broken: int, limit: float, refused: float) -> None:
    ends = np.where(np.arange(1_000) < broken, 5.0, 0.0)
    found = levels.Levels.of({"cuts": ends, "one": np.arange(1_000.0)})
    assert found.limits["cuts"] == limit
    assert found.refused == pytest.approx(refused, abs=0.0011)


def test_p_values_of_real_texts_are_even() -> None:
    rng = np.random.default_rng(1)
    found = levels.Levels.of({"one": rng.standard_normal(999)})
    values = [found.p_value("one", value) for value in rng.standard_normal(4_000)]
    assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.04)
    assert found.p_value("one", 99.0) == pytest.approx(0.001)


def test_few_texts_leave_the_limits_that_stand_by_themselves() -> None:
    found = levels.Levels.of({"circles": np.array([2.0]), "fluency": np.array([3.0])})
    assert found.limits == {"circles": levels.FEW["circles"], "fluency": np.inf}
