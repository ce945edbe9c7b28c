"""The network against an independent one, its memory against the whole computation, and its masks."""

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from genloop.core.protocols import Batch, Field  # noqa: E402
from genloop.core.texts import END, Texts  # noqa: E402
from genloop.generators.transformer.texts.draw import Reader  # noqa: E402
from genloop.generators.transformer.texts.network import Network, Shape  # noqa: E402
from genloop.nn.condition import Given  # noqa: E402
from genloop.nn.lesson import Objective  # noqa: E402
from genloop.nn.scripts import BEGIN, ON, Script, pieces, windows  # noqa: E402

pytestmark = pytest.mark.neural
SHAPE = Shape(20, 32, 2, 4, 2, 24)
FIELDS = (Field("class", 3, ordered=False), Field("level", 4, ordered=True))


@pytest.fixture
def network() -> Network:
    rng = torch.Generator().manual_seed(0)
    network = Network(SHAPE, Batch(np.zeros((0, 2), np.uint16), FIELDS), rng)
    for name, weight in network.named_parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.3, generator=rng)
        elif name.endswith("sharpness"):
            torch.nn.init.normal_(weight, mean=1.0, std=0.3, generator=rng)
    return network


def _batch(*sizes: int) -> Batch:
    rng = np.random.default_rng(0)
    rows = [[*rng.integers(2, 20, size).tolist(), END] for size in sizes]
    codes = np.stack([rng.integers(0, 3, len(rows)), rng.integers(0, 4, len(rows))], 1).astype(np.uint16)
    return Batch(codes, FIELDS, texts=Texts.of(rows))


def _marked(batch: Batch) -> Batch:
    row, cut = pieces(batch.texts, SHAPE.vocabulary, SHAPE.context)
    return dataclasses.replace(batch.take(row), texts=cut)


