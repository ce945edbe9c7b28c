"""Coaching is refused where an independent judge does not agree, and leaves the model as it was."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from genloop import engine
from genloop.core.demand import Demand
from genloop.core.errors import ConfigError, DataError, ModelFileError
from genloop.core.score import Score
from genloop.core.texts import Wish
from genloop.engine import coaching
from genloop.engine.chooser import Chooser, store, stored
from genloop.judges.texts import critic as critics

pytestmark = pytest.mark.neural
THINGS, SAYS = ("room", "bed", "staff", "food", "view", "garden"), ("good", "poor", "clean", "cold", "quiet", "bright")
SETTINGS = {"width": 32, "layers": 1, "heads": 2, "tokens": 512, "context": 64}


def reviews(rows, seed=0):
    rng = np.random.default_rng(seed)
    return [
        " ".join(f"The {rng.choice(THINGS)} was {rng.choice(SAYS)}." for _ in range(rng.integers(1, 4)))
        for _ in range(rows)
    ]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("coach") / "reviews.parquet"
    texts = reviews(2_400)
    pq.write_table(pa.table({"label": ["a", "b"] * 1_200, "text": texts}), path)
    kinds = {"text": "text", "label": "category"}
    return engine.fit(path, kinds=kinds, steps=25, settings=SETTINGS, rules="off", threads=1)


def test_a_coached_writer_is_judged_by_measures_of_rows_that_no_critic_saw(model):
    done = coaching.coach(model, rounds=1, steps=3, settings={"rows": 4, "group": 4, "longest": 32}, threads=1)
    names = {score.name for score in done.after}
    assert {"text_c2st", "text_fluency", "text_self_bleu", "text_copied"} <= names <= set(coaching.WATCHED)
    assert names == {score.name for score in done.before}
    if done.agreed:
        assert done.model.identity != model.identity and "coached against critics" in done.model.run.notes[-1]
        assert done.model.run.parent == model.run.identity
    else:
        assert done.model is model


def score(name, value, direction="lower", ideal=0.0, ceiling=None, half=0.01):
    return Score(name, value, "fidelity", (0.0, 1.0), direction, ideal, (value - half, value + half), ceiling=ceiling)


def test_a_gain_against_fresh_measures_is_agreed_to():
    before = [score("text_c2st", 0.9, ideal=0.5), score("text_self_bleu", 0.2, ceiling=0.3)]
    after = [score("text_c2st", 0.8, ideal=0.5), score("text_self_bleu", 0.25, ceiling=0.3)]
    assert coaching.disagreements(before, after) == ()


def test_texts_that_fooled_the_critic_alone_are_refused():
    before = [score("text_c2st", 0.9, ideal=0.5), score("text_copied", 0.01, ideal=0.01)]
    (reason,) = coaching.disagreements(before, [score("text_c2st", 0.93, ideal=0.5), before[1]])
    assert "no nearer to real ones: text_c2st went from 0.900 to 0.930" in reason


def test_texts_that_lost_variety_or_copy_are_refused_though_they_read_better():
    before = [score("text_c2st", 0.9, ideal=0.5), score("text_self_bleu", 0.3, ceiling=0.3)]
    after = [score("text_c2st", 0.7, ideal=0.5), score("text_self_bleu", 0.8, ceiling=0.3)]
    (reason,) = coaching.disagreements(before, after)
    assert reason.startswith("the texts became worse: text_self_bleu")


@pytest.mark.parametrize("now", [6.0, 0.4])
def test_texts_that_grew_less_like_real_ones_on_either_side_of_their_fluency_are_refused(now):
    before = [score("text_c2st", 0.8, ideal=0.5), score("text_fluency", 2.5, "target", ideal=2.2, ceiling=2.2)]
    after = [score("text_c2st", 0.7, ideal=0.5), score("text_fluency", now, "target", ideal=2.2, ceiling=2.2)]
    (reason,) = coaching.disagreements(before, after)
    assert reason.startswith(f"the texts became worse: text_fluency went from 2.500 to {now:.3f}")
    nearer = score("text_fluency", 2.3, "target", ideal=2.2, ceiling=2.2)
    assert coaching.disagreements(before, [after[0], nearer]) == ()


def test_a_gain_below_its_error_is_no_gain():
    before, after = ([score("text_c2st", value, ideal=0.5, half=0.1)] for value in (0.85, 0.80))
    (reason,) = coaching.disagreements(before, after)
    assert "no nearer to real ones: text_c2st went from 0.850 to 0.800 (+- 0.072)" in reason


@pytest.mark.parametrize(
    ("name", "direction", "first", "last"), [("text_mauve", "higher", 0.8, 0.5), ("text_kid", "lower", 0.2, 0.6)]
)
def test_texts_that_please_critics_of_runs_but_mean_something_else_are_refused(name, direction, first, last):
    assert name in coaching.WATCHED
    ideal = 1.0 if direction == "higher" else 0.0
    before = [score("text_c2st", 0.9, ideal=0.5), score(name, first, direction, ideal)]
    after = [score("text_c2st", 0.7, ideal=0.5), score(name, last, direction, ideal)]
    (reason,) = coaching.disagreements(before, after)
    assert reason.startswith(f"the texts became worse: {name}")


def test_where_no_judge_of_the_pair_spoke_nothing_is_agreed_to():
    (reason,) = coaching.disagreements([score("text_form", 0.5)], [score("text_form", 0.1)])
    assert reason == "too few texts were made or held out for an independent judge to tell them apart"


def test_what_cannot_be_coached_is_told(model, tmp_path):
    with pytest.raises(ConfigError, match=r"no column of texts 'note' to coach; the model writes: text"):
        coaching.coach(model, column="note")
    few = tmp_path / "few.parquet"
    pq.write_table(pa.table({"text": reviews(300)}), few)
    small = engine.fit(few, kinds={"text": "text"}, steps=2, settings=SETTINGS, threads=1)
    with pytest.raises(DataError, match="30 texts were held out at the fit; judges need at least 200"):
        coaching.coach(small)
    pq.write_table(pa.table({"text": reviews(300, seed=1)}), few)
    with pytest.raises(DataError, match="the source has changed since the fit"):
        coaching.coach(small, data=few)


def test_the_best_of_several_is_chosen_now_and_whenever_the_model_writes(model, tmp_path, monkeypatch):
    monkeypatch.setattr(coaching, "disagreements", lambda before, after: ())  # whatever the judge says of so tiny a run
    done = coaching.coach(model, best=3, threads=1)
    assert done.agreed and done.model.run.notes[-1].startswith("of every 3 texts of 'text' a critic's best is kept")
    done.model.save(tmp_path / "chosen.genloop")
    again = engine.load(tmp_path / "chosen.genloop")
    (writer,), (plain,) = again.learnt.writers, model.learnt.writers
    assert writer.chooser.of == 3 and plain.chooser is None
    rows = pa.table({"label": ["a", "b"] * 100})

    def write(writer, demand=None):
        return writer.sample(model.learnt.units, rows, 200, np.random.default_rng(1), demand or Demand(), Wish())

    assert write(writer) == write(done.model.learnt.writers[0])
    best, first = (writer.chooser.critic.score(write(own)).mean() for own in (writer, plain))
    assert best > first + 0.05
    assert all("bed" in text for text in write(writer, Demand(holds=("bed",))))


def test_the_best_is_of_its_own_row_and_a_missing_text_is_never_it():
    critic = critics.fit(["good food"] * 8 + ["good bed"] * 8, ["xx yy zz"] * 16)
    chooser = Chooser(critic, 2)
    lines = ["xx yy zz", "good food", "good bed", None, "xx yy zz", None]
    assert chooser.best(lines) == ["good food", "good bed", "xx yy zz"]


def test_how_many_to_choose_from_is_checked_and_a_damaged_critic_is_told(model):
    with pytest.raises(ConfigError, match="best is from 2 to 64 texts a row, without settings or steps"):
        coaching.coach(model, best=1)
    weights = store(model.learnt.writers[0].weights, Chooser(critics.fit(["a b"] * 4, ["c d"] * 4), 2))
    plain, chooser = stored(weights)
    assert chooser.of == 2 and set(plain.arrays) == set(model.learnt.writers[0].weights.arrays)
    weights.arrays["chooser.weights"] = weights.arrays["chooser.weights"][:5]
    with pytest.raises(ModelFileError, match="the critic that chooses texts is damaged"):
        stored(weights)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"wurst": 1}, "unknown setting wurst; known: group, held, learning_rate, leash"),
        ({"group": 1}, "coaching setting group=1: expected at least 2"),
        ({"rows": "many"}, "setting rows='many': expected a whole number"),
    ],
)
def test_wrong_settings_are_refused_before_any_row_is_read(model, settings, message):
    with pytest.raises(ConfigError, match=message):
        coaching.coach(model, data="gone.csv", settings=settings)
