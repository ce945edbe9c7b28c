"""A family that draws every field on its own, so that the engine is tested without a real generator."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import registry
from genloop.core.protocols import Progress, Weights


def fit(task):
    """Token counts per field; remembers the task for the tests to look at."""
    independent.tasks.append(task)
    arrays = {}
    for place, field in enumerate(task.train.fields):
        counts = np.bincount(task.train.codes[:, place], minlength=field.size).astype(np.float64)
        arrays[f"field{place}"] = counts + (0 if task.initial is None else task.initial.arrays[f"field{place}"])
        task.report(Progress("independent", (place + 1) / len(task.train.fields), score=float(place)))
    return Weights({"fields": len(arrays), "steps": task.steps}, arrays)


def sample(weights, rows, rng, *, share=None, given=None):
    """Each field by its own counts, weighted by `share`; fixed tokens as they are given."""
    columns = []
    for place in range(weights.head["fields"]):
        chances = weights.arrays[f"field{place}"].copy()
        if share is not None and share[place] is not None:
            chances = (chances + 1e-9) * share[place]
        columns.append(rng.choice(len(chances), rows, p=chances / chances.sum()))
    codes = np.stack(columns, axis=1).astype(np.uint16)
    return codes if given is None else np.where(given[1], given[0], codes)


independent = SimpleNamespace(
    NAME="independent",
    KINDS=frozenset({"number", "category", "time", "place"}),
    FORM="tokens",
    fit=fit,
    sample=sample,
    tasks=[],
)


@pytest.fixture
def family(monkeypatch):
    """The double stands in for every family that is asked for."""
    load, names = registry.load, registry.names
    independent.tasks.clear()
    monkeypatch.setattr(registry, "load", lambda g, n: independent if g == "generators" else load(g, n))
    monkeypatch.setattr(registry, "names", lambda g: ["independent", "trees"] if g == "generators" else names(g))
    return independent


@pytest.fixture
def table():
    """400 rows: a number, two categories (size follows from code), and a float with missing values."""
    rng = np.random.default_rng(1)
    code = rng.integers(0, 4, 400)
    weight = np.round(rng.normal(10, 2, 400), 1)
    return pa.table(
        {
            "age": rng.integers(18, 80, 400),
            "code": pa.array(np.array(["a", "b", "c", "d"])[code]),
            "size": pa.array(np.array(["small", "small", "large", "huge"])[code]),
            "weight": pa.array(weight, mask=rng.random(400) < 0.1),
            "sex": pa.array(np.array(["F", "M"])[rng.integers(0, 2, 400)]),
        }
    )
