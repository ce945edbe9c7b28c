import numpy as np
import pytest
from scipy import optimize, sparse

from genloop.judges.texts import contrast, grams, linear


def test_the_classifier_finds_the_largest_margin():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 5))
    labels = (values @ [1, -2, 0, 0, 0.5] + 0.3 > 0).astype(float)
    weights = linear.fit(sparse.csr_matrix(values), labels)
    assert ((linear.predict(sparse.csr_matrix(values), weights) > 0) == labels).mean() > 0.97


def test_the_loss_comes_near_to_its_minimum():
    rng = np.random.default_rng(1)
    values, labels = rng.normal(size=(80, 4)) / 2, rng.integers(0, 2, 80).astype(float)
    signs, whole = 2 * labels - 1, np.hstack([values, np.ones((80, 1))])
    share = np.where(labels == 1, 40 / labels.sum(), 40 / (80 - labels.sum()))

    def loss(weights):
        return weights @ weights / 2 + share @ np.maximum(1 - signs * (whole @ weights), 0) ** 2

    assert loss(linear.fit(sparse.csr_matrix(values), labels)) < 1.01 * optimize.minimize(loss, np.zeros(5)).fun


def test_runs_of_characters_are_counted_and_named():
    texts = ["早餐很好", "早餐", "x"]
    counts = grams.count(texts, "zh")
    assert np.asarray(counts.sum(axis=1)).ravel().tolist() == [4 + 3 + 2, 2 + 1, 1]
    bucket = int(set(counts[1].indices).intersection(counts[0].indices).pop())
    assert grams.name([bucket], texts, "zh")[0] in {"早", "餐", "早餐"}


def test_weighed_rows_have_length_one_and_rare_runs_are_gone():
    counts = grams.count(["abcd", "abce", "zzzz"], "en")
    values = grams.Rarity.of(counts).weigh(counts)
    assert np.sqrt(np.asarray(values.multiply(values).sum(axis=1))).ravel().tolist() == pytest.approx([1, 1, 0])


def test_equal_texts_are_not_told_apart_and_no_area_without_sides():
    same = contrast.tell(["a b c", "d e f"] * 30, ["a b c", "d e f"] * 30, "en")
    assert same.area == 0.5
    assert contrast.tell(["only"] * 5, ["this"] * 5, "en").rows == 5


def test_a_run_that_few_real_texts_hold_is_not_named():
    made = [f"secret{n % 3}7 told {n}" for n in range(60)]
    real = [f"plain words here {n}" for n in range(58)] + ["secret07 once", "secret17 once"]
    told = contrast.tell(made, real, "en")
    runs = [entry["run"] for entry in contrast.explain(told, made, real, "en", 5)]
    assert runs
    assert not any("secr" in run for run in runs)
