"""A small world of pictures: a bright bar, upright or lying, somewhere on a dark noisy ground."""

import numpy as np
import pytest

from genloop.judges.pictures import curve


def bars(rows, seed=0, side=16, channels=1, share=0.5):
    """Pictures with their class ("up" or "across")."""
    rng = np.random.default_rng(seed)
    up = rng.random(rows) < share
    places = rng.integers(2, side - 4, (rows, 2))
    pixels = rng.integers(0, 40, (rows, side, side, channels))
    for row, (top, left) in enumerate(places):
        if up[row]:
            pixels[row, 1:-1, left : left + 2] = rng.integers(180, 256)
        else:
            pixels[row, top : top + 2, 1:-1] = rng.integers(180, 256)
    return pixels.astype(np.uint8), np.where(up, "up", "across")


@pytest.fixture(name="bars")
def _bars():
    return bars


@pytest.fixture(autouse=True)
def _short_lessons(monkeypatch):
    monkeypatch.setattr(curve, "_STEPS", 40)
