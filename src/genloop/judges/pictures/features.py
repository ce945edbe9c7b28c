"""Pictures as vectors: by small networks taught on the data themselves, cross-fitted, or by a pack for photographs.

Two networks are taught, each on one half of the training pictures. Made and held-out pictures are looked at by both,
a training picture only by the one that did not learn it: no picture is judged by eyes that know it by heart. Each pair
of eyes is a space of its own; measures are taken in each and averaged.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from genloop.core.seed import stream
from genloop.judges.pictures import neural, photographs
from genloop.judges.pictures.gallery import Gallery, Pictures, Pixels

TOTAL = 100.0  # the variance of the real pictures' vectors, summed over directions
LESSON: dict[str, float | int] = {}  # what differs from the usual lesson
_KEPT = 2
_cache: dict[str, "Eyes"] = {}
Vectors = Float32[np.ndarray, "_rows length"]


@dataclass(frozen=True)
class Space:
    """What one pair of eyes sees; `unseen` are the training pictures it did not learn, at `places` among all."""

    made: Vectors
    holdout: Vectors | None
    unseen: Vectors
    places: Int64[np.ndarray, " _unseen"]

    @property
    def yardstick(self) -> Vectors:
        """The real pictures that made ones are compared with."""
        return self.unseen if self.holdout is None else self.holdout


@dataclass(frozen=True)
class Seen:
    """All spaces, the class log-odds of made and held-out pictures summed over the eyes, and whose eyes they are."""

    spaces: tuple[Space, ...]
    made_odds: Float32[np.ndarray, "_made classes"]
    holdout_odds: Float32[np.ndarray, "_held classes"] | None
    eyes: str


@dataclass(frozen=True)
class Eyes:
    """Two taught networks and what they see of the real pictures; learnt once a session for the same pictures."""

    networks: tuple[object, object]
    places: tuple[Int64[np.ndarray, " _rows"], Int64[np.ndarray, " _rows"]]
    unseen: tuple[Vectors, Vectors]


def look(gallery: Gallery, seed: int) -> Seen:
    """Every picture of the gallery in every space.

    Raises:
        MissingExtra: torch is not installed.
    """
    assert gallery.train is not None
    eyes = _learn(gallery.train, len(gallery.labels), seed)
    holdout = None if gallery.holdout is None else [_encode(net, gallery.holdout.pixels) for net in eyes.networks]
    made = [_encode(net, gallery.made.pixels) for net in eyes.networks]
    odds = _together([part[1] for part in made])
    held_odds = None if holdout is None else _together([part[1] for part in holdout])
    pack = photographs.find(gallery)
    if pack is not None:
        return Seen((_photographs(gallery, pack),), odds, held_odds, photographs.EYES)
    spaces = tuple(
        _scaled(made[side][0], None if holdout is None else holdout[side][0], eyes.unseen[side], eyes.places[side])
        for side in range(2)
    )
    return Seen(spaces, odds, held_odds, "two small networks taught on halves of the training pictures")


def _learn(train: Pictures, classes: int, seed: int) -> Eyes:
    key = hashlib.sha256(repr((seed, classes, train.pixels.shape)).encode())
    for start in range(0, len(train), 1_000):
        key.update(train.pixels[start : start + 1_000].tobytes())
    key.update(train.classes.tobytes())
    name = key.hexdigest()
    if name not in _cache:
        order = stream(seed, "pictures", "halves").permutation(len(train))
        halves = [np.sort(part).astype(np.int64) for part in np.array_split(order, 2)]
        nets = neural.part("nn.features")
        learnt = []
        with neural.part("runtime.device").threads(1):
            for side, part in enumerate(halves):
                known = train.classes[part] if classes >= 2 else None
                rng = stream(seed, "pictures", "lesson", side)
                learnt.append(nets.train(train.pixels[part], known, rng, nets.Lesson(**LESSON), classes=classes))
        unseen = [_encode(learnt[side], train.pixels[halves[1 - side]])[0] for side in range(2)]
        while len(_cache) >= _KEPT:
            _cache.pop(next(iter(_cache)))
        _cache[name] = Eyes((learnt[0], learnt[1]), (halves[1], halves[0]), (unseen[0], unseen[1]))
    return _cache[name]


def _encode(network: object, pixels: Pixels) -> tuple[Vectors, Float32[np.ndarray, "_rows classes"]]:
    with neural.part("runtime.device").threads(1):
        found: tuple[Vectors, Vectors] = neural.part("nn.features").encode(network, pixels)
    return found


def _together(odds: list[Float32[np.ndarray, "_rows classes"]]) -> Float32[np.ndarray, "_rows classes"]:
    """Mean log-odds, each pair of eyes normalised over the classes."""
    shown = [part - part.max(axis=1, keepdims=True, initial=-1e9) for part in odds]
    return np.asarray(sum(part - np.log(np.exp(part).sum(axis=1, keepdims=True) + 1e-9) for part in shown) / len(odds))


def _scaled(made: Vectors, holdout: Vectors | None, unseen: Vectors, places: Int64[np.ndarray, " _unseen"]) -> Space:
    """The space in units in which the real pictures' variance is `TOTAL`."""
    real = unseen if holdout is None else holdout
    scale = np.float32(np.sqrt(TOTAL / max(float(real.var(axis=0, dtype=np.float64).sum()), 1e-12)))
    return Space(made * scale, None if holdout is None else holdout * scale, unseen * scale, places)


def _photographs(gallery: Gallery, pack: photographs.Pack) -> Space:
    """The one space of the pack, on the directions in which the training pictures differ most."""
    assert gallery.train is not None
    parts = {
        name: None if part is None else photographs.encode(pack, part.pixels)
        for name, part in (("train", gallery.train), ("holdout", gallery.holdout), ("made", gallery.made))
    }
    train, made = parts["train"], parts["made"]
    assert train is not None
    assert made is not None
    mean = train.mean(axis=0)
    axes = np.linalg.eigh(np.cov(train, rowvar=False, dtype=np.float64))[1][:, -photographs.DIRECTIONS :]
    turned = {name: None if part is None else ((part - mean) @ axes).astype(np.float32) for name, part in parts.items()}
    assert turned["made"] is not None
    assert turned["train"] is not None
    return _scaled(turned["made"], turned["holdout"], turned["train"], np.arange(len(train), dtype=np.int64))
