"""How much more often a row is real than made, told by small trees over tokens.

The odds of a classifier between training rows and made ones estimate p_real / p_made (Sugiyama, Suzuki and Kanamori
2012, section 4). `critic` fits it; here it is stored and asked, without the library that fitted it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int16, Int32
from numba import njit

from genloop.core.errors import ModelFileError
from genloop.core.protocols import Codes


@dataclass(frozen=True)
class Ratio:
    """Boosted trees laid end to end: node v of tree t stands at root[t] + v, and node 0 is the tree's root.

    `feature` is -1 at a leaf, which adds `value`; a row goes `left` where its token is at most `threshold`.
    """

    root: Int32[np.ndarray, " trees"]
    feature: Int16[np.ndarray, " nodes"]
    threshold: Int32[np.ndarray, " nodes"]
    left: Int32[np.ndarray, " nodes"]
    right: Int32[np.ndarray, " nodes"]
    value: Float64[np.ndarray, " nodes"]

    def score(self, codes: Codes) -> Float[np.ndarray, " rows"]:
        """log p_real / p_made of every row, up to a constant."""
        nodes = (self.feature, self.threshold, self.left, self.right, self.value)
        told: Float[np.ndarray, " rows"] = _score(np.ascontiguousarray(codes), self.root, *nodes)
        return told

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Named arrays for the model file."""
        return dict(vars(self))

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], fields: int) -> "Ratio":
        """The ratio that `to_arrays` gave, for rows of `fields` tokens.

        Raises:
            ModelFileError: the arrays do not fit together.
        """
        try:
            found = cls(**arrays)
            inner = found.feature >= 0
            own = np.repeat(found.root, np.diff([*found.root, found.feature.size]))
            number = np.arange(found.feature.size) - own
            forward = (found.left[inner] > number[inner]) & (found.right[inner] > number[inner])
            inside = np.maximum(found.left, found.right)[inner] + own[inner] < found.feature.size
            if not (forward.all() and inside.all()) or (found.feature >= fields).any():
                raise ValueError("a tree points outside itself")
        except (TypeError, ValueError, IndexError) as error:
            raise ModelFileError(f"the critic of this model is damaged ({error}); fit again") from error
        return found


@njit(cache=True, nogil=True)
def _score(codes, root, feature, threshold, left, right, value):  # type: ignore[no-untyped-def]
    out = np.zeros(codes.shape[0])
    for i in range(codes.shape[0]):
        for first in root:
            v = 0
            while feature[first + v] >= 0:
                at = first + v
                v = left[at] if codes[i, feature[at]] <= threshold[at] else right[at]
            out[i] += value[first + v]
    return out
