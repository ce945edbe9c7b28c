"""Shapes of times against Python's own strptime, and what is decided over a column."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from genloop.files import calendar, dates, shapes


def formats(*texts: str) -> calendar.Formats:
    bare = shapes.bare(pa.array(texts))
    codes, found = shapes.encode(bare)
    return calendar.freeze(calendar.fit(bare, codes, found, np.ones(len(bare), np.int64)))


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("2024-02-29", "%Y-%m-%d"),
        ("2024-02-29 23:59:58", "%Y-%m-%d %H:%M:%S"),
        ("2024-02-29T23:59:58.123456", "%Y-%m-%dT%H:%M:%S.%f"),
        ("29.02.2024 07:05", "%d.%m.%Y %H:%M"),
        ("12/31/1999", "%m/%d/%Y"),
        ("12/31/99", "%m/%d/%y"),
        ("31/12/68 11:59 PM", "%d/%m/%y %I:%M %p"),
        ("12:00 AM", "%I:%M %p"),
        ("20240229", "%Y%m%d"),
        ("20240229T235958", "%Y%m%dT%H%M%S"),
        ("Thu, 29 Feb 2024 10:11:12 +0530", "%a, %d %b %Y %H:%M:%S %z"),
        ("2024-02-29T10:11:12-03:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("September 5, 1987", "%B %d, %Y"),
        ("5-Jan-2024", "%d-%b-%Y"),
        ("2024年2月9日", "%Y年%m月%d日"),
        ("2024-Feb-09", "%Y-%b-%d"),
        ("Feb 2024", "%b %Y"),
        ("1100-01-01", "%Y-%m-%d"),
    ],
)
def test_a_text_reads_as_python_reads_it(text, python) -> None:
    expected = dt.datetime.strptime(text, python)
    if expected.tzinfo is not None:
        expected = expected.astimezone(dt.UTC).replace(tzinfo=None)
    elif "%Y" not in python and "%y" not in python:
        expected = expected.replace(year=1970)
    found = formats(text)
    assert calendar.decode(pa.array([text]), found.patterns).to_pylist() == [expected]
    assert (
        calendar.encode(calendar.decode(pa.array([text]), found.patterns), found.patterns[0], found.zone)[0].as_py()
        == text
    )


@pytest.mark.parametrize(
    "text",
    ["2023-02-29", "2024-13-01", "31.04.2024", "24:00", "12:60", "0999-01-01", "2024-01-01T10:00+15:00", "13:00 AM"],
)
def test_what_no_calendar_holds_is_no_time(text) -> None:
    assert formats(text).patterns == () or calendar.decode(pa.array([text]), formats(text).patterns).null_count == 1


@pytest.mark.parametrize("text", ["12", "1.5", "abc", "1-2-3-4", "2024-01", "0"])
def test_texts_that_are_no_dates_have_no_day(text) -> None:
    assert not any("%d" in reading.pattern for reading in dates.read("".join("0" if c.isdigit() else c for c in text)))


@pytest.mark.parametrize("never", ["9999-12-31", "9999-12-31 23:59:59", "31/12/9999", "9999年12月31日"])
def test_the_last_day_of_9999_is_a_time_where_digits_are_parted(never) -> None:
    found = formats(never)
    assert calendar.decode(pa.array([never]), found.patterns)[0].as_py().date() == dt.date(9999, 12, 31)
    assert not formats("99991231").patterns


def test_two_digit_years_turn_at_1969() -> None:
    assert calendar.decode(pa.array(["01/01/69", "01/01/68"]), ("%d/%m/%y",)).to_pylist() == [
        dt.datetime(1969, 1, 1),
        dt.datetime(2068, 1, 1),
    ]


def test_afternoons_in_chinese() -> None:
    found = formats("2024年1月5日 下午3:05", "2024年11月15日 上午12:30")
    assert found.patterns == ("%Y年%-m月%-d日 %p[zh]%-I:%M",)
    assert calendar.decode(pa.array(["2024年1月5日 下午3:05"]), found.patterns)[0].as_py() == dt.datetime(
        2024, 1, 5, 15, 5
    )


def test_leading_zeros_are_those_of_the_column() -> None:
    assert formats("2024/1/5", "2024/11/15").patterns == ("%Y/%-m/%-d",)
    assert formats("2024/01/05", "2024/11/15").patterns == ("%Y/%m/%d",)
    assert formats("2024/11/15").patterns == ("%Y/%m/%d",)
    assert formats("9:05", "12:30").patterns == ("%-H:%M",)


def test_rivals_are_decided_by_the_rest_of_the_column_then_by_the_shorter_span() -> None:
    assert set(formats("01/02/2024", "13/02/2024 10:00").patterns) == {"%d/%m/%Y %H:%M", "%d/%m/%Y"}
    assert set(formats("01/02/2024", "02/13/2024 10:00").patterns) == {"%m/%d/%Y %H:%M", "%m/%d/%Y"}
    close = formats("01/05/2024", "01/06/2024", "01/07/2024")
    assert close.patterns == ("%m/%d/%Y",)
    assert close.notes == ("day and month could be swapped: read as %m/%d/%Y, %d/%m/%Y would fit as well",)


def test_zones_are_joined_in_utc_and_the_most_frequent_is_written() -> None:
    texts = ["2024-01-05T10:00:00+08:00"] * 2 + ["2024-01-05T10:00:00+01:00"]
    found = formats(*texts)
    assert found.zone == "+08:00"
    assert found.notes == ("times in 2 zones; made times are written in the most frequent",)
    values = calendar.decode(pa.array(texts), found.patterns)
    assert [v.hour for v in values.to_pylist()] == [2, 2, 9]
    assert calendar.encode(values, found.patterns[0], found.zone)[2].as_py() == "2024-01-05T17:00:00+08:00"
    mixed = formats("2024-01-05T10:00:00Z", "2024-01-05T10:00:00")
    assert any(note.startswith("some times carry a zone and some do not") for note in mixed.notes)


def test_shards_merge_to_the_whole() -> None:
    texts = [f"{d:02d}/{m:02d}/2024" for d in range(1, 29) for m in range(1, 13)] + ["2024-01-05", "soon"]

    def fit(part):
        bare = pa.array(part)
        codes, found = shapes.encode(bare)
        return calendar.fit(bare, codes, found, np.ones(len(part), np.int64))

    assert calendar.merge(fit(texts[:100]), fit(texts[100:])) == fit(texts)


def test_of_too_many_shapes_the_most_frequent_are_read(monkeypatch) -> None:
    monkeypatch.setattr(calendar, "SHAPES", 2)
    found = formats("a", "b", "c", "2024-01-05", "2024-01-06", "x", "x")
    assert (found.patterns, found.cells) == (("%Y-%m-%d",), 2)


def test_milliseconds_and_nanoseconds_keep_their_digits() -> None:
    for digits in (1, 3, 6, 9):
        text = f"2024-01-05 10:00:00.{'123456789'[:digits]}"
        found = formats(text)
        back = calendar.encode(calendar.decode(pa.array([text]), found.patterns), found.patterns[0], None)[0].as_py()
        assert back == (text if digits <= 6 else text[:-3] + "000")
