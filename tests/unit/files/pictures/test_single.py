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
