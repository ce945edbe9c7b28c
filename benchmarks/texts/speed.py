"""Tokens per core-second in training and in drawing, and how long the first token takes: genloop and its peers.

usage: python benchmarks/texts/speed.py train [--rounds 12] [--kinds f32] [--vocabulary 10915]
       python benchmarks/texts/speed.py draw --genloop KEPT/genloop-reviews-600-0 --gpt2 KEPT/gpt2-reviews-600-0

train: steps of genloop's decoder and of the GPT-2 peer at the same width, layers and context take turns in one process
on the reviews, with linears in bfloat16 and in float32; `gpt2 plain` has its attention in bfloat16 under autocast, too,
as transformers comes. draw: texts of 128 tokens (END is kept away) from the kept weights by genloop, by transformers'
`generate`, and by CTranslate2 in int8 after conversion; the first token from loaded weights, given the label.
"""

import argparse
import dataclasses
import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gpt2
import numpy as np
import pandas as pd
import peers
import sets
import torch
import transformers

import genloop
from genloop.core import registry
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.texts import END, Texts, Wish
from genloop.nn.counts import LOW
from genloop.nn.template import template
from genloop.optimisation.train import loop
from genloop.runtime import device

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tables"))

import run as runner  # noqa: E402  (the tables' runner)

TOKENS = 4096  # of the trials that the figures were asked for by
LENGTH, BATCHES, LOOKS = 128, (1, 32, 256), 3
KINDS = {"bf16": "bfloat16", "f32": "float32"}
WARM = 8  # steps before the first that counts: the largest rows have come, and memory is there
PEERS = {
    "gpt2": {"bf16": {"bf16": True}, "f32": {"bf16": False, "attention": "sdpa"}},
    "gpt2 plain": {"bf16": {"bf16": True, "attention": "sdpa"}, "f32": {"bf16": False, "attention": "sdpa"}},
}


def keep(what: str, system: str, batch: int, value: float, unit: str, results: Path) -> None:
    """Adds and shows one figure."""
    line = {
        "what": what,
        "system": system,
        "batch": batch,
        "value": round(value, 2),
        "unit": unit,
        "load": round(os.getloadavg()[0], 1),
        "commit": runner.commit(str(HERE)),
    }
    print(json.dumps(line), flush=True)
    pd.DataFrame([line]).to_csv(results, mode="a", index=False, header=not results.exists())


def train(rounds: int, kinds: list[str], vocabulary: int, results: Path) -> None:
    """Steps in turn, all in memory that is kept between them, as genloop trains."""
    table = pd.read_parquet(sets.prepare("reviews")[0])
    pieces = peers.Pieces(list(table["text"]), peers.labels(table), vocabulary)
    rows = pieces.read(table)
    family = registry.load("generators.text", "transformer")
    given = Batch(np.zeros((len(rows), 0), np.uint16), (), texts=Texts.of([row[1:] for row in rows]))
    found: list[Any] = []

    def taken(*lesson: Any) -> Weights:
        found.append(lesson)
        return Weights({}, {})

    for kind in kinds:
        steps: dict[str, Callable[[int], int]] = {}
        settings = {
            "vocabulary": pieces.size, "width": 256, "layers": 6, "tokens": 4096, "precision": KINDS[kind], "counts": 0,
        }  # fmt: skip
        family.fit(Task(train=given, seed=0, settings=settings, trainer=taken, steps=1000, threads=1))
        steps["genloop"] = _own(*found.pop())
        for name, forms in PEERS.items():
            steps[name] = _peer(pieces, rows, forms[kind])
        rates: dict[str, list[float]] = {name: [] for name in steps}
        for number in range(rounds + WARM):
            for name, step in steps.items():
                began = time.process_time()
                tokens = step(number)
                rates[name].append(tokens / (time.process_time() - began))
        for name, own in rates.items():
            of = "" if vocabulary == TOKENS else f" of {vocabulary}"
            keep(f"train {kind}{of}", name, 4096, statistics.median(own[WARM:]), "tokens/s", results)


def _own(learner: Any, rows: Batch, held: Batch, task: Task, chosen: Any) -> Callable[[int], int]:
    """One step of genloop's training loop."""
    run = loop.Run(learner, rows, held, task, loop.settings_of.read(loop.Config, chosen))
    assert rows.texts is not None
    sizes = rows.texts.lengths - 1

    def step(number: int) -> int:
        run._step(1.0, number)
        return int(sizes[run._picked(number)].sum())

    return step


def _peer(pieces: peers.Pieces, rows: peers.Sequences, settings: dict[str, Any]) -> Callable[[int], int]:
    """One step of the GPT-2 peer, as its loop takes it."""
    peer = gpt2.Gpt2(pieces, {"tokens": 4096, **settings}, peers.Lesson(1.0, 0.0))
    lessons = peer.lessons(rows, np.random.default_rng(0))
    optimiser = torch.optim.AdamW(peer.model.parameters(), lr=1e-4, fused=True)

    def step(number: int) -> int:
        tokens, loss = next(lessons)
        optimiser.zero_grad()
        loss().backward()
        torch.nn.utils.clip_grad_norm_(peer.model.parameters(), 1.0)
        optimiser.step()
        return tokens

    return step


