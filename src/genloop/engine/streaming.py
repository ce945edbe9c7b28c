"""One text written before one's eyes: its row is drawn first, then its pieces come as they are drawn."""

from collections.abc import Iterator
from typing import Any

from genloop.core import seed as seeds
from genloop.core.conditions import read_all
from genloop.core.demand import Demand
from genloop.core.errors import ConditionError
from genloop.core.texts import USUAL, Wish
from genloop.engine import draw
from genloop.engine import given as givens
from genloop.engine.learnt import Learnt


def stream(
    learnt: Learnt, *, given: Any = None, wish: Wish | None = None, seed: int = 0
) -> tuple[dict[str, Any], Iterator[str]]:
    """The other cells of one made row, and the pieces of its text.

    Raises:
        ConditionError: the model writes no column of texts or several, or a condition cannot be kept.
    """
    if len(learnt.writers) != 1:
        written = ", ".join(learnt.plan.written) or "none"
        raise ConditionError(f"streaming needs a model that writes one column of texts; this one writes {written}")
    maker, rng = learnt.writers[0], seeds.stream(seed, "stream")
    asked = givens.read(read_all(given), learnt.units, learnt.schema, learnt.rules, learnt.plan.written)
    record = draw.draw(learnt, 1, rng, asked)
    demand = asked.texts.get(maker.column, Demand())
    pieces = maker.stream(learnt.units, record, rng, demand, wish or USUAL)
    return (record.to_pylist()[0] if record.column_names else {}), pieces
