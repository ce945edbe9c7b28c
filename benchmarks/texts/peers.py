"""What the peers share: tokens, a clock of core-seconds, the loop, what is held out, and how the figures are told.

A peer is a module with `make(pieces, settings, rng)`, which gives a `Peer`. Each text is read as the token of its label
(one token for all where there is no label), its tokens, and END; all tokens but the first are learnt and scored.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import tokenizers
import torch
from torch import nn

END = 0
LOOKS, ASIDE = 6, 120
LONGEST = 1024
Sequences = list[np.ndarray]


class Peer(Protocol):
    """A model under test."""

    model: nn.Module
    settings: dict[str, Any]

    def lessons(self, texts: Sequences, rng: np.random.Generator) -> Iterator[tuple[int, Callable[[], torch.Tensor]]]:
        """Endless: how many tokens the next step learns, and its mean loss."""

    def score(self, texts: Sequences) -> float:
        """Nats of all tokens of these texts but the first."""

    def write(self, starts: np.ndarray, longest: int) -> list[list[int]]:
        """A text for each of these first tokens, without it; END where it ended by itself."""


class Pieces:
    """Byte-level BPE of the texts to learn from, as GPT-2 has it, and a token for each label."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str], size: int) -> None:
        self.names = sorted(set(labels))
        self.tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        self.tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.tokenizer.decoder = tokenizers.decoders.ByteLevel()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=2,
            special_tokens=["\0end", *(f"\0{name}" for name in self.names)],
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        self.tokenizer.train_from_iterator(texts, trainer=trainer)
        self.size = self.tokenizer.get_vocab_size()

    def starts(self, labels: Sequence[str]) -> np.ndarray:
        """The first tokens of texts with these labels."""
        return np.array([1 + self.names.index(label) for label in labels], np.int64)

    def read(self, table: pd.DataFrame) -> Sequences:
        """The tokens of every text."""
        found = self.tokenizer.encode_batch(list(table["text"]), add_special_tokens=False)
        starts = self.starts(labels(table))
        return [np.array([start, *own.ids, END]) for start, own in zip(starts, found, strict=True)]

    def spell(self, tokens: Sequence[int]) -> str:
        """The text of these tokens, up to END."""
        return self.tokenizer.decode(list(tokens), skip_special_tokens=True)


def labels(table: pd.DataFrame) -> list[str]:
    """The labels, or one for all."""
    return list(table["label"]) if "label" in table else ["text"] * len(table)


@dataclass
class Clock:
    """Core-seconds of this process since the clock was made, less those of what was left out."""

    began: float = field(default_factory=time.process_time)
    out: float = 0.0

    def spent(self) -> float:
        return time.process_time() - self.began - self.out

    @contextmanager
    def still(self) -> Iterator[None]:
        """What is done inside is not counted."""
        before = time.process_time()
        yield
        self.out += time.process_time() - before


@dataclass
class Lesson:
    """How a peer is taught: AdamW, a warm-up, then a cosine over the core-seconds; the best look stays."""

    seconds: float
    rate: float
    warmup: float = 0.03
    decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0
    lowest: float = 0.03

    def factor(self, share: float) -> float:
        """The share of the full rate after this share of the time."""
        if share < self.warmup:
            return 0.02 + 0.98 * share / self.warmup
        return self.lowest + (1 - self.lowest) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def learn(
    peer: Peer, lesson: Lesson, train: Sequences, clock: Clock, seed: int, marks: Sequence[float], told: Any
) -> dict[str, Any]:
    """Teach until the time is over; `told(model)` is asked at each of the marks, and costs no time."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(train))
    few = min(ASIDE, len(train) // 33)
    aside, own = [train[i] for i in order[:few]], [train[i] for i in order[few:]]
    named = [(name, weight) for name, weight in peer.model.named_parameters() if weight.requires_grad]
    groups = [
        {"params": [w for _, w in named if w.dim() > 1], "weight_decay": lesson.decay},
        {"params": [w for _, w in named if w.dim() < 2], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=lesson.rate, betas=lesson.betas, fused=True)
    looks = [0.4 + 0.6 * (place + 1) / LOOKS for place in range(LOOKS - 1)]
    left, curve, steps, tokens = list(marks), [], 0, 0
    best, kept = math.inf, {}
    began = clock.spent()
    for count, loss in peer.lessons(own, rng):
        share = clock.spent() / lesson.seconds
        if share >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = lesson.rate * lesson.factor(share)
        optimiser.zero_grad()
        loss().backward()
        nn.utils.clip_grad_norm_(peer.model.parameters(), lesson.clip)
        optimiser.step()
        steps, tokens = steps + 1, tokens + count
        with clock.still():
            if left and clock.spent() >= left[0]:
                curve.append([round(clock.spent(), 1), round(told(peer), 4)])
                left.pop(0)
            if looks and share >= looks[0]:
                looks.pop(0)
                best, kept = _better(peer, aside, best, kept)
    core = clock.spent() - began
    with clock.still():
        best, kept = _better(peer, aside, best, kept)
    peer.model.load_state_dict(kept)
    rate = tokens / core
    return {"steps": steps, "tokens": tokens, "tokens_per_second": rate, "curve": curve, "aside": best}


def _better(peer: Peer, aside: Sequences, best: float, kept: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    value = peer.score(aside)
    if value >= best:
        return best, kept
    return value, {name: array.clone() for name, array in peer.model.state_dict().items()}


def run(make: Callable[[Pieces, dict[str, Any], Lesson], Peer], about: str) -> None:
    """The command of a peer: learn, score, write; the figures are the last line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path, help="has train.parquet and held.parquet; gets made.parquet")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--made", type=int, default=1000)
    parser.add_argument("--few", type=int, help="score only so many held-out texts (for trials)")
    parser.add_argument("--marks", type=float, nargs="*", default=[])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    train, held = (pd.read_parquet(given.folder / f"{name}.parquet") for name in ("train", "held"))
    held = held.sample(given.few, random_state=0) if given.few else held
    clock, began = Clock(), time.perf_counter()
    pieces = Pieces(list(train["text"]), labels(train), given.tokens)
    lesson = Lesson(given.seconds, 0.0)
    peer = make(pieces, {k: json.loads(v) for k, v in (pair.split("=") for pair in given.set)}, lesson)
    own, size = pieces.read(held), held["text"].map(lambda text: len(text.encode())).sum()
    told = lambda asked: asked.score(own) / math.log(2) / size  # noqa: E731
    figures = learn(peer, lesson, pieces.read(train), clock, given.seed, given.marks, told)
    figures["core_seconds"], figures["wall_seconds"] = clock.spent(), time.perf_counter() - began
    figures["bits"] = told(peer)
    figures["weights"] = sum(weight.numel() for weight in peer.model.parameters())
    figures["settings"] = " ".join(f"{name}={value}" for name, value in peer.settings.items())
    picked = np.random.default_rng(given.seed).choice(len(train), given.made)
    chosen = [labels(train)[row] for row in picked]
    made = peer.write(pieces.starts(chosen), LONGEST)
    table = pd.DataFrame({"text": [pieces.spell(tokens) for tokens in made]})
    if "label" in train:
        table["label"] = chosen
    table["ended"] = [END in tokens for tokens in made]
    table.to_parquet(given.folder / "made.parquet", index=False)
    save = getattr(peer, "save", None)
    if save is not None:
        save(given.folder)
    print(json.dumps(figures))
