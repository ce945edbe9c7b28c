import numpy as np
import pytest
import torch

from genloop.nn import features

pytestmark = pytest.mark.neural

SHORT = features.Lesson(least=30, most=30)


def halves(rows, seed=0, shape=(12, 10, 1)):
    """Pictures whose upper or lower half is bright."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    pixels = rng.integers(0, 90, (rows, *shape))
    pixels[labels == 1, : shape[0] // 2] += 150
    pixels[labels == 0, shape[0] // 2 :] += 150
    return pixels.astype(np.uint8), labels.astype(np.int64)


def test_classes_are_learnt_and_unknown_labels_passed_over():
    pixels, labels = halves(300)
    labels[::3] = -1
    seer = features.train(pixels, labels, np.random.default_rng(0), SHORT)
    fresh, truth = halves(100, seed=1)
    vectors, odds = features.encode(seer, fresh)
    assert (odds.argmax(axis=1) == truth).mean() > 0.95
    assert vectors.shape == (100, 128)
    assert vectors.min() >= 0


def test_without_labels_vectors_still_tell_contents_and_faults_apart():
    pixels, _ = halves(300)
    seer = features.train(pixels, None, np.random.default_rng(0), SHORT)
    fresh, truth = halves(200, seed=1)
    vectors, odds = features.encode(seer, fresh)
    assert odds.shape == (200, 0)
    middle = [vectors[truth == side].mean(axis=0) for side in (0, 1)]
    nearer = np.linalg.norm(vectors - middle[0], axis=1) < np.linalg.norm(vectors - middle[1], axis=1)
    assert (nearer == (truth == 0)).mean() > 0.9
    noisy = np.clip(fresh + np.random.default_rng(2).normal(0, 60, fresh.shape), 0, 255).astype(np.uint8)
    moved = np.linalg.norm(features.encode(seer, noisy)[0].mean(axis=0) - vectors.mean(axis=0))
    halfway = np.linalg.norm(vectors[::2].mean(axis=0) - vectors[1::2].mean(axis=0))
    assert moved > 3 * halfway


def test_one_seed_gives_one_network_and_leaves_the_global_one_alone():
    pixels, labels = halves(40)
    before = torch.random.get_rng_state()
    first, again = (features.train(pixels, labels, np.random.default_rng(5), SHORT) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 4), (33, 64, 3)])
def test_pictures_of_any_shape_have_vectors(shape):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, *shape)).astype(np.uint8)
    pixels.flags.writeable = False
    for labels in (np.arange(12, dtype=np.int64) % 2, np.full(12, -1, np.int64), None):
        seer = features.train(pixels, labels, rng, features.Lesson(least=3, most=3), classes=2)
        vectors, odds = features.encode(seer, pixels)
        assert np.isfinite(vectors).all()
        assert odds.shape == (12, 2)
