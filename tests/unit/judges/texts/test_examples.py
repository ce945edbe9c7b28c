"""A few made texts for the card: what stands beside them, what is held against them, and no copy among them."""

import dataclasses

import pyarrow as pa

from genloop.judges.texts import examples


def test_each_text_brings_its_row_and_its_faults(world):
    texts, labels = world.rows(60, 7, zh=True)
    looped = "房间很好，房间很好，房间很好，房间很好，房间很好，房间很好。"
    found = examples.read(world.evidence(world.table([*texts[:59], looped], labels), zh=True))
    (column,) = found["columns"]
    assert column["column"] == "text" and len(column["texts"]) == examples.COUNT
    made = dict(zip([*texts[:59], looped], labels, strict=True))
    for entry in column["texts"]:
        if entry["text"] is not None:
            assert entry["beside"] == {"label": made[entry["text"]]} and entry["copied"] <= column["limit"]
            assert ("loops" in entry["signs"]) == (entry["text"] == looped)


def test_a_copied_text_is_counted_and_withheld(world):
    fresh, labels = world.rows(8, 7)
    evidence = world.evidence(world.table(fresh, labels))
    learnt = max((text.as_py() for text in evidence.train.column("text")), key=len)
    copied = dataclasses.replace(evidence, made=world.table([learnt] * 8, labels))
    (column,) = examples.read(copied)["columns"]
    assert all(entry["text"] is None and entry["copied"] == len(learnt) for entry in column["texts"])
    assert learnt not in str(column)


def test_without_real_texts_at_hand_nothing_is_shown(world):
    evidence = world.evidence(world.table(*world.rows(8, 7)))
    (column,) = examples.read(dataclasses.replace(evidence, holdout=None))["columns"]
    assert column["limit"] is None and all(entry["text"] is None for entry in column["texts"])


def test_missing_and_long_texts(world):
    evidence = world.evidence(world.table([None, "", "a quiet room. " * 100], ["pos", "pos", None]))
    (column,) = examples.read(evidence)["columns"]
    (entry,) = column["texts"]
    assert entry["beside"] == {} and (entry["text"] is None or entry["text"].endswith(" …"))
    assert examples.read(world.evidence(world.table([None], ["pos"]))) == {}


def test_numbers_stand_beside_as_text(world):
    evidence = world.evidence(world.table(*world.rows(8, 7)))
    made = evidence.made.set_column(1, "label", pa.array([1.5] * 8))
    (column,) = examples.read(dataclasses.replace(evidence, made=made))["columns"]
    assert column["texts"][0]["beside"] == {"label": "1.5"}
