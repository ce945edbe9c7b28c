"""Sizes of stacks of convolutions between pictures and small grids."""

import pytest

from genloop.nn.sizes import Sizes


@pytest.mark.parametrize(
    ("picture", "grid", "inner", "depths"),
    [
        ((28, 28, 1), (7, 7), (28, 28), (32, 16)),
        ((33, 20, 3), (5, 3), (40, 24), (64, 32, 16)),
        ((8, 8, 1), (4, 4), (8, 8), (16,)),
        ((256, 256, 3), (8, 8), (256, 256), (64, 64, 64, 32, 16)),
        ((1, 1, 1), (1, 1), (2, 2), (16,)),
    ],
)
def test_the_longer_side_is_halved_to_eight_and_depths_grow_fourfold_at_most(picture, grid, inner, depths):
    sizes = Sizes(*picture, 16)
    assert (sizes.grid, sizes.inner, sizes.depths) == (grid, inner, depths)
