"""Languages and scripts are told apart; what has no letters has none."""

import pytest

from genloop.files.texts import language
from genloop.files.texts.language import Language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("这家酒店的早餐很好，服务也不错", Language("zh", "simplified")),
        ("這家酒店的早餐很好，服務也不錯", Language("zh", "traditional")),
        ("这家酒店很贵。這家酒店很貴，服務不錯", Language("zh", "both")),
        ("大人小子上下山水", Language("zh", None)),
        ("The food was good and the room is clean", Language("en")),
        ("Great value", Language("en")),
        ("Le chat dort toute la journée dans le salon rouge près du feu", Language("other")),
        ("Это очень хорошая гостиница", Language("other")),
        ("東京へ行きました", Language("other")),
        ("안녕하세요 여러분", Language("other")),
        ("🎉🎉 123 !!", Language("none")),
        ("", Language("none")),
        ("我很喜欢这个酒店的早餐 The breakfast was nice", Language("zh", "simplified", True)),
    ],
)
def test_the_language_of_a_text_is_found(text, found):
    assert language.read(text) == found


def test_no_character_tells_of_both_scripts():
    simplified, traditional = ("".join(language.WORDS[name].split()) for name in ("simplified", "traditional"))
    assert len(simplified) == len(traditional) > 600
    assert sum(a == b for a, b in zip(simplified, traditional, strict=True)) == 0


def test_common_characters_are_counted_among_those_beyond_ascii():
    assert language.common("abc 的是不") == 1.0 and language.common("abc") == 0.0
    assert language.common("的嚚齉龘") == 0.25
