"""Both languages say everything, with the same blanks."""

import re
import tomllib
from importlib.resources import files

import pytest

from genloop.core.schema import KINDS
from genloop.reports.texts import Words, known, listed, percent, phrase
from genloop.reports.verdict import LIMITS, SECTIONS

PHRASES = tomllib.loads(files("genloop.reports").joinpath("assets/texts.toml").read_text("utf-8"))
EVERY = [(group, name, pair) for group, names in PHRASES.items() for name, pair in names.items()]


@pytest.mark.parametrize(("group", "name", "pair"), EVERY, ids=[f"{g}.{n}" for g, n, _ in EVERY])
def test_a_phrase_stands_in_both_languages_with_the_same_blanks(group: str, name: str, pair: list[str]) -> None:
    english, chinese = pair
    assert english
    assert re.search(r"[一-鿿]", chinese) or chinese in ("。", "{low} 至 {high}", "{first}；{second}")
    assert sorted(re.findall(r"{(\w+)}", english)) == sorted(re.findall(r"{(\w+)}", chinese)), (group, name)


def test_every_section_score_and_kind_has_its_words() -> None:
    assert all(known(f"section.{name}") and known(f"lead.{name}") for name in SECTIONS)
    assert all(known(f"score.{name}") and known(f"about.{name}") for name in LIMITS)
    assert all(known(f"kind.{kind}") for kind in KINDS)


def test_blanks_are_filled_language_by_language() -> None:
    filled = phrase("page.unlearnt", columns=listed(["a", "b"]), kind=phrase("kind.text"))
    assert filled.en == "a, b: free text is not learnt, the made column is empty"
    assert filled.zh == "a、b：自由文本未被学习，生成的列为空"


def test_words_add_up_and_answer_by_language() -> None:
    both = Words("a", "甲") + Words("b", "乙")
    assert (both["en"], both["zh"]) == ("ab", "甲乙")


def test_an_unknown_phrase_is_not_known() -> None:
    assert not known("page.nowhere")
    assert not known("nowhere.at_all")


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0125, 1, "1.2 %"),
        (1.0, 1, "100 %"),
        (0.9999, 1, "99.99 %"),
        (0.99999999, 1, "99.9999 %"),
        (0.5, 0, "50 %"),
        (-0.0001, 1, "0 %"),
        (-0.02, 1, "-2 %"),
        (0, 2, "0 %"),
    ],
)
def test_only_all_of_it_is_a_hundred_percent(value: float, decimals: int, text: str) -> None:
    assert percent(value, decimals) == text
