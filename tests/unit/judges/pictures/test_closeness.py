"""Distances in spaces made up for the test: nothing may depend on the order in which pictures stand."""

import numpy as np
import pytest

from genloop.judges.pictures import closeness, features


def vectors(rows, seed):
    """Vectors of two classes, one class after the other, as pictures stand in folders."""
    found = np.random.default_rng(seed).normal(size=(rows, 6)).astype(np.float32)
    found[rows // 2 :] += 4
    return found


def seen(*spaces):
    return features.Seen(spaces, np.zeros((0, 0), np.float32), None, "nobody's")


def space(made, holdout, unseen):
    return features.Space(made, holdout, unseen, np.arange(len(unseen)))


def named(scores):
    return {score.name: score for score in scores}


def test_pictures_that_stand_class_by_class_are_told_apart_no_better(monkeypatch):
    monkeypatch.setattr(closeness, "_COMPARED", 150)
    fresh = seen(space(vectors(600, 0), vectors(200, 1), vectors(200, 2)))
    assert abs(named(closeness.likeness(fresh, 3))["picture_c2st"].value - 0.5) < 0.08


@pytest.mark.parametrize("held", [None, 80])
def test_halves_of_an_odd_number_of_pictures_are_judged_together(held):
    holdout = None if held is None else vectors(held, 0)
    halves = (vectors(21, 1), vectors(20, 2))
    found = named(closeness.variety(seen(*(space(vectors(60, 3), holdout, half) for half in halves)), 3))
    assert found["recall"].detail["pictures"] == (20 if held is None else 60)
    assert (found["recall"].ceiling is None) == (held is None)


def test_the_distance_of_many_fresh_pictures_is_what_a_few_real_ones_reach():
    def normal(rows, seed):
        return np.random.default_rng(seed).normal(size=(rows, 24)).astype(np.float32)

    fid = named(closeness.likeness(seen(space(normal(2000, 0), normal(100, 1), normal(100, 2))), 3))["fid"]
    assert fid.value == pytest.approx(fid.ceiling, rel=0.15)
    assert fid.detail["at_once"] == 100
    alone = named(closeness.likeness(seen(space(normal(200, 0), None, normal(100, 2))), 3))["fid"]
    assert alone.detail["at_once"] == 200
    assert alone.ceiling is None
