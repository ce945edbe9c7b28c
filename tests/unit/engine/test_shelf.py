"""A model read from a file hands its family the shelf of the user's cache folder."""

import genloop
from genloop.runtime.shelf import Shelf


def test_a_loaded_model_hands_in_the_shelf_which_decides_nothing_about_it(table, tmp_path):
    model = genloop.fit(table, rules="off", seed=4)
    model.save(tmp_path / "m.genloop")
    loaded = genloop.load(tmp_path / "m.genloop")
    assert isinstance(loaded.learnt.weights.store, Shelf)
    assert loaded.identity == model.identity
