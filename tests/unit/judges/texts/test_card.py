import dataclasses
import itertools
import json

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import registry
from genloop.core.schema import Column, Schema
from genloop.judges.texts import letters, score


def named(evidence):
    return {found.name: found for found in score(evidence)}


def scrambled(texts):
    return ["".join(np.random.default_rng(place).permutation(list(text))) for place, text in enumerate(texts)]


def test_the_judge_is_registered():
    assert registry.load("judges", "texts").NAME == "texts"


@pytest.mark.parametrize("zh", [False, True])
def test_fresh_real_texts_are_told_from_scrambled_narrow_and_copied_ones(world, zh):
    texts, labels = world.rows(400, 7, zh=zh)
    evidence = world.evidence(world.table(texts, labels), zh=zh)
    learnt = evidence.train.column("text").to_pylist()

    def made(rows):
        return named(dataclasses.replace(evidence, made=world.table(rows, labels)))

    good, odd = made(texts), made(scrambled(texts))
    narrow, copied = made([texts[place % 5] for place in range(400)]), made([*learnt[:40], *texts[40:]])
    assert good["text_c2st"].value < 0.6 < 0.95 < odd["text_c2st"].value
    assert narrow["text_distinct"].value < 0.5 * good["text_distinct"].value
    assert good["text_self_bleu"].interval[0] - 0.05 < good["text_self_bleu"].ceiling < narrow["text_self_bleu"].value
    assert good["text_copied"].value < 0.03
    assert copied["text_copied"].value > 0.09
    assert copied["text_copied"].detail["whole"] == pytest.approx(0.1, abs=0.02)
    for found in (*good.values(), *odd.values(), *narrow.values(), *copied.values()):
        low, high = found.bounds
        assert low <= found.interval[0] <= found.value <= found.interval[1] <= high, found.name
        assert found.unit
        json.dumps(found.to_dict(), allow_nan=False)


def test_what_gave_made_texts_away_is_named_and_no_text_of_few_real_rows(world):
    texts, labels = world.rows(400, 7)
    told = named(world.evidence(world.table([f"{text} zzz" for text in texts], labels)))["text_c2st"]
    assert told.value > 0.99
    assert any("zz" in entry["run"] and entry["made"] == 1 and entry["real"] == 0 for entry in told.detail["told_by"])


def test_of_several_text_columns_the_worst_speaks(world):
    texts, labels = world.rows(300, 7)
    evidence = world.evidence(world.table(texts, labels))
    schema = Schema((*world.schema.columns, Column("title", "text"), Column("empty", "text")))

    def wide(table, rows):
        return table.append_column("title", pa.array(rows)).append_column("empty", pa.nulls(len(rows), pa.string()))

    evidence = dataclasses.replace(
        evidence,
        schema=schema,
        train=wide(evidence.train, world.rows(400, 31)[0]),
        holdout=wide(evidence.holdout, world.rows(400, 32)[0]),
        made=wide(evidence.made, scrambled(world.rows(300, 33)[0])),
    )
    told = named(evidence)["text_c2st"]
    assert told.detail["column"] == "title"
    assert {entry["column"] for entry in told.detail["columns"]} == {"title", "text"}


def test_tables_without_texts_say_nothing(world):
    labels = world.rows(50, 1)[1]
    evidence = world.evidence(world.table([None] * 50, labels))
    assert list(score(evidence)) == []
    bare = dataclasses.replace(evidence, schema=Schema((Column("label", "category"),)))
    assert list(score(bare)) == []


def test_what_is_absent_leaves_out_what_needs_it(world):
    evidence = world.evidence(world.table(*world.rows(100, 1)))
    assert "text_copied" not in named(dataclasses.replace(evidence, train=None))
    unheld = named(dataclasses.replace(evidence, holdout=None))
    assert unheld["text_c2st"].ceiling is None
    assert "text_copied" not in unheld
    alone = named(dataclasses.replace(evidence, train=None, holdout=None))
    assert "text_c2st" not in alone


def test_the_same_seed_gives_the_same_scores(world):
    evidence = world.evidence(world.table(*world.rows(100, 1)))
    first, again = ([found.to_dict() for found in score(evidence)] for _ in range(2))
    assert first == again


def test_secrets_of_learnt_texts_and_wrong_classes_are_told(world):
    texts, labels = world.rows(300, 7)
    evidence = world.evidence(world.table(texts, labels))
    learnt = evidence.train.column("text").to_pylist()
    told = [f"{text} Call {138_0000_0000 + place}." for place, text in enumerate(learnt)]
    train = evidence.train.set_column(0, "text", pa.array(told))
    leaky = [f"{text} Call {138_0000_0000 + place}." if place < 30 else text for place, text in enumerate(texts)]
    found = named(dataclasses.replace(evidence, train=train, made=world.table(leaky, labels[::-1])))
    assert found["text_secrets"].value == pytest.approx(0.1)
    assert found["text_secrets"].ceiling == 0
    assert found["text_secrets"].detail["kinds"] == {"number": 30}
    assert "1380000" not in json.dumps(found["text_secrets"].to_dict())
    assert found["text_asked"].value < 0.8 < 0.95 < found["text_asked"].ceiling


