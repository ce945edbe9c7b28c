"""What is asked of an explanation and what comes back: parts by name, files by ending, refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from genloop import engine
from genloop.applications.explain import explain
from genloop.core.errors import ConditionError, ConfigError, OutputError, SourceNotFound
from genloop.engine.explain import conditions
from genloop.engine.explain import ground as grounds
from genloop.files.write import read_label
from genloop.judges.pictures import features
from genloop.reports.explanation.data import Explanation, Part, Strip, Table, to_json
from genloop.reports.explanation.sheets import save
from genloop.reports.texts import Words


@pytest.fixture
def found():
    """An explanation of made-up strips, a real one among them."""
    rng = np.random.default_rng(0)

    def strip(name, block="", real=False, channels=1):
        return Strip(Words(name, f"{name}（中）"), rng.integers(0, 256, (5, 16, 16, channels), np.uint8), block, real)

    heads = (Words("what", "什么"), Words("how much", "多少"))
    table = Table(heads, ((Words("<b>", "<b>"), Words("3 %", "3 %")),))
    parts = (
        Part("walks", (strip("one", "latent"), strip("two", "values")), table, (Words("a remark", "备注"),),
             {"steps": 5}),
        Part("gaze", (strip("made", "looked_made"), strip("map", "looked_made", channels=3),
                      strip("true", "looked_real", real=True))),
        Part("directions", reason=Words("there is none", "没有")),
    )  # fmt: skip
    label = {"made": "true", "model": "abc", "software": "genloop"}
    return Explanation("bars", "gan", parts, label, "2026-01-02T03:04:05+00:00")


def test_a_page_holds_both_languages_marks_what_is_made_and_escapes(found, tmp_path):
    save(found, tmp_path / "page.html", lang="zh")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'data-lang="zh"' in page and "a remark" in page and "备注" in page and "there is none" in page
    assert page.count("data:image/png;base64,") == 5
    assert page.count("AI-made / 人工智能生成") == 3  # the block of real pictures is not marked as made
    assert "&lt;b&gt;" in page and "<b>" not in page.replace("<b>genloop</b>", "")
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_a_folder_holds_labelled_sheets_and_the_figures(found, tmp_path):
    save(found, tmp_path / "sheets")
    names = sorted(path.name for path in (tmp_path / "sheets").iterdir())
    assert names == ["explain.json", "gaze-real.png", "gaze.png", "walks.png"]
    assert read_label(tmp_path / "sheets" / "walks.png")["model"] == "abc"
    assert read_label(tmp_path / "sheets" / "gaze-real.png") is None
    with Image.open(tmp_path / "sheets" / "gaze.png") as sheet:
        assert sheet.mode == "RGB"
    told = json.loads((tmp_path / "sheets" / "explain.json").read_text(encoding="utf-8"))
    assert told["parts"]["walks"]["figures"] == {"steps": 5}
    assert told["parts"]["directions"] == {"left_out": {"en": "there is none", "zh": "没有"}}
    save(found, tmp_path / "sheets", mark=False)
    assert read_label(tmp_path / "sheets" / "walks.png")["mark"] == "left out on request"


def test_only_the_figures_are_written_where_the_ending_says_so(found, tmp_path):
    save(found, tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8")) == json.loads(to_json(found))


def test_a_folder_is_replaced_unless_something_was_put_there(found, tmp_path):
    for _ in range(2):
        save(found, tmp_path / "sheets")
    (tmp_path / "sheets" / "mine.txt").write_text("somebody's own")
    with pytest.raises(OutputError, match=r"did not make \(mine.txt\)"):
        save(found, tmp_path / "sheets")


def test_another_ending_and_a_folder_of_others_are_refused(found, tmp_path):
    with pytest.raises(ConfigError, match=r"\.html, \.json or a folder/, found 'page.pdf'"):
        save(found, tmp_path / "page.pdf")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="did not make"):
        save(found, tmp_path / "own")
    assert (tmp_path / "own" / "thesis.txt").read_text() == "mine"


def test_a_part_that_does_not_exist_is_refused(learn):
    with pytest.raises(ConfigError, match="explained by dreams; expected some of walks, directions, gaze, conditions"):
        explain(learn(), parts=["walks", "dreams"])


def test_a_family_without_noise_or_critic_says_why_in_each_part(learn):
    done = explain(learn("flow"), parts=["walks", "directions", "gaze"])
    assert [part.name for part in done.parts] == ["walks", "directions", "gaze"]
    assert all(part.reason is not None for part in done.parts)
    assert done.find("conditions") is None and done.label["explains"] == "model"


def test_a_model_without_pictures_cannot_be_explained(tmp_path, family):
    (tmp_path / "table.csv").write_text("a\n" + "\n".join(str(n % 3) for n in range(60)))
    with pytest.raises(ConditionError, match="makes no pictures"):
        explain(engine.fit(tmp_path / "table.csv", family="trees"))


@pytest.fixture
def worded(painters, pack, folder, monkeypatch):
    """A model of pictures with a sentence each, and its folder."""
    monkeypatch.setattr(features, "LESSON", {"least": 20, "most": 20})
    monkeypatch.setattr(grounds, "POOL", 60)
    monkeypatch.setattr(conditions, "ROWS", 60)
    plain = folder.with_name("worded")
    plain.mkdir()
    lines = ["file_name,caption"]
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        path.rename(plain / f"{number}.png")
        lines.append(f"{number}.png,{'a round thing' if number < 20 else 'some red box'} number {number}")
    (plain / "metadata.csv").write_text("\n".join(lines))
    return engine.fit(plain, family="gan", holdout=0.0), plain


def test_words_are_a_condition_where_the_data_are_at_hand(worded):
    model, _ = worded
    part = explain(model, parts=["conditions"]).find("conditions")
    assert part.reason is None and list(part.figures) == ["words"]
    assert part.figures["words"]["pixels"]["share"] == 0.0  # the double paints by chance alone


def test_words_without_the_data_are_said_to_be_missing(worded, tmp_path):
    model, plain = worded
    alone = replace(model, source=None)
    plain.rename(plain.with_name("moved"))
    part = explain(alone, parts=["conditions"]).find("conditions")
    assert "sentences are part of no model" in part.reason.en and "句子" in part.reason.zh
    with pytest.raises(SourceNotFound):
        explain(alone, parts=["conditions"], data=tmp_path / "nowhere")
    with pytest.raises(SourceNotFound):
        explain(alone, parts=["gaze"], show_real=True)
    moved = explain(alone, parts=["conditions"], data=plain.with_name("moved")).find("conditions")
    assert list(moved.figures) == ["words"]
