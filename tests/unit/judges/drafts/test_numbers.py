"""Numbers are values, however they are written."""

from decimal import Decimal

import pytest

from genloop.judges.drafts import numbers

SAME = [
    ("1,000 people", "１０００人", "一千人", "one thousand people", "1000"),
    ("30%", "30 percent", "百分之三十", "３０％"),
    ("2.5亿元", "250,000,000", "250 million", "二亿五千万元"),
    ("1.2万", "12000", "一万二千", "twelve thousand"),
    ("1998年", "一九九八年", "１９９８", "98年"),
    ("二○○○年", "2000", "two thousand"),
    ("25岁", "二十五岁", "twenty-five"),
    ("两个月", "2", "two", "二月"),
    ("300多", "三百", "three hundred"),
    ("1万亿", "one trillion", "1,000,000,000,000"),
    ("$3.5m", "3.5 million", "350万"),
    ("a dozen", "12", "十二"),
    ("105", "一百零五", "one hundred and five"),
]


@pytest.mark.parametrize("forms", SAME)
def test_forms_of_one_number_are_found_in_one_another(forms: tuple[str, ...]) -> None:
    for said in forms:
        for given in forms:
            found = numbers.read(said)
            assert found, said
            assert all(numbers.Known.of(given).holds(one) for one in found), (said, given)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("31%", "30%"),
        ("1月3日", "3月1日、5日"),
        ("七万", "3万和7人"),
        ("1999年", "1998年"),
        ("five", "four"),
        ("５０", "５００"),
    ],
)
def test_another_number_is_not_found(said: str, given: str) -> None:
    known = numbers.Known.of(given)
    assert not all(known.holds(one) for one in numbers.read(said))


@pytest.mark.parametrize(
    "text", ["一些人十分高兴", "万一下雨", "千万不要", "one of them", "统一了思想", "hundreds of birds"]
)
def test_words_with_numerals_in_them_are_no_numbers(text: str) -> None:
    assert numbers.read(text) == []


def test_the_place_of_a_number_is_told() -> None:
    (found,) = numbers.read("共有１２项政策")
    assert (found.start, found.stop, found.sure) == (2, 4, frozenset({Decimal(12)}))
