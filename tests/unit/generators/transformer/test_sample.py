"""Drawing rows from exact conditionals of a small joint table: what comes must follow the joint, without any torch."""

from dataclasses import dataclass

import numpy as np
import pytest

from genloop.core.protocols import Field
from genloop.generators.transformer.config import Config, Shape
from genloop.generators.transformer.sample import CONSTRAINED_ROWS, ROWS, draw

SIZES = (3, 4, 2)


@dataclass
class Exact:
    """The conditionals of a joint probability table, by summation."""

    joint: np.ndarray

    @property
    def shape(self) -> Shape:
        fields = tuple(Field(f"f{i}", size, ordered=False) for i, size in enumerate(self.joint.shape))
        return Shape.of(fields, (2, 0, 1), Config())

    def draw(self, field, codes, known, chance, share):  # type: ignore[no-untyped-def]
        tokens, masses = np.empty(len(codes), np.int64), np.empty(len(codes))
        kinds, which = np.unique(np.where(known, codes, -1), axis=0, return_inverse=True)
        for kind, values in enumerate(kinds):
            part = self.joint[tuple(slice(v, v + 1) if v >= 0 else slice(None) for v in values)]
            mass = part.sum(tuple(i for i in range(part.ndim) if i != field))
            mass = mass / mass.sum() * (1 if share is None else share)
            rows = np.flatnonzero(which.reshape(-1) == kind)
            masses[rows] = mass.sum()
            tokens[rows] = np.searchsorted(np.cumsum(mass), chance[0, rows] * mass.sum(), "right")
        return tokens, masses


@pytest.fixture
def exact() -> Exact:
    """A joint of three dependent fields."""
    joint = np.random.default_rng(0).dirichlet(np.full(24, 0.4)).reshape(SIZES)
    return Exact(joint)


def _shares(made: np.ndarray) -> np.ndarray:
    counts = np.zeros(SIZES)
    np.add.at(counts, tuple(made.astype(int).T), 1)
    return counts / len(made)


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).sum() / 2)


def test_free_draws_follow_the_joint(exact: Exact) -> None:
    made = draw(exact, 6000, np.random.default_rng(1))
    assert made.dtype == np.uint16
    assert _distance(_shares(made), exact.joint) < 0.03


def test_shares_of_all_fields_give_the_joint_weighted_by_them_all(exact: Exact) -> None:
    shares = [np.array([1.0, 0.0, 0.5]), np.array([0.1, 1.0, 0.3, 0.0]), np.array([0.2, 1.0])]
    wanted = np.einsum("abc,a,b,c->abc", exact.joint, *shares)
    made = draw(exact, 6000, np.random.default_rng(1), share=shares)
    assert _distance(_shares(made), wanted / wanted.sum()) < 0.03
    assert (made[:, 0] != 1).all()
    assert (made[:, 1] != 3).all()


def test_the_product_of_single_conditionals_would_have_failed_that_test(exact: Exact) -> None:
    shares = [np.array([1.0, 0.0, 0.5]), np.array([0.1, 1.0, 0.3, 0.0]), np.array([0.2, 1.0])]
    wanted = np.einsum("abc,a,b,c->abc", exact.joint, *shares)
    greedy = np.zeros(SIZES)
    first = exact.joint.sum((0, 1)) * shares[2]
    for c in range(2):
        second = exact.joint[:, :, c].sum(1) * shares[0]
        for a in np.flatnonzero(second):
            third = exact.joint[a, :, c] * shares[1]
            greedy[a, :, c] = first[c] / first.sum() * second[a] / second.sum() * third / third.sum()
    assert _distance(greedy, wanted / wanted.sum()) > 0.1


def test_given_tokens_stay_and_the_rest_follows_row_by_row(exact: Exact) -> None:
    codes, mask = np.zeros((6000, 3), np.uint16), np.zeros((6000, 3), bool)
    codes[:3000, 1], mask[:3000, 1] = 2, True
    codes[3000:, 2], mask[3000:, 2] = 1, True
    made = draw(exact, 6000, np.random.default_rng(1), given=(codes, mask))
    np.testing.assert_array_equal(made[mask], codes[mask])
    for part, picked in ((made[:3000], np.s_[:, 2:3, :]), (made[3000:], np.s_[:, :, 1:2])):
        wanted = np.zeros(SIZES)
        wanted[picked] = exact.joint[picked]
        assert _distance(_shares(part), wanted / wanted.sum()) < 0.04


def test_given_and_several_shares_follow_the_weighted_conditional(exact: Exact) -> None:
    codes, mask = np.full((6000, 3), 1, np.uint16), np.zeros((6000, 3), bool)
    mask[:, 2] = True
    shares = [np.array([1.0, 0.3, 0.1]), np.array([0.1, 1.0, 0.3, 0.0]), None]
    wanted = np.zeros(SIZES)
    wanted[:, :, 1] = np.einsum("ab,a,b->ab", exact.joint[:, :, 1], shares[0], shares[1])
    made = draw(exact, 6000, np.random.default_rng(1), share=shares, given=(codes, mask))
    assert _distance(_shares(made), wanted / wanted.sum()) < 0.04


def test_a_share_does_not_touch_what_a_row_has_given(exact: Exact) -> None:
    codes, mask = np.full((50, 3), 1, np.uint16), np.zeros((50, 3), bool)
    mask[::2, 0] = True
    made = draw(exact, 50, np.random.default_rng(1), share=[np.array([1.0, 0.0, 1.0]), None, None], given=(codes, mask))
    assert (made[::2, 0] == 1).all()
    assert (made[1::2, 0] != 1).all()


def test_large_asks_are_drawn_part_by_part() -> None:
    seen: list[int] = []

    class Uniform(Exact):
        def draw(self, field, codes, known, chance, share):  # type: ignore[no-untyped-def]
            seen.append(len(codes))
            size = self.joint.shape[field]
            tokens = (chance[0] * size).astype(np.int64)
            return (tokens if share is None else np.zeros(len(codes), np.int64)), np.ones(len(codes))

    made = draw(Uniform(np.full(SIZES, 1 / 24)), 3 * ROWS + 5, np.random.default_rng(0))
    assert len(made) == 3 * ROWS + 5
    assert max(seen) == ROWS
    seen.clear()
    draw(Uniform(np.full(SIZES, 1 / 24)), 5000, np.random.default_rng(0), share=[np.ones(3), np.ones(4), None])
    assert max(seen) <= 4 * CONSTRAINED_ROWS
