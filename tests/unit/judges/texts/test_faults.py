import numpy as np
import pytest

from genloop.judges.texts import faults


def reader(texts, language):
    return faults.Reader(texts, language, np.random.default_rng(0))


@pytest.mark.parametrize(
    "text",
    [
        "It was good, good, good, good, good, good.",
        "服务很好服务很好服务很好服务很好",
        "We came late. It rained. We came late. It was cold. We came late.",
        "wowwwwwwwwwwwwwwwwww",
    ],
)
def test_a_text_that_says_the_same_again_and_again_loops(text):
    assert faults.loops([text, "An ordinary sentence, said once; and another one."]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("language", "sign", "poor", "fine"),
    [
        ("zh", "width", "房间很好,服务不错", "房间很好，价格3,000元"),
        ("en", "width", "Good room，bad food", "Good room, bad food"),
        ("zh", "open", "他说“很好。", "他说“很好”（真的）。"),
        ("en", "open", 'She said "fine.', 'She said "fine" (twice).'),
        ("en", "open", "a) first", "(a) first"),
        ("zh", "doubled", "很好，。", "很好……真的！！"),
        ("zh", "doubled", "，很好", "很好，真的"),
        ("zh", "gaps", "房 间很好", "房间 very good"),
        ("en", "gaps", "It was good , really", "It was good, really :)"),
        ("en", "gaps", "It was good.Then not", "It was good. Then not, U.S.A."),
        ("zh", "strange", "房间けっこう好", "房间OK"),
        ("en", "strange", "The room\ufffd was fine", "The room was fine"),
    ],
)
def test_a_fault_is_seen_and_what_is_right_is_not(language, sign, poor, fine):
    learnt = ["房间很好，OK。", "价格不贵！"] * 20 if language == "zh" else ["The room was fine.", "Too dear!"] * 20
    assert reader(learnt, language).read([poor, fine])[sign].tolist() == [True, False]


def test_cut_ends_are_told_by_how_learnt_texts_end(world):
    texts = world.rows(300, 1)[0]
    found = reader(texts, "en").read([*world.rows(100, 2)[0], *(text[: len(text) * 2 // 3] for text in texts[:100])])
    assert found["cut"][:100].mean() < 0.05
    assert found["cut"][100:].mean() > 0.9
