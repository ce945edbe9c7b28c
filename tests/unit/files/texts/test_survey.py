"""A column of texts is told by its aggregates; no word of few rows is named; what cannot be learnt from is refused."""

import json
import sys

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.errors import DataError
from genloop.core.lazy import kept_out
from genloop.core.schema import Column
from genloop.files.clean import clean
from genloop.files.profile import look
from genloop.files.texts import keywords, language, survey

COLUMN = Column("note", "text")
PLACES = ("酒店", "餐厅", "公园", "商场")


def _survey(texts, floor=5):
    batches = pa.table({"note": pa.array(texts, pa.string())}).to_batches(max_chunksize=7)
    return survey.read(lambda: batches, COLUMN, floor=floor)


def _chinese(rows=60):
    rng = np.random.default_rng(0)
    letters = sorted(set(language.WORDS["common"]) - set(language.WORDS["traditional"]))
    return [f"这家{PLACES[at % 4]}的服务很好。{''.join(rng.choice(letters, 40))}。" for at in range(rows)]


def _english(rows=60):
    rng = np.random.default_rng(1)
    letters = list("bcdfghjklmnprst")
    return [
        "The breakfast was good and the room of the hotel is what we had. "
        + " ".join("".join(rng.choice(letters, 4)) + "o" for _ in range(15))
        for _ in range(rows)
    ]


def test_languages_lengths_words_and_duplicates_are_found_over_all_batches():
    texts = [*_chinese(), None, "", *_english(20), _english(20)[3]]
    found = _survey(texts)
    told = found.findings
    assert json.loads(json.dumps(told)) == told
    assert (told["rows"], told["texts"], told["distinct"], told["equal"]) == (83, 81, 80, 1)
    assert told["languages"] == {"zh": 60, "en": 21} and told["scripts"] == {"simplified": 60}
    assert found.groups.equal == [[65, 82]]
    assert set(told["lengths"]) == {"5%", "50%", "95%"} and told["lengths"]["5%"] <= told["lengths"]["95%"]
    assert {"酒店", "餐厅"} <= set(told["keywords"]["zh"]) and {"breakfast", "hotel"} <= set(told["keywords"]["en"])
    notes = " | ".join(found.column.notes)
    assert (
        "74% of the texts are in Chinese | 26% of the texts are in English | Chinese in simplified characters" in notes
    )
    assert "1 exact duplicate (spaces and marks aside), in 1 group; " in notes


def test_of_very_many_texts_the_first_are_looked_through(monkeypatch):
    monkeypatch.setattr(survey, "MOST", 25)
    found = _survey(_english(40))
    assert (found.findings["texts"], found.findings["looked"], found.findings["distinct"]) == (40, 25, 25)
    assert "the first 25 of 40 texts were looked through" in found.column.notes
    assert not found.groups.whole


def test_no_word_that_few_rows_carry_is_named():
    texts = [*_english(), *["The secretword stood there"] * 4]
    told = _survey(texts).findings
    assert "secretword" not in json.dumps(told)
    assert "secretword" in json.dumps(_survey([*texts, "A secretword again"]).findings)


def test_readability_is_flesch_for_english_and_common_characters_for_chinese():
    text = "The cat sat on the mat. The dog ran to the house."
    counts = keywords.fit([text], ["en"])["en"]
    syllables, words, sentences = 12, 12, 2
    assert (counts.words, counts.sentences, counts.syllables) == (words, sentences, syllables)
    ease = 206.835 - 1.015 * words / sentences - 84.6 * syllables / words
    assert keywords.readability(counts, "en") == {"words_per_sentence": 6.0, "flesch_reading_ease": round(ease, 1)}
    counts = keywords.fit(["我们的家很大。他们的龘很小。"], ["zh"])["zh"]
    measured = keywords.readability(counts, "zh")
    assert measured["characters_per_sentence"] == 6.0 and 0.5 < measured["common_characters"] < 1
    assert keywords.readability(keywords.Counts(), "en") == {}


def test_of_many_long_texts_only_the_beginnings_are_cut_into_words(monkeypatch):
    monkeypatch.setattr(keywords, "_ALL", 400)
    counts = keywords.fit(["word " * 100] * 10, ["en"] * 10)["en"]
    assert (counts.texts, counts.words) == (10, 80)


def test_without_jieba_pairs_of_characters_are_counted(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "jieba"]:
        monkeypatch.delitem(sys.modules, name)
    with kept_out("jieba"):
        assert keywords.split("早餐很好", "zh") == ["早餐", "餐很", "很好"]


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([None, "", " "], "has no text in any of its 3 rows; expected at least 20"),
        (["One sentence."], "has one text only; expected at least 20 different ones"),
        (["The same."] * 90, "has one text, repeated 90 times; expected at least 20 different ones"),
        (
            _english(12) * 9,
            r"has 12 different texts \(of 108; the others are equal or nearly so\); expected at least 20: add",
        ),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(texts, says):
    with pytest.raises(DataError, match=says):
        survey.check(_survey(texts))


def test_enough_texts_pass_and_emoji_alone_are_said():
    survey.check(_survey(_english()))
    emoji = ["".join(chr(0x1F600 + (at * 7 + step * at) % 60) for step in range(9)) for at in range(40)]
    found = _survey(emoji)
    survey.check(found)
    assert found.findings["languages"] == {"none": 40}
    assert any(note.startswith("most texts have no letters") for note in found.column.notes)
    assert "all texts are equal: there is nothing to learn but one" in _survey(["a b c"] * 9).column.notes


def test_mixed_languages_and_scripts_are_said():
    mixed = [f"我很喜欢这个酒店的早餐{at} The breakfast was nice" for at in range(30)]
    traditional = [text.replace("这", "這").replace("欢", "歡").replace("个", "個") for text in mixed[:9]]
    notes = " | ".join(_survey([*mixed, *traditional]).column.notes)
    assert "39 texts mix Chinese and English" in notes
    assert "Chinese in simplified characters | 9 texts are in the other script, or in both" in notes


def test_the_profile_of_a_table_looks_through_its_texts():
    table = pa.table({"note": _english(), "label": ["pos", "neg"] * 30})
    found = look(table)
    assert set(found.texts) == {"note"} and found.texts["note"].findings["languages"] == {"en": 60}
    assert any(note == "100% of the texts are in English" for note in found.schema["note"].notes)
    assert found.schema.summaries["note"].rows == 60


def test_cells_of_web_pages_are_taken_as_their_text():
    cells = [f"<p>{text}</p><ul><li>Soft &amp; warm</li></ul><script>track()</script>" for text in _english(40)]
    table = pa.table({"label": ["a", "b"] * 20, "note": [*cells[:38], "no markup & all", "<br>"]})
    found = look(table, kinds={"note": "text"})
    column = found.schema["note"]
    assert column.formats == ("HTML",) and "the cells are HTML: the text in them is learnt and made" in column.notes
    cleaned = clean(table, found.schema).records.column("note").to_pylist()
    assert cleaned[0] == _english(40)[0] + "\n\nSoft & warm"
    assert cleaned[38:] == ["no markup & all", None]
    assert "<p>" not in str(found.texts["note"].findings)


def test_texts_that_speak_of_tags_stay_as_they_are():
    cells = [*_english(30), "write <p> around it &amp; close it"]
    found = look(pa.table({"note": cells}), kinds={"note": "text"})
    assert found.schema["note"].formats == ()
    assert clean(pa.table({"note": cells}), found.schema).records.column("note").to_pylist() == cells
