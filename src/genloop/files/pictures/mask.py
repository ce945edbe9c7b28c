"""Masks: where a picture shall be made anew."""

from pathlib import Path

import numpy as np
from jaxtyping import Bool

from genloop.files.pictures import single

_SHADE = 127  # what is brighter is white
_LUMA = (0.299, 0.587, 0.114)


def read(path: Path) -> Bool[np.ndarray, "height width"]:
    """Where the mask is white; clear places are not, and levels of 0 and 1 alone are black and white.

    Raises:
        SourceNotFound: there is no such file.
        DataError: it holds no picture that can be read.
    """
    pixels = single.read(path, 4)
    shade = pixels[..., :3] @ np.array(_LUMA)
    if shade.max(initial=0) <= 1:
        shade = shade * 255
    return np.asarray((shade > _SHADE) & (pixels[..., 3] > _SHADE))