def _plain(network: Network, tokens: np.ndarray, told: torch.Tensor) -> torch.Tensor:
    """Logits after each token of one marked row, by sums over earlier places written out."""
    x = network.table[torch.from_numpy(tokens.astype(np.int64))] + told
    x = functional.layer_norm(x, (32,))
    angle = torch.arange(len(tokens))[:, None] * 10_000.0 ** (-torch.arange(0, 8, 2) / 8)
    for block in network.blocks:
        parts = (functional.layer_norm(x, (32,)) @ block.enter.weight.T).view(len(x), 8, 8)
        norm = (parts - parts.mean(-1, keepdim=True)) / (parts.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        even, odd = norm[..., ::2], norm[..., 1::2]
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]
        turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(2)
        seen = []
        for head in range(4):
            weight = turned[:, head] @ turned[:, 4 + head // 2].T * block.sharpness[head].exp() / 8
            later = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
            seen.append(weight.masked_fill(later, -torch.inf).softmax(1) @ parts[:, 6 + head // 2])
        x = x + torch.cat(seen, 1) @ block.leave.weight.T
        inner = (functional.layer_norm(x, (32,)) @ block.up.weight.T).clamp(min=0) ** 2
        x = x + inner @ block.down.weight.T
    state = functional.layer_norm(x, (32,)) @ network.leave.weight.T
    return state @ network.table[:20].T + network.shares


def test_the_loss_is_that_of_an_independent_network_row_by_row(network: Network) -> None:
    batch = _marked(_batch(9, 3, 14, 1))
    told = network.told(Given.of(batch))
    total, asked = torch.zeros(()), 0
    for row in range(len(batch)):
        tokens = batch.texts[row]
        wanted = torch.from_numpy(tokens[1:].astype(np.int64))
        total = total + functional.cross_entropy(_plain(network, tokens[:-1], told[row]), wanted, reduction="sum")
        asked += len(wanted)
    found = Objective(network, 0.0, 0.0).loss(batch, None)
    torch.testing.assert_close(found, total / asked)


def test_the_held_out_measure_sees_texts_that_are_turned_round_where_those_are_learnt() -> None:
    batch = _batch(*[9] * 40)
    filling = Network(dataclasses.replace(SHAPE, fill=True), batch, torch.Generator().manual_seed(0))
    plain, some, again, every = (Objective(filling, 0.0, 0.0, share) for share in (0.0, 0.5, 0.5, 1.0))
    filling.start(batch)
    rows = _marked(batch)
    found = [one.loss(rows, None).item() for one in (plain, some, again, every)]
    assert found[1] == found[2]
    asked = np.bincount(batch.texts.tokens, minlength=20)
    turned = -((asked + 40 * (np.arange(20) == END)) * filling.shares[:20].detach().numpy()).sum() / (asked.sum() + 40)
    assert found[3] == pytest.approx(turned, rel=1e-4) and found[0] != pytest.approx(turned, rel=1e-2)
    assert min(found[0], found[3]) < found[1] < max(found[0], found[3])


def test_no_row_sees_another_row(network: Network) -> None:
    batch = _marked(_batch(9, 3, 9, 8))
    other = Texts(batch.texts.tokens.copy(), batch.texts.starts)
    other.tokens[other.starts[2] + 1 : other.starts[3] - 1] = 7
    nothing = np.zeros((4, 2), bool)
    states = []
    for own in (batch, dataclasses.replace(batch, texts=other)):
        script = Script.of(own, network.names, nothing[:, 0], nothing)
        states.append(network(script.inputs, network.told(Given.of(own))[torch.from_numpy(script.rows)], script.lines))
    apart = (states[0] - states[1]).abs().amax(1) > 1e-6
    assert set(script.rows[script.lines.row[apart].numpy()]) == {2}


def test_no_place_sees_a_later_one(network: Network) -> None:
    batch = _marked(_batch(9))
    other = Texts(batch.texts.tokens.copy(), batch.texts.starts)
    other.tokens[6] = 2 if other.tokens[6] != 2 else 3
    told = network.told(Given.of(batch))
    nothing = np.zeros((1, 2), bool)
    states = []
    for texts in (batch.texts, other):
        script = Script.of(dataclasses.replace(batch, texts=texts), network.names, nothing[:, 0], nothing)
        states.append(network(script.inputs, told, script.lines))
    apart = (states[0] - states[1]).abs().amax(1) > 1e-6
    assert apart.tolist() == [place >= 6 for place in range(10)]


@pytest.mark.parametrize("sizes", [(5, 5, 5), (2, 7, 4)])
def test_going_on_by_memory_gives_the_logits_of_reading_the_whole(network: Network, sizes: tuple[int, ...]) -> None:
    batch = _batch(*sizes)
    own = np.arange(len(sizes))
    rows = [np.concatenate([[SHAPE.vocabulary + BEGIN], batch.texts[row][:-1]]) for row in own.tolist()]
    reader, peer = Reader(network, batch), Reader(network, batch)
    with torch.inference_mode():
        reader.read(rows, own)
        for step in range(4):
            tokens = np.array([3 + step, 9 - step, 11])
            logits = reader.more(torch.from_numpy(tokens))
            rows = [np.append(row, token) for row, token in zip(rows, tokens, strict=True)]
            torch.testing.assert_close(logits, peer.read(rows, own), atol=1e-4, rtol=1e-4)
        reader.keep(torch.tensor([0, 2]))
        logits = reader.more(torch.tensor([4, 5]))
        rows = [np.append(rows[0], 4), np.append(rows[2], 5)]
        torch.testing.assert_close(logits, peer.read(rows, np.array([0, 2])), atol=1e-4, rtol=1e-4)


def test_codes_behind_a_text_are_asked_for_in_order_and_known_ones_are_not(network: Network) -> None:
    batch = _marked(_batch(4, 6))
    after, asked = np.array([True, True]), np.array([[True, True], [False, True]])
    script = Script.of(batch, network.names, after, asked)
    assert script.rows.tolist() == [1, 0]
    own = batch.codes.astype(np.int64)
    assert script.codes.tolist() == [3 + own[1, 1], own[0, 0], 3 + own[0, 1]]
    assert script.lines.place[script.behind].tolist() == [8, 5, 6]
    told = script.inputs[script.behind]
    assert told.tolist() == [23 + own[1, 0], END, 23 + own[0, 0]]
    logits = network.codes(torch.randn(2, 32), torch.tensor([0, 1]))
    assert torch.isfinite(logits).tolist() == [[True] * 3 + [False] * 4, [False] * 3 + [True] * 4]


def test_every_token_is_asked_for_once_however_long_texts_are() -> None:
    texts = Texts.of([[*range(2, 19)] * 4 + [END], [END], [4] * 23 + [END], [4] * 24 + [END]])
    row, cut = pieces(texts, 20, 24)
    assert row.tolist() == [0, 0, 0, 1, 2, 3, 3]
    assert [cut[i][0] - 20 for i in range(len(cut))] == [BEGIN, ON, ON, BEGIN, BEGIN, BEGIN, ON]
    assert np.concatenate([cut[i][1:] for i in range(len(cut))]).tolist() == texts.tokens.tolist()
    assert cut.lengths.max() == 25
    seen = [[] for _ in range(4)]
    for view in windows(texts, 20, 24):
        seen[view.row] += view.tokens[1 + view.known :].tolist()
    assert [tokens == texts[i].tolist() for i, tokens in enumerate(seen)] == [True] * 4


def test_an_untrained_network_draws_tokens_as_often_as_they_occur() -> None:
    batch = _batch(9, 3, 14, 1)
    network = Network(SHAPE, batch, torch.Generator().manual_seed(0))
    network.start(batch)
    counts = np.bincount(batch.texts.tokens, minlength=20) + 0.1
    expected = -(np.bincount(batch.texts.tokens, minlength=20) * np.log(counts / counts.sum())).sum() / counts.sum()
    found = Objective(network, 0.0, 0.0).loss(_marked(batch), None)
    assert found.item() == pytest.approx(expected, rel=0.1)
