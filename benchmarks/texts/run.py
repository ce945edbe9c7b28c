"""Learns one set of texts with one system, measures held-out bits per byte, makes texts, keeps the figures.

usage: python benchmarks/texts/run.py --system genloop --data reviews --seconds 600 --seed 0 [--core 1] [--keep FOLDER]

Systems: genloop and genloop-lstm (ours.py: the product's own call), gpt2 and lstm (peers of their own file), xz (the
size of train and held together less that of train, `xz -9e`). Each runs in a process of its own with one thread, and
`--seconds` are core-seconds from reading the table to the last step. Bits per byte are the nats of all tokens and ends
of all held-out texts over ln 2 and their UTF-8 bytes; texts are scored given their label, long ones through a window
that slides with half of it seen before. At the marks below the budget a run is scored as it then is: the inner points
of its curve are not annealed. Every run adds one row to results/texts.csv, also one that failed; `--keep` names a
folder for made texts and weights.
"""

import argparse
import datetime
import json
import lzma
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tables"), str(HERE)]

import run as runner  # noqa: E402  (the tables' runner)
import sets  # noqa: E402

from genloop.runtime import machine  # noqa: E402

runner.LIMIT = 8 * 3600.0
SYSTEMS = {
    "genloop": ["ours.py"],
    "genloop-lstm": ["ours.py", "--family", "recurrent"],
    "gpt2": ["gpt2.py"],
    "lstm": ["lstm.py"],
}
TOKENS = {"reviews": 10_915, "plots": 4_732, "films": 8_283}  # of the peers: as many as genloop's codec takes, about
MARKS = [150, 300, 600, 1200, 1800]
FIGURES = ["core_seconds", "wall_seconds", "weights", "steps", "tokens", "tokens_per_second", "bits", "curve"]
COLUMNS = [
    "system", "settings", "data", "seconds", "seed", "commit", "date", "machine", "threads", "load", "outcome",
    *FIGURES, "peak_mb",
]  # fmt: skip


def run(given: argparse.Namespace) -> dict[str, Any]:
    """One system on one set with one seed: the row that is kept."""
    row: dict[str, Any] = {
        "system": given.system,
        "data": given.data,
        "seconds": given.seconds,
        "seed": given.seed,
        "commit": runner.commit(given.checkout),
        "date": f"{datetime.datetime.now(datetime.UTC):%F}",
        "machine": f"{platform.machine()} {'with' if machine.read().bf16 else 'without'} bf16, one core used",
        "threads": 1,
        "load": round(os.getloadavg()[0], 1),
        "outcome": "ok",
    }
    paths = sets.prepare(given.data)
    if given.system == "xz":
        return row | {"settings": "-9e", "bits": pressed(*paths)}
    with tempfile.TemporaryDirectory(dir=sets.home()) as folder:
        room = Path(folder)
        for path, name in zip(paths, ("train", "held"), strict=True):
            shutil.copy(path, room / f"{name}.parquet")
        try:
            row |= learn(given, room)
        except runner.Failed as failure:
            row["outcome"] = str(failure)
        if given.keep and row["outcome"] == "ok":
            own = given.keep / f"{given.system}-{given.data}-{given.seconds:g}-{given.seed}"
            shutil.copytree(room, own, dirs_exist_ok=True)
    return row


def learn(given: argparse.Namespace, room: Path) -> dict[str, Any]:
    """The system's one command, which learns, scores and makes, and tells what that cost."""
    script, *plan = SYSTEMS[given.system]
    own = [] if script == "ours.py" else ["--tokens", str(TOKENS[given.data])]
    marks = [str(mark) for mark in given.marks if mark < given.seconds]
    command = [
        sys.executable, str(HERE / script), str(room), *plan, *own, "--seconds", str(given.seconds),
        "--seed", str(given.seed), "--made", str(given.made), "--marks", *marks, "--set", *given.set,
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(given.checkout) / "src")}
    told = runner.measure(command, environment, given.core)
    figures = json.loads(told["last"])
    return {name: figures[name] for name in (*FIGURES, "settings")} | {"peak_mb": told["peak"]}


def pressed(train: Path, held: Path) -> float:
    """Bits per held-out byte by xz."""
    known, new = ("\n".join(pd.read_parquet(path)["text"]).encode() + b"\n" for path in (train, held))
    sizes = [len(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)) for raw in (known, known + new)]
    return 8 * (sizes[1] - sizes[0]) / sum(len(text.encode()) for text in pd.read_parquet(held)["text"])


def keep(row: dict[str, Any], results: Path) -> None:
    """Adds one row to the results."""
    results.parent.mkdir(parents=True, exist_ok=True)
    fresh = not results.exists()
    line = {name: round(v, 5) if isinstance(v, float) else v for name in COLUMNS for v in [row.get(name, "")]}
    pd.DataFrame([line]).to_csv(results, mode="a", index=False, header=fresh)


def main() -> None:
    """Reads the options, runs, keeps and shows the row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=sorted([*SYSTEMS, "xz"]), required=True)
    parser.add_argument("--data", choices=sorted(sets.SETS), default="reviews")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--made", type=int, default=1000, help="texts to make")
    parser.add_argument("--marks", type=float, nargs="*", default=MARKS, help="core-seconds at which to score as well")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the system")
    parser.add_argument("--core", type=int, help="the one core to run on (taskset)")
    parser.add_argument("--checkout", default=str(HERE.parent.parent), help="the checkout of genloop that runs")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "texts.csv")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the made texts and the weights")
    given = parser.parse_args()
    row = run(given)
    keep(row, given.results)
    print(json.dumps(row, default=str))


if __name__ == "__main__":
    main()
