"""Texts that say something, where those that were learnt did.

Every network ends one text in some hundred before it begins. A table whose texts were never empty gets none that are.
"""

from collections.abc import Callable

import numpy as np

from genloop.core.protocols import Frozen

TRIES = 8  # draws of a row; what is empty then stays so


def said(draw: Callable[[np.ndarray], list[str | None]], rows: int, frozen: Frozen) -> list[str | None]:
    """A text for each row; empty and missing ones are drawn again where the column's codec saw too few to learn."""
    found = draw(np.arange(rows))
    for _ in range(TRIES - 1):
        left = [place for place, line in enumerate(found) if _unseen(line, frozen)]
        if not left:
            break
        for place, line in zip(left, draw(np.array(left)), strict=True):
            found[place] = line
    return found


def _unseen(line: str | None, frozen: Frozen) -> bool:
    return not line and not frozen.get("missing" if line is None else "empty", True)
