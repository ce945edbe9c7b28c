"""A tree finds the split that an exhaustive search finds, and stops where nothing is significant."""

import numpy as np

from genloop.generators.trees.network import grow, leaves, sizes, starts


def _tree(parents, target, min_gain=2.0, min_leaf=5):
    rows = np.arange(target.size, dtype=np.int32)
    return grow(parents, target.reshape(-1, 1).astype(np.float32), rows, min_leaf=min_leaf, min_gain=min_gain)


def _best_split(parents, target, min_leaf):
    """Exhaustive search for the largest fall of the summed squares."""
    best = (-1.0, -1, -1)
    for f, codes in enumerate(parents):
        for t in np.unique(codes)[:-1]:
            left, right = target[codes <= t], target[codes > t]
            if min(left.size, right.size) >= min_leaf:
                gain = target.var() * target.size - left.var() * left.size - right.var() * right.size
                best = max(best, (gain, f, int(t)))
    return best


def test_the_first_split_is_the_best_of_all():
    rng = np.random.default_rng(3)
    parents = rng.integers(0, 40, (4, 500)).astype(np.uint16)
    target = (parents[2] > 17) * 1.0 + rng.normal(0, 0.3, 500)
    tree = _tree(parents, target)
    assert (tree.feature[0], tree.threshold[0]) == _best_split(parents, target, 5)[1:]


def test_noise_is_hardly_split_and_structure_is():
    rng = np.random.default_rng(4)
    parents = rng.integers(0, 2, (3, 4000)).astype(np.uint16)
    noise, exclusive_or = rng.normal(size=4000), (parents[0] ^ parents[1]) + 0.3 * parents[0] + rng.normal(0, 0.1, 4000)
    assert _tree(parents, noise, min_gain=20.0).feature.size == 1
    assert set(_tree(parents, exclusive_or, min_gain=20.0).feature) == {0, 1, -1}


def test_every_leaf_keeps_the_least_number_of_rows():
    rng = np.random.default_rng(5)
    parents = rng.integers(0, 900, (3, 700)).astype(np.uint16)
    tree = _tree(parents, parents[0] * 1.0, min_gain=0.0, min_leaf=9)
    leaf = leaves(parents, tree.feature, tree.threshold, tree.left)
    assert np.bincount(leaf)[np.unique(leaf)].min() >= 9


def test_sizes_and_starts_describe_nested_slices():
    rng = np.random.default_rng(6)
    parents = rng.integers(0, 50, (2, 400)).astype(np.uint16)
    tree = _tree(parents, parents[1] + rng.normal(size=400))
    leaf = leaves(parents, tree.feature, tree.threshold, tree.left)
    size = sizes(leaf, tree.feature, tree.left)
    first = starts(size, tree.feature, tree.left)
    assert size[0] == 400 and first[0] == 0
    for v in np.flatnonzero(tree.feature >= 0):
        one, other = tree.left[v], tree.left[v] + 1
        assert size[one] + size[other] == size[v]
        assert first[one] == first[v] and first[other] == first[v] + size[one]


def test_a_fine_parent_is_cut_finer_by_deeper_nodes():
    codes = np.arange(2000, dtype=np.uint16)[None, :]
    tree = _tree(codes, (codes[0] >= 1003) * 1.0, min_gain=2.0)
    leaf = leaves(codes, tree.feature, tree.threshold, tree.left)
    assert leaf[1002] != leaf[1003]
