"""What a fit leaves behind to make rows with: schema, plan, codec states, rules and weights; no row among them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from genloop.core import registry
from genloop.core import rules as core_rules
from genloop.core.errors import ConditionError, ModelFileError
from genloop.core.families import Family
from genloop.core.protocols import Codes, Field, Weights
from genloop.core.rules import Rule
from genloop.core.schema import Schema
from genloop.engine import units as columns
from genloop.engine.painter import Painter, painters
from genloop.engine.plan import Plan
from genloop.engine.units import Unit
from genloop.engine.writer import Writer, writers
from genloop.judges.ratio import Ratio
from genloop.optimisation.refine import choose
from genloop.runtime.shelf import Shelf


@dataclass(frozen=True)
class Learnt:
    """A fitted plan. Units stand in schema order; `parts` are the weights of its stages, in their order."""

    schema: Schema
    plan: Plan
    units: tuple[Unit, ...]
    rules: tuple[Rule, ...]
    parts: tuple[Weights, ...]
    critic: Ratio | None = None

    @property
    def family(self) -> Family:
        """The family of the stage that learns what has tokens.

        Raises:
            ConditionError: the model makes pictures alone.
        """
        place = self._table
        part: Family = registry.load("generators", self.plan.stages[place].family)
        return part

    @property
    def weights(self) -> Weights:
        """The weights of that stage, which speak of the fields of the learnt units."""
        return self.parts[self._table]

    @property
    def _table(self) -> int:
        if self.plan.table is None:
            raise ConditionError("the model makes pictures alone: there is no other column to draw or to give")
        return self.plan.table

    @cached_property
    def painters(self) -> tuple[Painter, ...]:
        """What makes each column of pictures."""
        return painters(self.plan, self.parts)

    @cached_property
    def writers(self) -> tuple[Writer, ...]:
        """What makes each column of texts."""
        return writers(self.plan, self.parts)

    def sample(
        self, rows: int, rng: np.random.Generator, share: Sequence[Float[np.ndarray, " _"] | None] | None = None
    ) -> Codes:
        """Tokens of `rows` rows that meet the shares: the family draws candidates, the critic chooses among them."""
        if self.plan.table is None:
            return np.zeros((rows, 0), np.uint16)

        def draw(count: int) -> Codes:
            return self.family.sample(self.weights, count, rng, share=share)

        return draw(rows) if self.critic is None else choose.refine(draw, self.critic.score, rows, rng)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All token positions that the family generates."""
        return columns.fields(self.units)


def to_parts(learnt: Learnt) -> tuple[dict[str, Any], dict[str, dict[str, np.ndarray]]]:
    """JSON documents and groups of arrays for the model file."""
    documents = {
        "schema": json.loads(learnt.schema.to_json()),
        "plan": learnt.plan.to_dict(),
        "codecs": [unit.to_dict() for unit in learnt.units],
        "rules": json.loads(core_rules.to_json(learnt.rules)),
        **{f"stages/{place}": part.head for place, part in enumerate(learnt.parts)},
    }
    arrays = {f"stages/{place}": dict(part.arrays) for place, part in enumerate(learnt.parts)}
    if learnt.critic is not None:
        arrays["critic"] = learnt.critic.to_arrays()
    return documents, arrays


def plain(value: Any) -> Any:
    """A head as strict JSON holds it: a figure that is no finite number becomes None, tuples become lists."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case float() if not math.isfinite(value):
            return None
    return value


def from_parts(documents: Mapping[str, Any], arrays: Mapping[str, dict[str, np.ndarray]]) -> Learnt:
    """What `to_parts` gave.

    Raises:
        ModelFileError: a part is absent or not of the expected form.
    """
    try:
        schema = Schema.from_json(json.dumps(documents["schema"]))
        units = tuple(Unit.from_dict(raw, schema) for raw in documents["codecs"])
        fields = len(columns.fields(units))
        plan = Plan.from_dict(documents["plan"])
        names = [f"stages/{place}" for place in range(len(plan.stages))]
        return Learnt(
            schema,
            plan,
            units,
            core_rules.from_json(json.dumps(documents["rules"])),
            tuple(Weights(dict(documents[name]), dict(arrays.get(name, {})), Shelf()) for name in names),
            Ratio.from_arrays(dict(arrays["critic"]), fields) if "critic" in arrays else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"the model file lacks a part or holds it in another form: {error}") from error
