"""Records as numbers."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges import bins, view


def _evidence(kind, train, holdout, made, **column):
    tables = [None if part is None else pa.table({"x": part}) for part in (train, holdout, made)]
    return Evidence(Schema((Column("x", kind, **column),)), *tables, None)


def test_codes_are_shared_by_all_tables_and_ordered_by_real_frequency():
    seen = view.read(_evidence("category", ["b", "b", "a"], ["b", None, "c"], ["new", "a", "new", "new"]))
    assert seen.axes[0].labels == ("b", "a", "c", "new")
    assert seen.train[:, 0].tolist() == [0, 0, 1]
    np.testing.assert_array_equal(seen.holdout[:, 0], [0, np.nan, 2])
    assert seen.made[:, 0].tolist() == [3, 1, 3, 3]


def test_times_are_seconds_and_missing_cells_nan():
    days = pa.array(["1970-01-02", None]).cast(pa.timestamp("us"))
    seen = view.read(_evidence("time", days, None, days))
    np.testing.assert_array_equal(seen.made[:, 0], [86400, np.nan])
    assert seen.holdout is None


def test_infinities_count_as_missing():
    seen = view.read(_evidence("number", [1.0, np.inf], None, [-np.inf, 2.0]))
    np.testing.assert_array_equal(seen.made[:, 0], [np.nan, 2])


def test_keys_texts_and_columns_that_a_table_lacks_are_left_out():
    schema = Schema((Column("id", "key"), Column("note", "text"), Column("a", "number"), Column("b", "number")))
    train = pa.table({"id": [1], "note": ["x"], "a": [1], "b": [2]})
    assert view.read(Evidence(schema, train, None, train.drop_columns(["b"]), None)).names == ["a"]


def test_an_empty_table_counts_as_absent():
    seen = view.read(_evidence("number", [1.0, 2.0], pa.array([], pa.float64()), [1.0]))
    assert seen.holdout is None
    assert len(seen.real) == 2


def test_without_any_learnt_column_the_matrices_have_no_columns():
    table = pa.table({"id": [1, 2]})
    seen = view.read(Evidence(Schema((Column("id", "key"),)), table, None, table, None))
    assert seen.made.shape == (2, 0)


def test_rows_are_taken_without_repetition_and_repeatably():
    matrix = np.arange(100.0)[:, None]
    taken = view.take(matrix, 10, 7, "a")
    assert len(np.unique(taken)) == 10
    assert (taken == view.take(matrix, 10, 7, "a")).all()
    assert (taken != view.take(matrix, 10, 7, "b")).any()
    assert view.take(matrix, 200, 7, "a") is matrix


def test_a_spike_has_its_own_cell_and_the_rest_equal_mass():
    axis = view.Axis(Column("x", "number"))
    values = np.concatenate([np.zeros(900), np.arange(1, 1001)])
    fitted = bins.fit(axis, values, most=10)
    counts = np.bincount(bins.cells(fitted, values), minlength=fitted.size)
    assert fitted.spikes.tolist() == [0]
    assert counts[:2].tolist() == [0, 900]
    assert counts[2:].min() >= 100


def test_an_unseen_value_of_a_coarse_column_falls_in_the_rest_and_missing_in_its_own_cell():
    fitted = bins.fit(view.Axis(Column("x", "number")), np.array([1.0, 2.0, 2.0, np.nan]), most=10)
    assert bins.cells(fitted, np.array([1, 2, 1.5, 9, np.nan])).tolist() == [1, 2, 3, 3, 0]


@pytest.mark.parametrize("values", [np.full(5, np.nan), np.ones(5), np.zeros(0)])
def test_columns_without_variety_have_cells_too(values):
    fitted = bins.fit(view.Axis(Column("x", "number")), values, most=10)
    assert bins.cells(fitted, np.array([1.0, 2.0, np.nan])).max() < fitted.size
