"""Whatever a column's kind and spelling: restore(clean(x)) is x for cells in the column's own spelling."""

import datetime as dt

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from genloop.core.schema import Column
from genloop.files import calendar, missing, numerals
from genloop.files.clean import clean, decode, encode, restore
from genloop.files.profile import profile

EXAMPLES = settings(max_examples=60, deadline=None)
STYLES = st.sampled_from(numerals.STYLES)
WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
PATTERNS = (
    "%^b %d %Y",
    *("%Y-%m-%d", "%Y/%-m/%-d", "%d.%m.%Y", "%m/%d/%Y", "%Y年%-m月%-d日", "%Y%m%d", "%d-%b-%Y", "%B %-d, %Y"),
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%3f%:z", "%Y-%m-%dT%H:%M:%S.%fZ", "%d/%m/%Y %I:%M:%S %p"),
    *("%Y/%-m/%-d %p[zh]%-I:%M", "%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %-H:%M", "%y-%m-%d"),
    *("%H:%M", "%-I:%M %p", "%H:%M:%S.%2f", "%Y-%m", "%Y%m%dT%H%M%S", "%A %-d %B %Y", "%Y-%m-%d %H:%M%z[h]"),
)  # fmt: skip
MOMENTS = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2068, 12, 31))


@st.composite
def spellings(draw) -> numerals.Numeral:
    mark, group = draw(STYLES)
    decimals = draw(st.integers(0, 4))
    return numerals.Numeral(
        before=draw(st.sampled_from(["", "$", "US$", "￥", "€ ", "CNY "])),
        after=draw(st.sampled_from(["", "%", " €", "元", " kg"])),
        mark=mark,
        group=group,
        decimals=decimals,
        fixed=draw(st.booleans()) or decimals == 0,
        sign=draw(st.sampled_from(["front", "inside", "after", "brackets"])),
        wide=draw(st.booleans()),
    )


@EXAMPLES
@given(spellings(), st.lists(st.none() | st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_numbers_in_any_spelling_come_back(numeral, ticks) -> None:
    column = Column("x", "number", formats=(numeral.pattern,), decimals=numeral.decimals)
    values = pa.array([None if t is None else t / 10**numeral.decimals for t in ticks], pa.float64())
    values = values.cast(pa.int64()) if numeral.decimals == 0 else values
    cells = encode(column, values)
    assert numerals.read_pattern(numeral.pattern).pattern == numeral.pattern
    assert decode(column, cells) == (values, 0)
    assert encode(column, decode(column, cells)[0]) == cells


@EXAMPLES
@given(spellings(), st.lists(st.integers(-(10**7), 10**7), min_size=20, max_size=40))
def test_a_profile_of_spelt_numbers_reads_every_one(numeral, ticks) -> None:
    values = [t / 10**numeral.decimals for t in ticks]
    cells = numerals.encode(pa.array(values, pa.float64()), numeral)
    table = pa.table({"x": cells})
    schema = profile(table, kinds={"x": "number"})
    cleaned = clean(table, schema)
    assert cleaned.repairs == {}
    if numeral.decimals != 3 or numeral.group:  # "1,234" alone is read as a thousand, as the profile notes
        assert cleaned.records["x"].to_pylist() == values


@EXAMPLES
@given(
    st.sampled_from(PATTERNS), st.lists(st.none() | MOMENTS, min_size=1, max_size=20), st.sampled_from([0, 480, -210])
)
def test_times_in_any_pattern_come_back(pattern, moments, minutes) -> None:
    zone = (
        None
        if "%z" not in pattern and "%:z" not in pattern
        else f"{'-' if minutes < 0 else '+'}0{abs(minutes) // 60}:{abs(minutes) % 60:02d}"
    )
    if "%z[h]" in pattern:
        zone = "+08:00"
    column = Column("x", "time", formats=(pattern,), zone=zone)
    cells = encode(column, pa.array(moments, pa.timestamp("us")))
    values, unread = decode(column, cells)
    assert (unread, values.null_count) == (0, moments.count(None))
    assert encode(column, values) == cells


@EXAMPLES
@given(st.sampled_from(PATTERNS), st.lists(MOMENTS, min_size=20, max_size=40, unique=True))
def test_a_profile_of_spelt_times_reads_every_one(pattern, moments) -> None:
    cells = calendar.encode(pa.array(moments, pa.timestamp("us")), pattern, "+08:00" if "z" in pattern else None)
    table = pa.table({"x": cells})
    schema = profile(table, kinds={"x": "time"})
    cleaned = clean(table, schema)
    assert cleaned.repairs == {}
    assert cleaned.records["x"].null_count == 0
    assert restore(cleaned.records, schema)["x"].to_pylist() == cells.to_pylist()


@EXAMPLES
@given(st.lists(st.none() | WORDS, min_size=1, max_size=30), st.sampled_from(["category", "key", "text"]))
def test_words_come_back_or_are_missing(words, kind) -> None:
    table = pa.table({"x": pa.array(words, pa.string())})
    schema = profile(table, kinds={"x": kind})
    back = restore(clean(table, schema).records, schema)["x"].to_pylist()
    assert all(
        new == old or (new is None and old.strip() in missing.ALWAYS) for new, old in zip(back, words, strict=True)
    )


TYPED = st.sampled_from([
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint8(), st.integers(0, 255)),
    (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    (pa.bool_(), st.booleans()),
    (pa.date32(), st.dates()),
    (pa.timestamp("ms"), st.integers(-(2**40), 2**40)),
    (pa.timestamp("us", "Europe/Berlin"), st.integers(-(2**50), 2**50)),
    (pa.time32("ms"), st.integers(0, 86_399_999)),
])  # fmt: skip


@EXAMPLES
@given(st.data(), TYPED)
def test_typed_cells_come_back(data, typed) -> None:
    kind, values = typed
    cells = pa.array(data.draw(st.lists(st.none() | values, min_size=1, max_size=40)), kind)
    table = pa.table({"x": cells})
    schema = profile(table)
    cleaned = clean(table, schema)
    assert cleaned.repairs == {}
    assert restore(cleaned.records, schema).equals(table)


SCRAPS = st.text(st.sampled_from("0123456789.,-/: $%€()+eETZ年月日AMP١２"), max_size=14)


@EXAMPLES
@given(st.lists(st.none() | SCRAPS, min_size=1, max_size=40), st.sampled_from([None, "category", "key", "text"]))
def test_no_scraps_of_numbers_and_dates_break_a_profile(scraps, kind) -> None:
    table = pa.table({"x": pa.array(scraps, pa.string())})
    schema = profile(table, kinds={} if kind is None else {"x": kind})
    cleaned = clean(table, schema)
    assert cleaned.records["x"].null_count == schema.summaries["x"].missing
    assert cleaned.repairs.get("x", 0) == schema.summaries["x"].unreadable
    assert restore(cleaned.records, schema).num_rows == len(scraps)


@EXAMPLES
@given(st.lists(st.from_regex(r"[0-9]{1,3}([.,][0-9]{1,3}){0,2}", fullmatch=True), min_size=1, max_size=30))
def test_scraps_declared_numbers_are_read_or_counted(scraps) -> None:
    table = pa.table({"x": scraps})
    schema = profile(table, kinds={"x": "number"}) if any(s.count(".") + s.count(",") < 2 for s in scraps) else None
    if schema is not None:
        cleaned = clean(table, schema)
        assert cleaned.repairs.get("x", 0) == cleaned.records["x"].null_count
