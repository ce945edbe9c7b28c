"""What kinds are recognised, with which doubts, and what a profile refuses."""

import datetime as dt
import uuid

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.errors import DataError, SchemaError
from genloop.core.schema import Column
from genloop.files import kinds
from genloop.files.profile import profile

ROWS = 400


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def column(values, name="x", **options) -> Column:
    return profile(pa.table({name: values}), **options)[name]


def texts(pattern, values=None) -> list[str]:
    return [pattern.format(v) for v in (rng().normal(50, 10, ROWS).round(2) if values is None else values)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (rng().integers(0, 90, ROWS), "number"),
        (rng().normal(0, 1, ROWS), "number"),
        (rng().choice(["a", "b", "c"], ROWS), "category"),
        (rng().integers(0, 2, ROWS).astype(bool), "category"),
        (rng().choice(["true", "false"], ROWS), "category"),
        (texts("{}"), "number"),
        (texts("{:.0f}"), "number"),
        (np.arange(ROWS), "key"),
        ([str(uuid.UUID(int=int(i))) for i in rng().integers(0, 2**60, ROWS)], "key"),
        ([f"CU-{i:05d}" for i in range(ROWS)], "key"),
        ([f"p{i}@shop.example" for i in range(ROWS)], "key"),
        ([f"1381234{i:04d}" for i in range(ROWS)], "key"),
        ([f"pictures/{i}.jpg" for i in range(ROWS)], "text"),  # none of them is there
        ([f"{i}.WAV" for i in range(ROWS)], "audio"),
        ([f"{i}.mid" for i in range(ROWS)], "music"),
        ([f"{i}.mp4" for i in range(ROWS)], "video"),
        ([[{"item": int(i)}] for i in range(ROWS)], "events"),
        ([f"The quick brown fox number {i} jumps over a lazy dog" for i in range(ROWS)], "text"),
        ([f"这是第{i}条很长的中文评论,质量很好,下次还会再来购买的" for i in range(ROWS)], "text"),
        ([f"2024-01-{i % 28 + 1:02d}" for i in range(ROWS)], "time"),
        ([20240101 + i % 28 for i in range(ROWS)], "time"),
        ([dt.date(2024, 1, i % 28 + 1) for i in range(ROWS)], "time"),
        ([dt.time(i % 24, 5) for i in range(ROWS)], "time"),
    ],
)
def test_a_kind_is_recognised(values, kind) -> None:
    assert column(values).kind == kind


def test_a_question_mark_is_a_category_among_texts_and_missing_among_numbers() -> None:
    schema = profile(pa.table({"work": ["a", "b", "?", "a"] * 20, "age": ["3", "4", "?", "5"] * 20}))
    assert (schema["work"].kind, schema.summaries["work"].missing, schema.summaries["work"].distinct) == (
        "category",
        0,
        3,
    )
    assert (schema["age"].kind, schema.summaries["age"].missing, schema.summaries["age"].unreadable) == (
        "number",
        20,
        0,
    )


@pytest.mark.parametrize("spelling", ["", " ", "NA", "N/A", "null", "nan", "NULL", None])
def test_an_empty_cell_is_missing_in_every_kind(spelling) -> None:
    schema = profile(pa.table({"c": ["a", "b", spelling] * 20, "n": ["1", "2", spelling] * 20}))
    assert [schema.summaries[name].missing for name in ("c", "n")] == [20, 20]


@pytest.mark.parametrize("spelling", ["-", "无", "空", "None", "--", "#N/A"])
def test_a_dash_or_word_for_nothing_is_missing_among_numbers_and_times(spelling) -> None:
    schema = profile(pa.table({"n": ["1", "2", spelling] * 20, "t": ["2024-01-01", "2024-01-02", spelling] * 20}))
    assert [schema[name].kind for name in ("n", "t")] == ["number", "time"]
    assert [schema.summaries[name].missing for name in ("n", "t")] == [20, 20]


@pytest.mark.parametrize(
    ("pattern", "formats", "decimals"),
    [
        ("${:,.2f}", ("$0.00",), 2),
        ("{:.1f}%", ("0.0%",), 1),
        ("{:.0f} kg", ("0 kg",), 0),
        ("￥{:.2f}", ("￥0.00",), 2),
        ("{:.2f}元", ("0.00元",), 2),
        ("{}", (), 2),
    ],
)
def test_the_spelling_of_numbers_is_found(pattern, formats, decimals) -> None:
    found = column(texts(pattern))
    assert (found.kind, found.formats, found.decimals) == ("number", formats, decimals)


