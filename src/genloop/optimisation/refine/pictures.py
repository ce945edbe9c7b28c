"""Choose among candidate pictures by a critic, row by row, so that every row keeps what it was given.

Discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758): a candidate is kept with probability
min(1, ratio / c). A critic of a hinge or relativistic loss gives no log odds but an order; its answers are brought to
mean 0 and spread 1 before they are read as such. A row all of whose candidates are refused keeps the best of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from genloop.core.protocols import Pixels
from genloop.optimisation.refine.choose import level


@dataclass(frozen=True)
class Chosen:
    """The pictures kept, the first candidate of each row, which candidate each row kept, and the critic's answers."""

    pixels: Pixels
    first: Pixels
    place: Int64[np.ndarray, " rows"]
    before: Float[np.ndarray, " rows"]
    after: Float[np.ndarray, " rows"]


def refine(
    draw: Callable[[], Pixels],
    critic: Callable[[Pixels], Float[np.ndarray, " rows"]],
    candidates: int,
    rng: np.random.Generator,
) -> Chosen:
    """One picture a row out of as many `candidates` for each; `draw` gives a candidate for every row."""
    first = draw()
    if candidates <= 1 or not len(first):
        nothing = np.zeros(len(first))
        return Chosen(first, first, np.zeros(len(first), np.int64), nothing, nothing)
    drawn = [first, *(draw() for _ in range(candidates - 1))]
    answers = np.stack([critic(pixels) for pixels in drawn]).astype(np.float64)
    place = choose(answers, rng)
    rows = np.arange(len(first))
    chosen: Pixels = np.stack(drawn)[place, rows]
    return Chosen(chosen, first, place.astype(np.int64), answers[0], answers[place, rows])


def choose(answers: Float[np.ndarray, "candidates rows"], rng: np.random.Generator) -> np.ndarray:
    """Which candidate each row keeps: the first that is accepted, else the one the critic finds most real."""
    spread = float(answers.std())
    ratio = np.exp(np.clip((answers - answers.mean()) / max(spread, 1e-9), -10.0, 10.0))
    bar = level(ratio.ravel(), float(len(answers)))
    accepted = rng.random(answers.shape) * bar < ratio
    return np.asarray(np.where(accepted.any(axis=0), accepted.argmax(axis=0), answers.argmax(axis=0)))
