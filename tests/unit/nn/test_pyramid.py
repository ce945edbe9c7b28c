"""Pictures to small grids and back."""

import pytest
import torch

from genloop.nn.pyramid import Grow, Plan, Shrink, pad, shift
from genloop.nn.start import begin, still


@pytest.mark.parametrize(
    ("size", "levels", "grid"),
    [
        ((16, 16), 2, (4, 4)),
        ((28, 28), 2, (7, 7)),
        ((32, 32), 2, (8, 8)),
        ((64, 64), 3, (8, 8)),
        ((30, 17), 2, (8, 5)),
        ((1, 1), 2, (1, 1)),
    ],
)
def test_any_size_goes_down_to_at_most_eight_and_comes_back(size, levels, grid):
    plan = Plan(*size, 3, wide=16)
    assert (plan.levels, plan.grid) == (levels, grid)
    features = Shrink(plan)(torch.zeros(2, 3, *size))
    assert features.shape == (2, 16, *grid)
    assert Grow(plan)(features).shape == (2, 3, *size)


def test_padding_repeats_the_edge():
    row = pad(torch.arange(5.0).view(1, 1, 1, 5), Plan(1, 5, 1))[0, 0, 0]
    assert row.tolist() == [0, 1, 2, 3, 4, 4, 4, 4]


def test_a_shift_moves_the_whole_picture_and_keeps_its_size():
    x = torch.arange(36.0).view(1, 1, 6, 6)
    moved = shift(x, torch.Generator().manual_seed(3), 1)
    step = moved[0, 0, 2, 2] - x[0, 0, 2, 2]
    assert moved.shape == x.shape and abs(step) in (0, 1, 5, 6, 7)
    assert torch.equal(moved[0, 0, 1:5, 1:5], x[0, 0, 1:5, 1:5] + step)


def test_fresh_weights_depend_on_the_generator_alone():
    first, second, third = (torch.nn.Linear(50, 400) for _ in range(3))
    for layer, seed in ((first, 1), (second, 1), (third, 2)):
        begin(layer, torch.Generator().manual_seed(seed))
    assert torch.equal(first.weight, second.weight) and not torch.equal(first.weight, third.weight)
    assert first.weight.var().item() == pytest.approx(2 / 50, rel=0.05) and not first.bias.any()


def test_a_still_layer_begins_at_zero():
    layer = still(torch.nn.Conv2d(3, 3, 1))
    begin(layer, torch.Generator().manual_seed(1))
    assert not layer.weight.any()
