"""The training curve's measure: a Frechet distance that is quick enough to be taken while a generator learns.

A small network is taught on half of the training pictures; the other half, which it has not seen, is the yardstick.
The scale is that of the card's `fid`: the real pictures' total variance is 100.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from genloop.core.errors import DataError
from genloop.core.seed import stream
from genloop.judges.pictures import neural
from genloop.judges.pictures.distance import Moments, frechet

TOTAL = 100.0
_TAUGHT = 4_000
_YARDSTICK = 4_000
_STEPS = 120
_CLASSES = 64
_LEAST = 4
_ROWS = UInt8[np.ndarray, "_rows height width channels"]


def measure(pixels: _ROWS, labels: np.ndarray | None = None, *, seed: int = 0) -> Callable[[_ROWS], float]:
    """A function that tells how far made pictures are from these real ones; lower is better, 1,000 or more steady it.

    `labels` is any array with a value a row (None or -1: unknown); learnt once, in a few seconds.

    Raises:
        DataError: there are too few pictures to be split.
        MissingExtra: torch is not installed.
    """
    if len(pixels) < _LEAST:
        raise DataError(f"judging pictures needs at least {_LEAST} of them, found {len(pixels)}")
    order = stream(seed, "curve").permutation(len(pixels))
    taught, yardstick = np.split(order, [len(order) // 2])
    taught, yardstick = np.sort(taught[:_TAUGHT]), np.sort(yardstick[:_YARDSTICK])
    nets, device = neural.part("nn.features"), neural.part("runtime.device")
    lesson = nets.Lesson(least=min(_STEPS, 60), most=_STEPS)
    with device.threads(1):
        codes = None if labels is None else number(labels)
        known = None if codes is None else codes[taught]
        seer = nets.train(pixels[taught], known, stream(seed, "curve", "lesson"), lesson)
        real = nets.encode(seer, pixels[yardstick])[0]
    moments = Moments.of(real)
    scale = TOTAL / max(float(np.trace(moments.cov)), 1e-12)

    def judge(made: _ROWS) -> float:
        with device.threads(1):
            return scale * frechet(Moments.of(nets.encode(seer, made)[0]), moments)

    return judge


def number(labels: np.ndarray) -> np.ndarray | None:
    """Class numbers, the most frequent first, -1 for unknown and single ones; None when there are not two classes."""
    values = np.asarray(labels)
    texts = np.array([_text(value) for value in values.tolist()])
    found, place, count = np.unique(texts, return_inverse=True, return_counts=True)
    kept = [code for code in np.argsort(-count, kind="stable") if found[code] and count[code] > 1][:_CLASSES]
    if len(kept) < 2:
        return None
    numbers = np.full(len(found), -1, np.int64)
    numbers[kept] = np.arange(len(kept))
    return np.asarray(numbers[place.reshape(-1)])


def _text(value: object) -> str:
    return "" if value is None or value == -1 or value != value else str(value)
