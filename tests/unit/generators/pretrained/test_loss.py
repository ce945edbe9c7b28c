"""What a step of learning sees: headers with hidden lines, chances over all tokens from a draw of them, attention."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.generators.pretrained.conftest import reviews
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.core.texts import Texts
from genloop.generators.pretrained import attention, base, loss, network, reading, rows
from genloop.generators.pretrained.config import Config
from genloop.nn.lines import WASTE

pytestmark = pytest.mark.neural


@pytest.fixture(scope="module")
def opened(gemma: Path) -> network.Opened:
    return network.load(base.find(str(gemma)), "float32")


@pytest.fixture(scope="module")
def texts(opened: network.Opened) -> Texts:
    table = reviews(12)
    lines, marks = rows.lines(table, "text"), opened.marks("text")
    pairs = zip(lines, table["text"].to_pylist(), strict=True)
    return Texts.of([rows.row(opened.encode, marks, own, text, 128) for own, text in pairs])


def _sums(opened: network.Opened, shown: list[reading.Shown]) -> tuple[np.ndarray, np.ndarray]:
    """The nats of each row and its tokens."""
    values, sizes = reading.nats(opened, shown)
    return np.array([part.sum() for part in np.split(values, np.cumsum(sizes)[:-1])]), sizes


def _batch(texts: Texts) -> Batch:
    return Batch(np.zeros((len(texts), 0), np.uint16), (), texts=texts)


def test_a_row_is_shown_with_its_header_and_its_end(opened: network.Opened, texts: Texts) -> None:
    marks = opened.marks("text")
    whole, first = rows.plain(texts[0], marks)
    said = reviews(12).slice(0, 1).to_pylist()[0]
    assert opened.decode(whole[:first]) == f"label: {said['label']}\nstars: {said['stars']}\ntext:\n"
    assert opened.decode(whole[first:]) == said["text"]
    assert whole[0] == 0 and whole[-1] == 1


def test_lines_are_hidden_and_words_told_as_often_as_is_asked(opened: network.Opened, texts: Texts) -> None:
    marks, rng = opened.marks("text"), np.random.default_rng(0)
    shown = []
    for _ in range(300):
        tokens, first = rows.show(texts[0], marks, 0.2, 0.3, rng)
        shown.append(opened.decode(tokens[:first]))
        assert opened.decode(tokens[first:]) == reviews(12)["text"][0].as_py()
    assert 0.55 < np.mean(["label: " in head for head in shown]) < 0.73
    assert 0.2 < np.mean(["+: " in head for head in shown]) < 0.4
    assert 0.2 < np.mean(["…: " in head for head in shown]) < 0.4
    assert all(head.endswith("text:\n") for head in shown)


def test_a_long_row_keeps_half_its_room_for_the_text(opened: network.Opened) -> None:
    marks = opened.marks("text")
    found = rows.row(opened.encode, marks, ["note: " + "y" * 90 + "\n"] * 3, "好" * 200, 64)
    assert len(found) <= 64
    tokens, first = rows.plain(found, marks)
    assert len(tokens) - first >= 20


def test_a_draw_of_the_vocabulary_gives_the_loss_over_all_of_it_on_average(
    opened: network.Opened, texts: Texts
) -> None:
    def measured(others: int, seed: int) -> float:
        config = Config(base="x", column="text", others=others, blind=0.0, hints=0.0)
        lesson = loss.Lesson(opened, opened.marks("text"), {}, texts, config)
        with torch.no_grad():
            return float(lesson.loss(_batch(texts), torch.Generator().manual_seed(seed)))

    whole = measured(10_000, 0)
    shown = [rows.plain(texts[row], opened.marks("text")) for row in range(len(texts))]
    total, count = _sums(opened, shown)
    assert whole == pytest.approx(total.sum() / count.sum(), rel=1e-4)
    some = [measured(40, seed) for seed in range(12)]
    assert np.std(some) > 0
    assert np.mean(some) == pytest.approx(whole, rel=0.03)


def test_nats_are_those_of_the_whole_network(opened: network.Opened, texts: Texts) -> None:
    tokens, first = rows.plain(texts[3], opened.marks("text"))
    logs = functional.log_softmax(opened.model(torch.tensor([tokens])).logits[0].float(), -1)
    want = -sum(float(logs[place - 1, tokens[place]]) for place in range(first, len(tokens)))
    others = [rows.plain(texts[row], opened.marks("text")) for row in (1, 5)]
    assert _sums(opened, [others[0], (tokens, first), others[1]])[0][1] == pytest.approx(want, rel=1e-3)


def test_a_large_last_layer_in_eight_bits_says_what_the_whole_one_says(
    gemma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "LARGE", 64)
    opened = network.load(base.find(str(gemma)), "bfloat16")
    state = opened.body(torch.arange(40, 43)[:, None], use_cache=False).last_hidden_state[:, -1]
    rough, whole = opened.following(state), opened.logits(state)
    assert opened.eighths is not None and opened.eighths[0].dtype == torch.int8
    assert not torch.equal(rough, whole)
    assert float((rough - whole).abs().max()) < 0.05 * float(whole.std()) + 0.05
    many = state.repeat(2, 1)
    assert torch.equal(opened.following(many), opened.logits(many))


def test_attention_in_float32_gives_what_the_base_gives(gemma: Path, texts: Texts) -> None:
    opened = network.load(base.find(str(gemma)), "bfloat16")
    shown = [rows.plain(texts[row], opened.marks("text")) for row in range(6)]
    before = _sums(opened, shown)[0]
    attention.raise_precision(opened.model)
    assert opened.model.config._attn_implementation == attention.NAME
    assert np.allclose(_sums(opened, shown)[0], before, rtol=0.03)


def test_rows_that_run_at_once_are_of_about_one_length() -> None:
    sizes = np.random.default_rng(0).integers(4, 300, 80)
    groups = reading.together([([0] * int(size), 1) for size in sizes])
    assert sorted(np.concatenate(groups).tolist()) == list(range(80))
    for group in groups:
        own = sizes[group]
        assert own.max() * len(own) <= max(reading.TOGETHER, own.max())
        assert own.min() >= (1 - WASTE) * own.max()


def test_a_row_longer_than_what_runs_at_once_runs_alone() -> None:
    groups = reading.together([([0] * size, 1) for size in (reading.TOGETHER + 9, reading.TOGETHER + 8, 0)])
    assert [group.tolist() for group in groups] == [[0], [1], [2]]
