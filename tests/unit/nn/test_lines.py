"""Rows laid end to end and back."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.nn.lines import WASTE, Lines, gather, spread  # noqa: E402

pytestmark = pytest.mark.neural


def test_every_place_stands_once_in_a_group_of_similar_rows() -> None:
    sizes = np.array([40, 39, 31, 30, 12, 3, 3, 1])
    lines = Lines.of(sizes)
    assert [group.rows for group in lines.groups] == [4, 1, 2, 1]
    assert sum(group.rows * group.places for group in lines.groups) <= sizes.sum() / (1 - WASTE)
    whole = torch.arange(int(sizes.sum())).float()[:, None] + 1
    for group in lines.groups:
        box = spread(whole[group.start : group.stop], group.flat, group.rows * group.places)
        rows = box.view(group.rows, group.places)
        first = int(lines.row[group.start])
        for row, values in enumerate(rows):
            size = sizes[first + row]
            assert torch.equal(values[:size].diff(), torch.ones(size - 1))
            assert not values[size:].any()


def test_reading_undoes_writing_and_gradients_agree_with_finite_differences() -> None:
    flat = torch.tensor([0, 1, 4, 6])
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.equal(gather(spread(x, flat, 8), flat), x)
    assert torch.autograd.gradcheck(lambda y: spread(y, flat, 8).sin(), x)
    box = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: gather(y, flat).sin(), box)


def test_rows_must_come_longest_first() -> None:
    with pytest.raises(AssertionError, match="longest first"):
        Lines.of(np.array([1, 2]))
