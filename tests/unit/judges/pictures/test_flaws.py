import numpy as np

from genloop.judges.pictures import flaws, likeness, photographs


def test_blank_pictures_are_those_without_a_difference(bars):
    pixels = bars(4)[0]
    pixels[1] = 7
    pixels[2] = np.random.default_rng(0).integers(100, 105, pixels[2].shape)
    assert flaws.blank(pixels).tolist() == [0, 1, 1, 0]


def test_near_and_exact_repeats_among_the_made_are_found(bars):
    real, made = bars(300)[0], bars(200, seed=1)[0]
    points = likeness.points
    rng = np.random.default_rng(0)
    fresh = flaws.repeats(points(made), points(real), made, rng)
    assert fresh.near < 0.05
    assert fresh.exact == 0
    twice = np.concatenate([made[:100], np.clip(made[:100].astype(int) + 1, 0, 255).astype(np.uint8)])
    assert flaws.repeats(points(twice), points(real), twice, rng).near == 1
    twice[100:120] = twice[:20]
    assert flaws.repeats(points(twice), points(real), twice, rng).exact == 0.2


def test_a_chequered_pattern_and_burnt_levels_stand_out(bars):
    real, made = bars(200, side=32)[0], bars(200, seed=1, side=32)[0]
    place = {name: number for number, name in enumerate(flaws.SIGNS)}
    signs = flaws.signs(real)
    assert np.abs(flaws.off(flaws.signs(made), signs)).max() < 0.5
    chequered = np.clip(made.astype(int) + 30 * (np.indices((32, 32)).sum(0) % 2)[None, :, :, None], 0, 255)
    assert flaws.off(flaws.signs(chequered.astype(np.uint8)), signs)[place["chequer"]] > 5
    burnt = np.where(made > 20, 255, 0).astype(np.uint8)
    assert flaws.off(flaws.signs(burnt), signs)[place["saturation"]] > 5
    assert flaws.off(flaws.signs(made // 2), signs)[place["contrast"]] < -1


def test_pictures_of_one_pixel_have_signs_too():
    assert np.isfinite(flaws.signs(np.full((5, 1, 1, 3), 9, np.uint8))).all()


def test_fresh_pictures_repeat_no_more_where_they_stand_class_by_class(bars):
    real, (made, labels) = bars(60)[0], bars(600, seed=1)
    real[:6] = real[6:12]
    made = made[np.argsort(labels, kind="stable")]
    made[60:] = 0
    points = likeness.points
    assert flaws.repeats(points(made), points(real), made, np.random.default_rng(0)).near > 0.7


def test_photographs_are_told_by_pictures_of_every_class():
    flat, photo = np.full((60, 64, 64, 3), 9, np.uint8), np.random.default_rng(0).integers(0, 256, (240, 64, 64, 3))
    photo[..., 1:] = photo[..., :1]
    assert photographs.photographic(np.concatenate([flat, photo.astype(np.uint8)]))
