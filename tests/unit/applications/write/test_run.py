"""The steps from brief to site: kept one by one, gone on with, given up with reasons."""

import os
import subprocess
import sys

import pytest

from genloop.applications.write import review, templates
from genloop.applications.write.own import Own
from genloop.core.errors import ConfigError, DataError, OutputError


def steps(draft):
    return [entry["step"] for entry in draft.history]


def test_a_draft_that_passes_waits_for_a_person_and_is_published_after_their_word(work_of, tmp_path):
    work = work_of()
    outcome = work.run()
    (draft,) = outcome.drafts
    assert draft.status == "waiting" and outcome.published == ()
    assert steps(draft) == ["outline", "section", "section", "judge", "pass"]
    assert not (tmp_path / "site" / "the-harbour-hotel.html").exists()
    review.approve(work.desk, draft.id)
    again = work_of().run()
    assert [(receipt.id, receipt.did) for receipt in again.published] == [("the-harbour-hotel", "created")]
    assert "About rooms" in (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert work_of().run().published == ()


def test_with_auto_what_passes_is_published_at_once(work_of, tmp_path):
    assert [receipt.did for receipt in work_of(approve="auto").run().published] == ["created"]
    assert (tmp_path / "site" / "index.html").is_file()


def test_the_weak_section_alone_is_revised_with_the_reasons(work_of, pen_of):
    pen = pen_of(first={"Breakfast": "The breakfast is BAD and that is all there is to say about it, dear reader."})
    (draft,) = work_of(pen).run().drafts
    assert draft.status == "waiting" and draft.tries == 1
    assert pen.asked[-1] == ("revise", "Breakfast", ("bad",))
    assert draft.sections[0].text.startswith("About rooms at") and "more care" in draft.sections[1].text


def test_a_draft_that_stays_below_the_bar_is_given_up_with_the_reasons(work_of, pen_of, tmp_path):
    bad = "The breakfast is BAD and that is all there is to say about it, dear reader of this page."
    outcome = work_of(pen_of(first={"Breakfast": bad}, fixes=False), approve="auto", tries=2).run()
    (draft,) = outcome.drafts
    assert draft.status == "refused" and draft.tries == 2 and outcome.published == ()
    assert [(fault.section, fault.span, fault.en) for fault in draft.finding.faults] == [(1, "BAD", "it is bad")]
    assert draft.history[-1]["note"] == "below the bar after 2 tries; fixed does not learn from the material"


@pytest.mark.parametrize("text", ["Too short to stand.", ""])
def test_a_section_of_a_free_outline_that_cannot_be_filled_is_dropped(work_of, pen_of, text):
    (draft,) = work_of(pen_of(first={"Breakfast": text}, fixes=False), tries=2).run().drafts
    assert draft.status == "waiting" and [part.title for part in draft.sections] == ["Rooms"]
    assert "drop" in steps(draft) and draft.finding.passed


def test_sections_that_the_template_fixes_are_never_dropped(work_of, pen_of):
    pen = pen_of(fixes=False)
    pen.outline = lambda order, rng: ["Introduction", "Facts"]
    pen.first = {"Facts": "Too short to stand."}
    (draft,) = work_of(pen, template="product", tries=1).run().drafts
    assert draft.status == "refused" and [part.title for part in draft.sections] == ["Introduction", "Facts"]


@pytest.mark.parametrize(("text", "status"), [("rooms: 42.", "waiting"), ("42 rooms.", "refused")])
def test_a_section_of_facts_may_be_as_short_as_they_are_and_no_shorter(work_of, pen_of, tmp_path, text, status):
    (tmp_path / "items.csv").write_text("name,rooms\nHarbour hotel,42\n", encoding="utf-8")
    pen = pen_of(first={"Facts": text}, fixes=False)
    pen.outline = lambda order, rng: ["Introduction", "Facts"]
    brief = {"title": "", "source": [{"path": "items.csv", "items": True}], "template": "product", "tries": 1}
    (draft,) = work_of(pen, **brief).run().drafts
    assert draft.status == status and draft.sections[1].text == text


def test_one_item_of_which_nothing_can_be_written_holds_up_no_other_run(work_of, pen_of, tmp_path):
    (tmp_path / "items.csv").write_text("name,rooms\nHarbour hotel,42\nPier hotel,7\n", encoding="utf-8")

    class Pen(pen_of):
        def section(self, order, heading, *rest):
            return [] if order.title == "Pier hotel" else super().section(order, heading, *rest)

    brief = {"title": "", "source": [{"path": "items.csv", "items": True}], "template": "product", "approve": "auto"}
    pen = Pen()
    pen.outline = lambda order, rng: ["What it is", "In use"]
    for _ in range(2):
        outcome = work_of(pen, **brief).run()
        assert {draft.id: draft.status for draft in outcome.drafts} == {
            "harbour-hotel": "approved", "pier-hotel": "working",
        }  # fmt: skip
        assert any(note.startswith("pier-hotel: fixed wrote nothing for the section") for note in outcome.notes)


def test_an_article_without_a_section_that_can_be_filled_is_told(work_of, pen_of):
    with pytest.raises(DataError, match="fixed wrote nothing for the section 'Breakfast'"):
        work_of(pen_of(first={"Breakfast": "", "Rooms": ""})).run()


def test_overlooked_measures_are_told_and_do_not_refuse(work_of, pen_of):
    bad = "The breakfast is BAD and that is all there is to say about it, dear reader of this page."
    pen = pen_of(first={"Breakfast": bad}, fixes=False)
    (draft,) = work_of(pen, overlook=["bad"]).run().drafts
    assert draft.status == "waiting" and [fault.measure for fault in draft.finding.overlooked] == ["bad"]


def test_the_bar_of_the_brief_refuses_what_the_gate_lets_pass(work_of):
    (draft,) = work_of(bar={"good": 1.5}, tries=1).run().drafts
    assert draft.status == "refused"
    assert draft.finding.faults[0].en == "good is 1; the brief asks for at least 1.5"
    assert "任务书" in draft.finding.faults[0].zh


def test_a_run_that_breaks_goes_on_where_it_was_and_writes_nothing_twice(work_of, pen_of):
    class Breaking(pen_of):
        def section(self, order, heading, done, n, rng):
            if heading == "Breakfast":
                raise KeyboardInterrupt
            return super().section(order, heading, done, n, rng)

    with pytest.raises(KeyboardInterrupt):
        work_of(Breaking()).run()
    work = work_of(pen_of())
    kept = work.desk.draft("the-harbour-hotel")
    assert kept.status == "working" and [bool(section.text) for section in kept.sections] == [True, False]
    (draft,) = work.run().drafts
    assert draft.status == "waiting" and work.pen.asked == [("section", "Breakfast")]


@pytest.mark.parametrize(("first", "then"), [("extracts", "remote"), ("remote", "extracts")])
def test_an_article_that_a_model_wrote_some_of_is_published_as_a_models(work_of, pen_of, tmp_path, first, then):
    with pytest.raises(DataError, match="wrote nothing for the section 'Breakfast'"):
        work_of(pen_of(first={"Breakfast": ""}, name=first), template="announcement").run()
    (kept,) = work_of().desk.drafts()
    assert [kept.by, *(bool(part.text) for part in kept.sections)] == [first, True, False]
    (draft,) = work_of(pen_of(name=then), template="announcement", approve="auto").run().drafts
    assert draft.by == draft.label["model"] == draft.label["writer"] == "remote"
    assert draft.label["source_type"] == "trainedAlgorithmicMedia"
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert "a generative model wrote this text" in page and "quoted sources" not in page


def test_an_article_of_quotations_alone_says_so_and_its_revision_by_a_model_that_a_model_wrote(work_of, pen_of):
    bad = "The breakfast is BAD and that is all there is to say about it, dear reader of this page."
    pen = pen_of(first={"Breakfast": bad}, name="extracts")
    pen.revise = lambda *order: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        work_of(pen).run()
    (kept,) = work_of().desk.drafts()
    assert kept.label["source_type"] == "algorithmicMedia"
    (draft,) = work_of(pen_of(name="remote")).run().drafts
    assert draft.by == "remote" and draft.label["source_type"] == "trainedAlgorithmicMedia"


def test_what_was_collected_stays_when_the_source_is_gone(work_of, tmp_path):
    work_of().run()
    for path in (tmp_path / "docs").iterdir():
        path.unlink()
    outcome = work_of(title="Ferries").run(refresh=True)
    assert "what was collected before is kept" in outcome.notes[0]
    assert [draft.status for draft in outcome.drafts] == ["waiting", "waiting"]


def pass_of(folder, price):
    folder.mkdir()
    (folder / "pass.txt").write_text(f"The {folder.name} harbour pass costs {price} euros for a day.", encoding="utf-8")


def test_only_the_sources_that_the_brief_names_now_are_written_from(work_of, tmp_path):
    pass_of(tmp_path / "old", 19)
    pass_of(tmp_path / "new", 25)
    work_of(sources=["old", "docs"]).run()
    work = work_of(title="Harbour pass", sources=["new", "docs"])
    work.run()
    assert [text for text in work.material.texts if "euros" in text] == [
        "The new harbour pass costs 25 euros for a day."
    ]
    assert len(work.desk.lines("documents.jsonl")) == 6, "all that was collected stays on the desk"


def test_of_a_row_that_changed_the_latest_reading_is_written_from(work_of, tmp_path):
    for price in (19, 25):
        rows = f"about\nA day at the harbour hotel costs {price} euros.\nThe harbour opens at noon on every day.\n"
        (tmp_path / "prices.csv").write_text(rows, encoding="utf-8")
        work = work_of(sources=["prices.csv"])
        work.run(refresh=True)
    assert len(work.material.texts) == 2 and "19 euros" not in " ".join(work.material.texts)


def test_a_run_folder_of_an_earlier_version_is_written_from_as_before(work_of):
    work = work_of()
    work.run()
    state = work.desk.read("collected.json")
    for entry in state.values():
        del entry["keys"]
    work.desk.save("collected.json", state)
    work = work_of(titles=["Ferries"])
    assert len(work.run().drafts) == 2 and len(work.material.documents) == 4


def test_a_topic_that_the_material_does_not_speak_of_is_told(work_of):
    with pytest.raises(DataError, match=r"nothing in the \d+ passages of the material speaks of 'volcanoes'"):
        work_of(title="Volcanoes", topic="volcanoes").run()


def test_two_commands_do_not_work_on_one_desk_and_a_dead_one_frees_it(work_of):
    work = work_of()
    work.desk.open()
    with work.desk.held(), pytest.raises(OutputError, match="another genloop write works in"):
        work.run()
    lock = work.desk.folder / "lock"
    assert lock.stat().st_mode & 0o666 == 0o666
    killed = f"import os; from filelock import FileLock; FileLock({str(lock)!r}).acquire(); os._exit(1)"
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == 1
    lock.write_text(str(os.getpid()))  # in containers one process has the number of the one before it
    assert work.run().drafts
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*lock: "):
        work.run()


def test_refused_drafts_need_a_reason_to_be_approved_and_rejections_one_too(work_of, pen_of):
    bad = "The breakfast is BAD and that is all there is to say about it, dear reader of this page."
    work = work_of(pen_of(first={"Breakfast": bad}, fixes=False), tries=1)
    work.run()
    with pytest.raises(ConfigError, match="the gate refused the-harbour-hotel"):
        review.approve(work.desk, "the-harbour-hotel")
    with pytest.raises(ConfigError, match="say why"):
        review.reject(work.desk, "the-harbour-hotel", " ")
    assert review.approve(work.desk, "the-harbour-hotel", "I tasted it").status == "approved"
    (row,) = work.desk.lines("feedback.jsonl")
    assert (row["verb"], row["because"], row["refused_by"]) == ("approve", "I tasted it", ["bad"])


def test_a_refused_draft_is_begun_anew_when_asked_and_the_earlier_one_is_kept(work_of, pen_of):
    bad = "The breakfast is BAD and that is all there is to say about it, dear reader of this page."
    work = work_of(pen_of(first={"Breakfast": bad}, fixes=False), tries=1)
    work.run()
    assert work_of().run().drafts[0].status == "refused"
    review.again(work.desk, "the-harbour-hotel")
    (draft,) = work_of(approve="auto").run().drafts
    assert draft.status == "approved" and "again" in [entry["step"] for entry in draft.history]
    (earlier,) = (work.desk.folder / "earlier").iterdir()
    assert "BAD" in earlier.read_text("utf-8")
    with pytest.raises(ConfigError, match="is approved; reject it before"):
        review.again(work.desk, "the-harbour-hotel")


def test_an_article_that_cannot_be_written_stops_no_other(work_of):
    outcome = work_of(titles=["Volcanoes"]).run()
    assert {draft.id: draft.status for draft in outcome.drafts} == {
        "the-harbour-hotel": "waiting",
        "volcanoes": "working",
    }
    assert any("speaks of 'Volcanoes'" in note for note in outcome.notes)


def test_an_edit_is_kept_with_its_difference_and_published_as_edited(work_of, tmp_path):
    work = work_of(approve="auto")
    work.run()
    path = tmp_path / "edited.md"
    path.write_text("# The hotel\n\n## Rooms\n\nForty-two rooms.\n\n## Breakfast\n\nWarm bread.\n", encoding="utf-8")
    draft = review.edit(work.desk, "the-harbour-hotel", path)
    assert draft.status == "waiting" and draft.human and draft.title == "The hotel"
    assert draft.finding is None, "the gate judged another text"
    (row,) = work.desk.lines("feedback.jsonl")
    assert "+Forty-two rooms." in row["diff"] and "Forty-two rooms." in row["text"] and "About rooms" in row["before"]
    review.approve(work.desk, draft.id)
    assert [receipt.did for receipt in work_of().run().published] == ["updated"]
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert "a person edited it" in page and "compositeWithTrainedAlgorithmicMedia" in page


def test_what_is_rejected_after_publishing_is_taken_down(work_of, tmp_path):
    work = work_of(approve="auto")
    work.run()
    review.reject(work.desk, "the-harbour-hotel", "out of date")
    assert [receipt.did for receipt in work_of().run().published] == ["withdrawn"]
    assert not (tmp_path / "site" / "the-harbour-hotel.html").exists()
    assert "the-harbour-hotel" not in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert work_of().run().published == ()


def test_a_table_of_items_gives_an_article_a_row_with_its_facts(work_of, tmp_path):
    (tmp_path / "items.csv").write_text("name,rooms\nHarbour hotel,42\nPier hotel,7\n", encoding="utf-8")
    source = {"path": "items.csv", "items": True}
    drafts = work_of(title="", source=[source], template="product").run().drafts
    assert [(draft.id, dict(draft.facts)) for draft in drafts] == [
        ("harbour-hotel", {"name": "Harbour hotel", "rooms": "42"}),
        ("pier-hotel", {"name": "Pier hotel", "rooms": "7"}),
    ]


def test_a_translation_goes_passage_by_passage_and_keeps_the_numbers(work_of, pen_of, tmp_path):
    (tmp_path / "english").mkdir()
    (tmp_path / "english" / "real.txt").write_text("Real English writing of another kind.", encoding="utf-8")

    class Translator(pen_of):
        def outline(self, order, rng):
            self.asked += [("passage", passage.text) for passage in order.passages]
            return [""] * len(order.passages)

        def section(self, order, heading, done, n, rng):
            assert len(order.passages) == 1
            return ["The hotel has 24 rooms, most with a view over the water, all quiet at night."]

        def revise(self, order, heading, text, faults, n, rng):
            self.asked += [("fault", fault.en) for fault in faults]
            return [text.replace("24", "42")]

    pen = Translator()
    (draft,) = (
        work_of(
            pen, template="translation", title="Rooms", topic="42 rooms water", reference=["english"], sources=["docs"]
        )
        .run()
        .drafts
    )
    assert draft.status == "waiting" and "42" in draft.text
    assert pen.asked[0][1].startswith("The harbour hotel has 42 rooms") and len(pen.asked) == 2
    assert pen.asked[1] == ("fault", "these numbers do not stand in both text and translation: 24, 42")


def test_posts_keep_room_for_the_label_in_their_channel(work_of, pen_of):
    class Long(pen_of):
        def outline(self, order, rng):
            return ["sms"]

        def section(self, order, heading, done, n, rng):
            return ["a" * 69]

        def revise(self, order, heading, text, faults, n, rng):
            return ["a" * 50]

    (draft,) = work_of(Long(), template="social", channels=["sms"]).run().drafts
    assert draft.tries == 1 and draft.status == "waiting" and len(draft.text) < 60


def test_a_small_model_is_held_to_a_higher_bar_that_the_brief_can_move(work_of):
    work_of().run()
    pen = Own("transformer", lambda order, heading, count, rng: ["The harbour hotel has rooms. Go on"])
    assert work_of(pen).bar.least == {"fluency": 0.25, "marks": 0.05}
    assert work_of(pen, bar={"fluency": 0.1}).bar.least["fluency"] == 0.1
    assert work_of().bar.least == {}


@pytest.mark.parametrize("name", templates.names())
def test_every_template_comes_to_a_page_with_its_own_sections_and_the_label(work_of, pen_of, tmp_path, name):
    class Anyone(pen_of):
        def outline(self, order, rng):
            free = [""] * len(order.passages) if order.template.each else ["Rooms", "Breakfast"]
            return [part.heading["en"] for part in order.parts] or free

        def section(self, order, heading, done, n, rng):
            least = templates.read(name).least
            return ["It is a fine hotel. " * (1 + least // 20)]

    outcome = work_of(Anyone(), template=name, approve="auto", reference=["docs"]).run()
    (draft,) = outcome.drafts
    assert draft.status == "approved", [fault.en for fault in draft.finding.faults]
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert "Made by AI" in page and page.count("It is a fine hotel") >= len(draft.sections) >= 1
    assert all(part.heading["en"] in page for part in templates.read(name).parts)
    assert len(draft.sections) >= len(templates.read(name).channels or templates.read(name).parts)