def test_thousands_separators_and_decimal_commas_are_found() -> None:
    numbers = rng().normal(20_000, 9_000, ROWS).round(2)
    assert column([f"{n:,.2f}" for n in numbers]).formats == ("#,##0.00",)
    swapped = [f"{n:,.2f}".translate(str.maketrans(",.", ".,")) for n in numbers]
    assert column(swapped).formats == ("#.##0,00",)
    assert column([f"{n:.2f}".replace(".", ",") for n in numbers]).formats == ("0,00",)


def test_decimals_are_those_of_the_values() -> None:
    assert column([1.5, 2.25, None] * 10).decimals == 2
    assert column([1.0, 2.0, None] * 10).decimals == 0
    assert column(["1.0", "2.0", ""] * 10).decimals == 0
    assert column(pa.array([0.1, 0.2, 3.3] * 10, pa.float32())).decimals == 1
    assert column([1 / 3, 2 / 7] * 10).decimals is None
    assert column([0.1 + 0.2, 0.4] * 10).decimals == 1
    assert column(["1e-3", "2.5e-2"] * 10).decimals == 3


def test_two_currencies_are_no_number() -> None:
    found = column(["$5.00", "€5.00", "$6.00", "€7.50"] * 20)
    assert found.kind == "category"
    assert "mixed types" in found.notes[0]


def test_codes_with_leading_zeros_are_no_numbers() -> None:
    found = column([f"{i:05d}" for i in rng().choice([1, 77, 456, 90210, 10115], ROWS)], "postcode")
    assert found.kind == "category"
    assert "leading zeros: codes, not numbers" in found.notes


def test_postal_codes_stored_as_numbers_are_categories() -> None:
    assert column(rng().integers(10_000, 10_050, ROWS), "zip_code").kind == "category"
    assert column(rng().integers(10_000, 10_050, ROWS), "zipper").kind == "number"


def test_citizen_numbers_are_keys_and_personal_data() -> None:
    def citizen(i: int) -> str:
        body = f"11010519{50 + i % 40}0101{i % 1000:03d}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]

    found = column([citizen(i) for i in range(ROWS)], "身份证")
    assert found.kind == "key"
    assert "citizen numbers: personal data" in found.notes


def test_a_price_that_happens_to_be_all_distinct_is_a_number() -> None:
    found = column(rng().permutation(100_000)[:ROWS] / 100, "price")
    assert (found.kind, found.unique) == ("number", True)
    assert "all distinct" in found.notes
    assert column(rng().permutation(100_000)[:ROWS], "price").kind == "number"


def test_a_name_that_says_identifier_makes_distinct_numbers_a_key() -> None:
    values = rng().permutation(100_000)[:ROWS]
    assert [column(values, name).kind for name in ("customer_id", "customerId", "订单编号", "id")] == ["key"] * 4
    assert column(rng().integers(0, 16, ROWS), "education-num").kind == "number"
    assert column(rng().integers(0, 16, ROWS), "paid").kind == "number"


def test_a_repeated_identifier_is_a_category_while_it_is_learnable_and_else_a_foreign_key() -> None:
    assert column(rng().integers(0, 8, ROWS), "store_id").kind == "category"
    found = column(rng().integers(0, 300, ROWS), "customer_id")
    assert (found.kind, found.unique) == ("key", False)


def test_a_key_carries_its_pattern() -> None:
    assert column([f"CU-{i:05d}" for i in range(ROWS)]).formats == (r"CU-\d{5}",)
    assert column(np.arange(1, ROWS + 1)).formats == (r"\d{1,3}",)


def test_zero_inflation_is_noted() -> None:
    values = np.where(np.arange(ROWS) % 5 < 4, 0, rng().integers(1, 5000, ROWS))
    assert any(note == "zero in 80% of the rows" for note in column(values).notes)


