"""Specks and haze go where the ground is flat and the judge does not object; what is drawn stays."""

import numpy as np

from genloop.optimisation.refine import specks


def pictures(rows=4, level=0):
    """A bar two pixels wide on a flat ground."""
    drawn = np.full((rows, 16, 16, 1), level, np.uint8)
    drawn[:, 3:13, 7:9] = 200
    return drawn


def test_a_lone_speck_and_haze_become_the_ground_and_the_bar_stays():
    dirty = pictures()
    dirty[0, 1, 13], dirty[0, 14, 1:3], dirty[1, 2:6, 12] = 120, 90, 9
    dirty[2, 3, 9] = 60  # the soft edge of the bar
    done = specks.clean(dirty, lambda pixels: np.zeros(len(pixels)))
    assert np.array_equal(done.pixels[0], pictures()[0]) and np.array_equal(done.pixels[1], pictures()[0])
    assert np.array_equal(done.pixels[2:], dirty[2:])
    assert done.changed.tolist() == [True, True, False, False] and not done.refused.any()


def test_three_pixels_in_a_row_and_a_line_of_one_pixel_are_drawn_and_stay():
    thin = pictures()
    thin[:, 1:15, 12] = 180
    thin[0, 14, 1:4] = 180
    assert specks.clean(thin, lambda pixels: np.zeros(len(pixels))).pixels is thin


def test_a_picture_whose_judge_objects_keeps_its_specks():
    dirty = pictures()
    dirty[:2, 1, 13] = 120
    kinder = np.array([1.0, -1.0, 0.0, 0.0])

    def judge(pixels):
        return np.where(pixels[:, 1, 13, 0] == 0, kinder, 0.0)

    done = specks.clean(dirty, judge)
    assert done.changed.tolist() == [True, False, False, False]
    assert done.refused.tolist() == [False, True, False, False]
    assert np.array_equal(done.pixels[1], dirty[1])
    assert (done.before, done.after) == (0.0, 0.5)


def test_where_borders_share_no_level_nothing_is_cleaned():
    busy = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), np.uint8)
    assert specks.ground(busy) is None
    assert specks.clean(busy, lambda pixels: 1 / 0).pixels is busy
    assert specks.ground(np.zeros((0, 16, 16, 1), np.uint8)) is None and specks.ground(busy[:, :2]) is None


def test_a_coloured_ground_is_found_by_all_its_channels():
    blue = np.full((3, 16, 16, 3), (10, 20, 240), np.uint8)
    blue[:, 6:10, 6:10] = 255
    blue[0, 2, 2] = (10, 20, 90)
    done = specks.clean(blue, lambda pixels: np.zeros(len(pixels)))
    assert specks.ground(blue).tolist() == [10, 20, 240]
    assert done.pixels[0, 2, 2].tolist() == [10, 20, 240] and done.changed.tolist() == [True, False, False]
