"""Every test of this room runs on the family double; pictures come from a painter whose noise is known."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from genloop import engine
from genloop.core import registry
from genloop.core.errors import ConfigError
from genloop.core.protocols import UNKNOWN, Weights
from genloop.engine.explain import directions
from genloop.engine.explain import ground as grounds
from genloop.engine.explain.ground import Ground
from genloop.judges.pictures import features

SIDE, LENGTH = 16, 6


@pytest.fixture(autouse=True)
def double(family):
    """The double of `tests/unit/conftest.py`, for all."""
    return family


def fit(task):
    """Nothing is learnt."""
    return Weights({}, {"side": np.zeros(1, np.float32)})


def noise(weights, rows, rng, *, truncation=None):
    drawn = rng.standard_normal((rows, LENGTH)).astype(np.float32)
    return drawn if truncation is None else np.clip(drawn, -truncation, truncation)


def sample(weights, given, rng, *, coder=None, noise=None):
    """A bar on a dark ground: it lies or stands by class, or by the second number; the third moves it."""
    own = rng.standard_normal((len(given), LENGTH)).astype(np.float32) if noise is None else noise
    asked = given.codes[:, 0]
    lies = np.where(asked == UNKNOWN, own[:, 1] > 0, asked == 0)
    pixels = np.full((len(given), SIDE, SIDE, 1), 20, np.uint8)
    for row in range(len(given)):
        place = int(np.clip(6 + 2 * own[row, 2], 0, SIDE - 4))
        pixels[row, place : place + 4] = np.clip(140 + 30 * own[row, 0], 30, 255)
    return np.where(lies[:, None, None, None], pixels, pixels.transpose(0, 2, 1, 3))


def slopes(weights, batch, rng, *, taught=True):
    if not taught:
        return rng.random(batch.pixels.shape[:3]).astype(np.float32)
    return (batch.pixels[..., 0] > 25).astype(np.float32)


def painter(**verbs):
    return SimpleNamespace(
        NAME="gan",
        KINDS=frozenset({"image"}),
        FORM="pixels",
        needs=lambda settings: None,
        fit=fit,
        sample=sample,
        **verbs,
    )


def score(weights, batch):
    return batch.pixels.mean(axis=(1, 2, 3)).astype(np.float32)


def no_noise(weights, rows, rng, *, truncation=None):
    raise ConfigError("it draws nothing")


FAMILIES = {
    "gan": painter(noise=noise, score=score, slopes=slopes),
    "flow": painter(noise=noise, UNASKED="parts"),
    "vae": painter(noise=noise, UNASKED="rows"),
    "transformer": painter(UNASKED="parts"),
    "autoencoder": painter(noise=no_noise),
}


@pytest.fixture
def model(family, monkeypatch, tmp_path):
    """A model of forty lying and standing bars by the family of that name: model("gan")."""
    load, names = registry.load, registry.names
    monkeypatch.setattr(registry, "load", lambda g, n: FAMILIES[n] if g == "generators.image" else load(g, n))
    monkeypatch.setattr(registry, "names", lambda g: sorted(FAMILIES) if g == "generators.image" else names(g))
    monkeypatch.setattr(features, "LESSON", {"least": 50, "most": 50})
    monkeypatch.setattr(grounds, "POOL", 400)
    for name, value in (("LEARNT", 240), ("JUDGED", 120), ("TRIED", 24), ("CHANCE", 3)):
        monkeypatch.setattr(directions, name, value)
    rng = np.random.default_rng(0)
    for name in ("lying", "standing"):
        (tmp_path / "bars" / name).mkdir(parents=True)
        for number in range(20):
            Image.fromarray(rng.integers(0, 256, (SIDE, SIDE), np.uint8)).save(
                tmp_path / "bars" / name / f"{number}.png"
            )

    def learn(name="gan"):
        return engine.fit(tmp_path / "bars", family=name, holdout=0.0)

    return learn


@pytest.fixture
def ground(model):
    """The ground of such a model: ground("flow")."""
    return lambda name="gan": Ground.of(model(name).learnt, 0)
