"""One picture written by its ending."""

import numpy as np
import pytest
from PIL import Image

from genloop.files.pictures import single


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_what_was_transparent_is_white_where_the_file_knows_no_alpha(tmp_path, label, ending):
    picture = np.zeros((16, 16, 4), np.uint8)
    picture[..., 0] = 200
    picture[4:12, 4:12] = 0, 120, 0, 255
    place = tmp_path / f"p.{ending}"
    single.write(picture, place, label)
    with Image.open(place) as found:
        pixels = np.asarray(found).astype(int)
    assert np.abs(pixels[0, 0, :3] - (255 if ending == "jpg" else [200, 0, 0])).max() < 12
    assert np.abs(pixels[8, 8, :3] - [0, 120, 0]).max() < 12
    assert pixels.shape[2] == (3 if ending == "jpg" else 4)


def test_lost_is_what_the_picture_shows_not_what_its_file_could_hold(tmp_path):
    grey = np.repeat(np.arange(0, 240, 15, dtype=np.uint8)[None, :, None], 16, 0).repeat(3, 2)
    red, opaque = grey.copy(), np.concatenate([grey, np.full((16, 16, 1), 255, np.uint8)], 2)
    red[3, 4] = 200, 10, 10
    clear = opaque.copy()
    clear[0, 0, 3] = 0
    files = {}
    for name, pixels in {"grey.jpg": grey, "red.png": red, "opaque.png": opaque, "clear.png": clear}.items():
        files[name] = tmp_path / name
        Image.fromarray(pixels).save(files[name])
    assert {name: single.lost(path, 1) for name, path in files.items()} == {
        "grey.jpg": None, "red.png": "colour", "opaque.png": None, "clear.png": "alpha"
    }  # fmt: skip
    assert [single.lost(files["clear.png"], channels) for channels in (3, 4)] == ["alpha", None]
    assert single.lost(files["red.png"], 3) is None
