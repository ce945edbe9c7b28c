"""Small models and extracts as writers: sentences chosen from draws, facts said first, quotations with their origin."""

from dataclasses import replace

import numpy as np
import pytest

from genloop.applications.write import material, pens, templates
from genloop.applications.write.draft import Fault, Section
from genloop.applications.write.own import Extracts, Own, bare, facts
from genloop.applications.write.pens import Order
from genloop.applications.write.sources import Found

RNG = np.random.default_rng(0)


@pytest.fixture
def order_of():
    def build(template="article", language="en", **more):
        texts = ["The ferry leaves\nthe pier every hour. It is cheap.", "Rooms are quiet and large. - not this"]
        if language == "zh":
            texts = ["渡轮每小时从码头开出一班，票价便宜。", "房间安静，窗外就是大海，住得舒服。"]
        found = material.prepare([Found(str(n), text, f"{n}.txt") for n, text in enumerate(texts)], language)
        told = {"title": "Harbour", "topic": "ferry", **more}
        return Order(
            language=language, template=templates.read(template), material=found, passages=found.passages, **told
        )

    return build


def drawing(*texts):
    return Own("transformer", lambda order, heading, count, rng: [texts[n % len(texts)] for n in range(count)])


def test_sections_are_made_of_drawn_sentences_that_speak_of_the_heading_first(order_of):
    pen = drawing("Plums are sweet. The ferry is late. Cut off here", "The pier is near the ferry. Then more")
    (text, *_) = pen.section(order_of(keywords=("pier",)), "Ferry", (), 1, RNG)
    assert text.startswith("The pier is near the ferry. The ferry is late.")
    assert "Cut off" not in text


def test_facts_are_said_first_and_once_and_sentences_of_earlier_sections_are_not_repeated(order_of):
    order = order_of("announcement", facts={"rooms": "42", "name": "Harbour"}, title="Harbour hotel")
    order = replace(order, facts={"rooms": "42"})
    pen = drawing("The ferry is late. Another one is good. End")
    (first, *_) = pen.section(order, "Facts", (), 1, RNG)
    assert first.startswith("rooms: 42. ")
    assert pen.section(order, "In use", (Section("Facts", first),), 1, RNG) == []


def test_the_template_says_which_section_holds_the_facts_and_titles_are_no_facts(order_of):
    order = order_of("product", facts={"rooms": "42", "name": "Harbour"})
    assert [order.tells_facts(heading, ()) for heading in pens.fixed(order)] == [False, True, False]
    assert facts(order) == "rooms: 42."


def test_quotations_are_said_once_in_an_article(order_of):
    order = order_of()
    (first, *_) = Extracts().section(order, "Ferry", (), 1, RNG)
    order = replace(order, others=(Section("Ferry", first),))
    assert all("every hour" not in text for text in Extracts().revise(order, "Rooms", "old", (), 2, RNG))


def test_a_revision_leaves_out_what_the_gate_means(order_of):
    pen = drawing("Something else is told here. End")
    faults = [Fault("m", "e", "z", 0, "it is late")]
    found = pen.revise(order_of(), "Ferry", "The ferry is good. No, it is late.", faults, 1, RNG)
    assert found[0] == "The ferry is good."


def test_extracts_quote_whole_sentences_with_their_origin(order_of):
    (text, *_) = Extracts().section(order_of(), "Ferry", (), 1, RNG)
    assert '"The ferry leaves the pier every hour." (0.txt)' in text and "not this" not in text
    assert 'every hour."' in bare(order_of(), text) and "0.txt" not in bare(order_of(), text)
    (chinese, *_) = Extracts().section(order_of(language="zh", topic="渡轮"), "渡轮", (), 1, RNG)
    assert chinese.startswith("“渡轮每小时从码头开出一班，票价便宜。”（0.txt）")


def test_templates_fix_headings_and_channels_fix_lengths(order_of):
    assert Extracts().outline(order_of("product", "zh"), RNG) == ["商品简介", "主要信息", "使用体验"]
    order = order_of("social", channels=("x", "sms"))
    assert Extracts().outline(order, RNG) == ["x", "sms"]
    assert order.bounds("x") == (10, 224) and order_of("social", "zh").bounds("x") == (10, 112)


def test_sentences_join_wrapped_lines_and_keep_items_apart():
    text = "A wrapped\nline here. Another!\n- item one\n\n“你好。”他说。走\n了。 3.5 kg cost $4."
    assert pens.sentences(text) == [
        "A wrapped line here.", "Another!", "- item one", "“你好。”", "他说。", "走了。", "3.5 kg cost $4."
    ]  # fmt: skip
    assert [pens.is_whole(s) for s in ("It is.", "- It is.", "It is", "好。”")] == [True, False, False, True]