def test_infinities_are_counted_and_missing() -> None:
    schema = profile(pa.table({"x": [1.5, float("inf"), float("-inf"), float("nan"), None, 2.5]}))
    assert (schema.summaries["x"].missing, schema.summaries["x"].unreadable) == (4, 2)


def test_huge_whole_numbers_stay_numbers_or_keys_without_overflow() -> None:
    distinct = [2**64 - 1 - i**4 for i in range(ROWS)]
    repeated = [2**64 - 1 - i % 7 * 10**12 for i in range(ROWS)]
    assert column(pa.array(distinct, pa.uint64()), "amount").kind == "key"
    found = column(pa.array(repeated, pa.uint64()), "amount")
    assert (found.kind, found.decimals) == ("number", None)
    assert column([str(10**6 * value) for value in distinct], "amount").kind == "key"
    found = column([str(10**6 * value) for value in repeated], "amount")
    assert (found.kind, found.decimals, found.formats) == ("number", None, ("0",))


def test_floats_beyond_64_bits_are_measurements_and_no_keys() -> None:
    masses = 10 ** np.random.default_rng(0).uniform(20, 30, ROWS)
    found = column(masses, "mass")
    assert (found.kind, found.decimals) == ("number", None)
    assert column(np.floor(masses / masses.max() * 9e18), "ticket").kind == "key"


def test_all_missing_and_constant_columns_are_noted() -> None:
    schema = profile(pa.table({"gone": ["", None, "NA"], "same": [7, 7, 7], "null": pa.nulls(3)}))
    assert [schema[name].kind for name in ("gone", "null")] == ["category", "category"]
    assert "all missing" in schema["gone"].notes
    assert "all missing" in schema["null"].notes
    assert "constant: one value in every row" in schema["same"].notes


def test_mixed_types_are_said_and_counted() -> None:
    few = column(["1", "2", "3", "4"] * 50 + ["broken"])
    assert few.kind == "number"
    assert "mixed types: 1 cells are no numbers and become missing" in few.notes
    half = column(["1", "2", "x", "y"] * 50)
    assert half.kind == "category"
    assert half.notes[0].startswith("mixed types: 50% of the cells read as numbers")


def test_dates_in_two_formats_are_one_time_and_noted() -> None:
    found = column([f"2024-01-{d:02d}" for d in range(1, 29)] * 3 + [f"{d:02d}.01.2024" for d in range(1, 29)])
    assert (found.kind, found.formats) == ("time", ("%Y-%m-%d", "%d.%m.%Y"))
    assert any(note.startswith("dates in 2 formats") for note in found.notes)


def test_day_or_month_first_is_decided_over_the_whole_column() -> None:
    early = [f"0{d}/0{m}/2024" for d in range(1, 10) for m in range(1, 10)]
    assert column([*early, "25/01/2024"]).formats == ("%d/%m/%Y",)
    assert column([*early, "01/25/2024"]).formats == ("%m/%d/%Y",)
    found = column(early)
    assert found.confidence < 0.8
    assert any(note.startswith("day and month could be swapped") for note in found.notes)


def test_documents_are_texts() -> None:
    found = column([f"{i} " + "word " * 2_000 for i in range(50)])
    assert (found.kind, found.reason) == ("text", "long texts, 100% of them distinct")


def test_the_reason_shows_the_spelling() -> None:
    assert column(["2024年1月5日", "2024年1月6日"]).reason == "cells read as times such as 2024年1月31日"
    assert column(["$1,000.00", "$2,000.50"] * 20).reason == "cells read as numbers such as $1,234.50"


def test_zones_are_remembered() -> None:
    assert column(["2024-01-05T10:00:00+08:00", "2024-01-06T10:00:00+08:00"]).zone == "+08:00"
    assert column(["2024-01-05T10:00:00Z", "2024-01-06T10:00:00Z"]).zone == "UTC"
    assert column(pa.array([1, 2], pa.timestamp("ms", "Asia/Shanghai"))).zone == "Asia/Shanghai"


def test_epoch_seconds_are_times_only_when_declared() -> None:
    values = [1_700_000_000 + 60 * int(i) for i in rng().integers(0, 10**5, ROWS)]
    found = column(values)
    assert (found.kind, found.confidence) == ("number", 0.6)
    assert "could be seconds since 1970: --kind x=time reads them so" in found.notes
    assert column(values, kinds={"x": "time"}).formats == ("epoch[s]",)
    assert column([1000 * v for v in values], kinds={"x": "time"}).formats == ("epoch[ms]",)


