"""How much more often a row is real than made: a classifier's odds estimate the density ratio.

A classifier that tells training rows from as many made ones estimates p_real / p_made by its odds (Sugiyama, Suzuki and
Kanamori 2012, section 4); `optimisation.refine.choose` accepts candidates by it (discriminator rejection sampling,
Azadi et al. 2019, arXiv 1810.06758). Small trees with large leaves see where the made distribution is off, not rows.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
from jaxtyping import Float

from genloop.core.errors import ModelFileError
from genloop.core.protocols import Codes, Field

MOST_CODES = 250
"""An unordered field with more tokens is read by their order, which is that of frequency."""
SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 50,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.8,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
ROUNDS = 100


@dataclass(frozen=True)
class Ratio:
    """A fitted critic as LightGBM's model text: splits on tokens and leaf values, nothing else."""

    text: str

    @cached_property
    def booster(self) -> Any:
        """The critic ready for use.

        Raises:
            ModelFileError: the text is no LightGBM model.
        """
        try:
            return lgb.Booster(model_str=self.text)
        except lgb.basic.LightGBMError as error:
            raise ModelFileError(
                f"the critic in this model cannot be read ({error}); it is damaged, fit again"
            ) from error

    def score(self, codes: Codes, *, threads: int = 1) -> Float[np.ndarray, " rows"]:
        """log p_real / p_made of every row, up to a constant."""
        found = self.booster.predict(codes.astype(np.float32), raw_score=True, num_threads=threads)
        return np.asarray(found, float)


def fit(real: Codes, made: Codes, fields: tuple[Field, ...], *, seed: int, threads: int = 1) -> Ratio:
    """The critic that tells `real` training rows from `made` rows."""
    rows = np.concatenate([real, made]).astype(np.float32)
    label = np.repeat([1.0, 0.0], [len(real), len(made)])
    unordered = [number for number, field in enumerate(fields) if not field.ordered and field.size <= MOST_CODES]
    data = lgb.Dataset(rows, label, categorical_feature=unordered, params={"verbosity": -1})
    settings = SETTINGS | {"seed": seed & 0x7FFFFFFF, "num_threads": threads}
    return Ratio(lgb.train(settings, data, num_boost_round=ROUNDS).model_to_string())
