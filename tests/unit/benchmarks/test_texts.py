"""The benchmark of texts scores every token once and finds what was copied."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import genloop

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


@pytest.mark.neural
def test_a_secret_told_often_is_exposed_more_than_one_told_once(load: Any) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    script, rng = load("canary"), np.random.default_rng(0)
    words = ["room", "bed", "staff", "food", "good", "poor", "clean", "cold"]
    texts = [f"Stay {place}: the {' '.join(rng.choice(words, 6))}." for place in range(240)]
    told, planted = script.plant(texts, rng, sentence="Card {}. ")
    for count, secrets in planted.items():
        assert all(sum(secret in text for text in told) == count for secret in secrets)
    settings = {"width": 48, "layers": 1, "heads": 2, "tokens": 512, "context": 64}
    model = genloop.fit(pd.DataFrame({"text": told}), kinds={"text": "text"}, steps=40, settings=settings, threads=1)
    strange = script.numbers(120, np.random.default_rng(1))  # four that stand nowhere may come first by luck
    found = script.exposure(model, {**planted, 0: planted[0] + strange}, rng, others=255, sentence="Card {}. ")
    mean = {count: np.mean(values) for count, values in found.items()}
    assert mean[20] > mean[1] + 2
    assert mean[20] > 4
    assert mean[0] < 2


def test_a_copied_text_is_beyond_the_limit(load: Any) -> None:
    pytest.importorskip("sklearn")
    script = load("judge")
    rng = np.random.default_rng(0)
    letters = list("abcdefghij")
    held, learnt = (["".join(rng.choice(letters, 80)) for _ in range(200)] for _ in range(2))
    share, limit, whole = script.copied([learnt[0], held[0]], held, learnt)
    assert (share, whole) == (0.5, 0.5)
    assert limit < 20
