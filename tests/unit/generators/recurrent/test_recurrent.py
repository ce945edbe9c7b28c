"""Whole tiny fits of both cells, the carried state against the whole reading, and the cells against their equations."""

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
from genloop.generators import recurrent as family  # noqa: E402
from genloop.nn import blend  # noqa: E402
from genloop.nn.blend import Blended  # noqa: E402
from genloop.nn.cells import Cells, Reader, Shape  # noqa: E402
from genloop.nn.condition import Given  # noqa: E402
from genloop.nn.lines import Lines  # noqa: E402
from genloop.nn.scripts import BEGIN, Script  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural
VOCABULARY, RING = 12, 10
FIELDS = (Field("class", 2, ordered=False),)
SETTINGS: Mapping[str, Any] = {
    "vocabulary": VOCABULARY, "width": 48, "tokens": 384, "truncation": 4, "average": 0.95, "learning_rate": 0.02,
    "backwards": 0.6, "dropout": 0.02,
}  # fmt: skip


def corpus(rows: int, seed: int = 0) -> Batch:
    """Texts that count around a ring: by 1 in class 0, by 3 in class 1."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, (rows, 1)).astype(np.uint16)
    made = [ring(kind, int(rng.integers(4)), int(rng.integers(3, 12))) for kind in codes[:, 0].tolist()]
    return Batch(codes, FIELDS, texts=Texts.of(made))


def ring(kind: int, first: int, size: int) -> list[int]:
    return [*(2 + (first + (1, 3)[kind] * np.arange(size)) % RING).tolist(), END]


@pytest.fixture(scope="module", params=["lstm", "gru"])
def weights(request: pytest.FixtureRequest) -> Weights:
    return family.fit(Task(corpus(600), 1, {**SETTINGS, "cell": request.param}, steps=150, trainer=train))


def _asked(kind: int, rows: int = 40) -> Batch:
    return Batch(np.full((rows, 1), kind, np.uint16), FIELDS)


def test_the_family_satisfies_its_protocol_and_learns(weights: Weights) -> None:
    assert isinstance(family, TextFamily)
    json.dumps(weights.head)
    assert weights.head["training"]["held_loss"] < 0.8


def test_texts_follow_what_they_are_given(weights: Weights) -> None:
    for kind, step in ((0, 1), (1, 3)):
        made = family.sample(weights, _asked(kind), np.random.default_rng(0), Wish(most=30))
        steps = np.concatenate([np.diff(made[row][:-1]) % RING for row in range(len(made))])
        assert (steps == step).mean() > 0.8


def test_codes_are_drawn_from_texts(weights: Weights) -> None:
    held = corpus(200, seed=1)
    hidden = dataclasses.replace(held, codes=np.full_like(held.codes, UNKNOWN))
    assert (family.infer(weights, hidden, np.random.default_rng(0)) == held.codes).mean() > 0.65
    assert (family.infer(weights, held, np.random.default_rng(0)) == held.codes).all()


def test_the_same_seed_gives_the_same_texts_and_a_stream_gives_one_of_them(weights: Weights) -> None:
    first, again = (family.sample(weights, _asked(0), np.random.default_rng(3), Wish(most=20)) for _ in range(2))
    assert np.array_equal(first.tokens, again.tokens)
    one = family.sample(weights, _asked(0, 1), np.random.default_rng(3), Wish(most=20))
    assert list(family.stream(weights, _asked(0, 1), np.random.default_rng(3), Wish(most=20))) == one[0].tolist()
    with pytest.raises(DataError, match="one text can be streamed at a time"):
        family.stream(weights, _asked(0, 2), np.random.default_rng(3), Wish())


def test_texts_go_on_from_how_they_begin(weights: Weights) -> None:
    begun = Texts.of([[5], [5, 6, 7]])
    made = family.sample(weights, _asked(0, 2), np.random.default_rng(0), Wish(most=20, begun=begun))
    assert made[0][0] == 5
    assert made[1][:3].tolist() == [5, 6, 7]


def test_the_score_is_the_sum_of_what_drawing_says_of_each_token(weights: Weights) -> None:
    text = ring(1, 2, 40)
    batch = Batch(np.array([[1]], np.uint16), FIELDS, texts=Texts.of([text]))
    network = Cells(Shape(**weights.head["shape"]), batch, torch.Generator())
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.arrays.items()}, strict=False)
    beside = blend.of(weights)
    assert beside is not None
    assert (beside.shares[:, 0] > 0).all() and beside.shares[:, 1:].max() > 0
    reader, total = Blended(Reader(network.eval(), network.told(Given.of(batch)).detach()), beside), 0.0
    with torch.inference_mode():
        chances = reader.read([np.array([VOCABULARY + BEGIN])], np.arange(1))
        for token in text:
            total -= float(chances[0, token].log())
            chances = reader.more(torch.tensor([token]))
    assert float(family.score(weights, batch)[0]) == pytest.approx(total, rel=1e-4)


def test_the_lstm_is_that_of_the_equations_and_no_row_sees_another() -> None:
    network = Cells(Shape(20, "lstm", 8, 1, 3), Batch(np.zeros((0, 1), np.uint16), FIELDS), torch.Generator())
    rows = [[20, 3, 4, 5, 6, 7, 8, 9], [20, 9, 2, 2], [20, 5]]
    lines = Lines.of(np.array([8, 4, 2]))
    told = torch.randn(3, 8)
    found = network(torch.tensor([token for row in rows for token in row]), told, lines).split([8, 4, 2])
    inner = dict(network.cells.named_parameters())
    for row, own in enumerate(rows):
        hidden, cell = torch.zeros(8), torch.zeros(8)
        x = network.enter(torch.tensor(own), told[row].expand(len(own), 8))
        for place, seen in enumerate(x):
            bias = inner["bias_ih_l0"] + inner["bias_hh_l0"]
            gates = inner["weight_ih_l0"] @ seen + inner["weight_hh_l0"] @ hidden + bias
            enter, keep, new, leave = gates.split(8)
            cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
            hidden = leave.sigmoid() * cell.tanh()
            torch.testing.assert_close(found[row][place], hidden, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_slopes_reach_back_to_the_beginning_of_a_stretch_and_no_further(cell: str) -> None:
    network = Cells(Shape(20, cell, 8, 2, 3), Batch(np.zeros((0, 1), np.uint16), FIELDS), torch.Generator())
    seen: list[torch.Tensor] = []
    enter = network.enter
    network.enter = lambda *own: seen.append(enter(*own).detach().requires_grad_()) or seen[-1]
    network(torch.arange(2, 10), torch.zeros(1, 8), Lines.of(np.array([8])))[4].sum().backward()
    assert (seen[0].grad.abs().sum(1) > 0).tolist() == [False] * 3 + [True] * 2 + [False] * 3


def test_carrying_the_state_gives_what_reading_the_whole_does(weights: Weights) -> None:
    batch = _asked(1, 3)
    network = Cells(Shape(**weights.head["shape"]), batch, torch.Generator())
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.arrays.items()}, strict=False)
    reader, peer = (Reader(network.eval(), network.told(Given.of(batch)).detach()) for _ in range(2))
    rows, own = [np.array([12, *tokens]) for tokens in ([3, 4], [5], [6, 7])], np.arange(3)
    with torch.inference_mode():
        reader.read(rows, own)
        logits = reader.more(torch.tensor([8, 9, 10]))
        rows = [np.append(row, token) for row, token in zip(rows, (8, 9, 10), strict=True)]
        torch.testing.assert_close(logits, peer.read(rows, own), atol=1e-5, rtol=1e-4)
        reader.keep(torch.tensor([0, 2]))
        logits = reader.more(torch.tensor([2, 2]))
        rows = [np.append(rows[row], 2) for row in (0, 2)]
        torch.testing.assert_close(logits, peer.read(rows, np.array([0, 2])), atol=1e-5, rtol=1e-4)


def test_dropout_is_drawn_from_the_generator_that_came_and_only_in_learning() -> None:
    batch = corpus(5)
    network = Cells(Shape(VOCABULARY, "gru", 16, 1, 4), batch, torch.Generator(), dropout=0.5)
    nothing = np.zeros((5, 1), bool)
    marked = dataclasses.replace(batch, texts=Texts.of([[12, *batch.texts[row].tolist()] for row in range(5)]))
    script = Script.of(marked, network.names, nothing[:, 0], nothing)
    told = network.told(Given.of(batch))
    first, again, other, plain, held = (
        network(script.inputs, told, script.lines, None if seed is None else torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2, None, None)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(plain, held)


def test_bad_settings_tasks_and_weights_are_refused(weights: Weights) -> None:
    for wrong, message in (
        ({"vocabulary": 0}, "vocabulary=0: expected the codec's number of tokens"),
        ({"cell": "rnn"}, "cell='rnn': expected one of lstm, gru"),
        ({"layers": 0}, "layers=0: expected more than 0"),
        ({"dropout": 1.0}, "dropout=1.0: expected a share from 0 to below 1"),
        ({"longest": 2}, "longest=2: expected at least 8"),
    ):
        with pytest.raises(ConfigError, match=message):
            family.Config(**{**SETTINGS, **wrong})
    with pytest.raises(ConfigError, match="learnt by a training loop"):
        family.fit(Task(corpus(40), 0, SETTINGS))
    with pytest.raises(DataError, match="holds no texts"):
        family.fit(Task(_asked(0), 0, SETTINGS, trainer=train))
    broken = Weights(weights.head, {**weights.arrays, "table": np.zeros((3, 3), np.float32)})
    with pytest.raises(ModelFileError, match="do not fit its head"):
        family.sample(broken, _asked(0), np.random.default_rng(0), Wish())
