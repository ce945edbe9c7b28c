"""Names are found, and looked up whatever their case, ending, width or script."""

import pytest

from genloop.judges.drafts import names
from genloop.judges.drafts.draft import Draft, Section
from genloop.judges.drafts.support import Facts, read

COMMON = frozenset({"when", "the", "council", "met", "hope", "visited", "said"})


def _missing(text: str, given: str, language: str) -> list[str]:
    draft = Draft((Section("", text),), "zh" if language == "zh" else "en")
    return [one.shown for one in read(draft, Facts.of([given]), COMMON).missing]


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("When Harper's council met", "HARPER met them"),
        ("The Americans said", "she went to America"),
        ("They met Señor Gonzáles and Müller", "they met Senor Gonzales and Müller"),
        ("The O’Neill plan", "the O'Neill plan"),
        ("Hope visited", "nothing of note"),  # a common word at the start of a sentence
    ],
)
def test_a_name_of_the_material_is_supported(said: str, given: str) -> None:
    assert _missing(said, given, "en") == []


def test_a_name_that_is_not_in_the_material_is_told_with_its_place() -> None:
    assert _missing("The council met Lindqvist in Ashford.", "The council met Harper in Ashford.", "en") == [
        "Lindqvist"
    ]
    assert _missing("Lindqvist said so.", "Harper said so.", "en") == ["Lindqvist"]
    assert _missing("They met in April.", "They met in March.", "en") == ["April"]


@pytest.mark.parametrize(
    ("said", "given", "missing"),
    [
        ("记者王建国在上海报道", "记者王建国在上海报道", []),
        ("记者王建国在上海报道", "記者王建國在上海報道", []),
        ("记者李秀英在上海报道", "记者王建国在上海报道", ["李秀英"]),
        ("记者在广州报道", "记者在上海报道", ["广州"]),
        ("他写了《红楼梦》一书", "他写了《西游记》一书", ["红楼梦"]),
        ("该公司推出iPhone手机", "该公司推出Galaxy手机", ["iPhone"]),
        ("房间是KTV包房改的，有USB口", "这房间原来是KTV包房改的，桌上有USB口", []),
        ("铁木尔·达瓦买提出席", "铁木尔•达瓦买提出席", []),
    ],
)
def test_chinese_names(said: str, given: str, missing: list[str]) -> None:
    pytest.importorskip("jieba")
    assert list(dict.fromkeys(_missing(said, given, "zh"))) == missing


def test_scripts_widths_and_signs_are_one() -> None:
    assert names.plain("ＩＢＭ 劉洪波·達") == "ibm刘洪波达"
