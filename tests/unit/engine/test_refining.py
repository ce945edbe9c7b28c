"""What refining changed is counted chunk by chunk and told once."""

import numpy as np
import pytest

from genloop.core.errors import ConfigError
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