def test_latitude_and_longitude_are_partners() -> None:
    lat, lon = rng().uniform(20, 50, ROWS).round(4), rng().uniform(70, 130, ROWS).round(4)
    schema = profile(pa.table({"start_lat": lat, "plate": lat, "start_lng": lon, "纬度": lat, "经度": lon}))
    assert [(c.kind, c.partner) for c in schema.columns] == [
        ("place", "start_lng"),
        ("number", None),
        ("place", "start_lat"),
        ("place", "经度"),
        ("place", "纬度"),
    ]


def test_latitudes_off_the_earth_are_numbers() -> None:
    schema = profile(pa.table({"lat": rng().uniform(0, 5000, ROWS), "lon": rng().uniform(0, 9, ROWS)}))
    assert [c.kind for c in schema.columns] == ["number", "number"]


def test_declared_places_need_a_partner() -> None:
    table = pa.table({"a": [1.5, 2.5], "b": [1.5, 2.5]})
    assert profile(table, kinds={"a": "place", "b": "place"})["a"].partner == "b"
    with pytest.raises(SchemaError, match="column 'a' is declared a place; declare its latitude and its longitude"):
        profile(table, kinds={"a": "place"})


def test_declarations_win_and_unknown_ones_are_refused_listing_what_exists() -> None:
    table = pa.table({"a": [1, 2, 1], "b": ["x", "y", "z"]})
    schema = profile(table, kinds={"a": "category"}, keys=["b"])
    assert [(c.kind, c.confidence) for c in schema.columns] == [("category", 1.0), ("key", 1.0)]
    assert profile(table, drop=["a"]).names == ["b"]
    with pytest.raises(SchemaError, match=r"no column 'c'; the table has a, b"):
        profile(table, kinds={"c": "number"})
    with pytest.raises(SchemaError, match=r"column 'a': unknown kind 'colour'; expected one of number, category"):
        profile(table, kinds={"a": "colour"})
    with pytest.raises(SchemaError, match="column 'b' cannot be a number: none of its 3 cells reads as one"):
        profile(table, kinds={"b": "number"})
    with pytest.raises(SchemaError, match="column 'b' cannot be a time: none of its 3 cells reads as one"):
        profile(table, kinds={"b": "time"})


def test_a_kind_that_the_stored_type_cannot_be_is_refused() -> None:
    table = pa.table({"x": [[1], [2]]})
    for kind in ("number", "time"):
        with pytest.raises(SchemaError, match=f"column 'x' cannot be a {kind}: its cells are stored as list"):
            profile(table, kinds={"x": kind})


def test_a_clock_among_dates_is_no_date() -> None:
    schema = profile(pa.table({"x": [f"2024-01-{d:02d}" for d in range(1, 29)] + ["10:30"]}))
    assert schema["x"].formats == ("%Y-%m-%d",)
    assert schema.summaries["x"].unreadable == 1


def test_phones_stored_as_numbers_are_keys() -> None:
    phones = 13_800_000_000 + rng().permutation(10**6)[:ROWS] * 97
    assert column(phones).kind == "key"
    found = column(rng().permutation(10**6)[:ROWS] * 97 + 10**8, "mobile")
    assert (found.kind, "phones: personal data" in found.notes) == ("key", True)


def test_short_names_are_texts_and_repeated_codes_keys() -> None:
    surnames = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"]
    assert column(surnames).kind == "text"
    assert column([*surnames, *surnames[:300]]).kind == "text"
    orders = [f"2015-{i % 1_500:06d}" for i in range(3_000)]
    found = column(orders, "order_id")
    assert (found.kind, found.unique, found.reason) == ("key", False, "codes, few rows each")


def test_a_header_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match="expected at least one row, found a header only"):
        profile(pa.table({"a": pa.array([], pa.string())}))
    with pytest.raises(DataError, match="expected at least one column, found none"):
        profile(pa.table({"a": [1]}), drop=["a"])


