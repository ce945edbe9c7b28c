"""The figures of a card of texts: what the recipe of a set gives, told by the product's own card.

usage: python benchmarks/texts/cards.py code|poems [--seeds 0 1 2] [--made 300] [--minutes M] [--keep FOLDER]

For each seed `genloop fit --recipe recipes/SET.toml`, `genloop sample -n 300` and `genloop score`, as the command line
runs them, with the clock counting core-seconds, so that a busy machine costs nothing. A line of JSON a seed, the mean
below. bits: held-out bits per byte, ends counted, given the other columns. form (poems): the share that has as many
lines, of as many characters, as the form that stands beside it. All others are scores of the card, less `text_`: auc is
its text_c2st.
"""

import time

time.monotonic = time.process_time  # before genloop takes its clock

import argparse  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import re  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

import pandas as pd  # noqa: E402
import sets  # noqa: E402

import genloop  # noqa: E402
from genloop.core import registry  # noqa: E402
from genloop.engine import origin, rows, writer  # noqa: E402
from genloop.files import samples  # noqa: E402
from genloop.interfaces.cli import app  # noqa: E402

HERE = Path(__file__).resolve().parent
SHOWN = {
    "text_c2st": "auc", "text_syntax": "parses", "text_copied": "copied", "text_asked": "asked", "text_near": "near",
    "text_distinct": "distinct", "text_fluency": "fluency", "text_lengths": "lengths", "text_form": "faults",
}  # fmt: skip


def code() -> Path:
    """The functions, gathered when they are not there yet."""
    if not (found := sets.home() / "code-train.parquet").exists():
        subprocess.run([sys.executable, str(HERE / "functions.py")], check=True)
    return found


DATA = {"code": code, "poems": samples.poems}


def bits(path: Path) -> float:
    """Held-out bits per byte of the text column."""
    model = genloop.load(path)
    maker = model.learnt.writers[0]
    held = rows.read(origin.find(model.origin, None, model.schema), model.schema, model.origin.split).holdout
    batch = writer.lesson(model.learnt.units, held, maker.stage)[0]
    nats = registry.load("generators.text", maker.stage.family).score(maker.weights, batch)
    texts = held.column(maker.stage.columns[0]).to_pylist()
    return float(nats.sum()) / math.log(2) / sum(len(text.encode()) for text in texts if text)


def form(made: pd.DataFrame) -> float:
    """The share of poems that keep the form they name."""
    asked = {name: size for size, name in samples.FORMS.items()}
    whole = 0
    for name, poem in zip(made["form"], made["poem"].fillna(""), strict=True):
        lines = [line for line in re.split("[，。？！；、\n]", poem) if line]
        whole += len(lines) == asked[name][0] and {len(line) for line in lines} == {asked[name][1]}
    return whole / len(made)


def run(given: argparse.Namespace, seed: int, folder: Path) -> dict[str, float]:
    """One seed's figures; what real texts reach is named REAL after it."""
    stem = folder / f"{given.set}-{seed}"
    model, made, card = (stem.with_suffix(ending) for ending in (".genloop", ".jsonl", ".json"))
    recipe = HERE.parent.parent / "recipes" / f"{given.set}.toml"
    minutes = [] if given.minutes is None else ["--minutes", str(given.minutes)]
    told = ["--recipe", str(recipe), "--seed", str(seed), *minutes]
    began = time.process_time()
    app(["fit", str(DATA[given.set]()), "-o", str(model), *told], standalone_mode=False)
    found = {"core_seconds": time.process_time() - began, "bits": bits(model)}
    app(["sample", str(model), "-n", str(given.made), "-o", str(made), "--seed", str(seed)], standalone_mode=False)
    app(["score", str(model), str(made), "-o", str(card)], standalone_mode=False)
    for score in json.loads(card.read_text(encoding="utf-8"))["scores"]:
        if name := SHOWN.get(score["name"]):
            found |= {name: score["value"], f"{name} real": score["ceiling"]}
    if given.set == "poems":
        found["form"] = form(pd.read_json(made, lines=True))
    return {name: round(value, 4) for name, value in found.items()}


def main() -> None:
    """All seeds of a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=sorted(DATA))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--made", type=int, default=300)
    parser.add_argument("--minutes", type=float, help="other than the recipe's")
    parser.add_argument("--keep", type=Path, help="a folder that keeps model, texts and card")
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as room:
        figures = [run(given, seed, given.keep or Path(room)) for seed in given.seeds]
    for seed, one in zip(given.seeds, figures, strict=True):
        print(json.dumps({"seed": seed, **one}))
    means = {name: round(statistics.mean(one[name] for one in figures), 4) for name in figures[0]}
    print(json.dumps({"mean of": len(figures), **means}))


if __name__ == "__main__":
    main()
