"""The benchmark of texts scores every token once and finds what was copied."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3] / "benchmarks" / "texts"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A script of the benchmark as a module."""
    monkeypatch.syspath_prepend(str(ROOT))

    def found(name: str) -> ModuleType:
        return importlib.import_module(name)

    return found


@pytest.mark.neural
def test_sliding_windows_ask_for_every_token_once(load: Any) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    script = load("gpt2")
    peer = script.Gpt2.__new__(script.Gpt2)
    peer.context, peer.model, seen = 8, torch.nn.Identity(), []

    def nats(rows: list[np.ndarray], known: list[int]) -> Any:
        asked = [row[1 + before :] for row, before in zip(rows, known, strict=True)]
        seen.extend(int(token) for own in asked for token in own)
        return torch.ones(sum(map(len, asked)))

    peer._nats = nats
    sizes, first, texts = [2, 5, 9, 10, 13, 14, 40], 0, []
    for size in sizes:
        texts.append(np.arange(first, first + size))
        first += size
    assert peer.score(texts) == sum(sizes) - len(sizes)
    assert sorted(seen) == sorted(int(token) for text in texts for token in text[1:])


def test_a_copied_text_is_beyond_the_limit(load: Any) -> None:
    pytest.importorskip("sklearn")
    script = load("judge")
    rng = np.random.default_rng(0)
    letters = list("abcdefghij")
    held, learnt = (["".join(rng.choice(letters, 80)) for _ in range(200)] for _ in range(2))
    share, limit, whole = script.copied([learnt[0], held[0]], held, learnt)
    assert (share, whole) == (0.5, 0.5)
    assert limit < 20