def test_patchwork_of_learnt_sentences_shows_in_the_runs_that_it_shares(world):
    texts, labels = world.rows(200, 7)
    evidence = world.evidence(world.table(texts, labels))
    learnt = evidence.train.column("text").to_pylist()
    patched = [f"{one} {other}" for one, other in itertools.pairwise(learnt[:201])]
    fresh, patchwork = (
        named(dataclasses.replace(evidence, made=world.table(rows, labels)))["text_overlap"]
        for rows in (texts, patched)
    )
    assert patchwork.value > 0.9 > fresh.interval[1]
    assert fresh.interval[0] - 0.03 < fresh.ceiling < fresh.interval[1] + 0.03
    assert fresh.interval[0] < fresh.value < fresh.interval[1]


@pytest.mark.parametrize("zh", [False, True])
def test_overlap_is_the_share_of_runs_that_stand_in_learnt_texts(world, zh):
    texts, labels = world.rows(60, 7, zh=zh)
    evidence = world.evidence(world.table(texts, labels), zh=zh)
    learnt, held = (table.column("text").to_pylist() for table in (evidence.train, evidence.holdout))
    size, split = (8, list) if zh else (5, letters.words)

    def runs(text):
        marks = split(text)
        return [tuple(marks[at : at + size]) for at in range(len(marks) - size + 1)]

    known = {run for text in learnt for run in runs(text)}
    held = [text for text in held if text not in learnt]
    own, theirs = ([run in known for text in part for run in runs(text)] for part in (texts, held))
    found = named(evidence)["text_overlap"]
    assert found.value == pytest.approx(np.mean(own))
    assert found.ceiling == pytest.approx(np.mean(theirs))
    assert found.detail["run"] == size and found.detail["runs"] == len(own)


@pytest.mark.parametrize("zh", [False, True])
def test_every_figure_of_the_card_tells_its_fault(world, zh):
    """Scrambled, narrow and nearly copied texts show where they should; fresh real ones stand at the ceiling."""
    texts, labels = world.rows(400, 7, zh=zh)
    evidence = world.evidence(world.table(texts, labels), zh=zh)

    def made(rows):
        return named(dataclasses.replace(evidence, made=world.table(rows, labels)))

    good, odd, narrow = made(texts), made(scrambled(texts)), made([texts[place % 5] for place in range(400)])
    nearly = made([f"{text} {'好' if zh else 'So.'}" for text in evidence.train.column("text").to_pylist()])
    faults = {
        "text_c2st": odd, "text_lengths": narrow, "text_fluency": odd, "text_words": odd, "text_form": odd,
        "text_order": odd, "text_mauve": narrow, "text_kid": narrow, "text_spread": narrow, "text_distinct": narrow,
        "text_self_bleu": narrow, "text_repeats": narrow, "text_asked": narrow, "text_copied": nearly,
        "text_overlap": nearly, "text_near": nearly, "text_spelling": odd,
    }  # fmt: skip
    assert set(good) == set(faults)
    signs = {"lower": 1, "higher": -1, "target": 0}
    for name, bad in faults.items():
        off, near = bad[name].value - good[name].ceiling, abs(good[name].value - good[name].ceiling)
        worse = off * signs[good[name].direction] or abs(off)
        assert worse > max(4 * near, 0.004), name


def test_halves_that_do_not_belong_together_are_told(world):
    rng = np.random.default_rng(0)
    topics = [[f"{topic}{word}" for word in ("on", "ar", "el", "is", "um")] for topic in "bcdfghkm"]

    def about(first, second):
        return ". ".join(" ".join(rng.choice(own, 12)) for own in (first, first, second, second)) + "."

    def rows(count, *, apart=False):
        picks = [(topics[one], topics[(one + 3 * apart) % 8]) for one in rng.integers(0, 8, count)]
        return world.table([about(*pick) for pick in picks], ["a", "b"] * (count // 2))

    evidence = dataclasses.replace(world.evidence(rows(400)), train=rows(400), holdout=rows(400))
    good, apart = (named(dataclasses.replace(evidence, made=rows(400, apart=apart))) for apart in (False, True))
    assert good["text_topic"].value > 0.9 > 0.6 > apart["text_topic"].value
    assert apart["text_topic"].ceiling > 0.9
