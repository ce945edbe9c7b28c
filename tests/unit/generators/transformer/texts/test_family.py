"""A whole tiny fit of the decoder of texts: what it learns, and what drawing promises."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError, ModelFileError  # noqa: E402
from genloop.core.families import TextFamily  # noqa: E402
from genloop.core.protocols import UNKNOWN, Batch, Field, Task, Weights  # noqa: E402
from genloop.core.texts import END, Texts, Wish  # noqa: E402
from genloop.generators.transformer import texts as family  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural
VOCABULARY, RING = 12, 10
SETTINGS: Mapping[str, Any] = {
    "vocabulary": VOCABULARY, "width": 32, "layers": 2, "heads": 2, "shared": 1, "tokens": 384, "context": 16,
    "precision": "float32", "learning_rate": 0.01, "average": 0.95, "backwards": 0.4,
    "middle": 0.0,
}  # fmt: skip
FIELDS = (Field("class", 2, ordered=False), Field("start", 4, ordered=True))


def corpus(rows: int, seed: int = 0) -> Batch:
    """Texts that count around a ring: by 1 in class 0, by 3 in class 1, from the place that the second field says."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, 2, rows), rng.integers(0, 4, rows)], 1).astype(np.uint16)
    sizes = rng.integers(3, 12, rows)
    made = [ring(kind, first, size) for (kind, first), size in zip(codes.tolist(), sizes, strict=True)]
    return Batch(codes, FIELDS, texts=Texts.of(made))


def ring(kind: int, first: int, size: int) -> list[int]:
    return [*(2 + (first + (1, 3)[kind] * np.arange(size)) % RING).tolist(), END]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return family.fit(Task(corpus(600), 1, SETTINGS, steps=180, trainer=train))


def _asked(*codes: int, rows: int = 40) -> Batch:
    return Batch(np.full((rows, 2), codes, np.uint16), FIELDS)


def test_the_family_satisfies_its_protocol_and_its_weights_hold_no_text(weights: Weights) -> None:
    assert isinstance(family, TextFamily)
    json.dumps(weights.head)
    assert sum(array.size for array in weights.arrays.values()) < 60_000
    assert weights.head["training"]["held_loss"] < 0.75


def test_texts_follow_what_they_are_given(weights: Weights) -> None:
    for kind, first in ((0, 1), (1, 2)):
        made = family.sample(weights, _asked(kind, first), np.random.default_rng(0), Wish(most=20))
        right = [made[row].tolist() == ring(kind, first, len(made[row]) - 1) for row in range(len(made))]
        assert np.mean(right) > 0.8


def test_one_given_column_is_enough(weights: Weights) -> None:
    made = family.sample(weights, _asked(1, UNKNOWN), np.random.default_rng(0), Wish(most=20))
    steps = np.concatenate([np.diff(made[row][:-1]) % RING for row in range(len(made))])
    assert (steps == 3).mean() > 0.8
    assert len({int(made[row][0]) for row in range(len(made))}) == 4


def test_codes_are_drawn_from_texts_and_known_ones_stay(weights: Weights) -> None:
    held = corpus(200, seed=1)
    hidden = dataclasses.replace(held, codes=np.full_like(held.codes, UNKNOWN))
    found = family.infer(weights, hidden, np.random.default_rng(0))
    right = (found == held.codes).mean(0)
    assert right[0] > 0.9
    assert right[1] > 0.6
    odd = dataclasses.replace(held, codes=np.stack([1 - held.codes[:, 0], hidden.codes[:, 1]], 1))
    assert (family.infer(weights, odd, np.random.default_rng(0))[:, 0] == odd.codes[:, 0]).all()


def test_true_codes_make_a_text_likelier_and_chances_of_all_short_texts_stay_below_one(weights: Weights) -> None:
    held = corpus(100, seed=2)
    other = dataclasses.replace(held, codes=np.stack([1 - held.codes[:, 0], held.codes[:, 1]], 1))
    assert family.score(weights, held).mean() + 1 < family.score(weights, other).mean()
    short = Texts.of([[END], *([token, END] for token in range(1, VOCABULARY))])
    total = np.exp(-family.score(weights, dataclasses.replace(_asked(0, 1, rows=len(short)), texts=short))).sum()
    assert total < 1


def test_the_same_seed_gives_the_same_texts_and_another_seed_others(weights: Weights) -> None:
    first, again, other = (
        family.sample(weights, _asked(0, 1), np.random.default_rng(seed), Wish(most=20)) for seed in (3, 3, 4)
    )
    assert np.array_equal(first.tokens, again.tokens)
    assert not np.array_equal(first.tokens, other.tokens)


