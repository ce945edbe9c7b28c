"""Numbers as people write them."""

from collections import Counter

import pyarrow as pa
import pytest

from genloop.files import numerals, shapes


def resolve(*texts: str) -> numerals.Numeral:
    codes, found = shapes.encode(shapes.bare(pa.array(texts)))
    counts = Counter(found[code] for code in codes)
    led = Counter(found[code] for code, text in zip(codes, texts, strict=True) if text.lstrip("-+($").startswith("0"))
    return numerals.fit(counts, led)[0]


def values(*texts: str, whole: bool = False) -> list[float | None]:
    return numerals.decode(shapes.bare(pa.array(texts)), resolve(*texts), whole=whole).to_pylist()


@pytest.mark.parametrize(
    ("texts", "pattern", "expected"),
    [
        (("1,234", "12,345,678"), "#,##0", [1234, 12345678]),
        (("1,234.5", "999.0"), "#,##0.0", [1234.5, 999]),
        (("1.234,50", "3,25"), "#.##0,00", [1234.5, 3.25]),
        (("1 234,50", "3,25"), "# ##0,00", [1234.5, 3.25]),
        (("1'234.50", "3.25"), "#'##0.00", [1234.5, 3.25]),
        (("0,125", "0,250"), "0,000", [0.125, 0.25]),
        (("1,125", "0,250"), "0,000", [1.125, 0.25]),
        (("12,5", "3"), "0,#", [12.5, 3]),
        (("($5.00)", "$6.50"), "$0.00;($0.00)", [-5, 6.5]),
        (("$-5", "$6"), "$0;$-0", [-5, 6]),
        (("-$5", "$6"), "$0", [-5, 6]),
        (("5-", "6"), "0;0-", [-5, 6]),
        (("+5", "−6"), "0", [5, -6]),
        (("1e-3", "2.5E+4", "7"), "0.#", [0.001, 25000, 7]),
        ((".5", "1."), "0.#", [0.5, 1]),
        (("１２", "３．５"), "0.#", [12, 3.5]),
        (("5 %", "6.25 %"), "0.## %", [5, 6.25]),
        (("1\u00a0234", "5"), "# ##0", [1234, 5]),
    ],
)
def test_a_spelling_is_found_and_read(texts, pattern, expected) -> None:
    assert resolve(*texts).pattern == pattern
    assert values(*texts) == expected


@pytest.mark.parametrize(
    "text", ["", "a", "1-2", "--5", "(5", "$5 €$", "1,23,4", "0x1F", "1.2.3", "5 apples", "e5", "-"]
)
def test_what_is_no_number_is_not_read(text) -> None:
    shape = "".join("0" if c.isdigit() else c for c in text)
    assert numerals.read(shape) is None


def test_a_second_currency_is_left_unread() -> None:
    texts = ("$5", "$6", "€7", "8")
    assert resolve(*texts).pattern == "$0"
    assert values(*texts) == [5, 6, None, 8]


def test_whole_numbers_are_exact_to_eighteen_digits() -> None:
    assert values("999999999999999999", "-1", whole=True) == [999999999999999999, -1]
    assert values("1e3", "5", whole=True) == [1000, 5]
    assert values("5.0", "6.0", whole=True) == [5, 6]


def test_a_pattern_reads_back_and_a_strange_one_is_plain() -> None:
    for text in ("$#,##0.00;($#,##0.00)", "0.00%", "#.##0,## €", "０", "# ##0 kg;# ##0 kg-"):
        assert numerals.read_pattern(text).pattern == text
    assert numerals.read_pattern("what").plain


def test_minus_nothing_is_nothing() -> None:
    numeral = numerals.Numeral(before="$", decimals=2)
    assert numerals.encode(pa.array([-0.001, -0.01, None]), numeral).to_pylist() == ["$0.00", "-$0.01", None]
