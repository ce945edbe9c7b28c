import dataclasses
import json

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import extras, registry
from genloop.judges.pictures import features, gallery, neural, score

pytestmark = pytest.mark.neural


def named(evidence):
    return {found.name: found for found in score(evidence)}


def test_the_judge_is_registered():
    assert registry.load("judges", "pictures").NAME == "pictures"


def test_a_faithful_generator_is_told_from_a_memorising_and_a_failing_one(world):
    train, holdout = world.bars(240, seed=0), world.bars(160, seed=1)
    good = named(world.evidence(train, holdout, world.bars(160, seed=2)))
    copied = named(world.evidence(train, holdout, tuple(part[:160] for part in train)))
    pixels, labels = world.bars(160, seed=4)
    noisy = np.clip(pixels + np.random.default_rng(0).normal(0, 60, pixels.shape), 0, 255).astype(np.uint8)
    poor = named(world.evidence(train, holdout, (noisy, labels)))
    narrow = named(world.evidence(train, holdout, world.bars(160, seed=5, share=1.0)))
    assert good["fid"].value < 3 * good["fid"].ceiling + 1 < poor["fid"].value
    assert good["kid"].value < poor["kid"].value
    assert good["picture_c2st"].value < 0.65 < poor["picture_c2st"].value
    assert good["asked"].value > 0.9
    assert {row["class"] for row in good["asked"].detail["classes"]} == {"up", "across"}
    for name in ("near_pixels", "near_features"):
        assert good[name].value < 0.1
        assert copied[name].value == 1
        first = copied[name].detail["pairs"][0]
        assert first["made"] == first["train"]
    assert narrow["recall"].value < 0.7 * good["recall"].value
    assert narrow["picture_coverage"].value < 0.7 * good["picture_coverage"].value
    assert poor["precision"].value < good["precision"].value
    assert poor["artefacts"].value > 2 * good["artefacts"].value
    for found in (*good.values(), *poor.values()):
        low, high = found.bounds
        assert low <= found.interval[0] <= found.value <= found.interval[1] <= high, found.name
        assert found.unit
        json.dumps(found.to_dict(), allow_nan=False)


def test_the_eyes_are_learnt_once_for_the_same_pictures(world, monkeypatch):
    train, holdout, made = (world.bars(60, seed=seed) for seed in range(3))
    first = named(world.evidence(train, holdout, made))
    monkeypatch.setattr(neural.part("nn.features"), "train", None)
    assert named(world.evidence(train, holdout, made))["fid"].value == first["fid"].value


def test_no_picture_is_judged_by_eyes_that_learnt_it(world):
    train = world.bars(50)
    found = gallery.read(world.evidence(train, world.bars(30, seed=1), world.bars(30, seed=2)))
    eyes = features._learn(found.train, 2, 3)
    assert sorted(np.concatenate(eyes.places).tolist()) == list(range(50))
    assert not set(eyes.places[0]) & set(eyes.places[1])


def test_tables_without_pictures_say_nothing(world):
    nothing = world.table(world.bars(30)[0]).append_column("n", [list(range(30))]).drop_columns(["image"])
    train = world.bars(30)
    assert score(world.evidence(train, train, nothing)) == []


def test_what_is_absent_leaves_out_what_needs_it(world):
    train, holdout, made = (world.bars(60, seed=seed) for seed in range(3))
    alone = named(dataclasses.replace(world.evidence(train, holdout, made), train=None, holdout=None))
    assert set(alone) == {"blank"}
    unheld = named(world.evidence(train, (made[0][:0], made[1][:0]), made))
    assert {"fid", "recall", "asked"} <= set(unheld)
    assert "near_features" not in unheld
    assert unheld["fid"].ceiling is None
    few = named(world.evidence(train, holdout, (made[0][:3], made[1][:3])))
    assert set(few) == {"blank"}


def test_without_torch_the_measures_that_need_no_network_remain(world, monkeypatch):
    monkeypatch.setattr(extras, "import_module", _refuse)
    train, holdout, made = (world.bars(60, seed=seed) for seed in range(7, 10))
    assert set(named(world.evidence(train, holdout, made))) == {"blank", "repeats", "artefacts", "near_pixels"}
    with pytest.raises(ImportError, match=r"judging pictures needs PyTorch.*pip install 'genloop\[neural\]'"):
        neural.part("nn.features")


def _refuse(name):
    raise ModuleNotFoundError(f"no {name}", name="torch")


def test_damaged_pictures_are_passed_over_and_rows_keep_their_numbers(world):
    pixels = world.bars(5)[0]
    chunks = [world.tensor(pixels[:3], missing=[1]), world.tensor(pixels[3:], missing=[0])]
    found, rows = gallery.unpack(pa.chunked_array(chunks))
    assert rows.tolist() == [0, 2, 4]
    assert (found == pixels[[0, 2, 4]]).all()


def test_classes_of_fewer_pictures_than_the_floor_are_not_spoken_of(world):
    pixels, labels = world.bars(60)
    labels = labels.astype(object)
    labels[:3] = "secret"
    found = gallery.read(world.evidence((pixels, labels), (pixels, labels), (pixels, labels)))
    assert set(found.labels) == {"up", "across"}
    assert (found.train.classes[:3] == -1).all()
