"""The default order of fields: small ones first, then the fine numbers as a chain of rank correlations.

A field of few tokens is cheap to condition on and splits the rows into clear groups; a fine number is easiest to
place when the number it depends on most is known already, so each next one is the most correlated with any before.
"""

import numpy as np

from genloop.core.protocols import Batch

SMALL = 200
ROWS = 20_000


def order(batch: Batch) -> tuple[int, ...]:
    """Positions of the batch's fields in the order in which they are drawn."""
    fields = batch.fields
    fine = [i for i, field in enumerate(fields) if field.ordered and field.size > SMALL]
    small = sorted(set(range(len(fields))) - set(fine), key=lambda i: (fields[i].size, i))
    return (*small, *_chain(batch, fine))


def _chain(batch: Batch, fine: list[int]) -> list[int]:
    """The field most correlated with all others, then always the one most correlated with one already placed."""
    if len(fine) < 3 or len(batch.codes) < 3:
        return fine
    codes = batch.codes[:: max(1, len(batch.codes) // ROWS), fine].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        strength = np.abs(np.nan_to_num(np.corrcoef(codes, rowvar=False)))
    np.fill_diagonal(strength, 0)
    placed = [int(strength.sum(0).argmax())]
    while len(placed) < len(fine):
        best = strength[placed].max(0)
        best[placed] = -1
        placed.append(int(best.argmax()))
    return [fine[i] for i in placed]
