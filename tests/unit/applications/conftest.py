"""Painters of one brush stroke, so that what is asked of a family is tested without learning anything."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from genloop import engine
from genloop.core import registry
from genloop.core.protocols import Weights
from genloop.engine import words as sentences

SIDE = 16


def _fit(task):
    told = {"fields": [field.name for field in task.train.fields], "vectors": task.train.vectors is not None}
    return Weights(told, {"mean": task.train.pixels.mean(axis=0).astype(np.float32)})


def _sample(weights, given, rng, *, coder=None):
    """Each picture is as bright as chance has it; the batch is kept for the test to look at."""
    asked.append(given)
    shade = rng.integers(0, 256, (len(given), 1, 1, 1))
    return np.broadcast_to(shade, (len(given), SIDE, SIDE, 1)).astype(np.uint8)


asked = []


def _vary(weights, pixels, strength, given, rng, *, coder=None):
    asked.append(given)
    return np.full_like(pixels, round(255 * strength))


def _morph(weights, first, second, share, given, *, coder=None):
    return np.rint(first * (1 - share) + second * share).astype(np.uint8)


def _inpaint(weights, pixels, mask, given, rng, *, coder=None):
    return np.where(mask[..., None], np.uint8(200), pixels)


def _restore(weights, pixels, *, task, mask=None, noise_level=None):
    if task == "enlarge":
        return pixels.repeat(SIDE // pixels.shape[1], axis=1).repeat(SIDE // pixels.shape[2], axis=2)
    return np.where(mask[..., None], np.uint8(100), pixels) if task == "inpaint" else pixels


def _score(weights, batch):
    return batch.pixels.mean(axis=(1, 2, 3)).astype(np.float32)


def _family(name, **verbs):
    kinds = frozenset({"image"})
    return SimpleNamespace(
        NAME=name, KINDS=kinds, FORM="pixels", needs=lambda settings: None, fit=_fit, sample=_sample, **verbs
    )


FAMILIES = {
    "gan": _family("gan", score=_score),
    "flow": _family("flow", vary=_vary, morph=_morph, inpaint=_inpaint),
    "autoencoder": _family("autoencoder", restore=_restore),
}


@pytest.fixture
def painters(family, monkeypatch):
    """The doubles stand in for the families of pictures; what they were asked for is in the list that comes back."""
    load, names = registry.load, registry.names
    asked.clear()
    monkeypatch.setattr(registry, "load", lambda g, n: FAMILIES[n] if g == "generators.image" else load(g, n))
    monkeypatch.setattr(registry, "names", lambda g: sorted(FAMILIES) if g == "generators.image" else names(g))
    return asked


@pytest.fixture
def folder(tmp_path):
    """Forty grey pictures, twenty circles and twenty red squares by name."""
    rng = np.random.default_rng(0)
    for name in ("circle", "red_square"):
        (tmp_path / "items" / name).mkdir(parents=True)
        for number in range(20):
            pixels = rng.integers(0, 256, (SIDE, SIDE), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "items" / name / f"{number}.png")
    return tmp_path / "items"


@pytest.fixture
def learn(painters, folder):
    """A model of the folder by the family of that name."""

    def fit(family="gan", **settings):
        return engine.fit(folder, family=family, settings=settings, holdout=0.0)

    return fit


class Encoder:
    """Sentences as vectors of the letters in them; Greek is what it cannot read."""

    pieces = SimpleNamespace(split=lambda text: [1, *(0 if "α" <= c <= "ω" else 5 for c in text), 2])

    def embed(self, texts):
        found = np.zeros((len(texts), 512), np.float32)
        for row, text in enumerate(texts):
            for letter in text.lower():
                found[row, ord(letter) % 512] += 1
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def pack(monkeypatch):
    """The pack of words, installed."""
    monkeypatch.setattr(sentences.packs, "find", lambda name: Path("words"))
    monkeypatch.setattr(sentences, "_encoder", Encoder)


@pytest.fixture
def no_pack(monkeypatch, tmp_path):
    """A machine without any pack."""
    monkeypatch.setenv("GENLOOP_HOME", str(tmp_path / "home"))
    sentences._encoder.cache_clear()