def test_a_stream_gives_the_tokens_of_the_text(weights: Weights) -> None:
    one = _asked(0, 1, rows=1)
    whole = family.sample(weights, one, np.random.default_rng(5), Wish(most=20))
    assert list(family.stream(weights, one, np.random.default_rng(5), Wish(most=20))) == whole[0].tolist()
    with pytest.raises(DataError, match="one text can be streamed at a time; 2 rows"):
        family.stream(weights, _asked(0, 1, rows=2), np.random.default_rng(5), Wish())


def test_texts_go_on_from_how_they_begin(weights: Weights) -> None:
    begun = Texts.of([[5], [5, 6], [5, 6, 7, END]])
    made = family.sample(weights, _asked(0, UNKNOWN, rows=3), np.random.default_rng(0), Wish(most=20, begun=begun))
    for row, size in enumerate((1, 2, 3)):
        assert made[row][:size].tolist() == [5, 6, 7][:size]
        assert len(made[row]) > size


@pytest.fixture(scope="module")
def filler() -> Weights:
    settings = {**SETTINGS, "middle": 0.5, "dropout": 0.0, "width": 48, "blind": 0.5}  # few columns tell the step
    return family.fit(Task(corpus(1500), 1, settings, steps=300, trainer=train))


@pytest.mark.parametrize(("kind", "step"), [(0, 1), (1, 3)])
def test_texts_are_written_towards_how_they_end(filler: Weights, kind: int, step: int) -> None:
    rows = 60
    begun, ends = Texts.of([[2]] * rows), Texts.of([ring(kind, 0, 9)[-4:]] * rows)
    shares = []
    for shown in (None, ends):
        wish = Wish(most=20, begun=begun, ends=shown)
        made = family.sample(filler, _asked(UNKNOWN, UNKNOWN, rows=rows), np.random.default_rng(0), wish)
        assert all(made[row][0] == 2 for row in range(rows))
        shares.append((np.concatenate([np.diff(made[row][:-1]) % RING for row in range(rows)]) == step).mean())
    assert family.fills(filler) and shares[1] > max(shares[0] + 0.2, 0.7)  # the end alone tells by which steps to count


def test_who_learnt_to_fill_still_writes_and_reads_both_ways(filler: Weights) -> None:
    held = corpus(200, seed=1)
    hidden = dataclasses.replace(held, codes=np.full_like(held.codes, UNKNOWN))
    assert (family.infer(filler, hidden, np.random.default_rng(0)) == held.codes).mean() > 0.9
    made = family.sample(filler, _asked(1, 2), np.random.default_rng(0), Wish(most=20))
    assert np.mean([made[row].tolist() == ring(1, 2, len(made[row]) - 1) for row in range(len(made))]) > 0.8


def test_weights_from_before_filling_was_learnt_are_read_and_say_so() -> None:
    plain = family.fit(Task(corpus(60), 1, {**SETTINGS, "middle": 0.0}, steps=3, trainer=train))
    shape = {name: size for name, size in plain.head["shape"].items() if name != "fill"}
    old = Weights(plain.head | {"shape": shape}, plain.arrays)
    assert not family.fills(old) and old.arrays["table"].shape == (VOCABULARY + 3 + 6, 32)
    made = [family.sample(own, _asked(0, 1), np.random.default_rng(0), Wish(most=9)) for own in (plain, old)]
    assert np.array_equal(made[0].tokens, made[1].tokens)
    with pytest.raises(DataError, match="did not learn to write towards an end; fit with middle above 0"):
        family.sample(old, _asked(0, 1, rows=1), np.random.default_rng(0), Wish(ends=Texts.of([[4, END]])))


def test_no_text_is_longer_than_asked_even_beyond_the_context(weights: Weights) -> None:
    endless = Wish(most=50, guide=_Never(END))
    made = family.sample(weights, _asked(0, 1, rows=5), np.random.default_rng(0), endless)
    assert set(made.lengths) == {50}
    assert np.mean([(np.diff(made[row]) % RING == 1).mean() for row in range(5)]) > 0.5
    none = family.sample(
        weights, _asked(0, 1, rows=2), np.random.default_rng(0), Wish(most=2, begun=Texts.of([[3, 4]] * 2))
    )
    assert none[0].tolist() == [3, 4]


class _Never:
    """A guide that refuses one token and writes down what came."""

    def __init__(self, token: int) -> None:
        self.token, self.seen = token, {}

    def allowed(self, row: int) -> np.ndarray:
        return np.arange(VOCABULARY) != self.token

    def follow(self, row: int, token: int) -> None:
        self.seen.setdefault(row, []).append(token)

    def begin(self, row: int) -> None:
        self.seen.pop(row, None)


