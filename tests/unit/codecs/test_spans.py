"""Spans: what a date, a month, a year or an instant means, in whatever zone."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from genloop.codecs import spans
from genloop.core.errors import ConditionError

DAY = 86_400_000_000
NEW_YEAR = spans.microseconds(datetime(2024, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "days"),
    [("2024", 366), ("2024-01", 31), ("2024-12", 31), ("2024-01-01", 1), (date(2024, 1, 1), 1), ("01.01.2024", 1)],
)
def test_a_period_is_all_of_its_instants(value, days):
    low, high = spans.span(value, ["%d.%m.%Y"])
    assert high - low == days * DAY - 1
    assert low == NEW_YEAR or value == "2024-12"


@pytest.mark.parametrize("value", ["9999", "9999-12", "9999-12-31"])
def test_the_last_periods_of_the_calendar_end_with_it(value):
    assert spans.span(value, [])[1] == spans.microseconds(datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "value",
    [
        datetime(2024, 1, 1),
        np.datetime64("2024-01-01T00:00"),
        "2024-01-01 00:00",
        "2024-01-01T08:00+08:00",
        "1/1/2024 0:00",
        datetime(2024, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_an_instant_is_one_microsecond(value):
    assert spans.span(value, ["%-m/%-d/%Y %-H:%M"]) == (NEW_YEAR, NEW_YEAR)


@pytest.mark.parametrize(("zone", "hours"), [(None, 0), ("UTC", 0), ("+08:00", -8), ("-0330", 3.5), ("Asia/Tokyo", -9)])
def test_what_has_no_zone_is_in_the_columns_zone(zone, hours):
    assert spans.span("2024-01-01 00:00", zone=zone)[0] == NEW_YEAR + hours * DAY / 24


def test_a_day_of_a_clock_change_has_23_hours():
    low, high = spans.span("2024-03-31", zone="Europe/Paris")
    assert high - low + 1 == 23 * DAY / 24


def test_an_unknown_zone_is_refused_with_a_way_out():
    with pytest.raises(ConditionError, match="no time zone 'Mars/Base' on this machine; write the time in UTC"):
        spans.span("2024-01-01 00:00", zone="Mars/Base")


@pytest.mark.parametrize("value", ["2024-13", "2024-02-30", "noon", 7])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(ConditionError, match="expected a time such as 2024-01-31"):
        spans.span(value)


def test_joined_spans_are_disjoint_and_touching_ones_are_one():
    assert spans.join([(5, 9), (1, 3), (4, 4), (20, 10)]) == ((1, 9),)
    assert spans.invert(()) == ((spans.FIRST, spans.LAST),)
    assert spans.intersect(((0, 5), (8, 9)), ((4, 8),)) == ((4, 5), (8, 8))
