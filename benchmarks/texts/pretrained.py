"""Open weights taught reviews: bits per byte of the base and after LoRA, loading and drawing, in core-seconds.

usage: python benchmarks/texts/pretrained.py FOLDER --base BASE --seconds N [--held 40] [--rows M]
       [--seed K] [--threads T] [--set NAME=VALUE ...] [--out benchmarks/texts/results/pretrained.csv]

FOLDER holds train.parquet and held.parquet (`sets.py`) with the columns text and label. Where the product asks the wall
clock it gets this process' core-seconds, so that a busy machine costs nothing. Bits per byte are those of the text and
its end, given the row's label; the same held-out rows before and after.
"""

import argparse
import csv
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genloop.core.demand import Demand
from genloop.core.protocols import Batch, Progress, Task, Weights
from genloop.core.texts import Wish
from genloop.generators import pretrained
from genloop.generators.pretrained import draw
from genloop.optimisation.train import train

DRAWN = 48  # tokens of each text whose drawing is timed


def some(rows: pa.Table, count: int) -> pa.Table:
    """So many of the rows, drawn by seed 0: files are often in the order of their labels."""
    return rows.take(np.random.default_rng(0).permutation(len(rows))[:count])


def bits(weights: Weights, held: pa.Table) -> float:
    """Bits per byte of the held-out texts."""
    size = sum(len(text.encode()) for text in held.column("text").to_pylist())
    return float(pretrained.score(weights, held).sum() / np.log(2) / size)


def speed(weights: Weights, rows: int) -> float:
    """Tokens a second of texts that do not end before `DRAWN` tokens."""
    opened, given = draw.load(weights), pa.table({"label": ["pos"] * rows})
    began = time.process_time()
    prompts = [opened.encode("这家酒店")] * len(given)
    drawn = list(draw.follow(opened, prompts, np.random.default_rng(0), Wish(most=DRAWN), [None] * rows))
    return len(drawn) / (time.process_time() - began)


def teach(words: argparse.Namespace, rows: pa.Table, settings: dict[str, Any]) -> Weights:
    """The base taught for so many core-seconds, of all threads together."""

    def tell(progress: Progress) -> None:
        if progress.score is not None:
            print(f"{time.process_time():.0f} s  {progress.note}", flush=True)

    asked = {"base": words.base, "column": "text", **settings}
    nothing = Batch(np.zeros((rows.num_rows, 0), np.uint16), ())
    how = {"max_seconds": words.seconds, "threads": words.threads}
    return pretrained.fit(Task(nothing, words.seed, asked, trainer=train, raw=rows, report=tell, **how))


def main() -> None:
    """Measure, print, and add a line to the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--base", required=True)
    words.add_argument("--seconds", type=float, required=True)
    words.add_argument("--held", type=int, default=40)
    words.add_argument("--rows", type=int, help="learn only so many rows: a short run reads no more")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--threads", type=int, default=1, help="of learning; loading and drawing keep to torch's own")
    words.add_argument("--set", action="append", default=[])
    words.add_argument("--out", type=Path)
    asked = words.parse_args()
    settings = {name: json.loads(value) for name, value in (pair.split("=", 1) for pair in asked.set)}
    held = some(pq.read_table(asked.folder / "held.parquet").select(["label", "text"]), asked.held)
    began = time.process_time()
    bare = pretrained.adopt(asked.base, column="text")
    found: dict[str, Any] = {"load_s": round(time.process_time() - began, 1)}
    found["base_bits"] = round(bits(bare, held), 4)
    found |= {f"draw_{rows}": round(speed(bare, rows), 1) for rows in (1, 8)}
    print(found, flush=True)
    del bare
    time.monotonic = time.process_time
    rows = pq.read_table(asked.folder / "train.parquet").select(["label", "text"])
    if asked.rows is not None:
        rows = some(rows, asked.rows)
    weights = teach(asked, rows, settings)
    found["taught_bits"] = round(bits(weights, held), 4)
    run = weights.head["training"]
    found |= {"gain": round(1 - found["taught_bits"] / found["base_bits"], 4), "steps": run["steps"]}
    found |= {
        "core_s": asked.seconds,
        "rows": rows.num_rows,
        "held_rows": held.num_rows,
        "seed": asked.seed,
        "cpu": platform.machine(),
    }
    found |= {"set": " ".join(asked.set), "threads": asked.threads}
    print(json.dumps(found), run["curve"], flush=True)
    given = pa.table({"label": ["pos", "pos", "neg", "neg"]})
    for text in pretrained.sample(weights, given, np.random.default_rng(asked.seed), Demand(most=80), Wish(most=60)):
        print(text)
    if asked.out is not None:
        fresh = not asked.out.exists()
        with asked.out.open("a", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(found), lineterminator="\n")
            if fresh:
                table.writeheader()
            table.writerow(found)


if __name__ == "__main__":
    main()
