"""Choose among candidates by a critic, so that what is kept is distributed more like the real rows.

Discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758): a candidate is kept with probability
min(1, ratio / c). Here c is not the largest ratio but the one that keeps one candidate in `spare`; ratios above c, few
in a good model, are kept as they come.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Codes

SPARE = 1.6
"""Candidates drawn for every row kept: what the choice costs at sampling."""


def refine(
    draw: Callable[[int], Codes],
    log_ratio: Callable[[Codes], Float[np.ndarray, " rows"]],
    rows: int,
    rng: np.random.Generator,
    *,
    spare: float = SPARE,
) -> Codes:
    """Exactly `rows` rows out of about `spare` times as many that `draw(candidates)` gives."""
    kept: list[Codes] = []
    need, bar = rows, 0.0
    while need > 0 or not kept:
        candidates = draw(max(int(need * spare * 1.02) + 8, 1))
        ratio = np.exp(np.clip(log_ratio(candidates), -10.0, 10.0))
        bar = bar or level(ratio, spare)
        chosen = candidates[rng.random(len(candidates)) * bar < ratio][:need]
        kept.append(chosen)
        need -= len(chosen)
    return np.concatenate(kept)


def level(ratio: Float[np.ndarray, " rows"], spare: float) -> float:
    """The c at which min(1, ratio / c) keeps one candidate in `spare` on average."""
    low, high = float(ratio.min()) * 1e-3, float(ratio.max()) * spare
    for _ in range(50):
        middle = (low * high) ** 0.5
        if np.minimum(1.0, ratio / middle).mean() > 1.0 / spare:
            low = middle
        else:
            high = middle
    return high