def test_one_row_and_more_columns_than_rows_are_profiled_with_doubt() -> None:
    schema = profile(pa.table({f"c{i}": [i, i * 2] for i in range(40)} | {"t": ["a", "b"]}))
    assert {c.kind for c in schema.columns} == {"number", "category"}
    assert all(c.confidence <= 0.6 for c in schema.columns)
    one = column(["x"])
    assert "only 1 row carries a value: too few to be sure of the kind" in one.notes


def test_a_hundred_thousand_categories_are_counted() -> None:
    values = np.repeat(np.arange(100_000), 6).astype(str)
    found = profile(pa.table({"x": np.char.add("v", values)}))
    assert found["x"].kind == "category"
    assert found.summaries["x"].distinct == 100_000
    assert "100000 categories" in found["x"].notes


def test_ranges_hand_out_only_values_that_enough_rows_carry() -> None:
    values = [3, 17] + [20] * 6 + list(range(21, 80)) + [90] * 5 + [999_999]
    summary = profile(pa.table({"x": values})).summaries["x"]
    assert summary.low == 20
    assert summary.high == 90
    exact = profile(pa.table({"x": [5] * 5 + [9] * 5})).summaries["x"]
    assert (exact.low, exact.high) == (5, 9)
    assert profile(pa.table({"x": [1, 2, 3]})).summaries["x"].low is None


def test_ranges_of_times_are_rounded_or_carried_by_enough_rows() -> None:
    days = [f"2024-03-{d:02d} 10:11:12" for d in range(1, 29)]
    summary = profile(pa.table({"x": days})).summaries["x"]
    assert (summary.low, summary.high) == ("2024-03-05", "2024-03-25")
    clocks = [f"{h:02d}:15" for h in range(24)]
    assert profile(pa.table({"x": clocks})).summaries["x"].low == "04:00:00"


def test_batches_give_the_profile_of_the_whole() -> None:
    rows = 3_000
    table = pa.table(
        {
            "n": rng().normal(0, 100, rows).round(2).astype(str),
            "c": rng().choice(["a", "b"], rows),
            "t": [f"{d:02d}/{m:02d}/2024" for d, m in rng().integers(1, 13, (rows - 1, 2))] + ["30/12/2024"],
            "k": [f"K{i:06d}" for i in range(rows)],
        }
    )

    class Pieces:
        columns = table.column_names

        def batches(self, rows: int = 65_536):
            return iter(table.to_batches(max_chunksize=100))

        def fingerprint(self) -> str:
            return ""

        def describe(self) -> dict[str, str]:
            return {}

    assert profile(Pieces()) == profile(table)


def test_bytes_are_recognised_by_how_they_begin() -> None:
    assert column(pa.array([b"P5 1 1 255\n7", None])).kind == "image"
    assert "none of its 1 pictures can be read: 1 damaged" in column(pa.array([b"\x89PNG\r\n\0", None])).notes[0]
    assert column(pa.array([b"RIFF0000WAVEfmt "])).kind == "audio"
    found = column(pa.array([b"what is it"]))
    assert (found.kind, found.confidence) == ("text", 0.5)


def test_full_width_digits_are_numbers() -> None:
    assert column(["１２", "３４５"] * 30).formats == ("０",)
    mixed = column(["１２", "345", "6"] * 30)
    assert mixed.formats == ()
    assert any("full-width" in note for note in mixed.notes)


def test_a_categorical_and_other_typed_columns_keep_their_value_type() -> None:
    assert column(pa.array(["a", "b"] * 20).dictionary_encode()).physical == "string"
    assert column(pa.array([1, 2], pa.duration("s"))).kind == "number"
    assert column(pa.array([{"a": 1}])).kind == "text"


def test_one_long_text_in_every_row_is_said_and_refused_where_nothing_else_is_there() -> None:
    text = "The room was quiet and clean, and the breakfast was served until noon."
    found = profile(pa.table({"text": [text] * ROWS, "label": ["a", "b"] * (ROWS // 2)}))
    assert found["text"].kind == "category" and found["text"].confidence < 0.8
    assert found["text"].reason == "one long text in every row: nothing to learn in it"
    kinds.check(found.columns, ROWS)
    with pytest.raises(DataError, match="column 'text' has one text, repeated 400 times, and no column beside it"):
        kinds.check(found.columns[:1], ROWS)
    assert column(["yes"] * ROWS).reason == "1 distinct text"
