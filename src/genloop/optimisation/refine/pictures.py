"""Choose among candidate pictures by a critic, row by row, so that every row keeps what it was given.

Discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758): a candidate is kept with probability
min(1, ratio / c). A critic of a hinge or relativistic loss gives no log odds but an order; its answers are brought to
mean 0 and spread 1 before they are read as such. A row all of whose candidates are refused keeps the best of them.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Pixels
from genloop.optimisation.refine.choose import level


def refine(
    draw: Callable[[], Pixels],
    critic: Callable[[Pixels], Float[np.ndarray, " rows"]],
    candidates: int,
    rng: np.random.Generator,
) -> Pixels:
    """One picture a row out of as many `candidates` for each; `draw` gives a candidate for every row."""
    first = draw()
    if candidates <= 1 or not len(first):
        return first
    drawn = [first, *(draw() for _ in range(candidates - 1))]
    answers = np.stack([critic(pixels) for pixels in drawn]).astype(np.float64)
    place = choose(answers, rng)
    chosen: Pixels = np.stack(drawn)[place, np.arange(len(first))]
    return chosen


def choose(answers: Float[np.ndarray, "candidates rows"], rng: np.random.Generator) -> np.ndarray:
    """Which candidate each row keeps: the first that is accepted, else the one the critic finds most real."""
    spread = float(answers.std())
    ratio = np.exp(np.clip((answers - answers.mean()) / max(spread, 1e-9), -10.0, 10.0))
    bar = level(ratio.ravel(), float(len(answers)))
    accepted = rng.random(answers.shape) * bar < ratio
    return np.asarray(np.where(accepted.any(axis=0), accepted.argmax(axis=0), answers.argmax(axis=0)))
