"""Families that take texts as they are: what they are taught, what they are given, and what they must keep."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from genloop.core import registry
from genloop.core.demand import Demand
from genloop.core.errors import ConditionError, ConfigError
from genloop.core.families import RawTextFamily
from genloop.core.protocols import Task, Weights
from genloop.core.records import Records
from genloop.core.texts import Wish
from genloop.engine.fitting import fit
from genloop.engine.model import Model

WORDS = ["room", "pool", "food", "view", "早餐"]
ROWS = [
    {"label": "pos" if i % 2 else "neg", "text": f"The {WORDS[i % 5]} of house number {i} was {'very good' * (i % 2)}"}
    for i in range(60)
]


class Copyist:
    """Writes what it is given back; it notes down what it saw."""

    NAME, KINDS, FORM = "copyist", frozenset({"text"}), "raw"

    def __init__(self) -> None:
        self.task: Task | None = None
        self.asked: list[tuple[Records, Demand]] = []
        self.replies: Iterator[str] | None = None

    def fit(self, task: Task) -> Weights:
        self.task = task
        return Weights({"greeting": "hello"}, {})

    def sample(self, weights: Weights, given: Records, rng: Any, demand: Demand, wish: Wish) -> list[str | None]:
        self.asked.append((given, demand))
        if self.replies is not None:
            return [next(self.replies) for _ in range(given.num_rows)]
        return [f"{weights.head['greeting']} {row.get('label')} {' '.join(demand.holds)}" for row in given.to_pylist()]

    def reply(self, weights: Weights, prompts: Any, rng: Any, demand: Demand, wish: Wish) -> list[str]:
        return ["hello"] * len(prompts)


@pytest.fixture
def copyist(family: Any, monkeypatch: pytest.MonkeyPatch) -> Copyist:
    part, load, names = Copyist(), registry.load, registry.names
    group = "generators.text"
    monkeypatch.setattr(registry, "load", lambda g, n: part if (g, n) == (group, "copyist") else load(g, n))
    monkeypatch.setattr(registry, "names", lambda g: [*names(g), *(["copyist"] if g == group else [])])
    return part


@pytest.fixture
def model(copyist: Copyist) -> Model:
    return fit(pd.DataFrame(ROWS), family="copyist", settings={"tone": "dry"}, kinds={"text": "text"}, steps=3)


def test_it_is_taught_cleaned_rows_and_no_pieces_are_learnt_for_it(model: Model, copyist: Copyist) -> None:
    assert isinstance(copyist, RawTextFamily)
    task = copyist.task
    assert task is not None and task.raw is not None
    assert task.settings == {"tone": "dry", "column": "text"}
    assert task.raw.num_rows == len(task.train) and set(task.raw.column("text").to_pylist()) <= {
        row["text"] for row in ROWS
    }
    unit = next(unit for unit in model.learnt.units if unit.names == ("text",))
    assert unit.frozen["pairs"] == []


def test_it_is_given_the_cells_of_its_row_and_what_is_demanded(model: Model, copyist: Copyist) -> None:
    made = model.sample(6, given=["label=pos", "text contains 早餐"]).to_arrow()
    assert made.column("text").to_pylist() == ["hello pos 早餐"] * 6
    told, demand = copyist.asked[0]
    assert told.column("label").to_pylist() == ["pos"] * 6 and demand == Demand(holds=("早餐",), missing=False)


def test_a_model_of_texts_that_has_no_arrays_is_saved_and_loaded(model: Model, tmp_path: Any) -> None:
    model.save(tmp_path / "m.genloop")
    again = Model.load(tmp_path / "m.genloop")
    assert again.sample(3, seed=1).to_arrow().equals(model.sample(3, seed=1).to_arrow())


def test_a_table_of_texts_alone_is_written_row_by_row(copyist: Copyist) -> None:
    model = fit(pd.DataFrame(ROWS)[["text"]], family="copyist", kinds={"text": "text"}, steps=3)
    assert model.sample(4).to_arrow().column("text").to_pylist() == ["hello None "] * 4


def test_texts_that_break_the_demand_are_drawn_again_and_then_refused(model: Model, copyist: Copyist) -> None:
    copyist.replies = iter(["bad", "早餐 one", "早餐 two"])
    assert model.sample(2, given="text contains 早餐").to_arrow().column("text").to_pylist() == ["早餐 two", "早餐 one"]
    copyist.replies = iter(["bad"] * 100)
    with pytest.raises(ConditionError, match=r"2 of 2 texts of text broke .*'早餐' is not in it.*demand less"):
        model.sample(2, given="text contains 早餐").to_arrow()


def test_it_is_refused_where_no_column_of_texts_can_be_learnt(copyist: Copyist) -> None:
    with pytest.raises(ConfigError, match="--family copyist learns texts, and the data have no column of texts"):
        fit(pd.DataFrame(ROWS)[["label"]], family="copyist", steps=3)
