"""The desk: whole files, records that survive a cut line, damage told by name."""

import pytest

from genloop.applications.write import draft as drafts
from genloop.applications.write.desk import Desk
from genloop.applications.write.draft import Draft, Fault, Finding, Section
from genloop.core.errors import DataError, OutputError, SourceNotFound


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path / "run")
    found.open()
    return found


@pytest.fixture
def draft():
    finding = Finding(False, {"a": 0.5}, (Fault("a", "bad", "坏", 0, "x"),), (Fault("b", "c", "d"),))
    sections = (Section("Rooms", "Quiet.\n\nLarge."), Section("", "End."))
    return Draft("a", "A title", "en", "article", sections=sections, finding=finding, facts={"rooms": "42"})


def test_a_draft_comes_back_as_it_was_kept(desk, draft):
    desk.keep(draft.noted("judge", "a"))
    (found,) = desk.drafts()
    assert found.sections == draft.sections and found.finding == draft.finding and found.history[0]["step"] == "judge"
    assert desk.find("b") is None and desk.find("../a") is None
    with pytest.raises(SourceNotFound, match=r"no draft 'b' .* drafts: a"):
        desk.draft("b")


def test_damage_is_told_by_name_and_never_written_over(desk, draft):
    desk.keep(draft)
    (desk.folder / "drafts" / "a.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.json is damaged"):
        desk.drafts()
    (desk.folder / "drafts" / "a.json").write_text('{"id": 1, "more": 2}', encoding="utf-8")
    with pytest.raises(DataError, match="not a draft that genloop wrote"):
        desk.draft("a")
    (desk.folder / "published.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match="holds no mapping"):
        desk.read("published.json")


def test_a_line_that_was_cut_is_dropped_and_the_next_record_stands_alone(desk):
    desk.append("feedback.jsonl", {"a": 1})
    with (desk.folder / "feedback.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"b": ')
    assert desk.lines("feedback.jsonl") == [{"a": 1}]
    desk.append("feedback.jsonl", {"c": 3})
    assert desk.lines("feedback.jsonl") == [{"a": 1}, {"c": 3}]
    (desk.folder / "feedback.jsonl").write_text('{"a": \n{"c": 3}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1 is damaged"):
        desk.lines("feedback.jsonl")


def test_a_run_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot make the run folder"):
        Desk(tmp_path / "file" / "run").open()


def test_markdown_goes_out_and_comes_back(draft):
    title, sections = drafts.from_markdown(drafts.to_markdown(draft))
    assert title == "A title" and sections == (Section("Rooms", "Quiet.\n\nLarge.\n\nEnd."),)
    assert drafts.from_markdown("Only text.\r\n") == ("", (Section("", "Only text."),))
    code = "Run:\n\n```\n## no heading\n```\n\nDone."
    assert drafts.from_markdown(code) == ("", (Section("", code),))
    with pytest.raises(DataError, match="holds no text"):
        drafts.from_markdown("# title\n\n## heading\n")


def test_the_weakest_section_is_the_one_with_most_faults():
    faults = tuple(Fault("m", "e", "z", place) for place in (None, 1, 2, 2))
    assert Finding(False, {}, faults).weakest == 2 and Finding(False, {}, faults[:1]).weakest is None