def draw(ours: Path, peer: Path, results: Path) -> None:
    """Texts by each of them, in turn, and their first tokens."""
    torch.set_num_threads(1)
    systems = {"genloop": _genloop(ours), "transformers": _transformers(peer), "ctranslate2 int8": _ctranslate(peer)}
    for batch in BATCHES:
        rates: dict[str, list[float]] = {name: [] for name in systems}
        for look in range(LOOKS + 1):
            for name, write in systems.items():
                began = time.process_time()
                made = write(batch, LENGTH, look)
                rates[name].append(made / (time.process_time() - began))
        for name, found in rates.items():
            keep("draw", name, batch, statistics.median(found[1:]), "tokens/s", results)
    for name, write in systems.items():
        found = []
        for look in range(22):
            began = time.perf_counter()
            write(1, 1, look)
            found.append(1000 * (time.perf_counter() - began))
        keep("first token", name, 1, statistics.median(found[2:]), "ms", results)


def _genloop(folder: Path) -> Callable[[int, int, int], int]:
    """The family's own sampling from a model whose texts do not end; the first token by `stream`."""
    maker = genloop.load(folder / "a.genloop").learnt.writers[0]
    shares = maker.weights.arrays["shares"].copy()
    shares[END] = -100.0
    arrays = {**maker.weights.arrays, "shares": shares}
    for name in ("counts.pairs", "counts.triples"):
        if name in arrays:
            goes_on = (arrays[name] & LOW) != END
            arrays |= {part: arrays[part][goes_on] for part in (name, f"{name}.own")}
            arrays["counts.single"] = np.where(
                np.arange(len(arrays["counts.single"])) == END, 0, arrays["counts.single"]
            )
    weights = dataclasses.replace(maker.weights, arrays=arrays)
    family = registry.load("generators.text", maker.stage.family)
    fields = template(maker.weights.head["condition"]).fields

    def write(batch: int, length: int, seed: int) -> int:
        given = Batch(np.zeros((batch, len(fields)), np.uint16), fields)
        rng = np.random.default_rng(seed)
        if length == 1:
            next(family.stream(weights, given, rng, Wish(most=2)))
            return 1
        return len(family.sample(weights, given, rng, Wish(most=length)).tokens)

    return write


def _transformers(folder: Path) -> Callable[[int, int, int], int]:
    model: Any = transformers.GPT2LMHeadModel.from_pretrained(folder / "gpt2").eval()

    def write(batch: int, length: int, seed: int) -> int:
        torch.manual_seed(seed)
        start = torch.ones(batch, 1, dtype=torch.long)
        made = model.generate(
            start, attention_mask=torch.ones_like(start), do_sample=True, top_k=0, min_new_tokens=length,
            max_new_tokens=length, pad_token_id=END, eos_token_id=END,
        )  # fmt: skip
        return int(made.shape[0] * (made.shape[1] - 1))

    return write


def _ctranslate(folder: Path) -> Callable[[int, int, int], int]:
    package = importlib.import_module("ctranslate2")  # only drawing needs it
    source, target = folder / "gpt2", folder / "ctranslate2"
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(source / "tokenizer.json"), eos_token="\0end", unk_token="\0end", bos_token="\0end"
    )
    tokenizer.save_pretrained(source)
    package.converters.TransformersConverter(str(source)).convert(str(target), quantization="int8", force=True)
    generator = package.Generator(str(target), compute_type="int8", intra_threads=1, inter_threads=1)
    start = tokenizer.convert_ids_to_tokens(1)

    def write(batch: int, length: int, seed: int) -> int:
        package.set_random_seed(seed)
        made = generator.generate_batch(
            [[start]] * batch, max_batch_size=batch, max_length=length, min_length=length, sampling_topk=0,
            include_prompt_in_result=False,
        )  # fmt: skip
        return sum(len(one.sequences_ids[0]) for one in made)

    return write


def main() -> None:
    """Reads the options and measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "draw"])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="formats of the linears")
    parser.add_argument("--vocabulary", type=int, default=TOKENS, help="tokens that both learn to write")
    parser.add_argument("--genloop", type=Path, help="a kept folder with a.genloop")
    parser.add_argument("--gpt2", type=Path, help="a kept folder with gpt2/")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "speed.csv")
    given = parser.parse_args()
    if given.what == "train":
        with device.threads(1):
            train(given.rounds, given.kinds, given.vocabulary, given.results)
    else:
        draw(given.genloop, given.gpt2, given.results)


if __name__ == "__main__":
    main()
