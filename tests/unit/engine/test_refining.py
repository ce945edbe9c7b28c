"""What refining changed is counted chunk by chunk and told once."""

import json

import numpy as np
import pytest

from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch
from genloop.engine.refining import Entry, How, Ledger, entry


def test_where_nothing_is_asked_nothing_is_told():
    ledger = Ledger()
    ledger.note("image", 0, Entry({"rows": 10}))
    assert ledger.to_dict() == {} and ledger.examples() is None


def test_chunks_add_up_and_one_drawn_again_counts_once():
    ledger = Ledger(How(candidates=4))
    for start, rows, changed in ((0, 100, 60), (100, 300, 240), (0, 100, 60)):
        sums = {"rows": rows, "drawn": 4 * rows, "replaced": changed, "judge_before": -rows, "judge_after": rows / 2}
        ledger.note("image", start, Entry(sums))
    assert ledger.to_dict() == {
        "candidates": 4, "rows": 400, "drawn": 1600, "replaced": 0.75, "judge_before": -1.0, "judge_after": 0.5
    }  # fmt: skip


def test_means_are_over_the_rows_they_speak_of():
    ledger = Ledger(How(truncation=1.5, clean=True))
    sums = {"rows": 50, "compared": 10, "judge_plain": 20, "cleaned": 4, "refused": 1, "dirty": 5}
    ledger.note("image", 0, Entry(sums | {"judge_before_cleaning": 10, "judge_after_cleaning": 15}))
    told = ledger.to_dict()
    assert told["judge_plain"] == 2.0 and (told["judge_before_cleaning"], told["judge_after_cleaning"]) == (2.0, 3.0)
    assert told["truncation"] == 1.5 and told["clean"] is True and told["cleaned"] == 4


def test_candidates_that_nothing_could_choose_among_are_not_told():
    ledger = Ledger(How(candidates=4))
    ledger.note("image", 0, Entry({"rows": 10}))
    assert ledger.to_dict() == {}


def test_what_was_asked_of_rows_not_yet_drawn_is_told():
    assert Ledger(How(candidates=3)).to_dict() == {"candidates": 3}


def test_examples_are_pictures_that_changed():
    before = np.arange(30, dtype=np.uint8).reshape(30, 1, 1, 1)
    ledger = Ledger(How(clean=True))
    ledger.note("image", 0, entry({"rows": 30}, before, before + 1, np.arange(30) % 2 == 1))
    shown, after = ledger.examples()
    assert shown.ravel().tolist() == list(range(1, 25, 2)) and np.array_equal(after, shown + 1)


@pytest.mark.parametrize("cut", [0.0, -1.0, 0.01])
def test_a_cut_that_leaves_no_noise_is_refused(cut):
    with pytest.raises(ConfigError, match=r"--truncation cuts noise at that many deviations, 0\.1 or more"):
        How(truncation=cut)


def test_a_making_tells_in_its_label_what_refining_changed(model, tmp_path):
    made = model("gan").sample(60, candidates=3, truncation=1.0)
    told = made.refining
    assert told["candidates"] == 3 and told["drawn"] == 180 and 0.3 < told["replaced"] < 0.95
    assert told["judge_after"] > told["judge_before"] and told["compared"] == 60
    assert json.loads(made.label["refining"]) == told
    before, after = made.ledger.examples()
    assert len(before) == 12 and not (before == after).all(axis=(1, 2, 3)).any()
    made.save(tmp_path / "made.npz")
    card = model("gan").score(tmp_path / "made.npz").data
    assert card.refining == told and card.label["refining"] == made.label["refining"]
    assert "before" in model("gan").score(made).data.refining


def test_what_is_not_refined_says_nothing_and_the_same_call_gives_the_same_pictures(model):
    fitted = model("gan")
    plain, none = fitted.sample(30), fitted.sample(30, candidates=1)
    assert plain.refining == {} and "refining" not in plain.label
    assert plain.to_arrow().equals(none.to_arrow())
    twice = [fitted.sample(30, candidates=4, clean=True).to_arrow() for _ in range(2)]
    assert twice[0].equals(twice[1])


def test_balanced_rows_are_refined_too(model):
    made = model("gan").sample(40, balance="class", candidates=2)
    assert made.refining["drawn"] == 80


def test_a_family_without_noise_cannot_cut_it_and_one_without_judge_cannot_clean(model):
    with pytest.raises(ConfigError, match="do not begin as a row of numbers"):
        model("transformer").sample(5, truncation=1.0)
    painter = model("flow").learnt.painters[0]
    dirty = np.zeros((2, 16, 16, 1), np.uint8)
    dirty[:, 4:8], dirty[:, 12, 12] = 200, 90
    with pytest.raises(ConfigError, match="has no judge of its own to clean pictures by; leave out --clean"):
        painter.judge(Batch(np.zeros((2, 1), np.uint16), ()), dirty)


def test_codes_judge_where_there_is_no_critic(model, monkeypatch):
    painter = model("vae").learnt.painters[0]

    class Codes:
        shape, levels = (1, 1, 1), None

        def encode(self, pixels, rng=None):
            return pixels.min(axis=(1, 2, 3))

        def decode(self, codes):
            return np.broadcast_to(codes[:, None, None, None], (len(codes), 16, 16, 1)).astype(np.uint8)

    monkeypatch.setattr(painter.family, "coder", lambda weights: Codes(), raising=False)
    flat, spotted = np.full((1, 16, 16, 1), 9, np.uint8), np.full((1, 16, 16, 1), 9, np.uint8)
    spotted[0, 0, 0] = 25
    given = Batch(np.zeros((2, 1), np.uint16), ())
    assert painter.judge(given, np.concatenate([flat, spotted])).tolist() == [0.0, -1.0]
