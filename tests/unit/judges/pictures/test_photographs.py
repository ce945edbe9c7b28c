import numpy as np
import pytest

from genloop.judges.pictures import gallery, neural, photographs, score
from genloop.runtime import packs

STAGES = [(1, 3, 1), (2, 4, 2), (2, 5, 3), (2, 6, 4), (2, 7, 3), (2, 8, 3), (2, 9, 1)]


def arrays(rng):
    """Random weights of a network of the right form with few channels."""
    found = {}

    def unit(name, number, outputs, inputs, side):
        found[f"{name}.{number}.weight"] = rng.normal(size=(outputs, inputs, side, side)) / np.sqrt(inputs * side**2)
        norm = {"weight": 1.0, "bias": 0.1, "running_mean": 0.0, "running_var": 0.5}
        found.update({f"{name}.{number + 1}.{key}": np.full(outputs, value) for key, value in norm.items()})

    unit("features.0", 0, 4, 3, 3)
    place, width = 1, 4
    for wider, outputs, count in STAGES:
        for _ in range(count):
            name, inside, number = f"features.{place}.conv", width * wider, 0
            if wider > 1:
                unit(name, 0, inside, width, 1)
                number = 3
            unit(name, number, inside, 1, 3)
            unit(name, number + 3, outputs, inside, 1)
            place, width = place + 1, outputs
    unit(f"features.{place}", 0, 12, width, 1)
    return {name: value.astype(np.float32) for name, value in found.items()}


@pytest.fixture
def pack(tmp_path, monkeypatch):
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    packs.keep("photos", arrays(np.random.default_rng(0)), source="x", sha256="0", licence="MIT")
    photographs._load.cache_clear()
    yield
    photographs._load.cache_clear()


def photos(world, rows, seed):
    """Bars in colour, with grain."""
    pixels, labels = world.bars(rows, seed=seed, side=64, channels=3)
    grain = np.random.default_rng(seed).integers(-90, 90, pixels.shape)
    return np.clip(pixels + grain + 40, 0, 255).astype(np.uint8), labels


def test_photographs_are_large_coloured_and_many_levelled():
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (3, 64, 64, 3)).astype(np.uint8)
    assert photographs.photographic(photo)
    assert not photographs.photographic(photo[:, :40])
    assert not photographs.photographic(photo[..., :1])
    assert not photographs.photographic((photo > 128).astype(np.uint8) * 255)


@pytest.mark.neural
def test_the_pack_looks_at_photographs_and_the_scores_say_so(world, pack, monkeypatch):
    monkeypatch.setattr(photographs, "MOST", {"train": 30, "holdout": 24, "made": 22})
    evidence = world.evidence(*(photos(world, rows, seed) for seed, rows in enumerate((60, 40, 40))))
    found = {one.name: one for one in score(evidence)}
    for name in ("fid", "kid", "precision", "picture_coverage"):
        assert found[name].detail["features"] == photographs.EYES
    assert found["fid"].detail["made"] == 22
    assert found["near_features"].detail["rows"] == 22
    assert "asked" in found


@pytest.mark.neural
def test_drawings_are_left_to_the_networks_taught_on_them(world, pack):
    drawn = world.bars(30, side=64, channels=3)[0] // 64 * 64
    found = gallery.read(world.evidence((drawn, None), (drawn, None), (drawn, None)))
    assert photographs.find(found) is None
    assert photographs.colour(found) is not None


@pytest.mark.neural
def test_transparent_pictures_are_laid_on_white(pack, world):
    clear = np.zeros((2, 64, 64, 4), np.uint8)
    white = np.full((2, 64, 64, 3), 255, np.uint8)
    found = gallery.read(world.evidence((clear, None), (clear, None), (clear, None)))
    eyes = photographs.colour(found)
    assert np.allclose(photographs.encode(eyes, clear), photographs.encode(eyes, white))
    assert photographs.encode(eyes, clear[:0]).shape == (0, neural.part("nn.mobile").LENGTH)
