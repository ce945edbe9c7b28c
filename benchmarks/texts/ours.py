"""genloop's side: `genloop.fit` on the table as the command does it, with the clock counting core-seconds.

usage: python benchmarks/texts/ours.py FOLDER --seconds N [--seed K] [--family recurrent] [--set NAME=VALUE ...]

The call is what `genloop fit train.parquet --minutes N/60 --holdout 0 --threads 1` runs: profile, codecs, the stage of
the label, the stage of the texts, all within the time. Where the product asks the wall clock it gets this process'
core-seconds, so that a busy machine costs nothing; evaluation comes after the fit. At each of the marks the moving
average of the weights is set aside (a hook of the training loop) and scored when the fit is over, beside the counts
of the whole fit.
"""

import argparse
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import genloop
from genloop.core import registry
from genloop.core.protocols import Weights
from genloop.engine import writer
from genloop.files.clean import clean
from genloop.optimisation.train import loop


def note(marks: list[float]) -> list[tuple[float, dict[str, np.ndarray]]]:
    """Where the averaged weights come to stand as the core-seconds pass the marks."""
    found: list[tuple[float, dict[str, np.ndarray]]] = []
    left, began, follow = list(marks), time.process_time(), loop.Run._follow

    def noting(run: Any, losses: list[float]) -> None:
        follow(run, losses)
        if left and time.process_time() - began >= left[0]:
            left.pop(0)
            average = run.state.arrays["average"]
            arrays = {name.removeprefix("network."): array.numpy().copy() for name, array in average.items()}
            found.append((round(time.process_time() - began, 1), arrays))

    loop.Run._follow = noting  # type: ignore[method-assign]
    return found


def bits(model: Any, held: pd.DataFrame, weights: Weights | None = None) -> float:
    """Held-out bits per byte: all tokens and each text's end, given its other columns."""
    maker = model.learnt.writers[0]
    records = clean(pa.Table.from_pandas(held, preserve_index=False), model.schema).records
    if records.column("text").to_pylist() != list(held["text"]):
        raise SystemExit("cleaning changed held-out texts: bits per byte would not be comparable")
    batch = writer.lesson(model.learnt.units, records, maker.stage)[0]
    nats = registry.load("generators.text", maker.stage.family).score(
        maker.weights if weights is None else weights, batch
    )
    return float(nats.sum()) / math.log(2) / sum(len(text.encode()) for text in held["text"])


def main() -> None:
    """Fits, scores, samples, tells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="has train.parquet and held.parquet; gets made.parquet")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", default=None)
    parser.add_argument("--made", type=int, default=1000)
    parser.add_argument("--few", type=int, help="score only so many held-out texts (for trials)")
    parser.add_argument("--marks", type=float, nargs="*", default=[])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    given = parser.parse_args()
    train, held = (pd.read_parquet(given.folder / f"{name}.parquet") for name in ("train", "held"))
    held = held.sample(given.few, random_state=0) if given.few else held
    settings = {name: json.loads(value) for name, value in (pair.split("=") for pair in given.set)}
    wall, time.monotonic = time.perf_counter(), time.process_time
    noted, began = note(given.marks), time.process_time()
    model = genloop.fit(
        train, minutes=given.seconds / 60, family=given.family, seed=given.seed, holdout=0.0, threads=1,
        kinds={"text": "text"}, settings=settings,
    )  # fmt: skip
    core, wall = time.process_time() - began, time.perf_counter() - wall
    weights = model.learnt.writers[0].weights
    trained = weights.head["training"]
    learnt = clean(pa.Table.from_pandas(train), model.schema).records
    batch = writer.lesson(model.learnt.units, learnt, model.learnt.writers[0].stage)[0]
    assert batch.texts is not None
    tokens = trained["steps"] * trained["batch"] * len(batch.texts.tokens) / trained["rows"]
    curve = [
        [at, round(bits(model, held, replace(weights, arrays=weights.arrays | arrays)), 4)] for at, arrays in noted
    ]
    figures = {
        "core_seconds": core,
        "wall_seconds": wall,
        "steps": trained["steps"],
        "tokens": tokens,
        "tokens_per_second": tokens / trained["seconds"],
        "curve": curve,
        "bits": bits(model, held),
        "weights": sum(array.size for array in weights.arrays.values()),
        "settings": " ".join(given.set),
        "aside": trained["held_loss"],
    }
    model.sample(given.made, seed=given.seed).to_pandas().to_parquet(given.folder / "made.parquet", index=False)
    model.save(given.folder / "a.genloop")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