def test_a_guide_is_asked_and_told_row_by_row(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genloop.nn.writing.CHUNK", 3)
    guide = _Never(5)
    made = family.sample(weights, _asked(0, 1, rows=8), np.random.default_rng(0), Wish(most=9, guide=guide))
    assert not (made.tokens == 5).any()
    assert [guide.seen[row] for row in range(8)] == [made[row].tolist() for row in range(8)]


def test_a_guide_that_leaves_nothing_ends_the_text(weights: Weights) -> None:
    class Nothing(_Never):
        def allowed(self, row: int) -> np.ndarray:
            return np.zeros(VOCABULARY, bool)

    made = family.sample(weights, _asked(0, 1, rows=2), np.random.default_rng(0), Wish(guide=Nothing(0)))
    assert made.tokens.tolist() == [END, END]


def test_rows_without_columns_and_empty_requests_are_served() -> None:
    texts = corpus(60).texts
    alone = Batch(np.zeros((60, 0), np.uint16), (), texts=texts)
    weights = family.fit(Task(alone, 1, SETTINGS, steps=3, trainer=train))
    made = family.sample(weights, Batch(np.zeros((4, 0), np.uint16), ()), np.random.default_rng(0), Wish(most=9))
    assert len(made) == 4
    assert len(family.sample(weights, Batch(np.zeros((0, 0), np.uint16), ()), np.random.default_rng(0), Wish())) == 0
    assert family.infer(weights, alone, np.random.default_rng(0)).shape == (60, 0)


def test_a_text_beyond_the_context_is_scored_whole(weights: Weights) -> None:
    long = Batch(np.array([[0, 1]], np.uint16), FIELDS, texts=Texts.of([ring(0, 1, 60)]))
    assert 0 < float(family.score(weights, long)[0]) < 60 * np.log(VOCABULARY)


def test_bad_settings_and_tasks_are_refused() -> None:
    good = corpus(40)
    with pytest.raises(ConfigError, match="vocabulary=0: expected the codec's number of tokens"):
        family.fit(Task(good, 0, {}, trainer=train))
    with pytest.raises(ConfigError, match="learnt by a training loop"):
        family.fit(Task(good, 0, SETTINGS))
    with pytest.raises(ConfigError, match="unknown setting wide"):
        family.fit(Task(good, 0, {**SETTINGS, "wide": 3}, trainer=train))
    with pytest.raises(ConfigError, match="vocabulary=9: expected more than the highest token, 11"):
        family.fit(Task(good, 0, {**SETTINGS, "vocabulary": 9}, trainer=train))
    with pytest.raises(DataError, match="holds no texts"):
        family.fit(Task(dataclasses.replace(good, texts=None), 0, SETTINGS, trainer=train))
    for wrong, message in (
        ({"heads": 3}, "width=32, heads=3, shared=1"),
        ({"blind": 1.0}, "blind=1.0: expected a share from 0 to below 1"),
        ({"precision": "float16"}, "expected one of auto, float32, bfloat16"),
        ({"muon": -1.0}, "muon=-1.0: expected a rate, or 0 for AdamW alone"),
        ({"learning_rate": 0.0}, "learning_rate=0.0: expected more than 0"),
        ({"middle": 1.0}, "middle=1.0: expected a share from 0 to below 1"),
        ({"context": 4}, "context=4: expected at least 8"),
    ):
        with pytest.raises(ConfigError, match=message):
            family.Config(**{**SETTINGS, **wrong})


def test_rows_without_texts_and_weights_that_do_not_fit_are_refused(weights: Weights) -> None:
    with pytest.raises(DataError, match="the rows hold no texts"):
        family.score(weights, _asked(0, 1))
    broken = Weights(weights.head, {**weights.arrays, "table": np.zeros((3, 3), np.float32)})
    with pytest.raises(ModelFileError, match="do not fit its head"):
        family.sample(broken, _asked(0, 1), np.random.default_rng(0), Wish())


def test_a_run_that_is_resumed_with_other_time_keeps_its_sizes_and_what_holds_it_back(tmp_path: Any) -> None:
    found: list[tuple[Any, ...]] = []

    def taught(learner: Any, rows: Any, held: Any, task: Task, chosen: Mapping[str, Any]) -> Weights:
        network = learner.network
        found.append((network.shape, network.dropout, chosen["weight_decay"], chosen["batch"]))
        return Weights({}, {})

    open_ = {"vocabulary": 30_000, "counts": 0}
    rows = corpus(8000)
    for seconds, place in ((60.0, tmp_path), (900.0, tmp_path), (900.0, None)):
        where = None if place is None else str(place)
        family.fit(Task(rows, 1, open_, max_seconds=seconds, checkpoint=where, trainer=taught))
    assert found[0] == found[1] != found[2]
