"""Tiles cover a picture, blend without a seam, and a window holds a hole whole."""

from itertools import pairwise

import numpy as np
import pytest

from genloop.optimisation.refine import tiles


@pytest.mark.parametrize(("length", "tile"), [(5, 8), (8, 8), (9, 8), (100, 16), (47, 16)])
def test_tiles_cover_the_length_and_overlap(length, tile):
    starts = tiles.places(length, tile)
    assert starts[0] == 0 and starts[-1] == max(length - tile, 0)
    assert all(0 < b - a <= tile - tile // 4 for a, b in pairwise(starts))


def test_tiles_that_stay_give_the_picture_back():
    picture = np.random.default_rng(0).integers(0, 256, (29, 41, 3), np.uint8)
    assert np.array_equal(tiles.mend(picture, (16, 16), lambda pixels: pixels), picture)


def test_tiles_of_another_shade_pass_smoothly_into_each_other():
    shades = iter(range(0, 250, 50))

    def paint(pixels):
        return np.stack([np.full(pixels.shape[1:], next(shades), np.uint8) for _ in pixels])

    line = tiles.mend(np.zeros((16, 40, 1), np.uint8), (16, 16), paint)[8, :, 0].astype(int)
    assert line[0] == 0 and line[-1] == 100 and np.abs(np.diff(line)).max() < 20


def test_a_small_picture_is_padded_and_cut_back():
    picture = np.full((3, 5, 1), 7, np.uint8)
    done = tiles.mend(picture, (8, 8), lambda pixels: pixels.repeat(2, axis=1).repeat(2, axis=2), factor=2)
    assert done.shape == (6, 10, 1) and (done == 7).all()


def test_a_window_holds_the_hole_whole_or_there_is_none():
    hole = np.zeros((30, 50), bool)
    hole[25:30, 40:44] = True
    down, across = tiles.window(hole, (16, 16))
    assert (down.stop, hole[down, across].sum()) == (30, 20)
    hole[0, 0] = True
    assert tiles.window(hole, (16, 16)) is None
    assert tiles.window(hole[:10], (16, 16)) is None