@pytest.mark.parametrize("name", templates.names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_template_has_both_languages_and_fills_every_prompt(order_of, name, language):
    order = order_of(name, language)
    values = pens.prompt_values(order)
    assert templates.read(name).about[language] in pens.system(order)
    assert "ferry" in templates.prompt("outline", language, **values, passages=["p"])
    more = {"heading": "H", "about": "", "least": 1, "most": 2, "passages": ["p"], "done": ["D"]}
    assert "H" in templates.prompt("section", language, **values, **more)
    assert all(part.heading[language] for part in templates.read(name).parts)


def test_quotations_that_speak_of_the_heading_come_first_and_those_that_lean_on_others_last(order_of):
    texts = [
        "But this ferry boat is the best of all ferries. A ferry crosses the wide bay at noon each day.",
        "The tower stands on the hill above the ferry pier. Too short, ferry.",
    ]
    found = material.prepare([Found(str(n), text, f"{n}.txt") for n, text in enumerate(texts)], "en")
    order = replace(order_of(), material=found, passages=found.passages)
    (text, *_) = Extracts().section(order, "Tower", (), 1, RNG)
    assert text.split("\n\n") == [
        '"The tower stands on the hill above the ferry pier." (1.txt)',
        '"A ferry crosses the wide bay at noon each day." (0.txt)',
    ]


def test_a_sentence_that_opens_a_quotation_and_does_not_close_it_is_not_quoted(order_of):
    found = material.prepare(
        [Found("a", "船长说：“渡轮每小时从码头开出一班。票价便宜。”渡轮上还有热茶水和点心卖。", "a.txt")], "zh"
    )
    order = replace(order_of(language="zh", topic="渡轮"), material=found, passages=found.passages)
    assert Extracts().section(order, "渡轮", (), 1, RNG) == ["“渡轮上还有热茶水和点心卖。”（a.txt）"]


@pytest.mark.parametrize(
    ("language", "text", "quoted"),
    [
        ("zh", "渡轮采取“七个一块”的办法，分‘早晚’开出。", "“渡轮采取‘七个一块’的办法，分“早晚”开出。”"),
        (
            "en",
            'The ferry is based on a book called "The River."',
            "\"The ferry is based on a book called 'The River.'\"",
        ),
    ],
)
def test_quotation_marks_within_a_quotation_are_of_the_other_kind(order_of, language, text, quoted):
    found = material.prepare([Found("a", text, "a.txt")], language)
    order = replace(order_of(language=language, topic="渡轮 ferry"), material=found, passages=found.passages)
    assert quoted in Extracts().section(order, "渡轮 ferry", (), 1, RNG)[0]


REVIEWS = (
    "早餐种类不算太多，但是味道不错。早餐的豆浆很香，油条也很脆。早餐厅在二楼，靠窗的位置最好。",
    "服务员给我们换了房间，早餐也送到了门口。服务员的态度很热情。隔音一般。",
)


def _reviews(order_of):
    found = material.prepare([Found(str(n), text, f"{n}.txt") for n, text in enumerate(REVIEWS)], "zh")
    order = order_of(language="zh", title="酒店早餐怎么样", topic="酒店 早餐")
    return replace(order, material=found, passages=found.passages)


def test_headings_that_hold_one_another_are_one(order_of, monkeypatch):
    words = ["服务员", "服务", "早餐", "大床房", "服务员们", "床", "位置"]
    monkeypatch.setattr(material.Material, "keywords", lambda self, chosen, most: words)
    assert pens.keyed(_reviews(order_of)) == ["服务员", "大床房", "位置"]  # 早餐 stands in the title


@pytest.mark.parametrize("n", [1, 3])
def test_short_reviews_fill_a_section_with_further_sentences_on_the_topic_and_no_more(order_of, n):
    order = _reviews(order_of)
    made = Extracts().section(order, "豆浆", (), n, RNG)
    assert made and all(len(bare(order, text)) >= order.template.least == 60 for text in made)
    quoted = [part.split("”（")[0].lstrip("“") for part in made[0].split("\n\n")]
    assert len(set(quoted)) == len(quoted) and all(any(part in review for review in REVIEWS) for part in quoted)
    assert "隔音" not in "".join(made)
    again = Extracts().section(order, "豆浆", (Section("豆浆", made[0]),), 1, RNG)
    assert not set("".join(again).split("\n\n")) & set(made[0].split("\n\n"))
