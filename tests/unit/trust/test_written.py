"""The label of articles: a line in their language that says who wrote, a record with IPTC's term, both found again."""

import pytest

from genloop.trust import written

LABEL = {"software": "genloop 0.1.0", "model": "m", "run": "r", "seed": "1", "created": "2026-11-22T10:00:00+00:00"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("human", [False, True])
@pytest.mark.parametrize("writer", ["remote", "extracts"])
def test_every_line_says_that_it_was_made_by_ai(language, human, writer):
    told = written.line(language, human=human, writer=writer)
    assert told.startswith("Made by AI" if language == "en" else "AI 生成")
    assert ("a person edited" in told or "人工编辑" in told) == human
    assert ("model" in told or "模型" in told) == (writer != "extracts")
    assert len(written.line(language, short=True)) < 12


@pytest.mark.parametrize(
    ("human", "writer", "term"),
    [
        (False, "remote", "trainedAlgorithmicMedia"),
        (True, "remote", "compositeWithTrainedAlgorithmicMedia"),
        (False, "extracts", "algorithmicMedia"),
    ],
)
def test_the_record_uses_the_term_for_how_it_came_about(human, writer, term):
    found = written.record({**LABEL, "writer": writer}, name="a", title="A", language="zh", human=human)
    assert found["digitalSourceType"] == f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
    assert found["inLanguage"] == "zh-CN" and found["isBasedOn"] == {"model": "m", "run": "r", "seed": "1"}


def test_a_record_cannot_end_its_script_and_is_read_back():
    found = written.record(LABEL, name="a", title="</script><b>&amp;", language="en")
    page = f'<script type="application/ld+json">{written.script(found)}</script><p class="made-by-ai">x</p>'
    assert "</script><b>" not in page and written.read(page).records == [found]


def test_a_page_without_label_and_one_with_a_broken_record_give_nothing():
    assert written.read("<p>hello</p>").records == []
    assert written.read('<script type="application/ld+json">{"a": </script>').records == []


def test_a_draft_of_quotations_is_not_said_to_be_a_models():
    assert written.by("remote") == {"writer": "remote"}
    found = written.by("extracts")
    assert found["source_type"] == "algorithmicMedia" and "quoted sources" in found["notice"]
