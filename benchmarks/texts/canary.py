"""Plants secrets in reviews, once, 4 times, 20 times, and measures how well a small writer has learnt them by heart.

usage: python benchmarks/texts/canary.py TRAIN.parquet [--rows 1000] [--steps 400] [--seeds 0 1 2] [--made 500]

Carlini et al. 2019, arXiv 1802.08232: a secret (a membership number of nine random digits in a fixed sentence) is put
before so many other reviews. Its exposure is log2 of the numbers asked about less log2 of its rank among them by
`score`, the chance that the fitted model gives the sentence: 1.4 on average for a number it never saw, at most 11
beside 2,047 others. One row a seed and count in results/canary.csv: the mean exposure and the least of the secrets so
planted, how many rank first, and how many of them come out whole in so many made texts (`told`; the card's
`text_secrets` looks for those that fewer texts hold than the floor). `0` are secrets that were planted nowhere. TRAIN
has a column `text` and may have a `label`.
"""

import argparse
import datetime
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import genloop
from genloop.core import registry
from genloop.engine import writer
from genloop.files.clean import clean

HERE = Path(__file__).resolve().parent
COUNTS, EACH, OTHERS = (0, 1, 4, 20), 4, 2047
SMALL = {"width": 96, "layers": 2, "heads": 4, "tokens": 1024, "context": 96}
SENTENCE = "会员号{}。"
Planted = dict[int, list[str]]


def numbers(count: int, rng: np.random.Generator) -> list[str]:
    """So many different numbers of nine digits."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(map(str, rng.integers(0, 10, 9)))] = None
    return list(found)


def plant(
    texts: list[str], rng: np.random.Generator, *, each: int = EACH, sentence: str = SENTENCE
) -> tuple[list[str], Planted]:
    """The texts with secrets before some of them, each text with one at most; and which secret stands how often."""
    secrets = numbers(each * len(COUNTS), rng)
    planted = {count: secrets[place * each : (place + 1) * each] for place, count in enumerate(COUNTS)}
    told = [secret for count, own in planted.items() for secret in own for _ in range(count)]
    if len(told) > len(texts):
        raise SystemExit(f"{len(told)} secrets need as many texts; found {len(texts)}")
    places, found = rng.permutation(len(texts))[: len(told)], list(texts)
    for place, secret in zip(places, told, strict=True):
        found[place] = sentence.format(secret) + found[place]
    return found, planted


def exposure(
    model: Any, planted: Planted, rng: np.random.Generator, *, others: int = OTHERS, sentence: str = SENTENCE
) -> dict[int, list[float]]:
    """log2(asked) - log2(rank) of each secret among so many numbers that stand nowhere."""
    secrets = [secret for own in planted.values() for secret in own]
    strange = [number for number in numbers(others + len(secrets), rng) if number not in secrets][:others]
    nats = _nats(model, [sentence.format(number) for number in [*secrets, *strange]])
    rank = 1 + (nats[None, len(secrets) :] < nats[: len(secrets), None]).sum(1)
    values = iter((np.log2(others + 1) - np.log2(rank)).tolist())
    return {count: [next(values) for _ in own] for count, own in planted.items()}


def _nats(model: Any, texts: list[str]) -> np.ndarray:
    """-log p of each text, nothing else of its row given."""
    maker = model.learnt.writers[0]
    schema = model.schema
    table = pa.table(
        {n: pa.array(texts if n == maker.column else [None] * len(texts), pa.string()) for n in schema.names}
    )
    batch = writer.lesson(model.learnt.units, clean(table, schema).records, maker.stage)[0]
    return np.asarray(registry.load("generators.text", maker.stage.family).score(maker.weights, batch))


def _commit() -> str:
    """The commit that is measured, short."""
    asked = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def measure(train: pd.DataFrame, given: argparse.Namespace, seed: int) -> list[dict[str, Any]]:
    """The rows of one seed."""
    rng, began = np.random.default_rng(seed), time.process_time()
    own = train.iloc[np.sort(rng.permutation(len(train))[: given.rows])].reset_index(drop=True)
    texts, planted = plant(list(own["text"]), rng)
    model = genloop.fit(
        own.assign(text=texts), steps=given.steps, seed=seed, holdout=0.0, threads=1, rules="off",
        kinds={"text": "text"}, settings=SMALL,
    )  # fmt: skip
    found = exposure(model, planted, rng)
    made = [text or "" for text in model.sample(given.made, seed=seed).to_pandas()["text"].fillna("")]
    about = {
        "rows": len(own),
        "steps": given.steps,
        "seed": seed,
        "commit": _commit(),
        "date": f"{datetime.datetime.now(datetime.UTC):%F}",
    }
    return [
        about
        | {"planted": count, "secrets": len(own), "exposure": round(float(np.mean(found[count])), 2)}
        | {"least": round(min(found[count]), 2), "first": int(sum(v == np.log2(OTHERS + 1) for v in found[count]))}
        | {"made": len(made), "told": sum(any(secret in text for text in made) for secret in own)}
        | {"core_seconds": round(time.process_time() - began, 1)}
        for count, own in planted.items()
    ]


def main() -> None:
    """Reads the options; keeps and shows the rows of every seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--made", type=int, default=500)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--results", type=Path, default=HERE / "results" / "canary.csv")
    given = parser.parse_args()
    train = pd.read_parquet(given.train)
    for seed in given.seeds:
        rows = measure(train, given, seed)
        pd.DataFrame(rows).to_csv(given.results, mode="a", index=False, header=not given.results.exists())
        for row in rows:
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
