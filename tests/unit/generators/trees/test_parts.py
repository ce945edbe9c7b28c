"""An interrupted fit goes on from its finished columns and ends as if it had never stopped."""

from dataclasses import replace

import numpy as np
import pytest

from genloop.core.protocols import Batch, Field, Task
from genloop.generators import trees
from genloop.generators.trees import forest

FIELDS = (Field("cause", 3, False), Field("size", 300, True), Field("late", 250, True), Field("one", 1, False))
ROWS = 500
SETTINGS = {"trees": 3}


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    cause = rng.integers(0, 3, ROWS)
    size = np.clip(90 * cause + rng.integers(0, 120, ROWS), 0, 299)
    late = np.clip(size // 2 + rng.integers(0, 50, ROWS), 0, 249)
    return Batch(np.stack([cause, size, late, 0 * cause], 1).astype(np.uint16), FIELDS)


@pytest.fixture(scope="module")
def whole(batch):
    return trees.fit(Task(batch, seed=1, settings=SETTINGS))


def same(one, other):
    """Whether two models are equal bit for bit."""
    named = one.arrays.keys() == other.arrays.keys()
    return one.head == other.head and named and all(np.array_equal(one.arrays[k], other.arrays[k]) for k in one.arrays)


def after(looks):
    """A `stop` that turns true after so many looks at it."""
    left = iter(range(looks))
    return lambda: next(left, None) is None


def grown(monkeypatch):
    """Counts the trees that are grown from here on."""
    count = []
    own = forest._tree
    monkeypatch.setattr(forest, "_tree", lambda *args, **kwargs: count.append(1) or own(*args, **kwargs))
    return count


@pytest.mark.parametrize(("looks", "finished"), [(0, 0), (2, 0), (3, 1), (5, 1), (6, 2)])
def test_a_fit_stopped_anywhere_resumes_to_the_same_model(batch, whole, tmp_path, monkeypatch, looks, finished):
    task = Task(batch, seed=1, settings=SETTINGS, checkpoint=str(tmp_path / "checkpoint"))
    cut = trees.fit(replace(task, stop=after(looks)))
    assert not same(cut, whole)
    assert len(list(tmp_path.glob("checkpoint/column-*"))) == finished, "only whole columns are kept"
    count = grown(monkeypatch)
    assert same(trees.fit(task), whole)
    assert len(count) == 3 * (3 - finished)


def test_stop_is_obeyed_between_the_trees_of_a_column(batch, monkeypatch):
    count = grown(monkeypatch)
    cut = trees.fit(Task(batch, seed=1, settings={"trees": 200}, stop=after(3)))
    assert len(count) == 5, "two more trees of the column, then one tree for each of the two others: none waits for 200"
    assert len(trees.sample(cut, 40, np.random.default_rng(0))) == 40


@pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: b"", lambda raw: raw[:-1] + b"\x7f"])
def test_a_damaged_column_is_learnt_anew_with_a_note(batch, whole, tmp_path, damage):
    notes = []
    task = Task(batch, seed=1, settings=SETTINGS, checkpoint=str(tmp_path), report=lambda seen: notes.append(seen.note))
    trees.fit(task)
    file = tmp_path / "column-1.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    notes.clear()
    assert same(trees.fit(task), whole)
    assert [note for note in notes if "damaged" in note] == [
        "size: what was kept is damaged or of another run; it is learnt anew"
    ]


@pytest.mark.parametrize("change", ["seed", "settings", "rows", "fields"])
def test_columns_of_another_run_are_not_gone_on_from(batch, tmp_path, change):
    folder = str(tmp_path)
    trees.fit(Task(batch, seed=1, settings=SETTINGS, checkpoint=folder))
    notes = []
    other = Task(batch, seed=1, settings=SETTINGS)
    match change:
        case "seed":
            other = replace(other, seed=2)
        case "settings":
            other = replace(other, settings={"trees": 3, "bag": 0.5})
        case "rows":
            other = replace(other, train=Batch(batch.codes[::-1].copy(), FIELDS))
        case "fields":
            other = replace(other, train=Batch(batch.codes, (Field("reason", 3, False), *FIELDS[1:])))
    fresh = trees.fit(other)
    assert same(trees.fit(replace(other, checkpoint=folder, report=lambda seen: notes.append(seen.note))), fresh)
    assert sum("of another run" in note for note in notes) == 3


def test_a_checkpoint_that_cannot_be_written_stops_nothing(batch, whole, tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert same(trees.fit(Task(batch, seed=1, settings=SETTINGS, checkpoint=str(tmp_path / "file"))), whole)
