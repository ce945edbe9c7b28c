"""How far the lengths of made texts agree with those of real ones: one less the Kolmogorov-Smirnov distance."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

_BOOTSTRAPS = 50


def agree(made: Sequence[str], real: Sequence[str]) -> float:
    """1 where the lengths in characters are spread alike, 0 where none overlap."""
    return 1 - float(stats.ks_2samp(sizes(made), sizes(real), method="asymp").statistic)


def error(made: Sequence[str], real: Sequence[str], rng: np.random.Generator) -> float:
    """The standard error of `agree`: a bootstrap over made texts."""
    own, others = sizes(made), sizes(real)
    found = [
        float(stats.ks_2samp(rng.choice(own, len(own)), others, method="asymp").statistic) for _ in range(_BOOTSTRAPS)
    ]
    return float(np.std(found, ddof=1))


def sizes(texts: Sequence[str]) -> np.ndarray:
    """The length of each text in characters."""
    return np.fromiter((len(text) for text in texts), np.int64, len(texts))
