"""Times: exact days and clocks, weekdays inside intervals, conditions as spans of instants."""

import json
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import time
from genloop.core.conditions import Condition, read
from genloop.core.errors import ConditionError
from genloop.core.schema import Column

COLUMN = [Column("t", "time", formats=("%d/%m/%Y %H:%M",))]


def table(values):
    return pa.table({"t": pa.array(values, pa.timestamp("us"))})


def frozen_of(values, columns=COLUMN, floor=5, tokens=1000):
    return time.freeze(columns, time.fit(columns, table(values)), floor=floor, tokens=tokens)


def made(frozen, values, allowed=None, seed=0):
    codes = time.encode(frozen, table(values))
    return time.decode(frozen, codes, np.random.default_rng(seed), allowed=allowed)["t"]


def days(count, begin=datetime(2024, 1, 1)):
    return [begin + timedelta(days=i) for i in range(count)]


def test_dates_come_back_exactly_and_have_no_clock():
    values = days(100) * 5 + [None] * 3
    frozen = frozen_of(values)
    assert len(time.fields(frozen)) == 1
    assert made(frozen, values).to_pylist() == values


def test_minutes_come_back_exactly_where_enough_rows_carry_them():
    values = [day + timedelta(minutes=15 * quarter) for day in days(20) for quarter in range(40)]
    frozen = frozen_of(values)
    assert [field.size for field in time.fields(frozen)] == [20, 40]
    assert made(frozen, values).to_pylist() == values


def test_times_before_1970_work():
    values = [datetime(1931, 5, 3, 23, 59, 59)] * 9 + [datetime(1931, 5, 4, 0, 0, 1)] * 9
    assert made(frozen_of(values), values).to_pylist() == values


@pytest.mark.parametrize("step", [3600, 60, 1])
def test_drawn_times_of_day_keep_their_granularity(step):
    rng = np.random.default_rng(0)
    values = (1_700_000_000 // 86400 * 86400 + rng.integers(0, 86400 // step, 3000) * step).astype("datetime64[s]")
    out = made(frozen_of(values.tolist()), values.tolist()).cast(pa.int64()).to_numpy()
    assert (out % (step * 1_000_000) == 0).all()


def test_weekdays_survive_where_days_are_drawn():
    rng = np.random.default_rng(0)
    workdays = [day for day in days(7000, datetime(2000, 1, 1)) if day.weekday() < 5]
    values = [workdays[i] for i in rng.integers(0, len(workdays), 10_000)]
    frozen = frozen_of(values, tokens=100)
    assert [field.name for field in time.fields(frozen)] == ["t", "t (weekday)"]
    out = made(frozen, values).to_pylist()
    assert np.mean([value.weekday() >= 5 for value in out]) < 0.01


def test_no_day_of_few_rows_is_stored():
    values = days(2000)[::3]
    frozen = frozen_of(values)
    assert frozen["days"]["points"] == []
    assert min(frozen["days"]["cell_rows"]) >= 5


def test_all_missing_and_constant_make_fields_of_one_token():
    for values in ([None] * 9, [datetime(2024, 1, 1, 5, 30)] * 9):
        frozen = frozen_of(values)
        assert [field.size for field in time.fields(frozen)] == [1]
        assert made(frozen, values).to_pylist() == values


@pytest.mark.parametrize(
    ("conditions", "low", "high"),
    [
        (["t=2024-02-01"], datetime(2024, 2, 1), datetime(2024, 2, 1, 23, 59, 59)),
        (["t=2024-02"], datetime(2024, 2, 1), datetime(2024, 2, 29, 23, 59, 59)),
        (["t=2024-02-01..2024-02-03"], datetime(2024, 2, 1), datetime(2024, 2, 3, 23, 59, 59)),
        (["t>2024-02-01", "t<2024-02-03"], datetime(2024, 2, 2), datetime(2024, 2, 2, 23, 59, 59)),
        (["t>=2024-02-01 06:00", "t<=2024-02-01T18:00"], datetime(2024, 2, 1, 6), datetime(2024, 2, 1, 18)),
        (["t>=01/02/2024 06:00", "t<=2024-02-02T18:00"], datetime(2024, 2, 1, 6), datetime(2024, 2, 2, 18)),
        (["t>2024-03-30 12:00"], datetime(2024, 3, 30, 12, 1), datetime(2024, 12, 31)),
    ],
)
@pytest.mark.parametrize("tokens", [1000, 10])
def test_conditions_are_kept_exactly(conditions, low, high, tokens):
    rng = np.random.default_rng(0)
    values = [datetime(2024, 1, 1) + timedelta(minutes=int(m)) for m in rng.integers(0, 100 * 1440, 3000)]
    frozen = frozen_of(values, tokens=tokens)
    allowed = time.allow(frozen, [read(text) for text in conditions])
    out = made(frozen, values, allowed).to_pylist()
    assert min(out) >= low and max(out) <= high
    assert all(value.second == 0 for value in out)
    assert len(set(out)) > 50


def test_listed_and_excluded_days_are_kept_exactly():
    values = days(50) * 6
    frozen = frozen_of(values)
    listed = time.allow(frozen, [Condition("t", "in", (date(2024, 1, 3), "2024-01-09", datetime(2024, 1, 11)))])
    assert {value.day for value in made(frozen, values, listed).to_pylist()} == {3, 9, 11}
    others = time.allow(frozen, [read("t!=2024-01-03")])
    assert datetime(2024, 1, 3) not in made(frozen, values, others).to_pylist()


def test_text_without_a_zone_is_read_in_the_columns_zone():
    columns = [Column("t", "time", zone="+08:00")]
    values = [datetime(2023, 12, 31, 16) + timedelta(hours=h) for h in range(48)] * 5
    frozen = frozen_of(values, columns)
    out = made(frozen, values, time.allow(frozen, [read("t=2024-01-01")])).to_pylist()
    assert min(out) == datetime(2023, 12, 31, 16) and max(out) == datetime(2024, 1, 1, 15)


def test_missing_and_present_choose_rows():
    values = days(10) * 5 + [None] * 9
    frozen = frozen_of(values)
    assert set(made(frozen, values, time.allow(frozen, [read("t is missing")])).to_pylist()) == {None}
    assert None not in made(frozen, values, time.allow(frozen, [read("t is present")])).to_pylist()


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (["t=2030-01-01"], "t has no time '2030-01-01'; its times run from 2024-01 to 2024-04"),
        (["t>=2030-01-01"], "no row can satisfy t>=2030-01-01; its times run from"),
        (["t=2024-03-01..2024-02-01"], "no row can satisfy"),
        (["t=soon"], "expected a time such as 2024-01-31 .* or like 31/01/2024 18:30, found 'soon'"),
        (["t contains 3"], "contains"),
        (["t=2024-02-01", "t=2024-02-02"], "t=2024-02-01 and t=2024-02-02"),
    ],
)
def test_what_cannot_be_is_refused_with_what_exists(conditions, message):
    frozen = frozen_of(days(100) * 5)
    with pytest.raises(ConditionError, match=message):
        time.allow(frozen, [read(text) for text in conditions])


def test_the_state_survives_json():
    frozen = frozen_of([*days(30), None] * 2)
    assert json.loads(json.dumps(frozen)) == frozen
