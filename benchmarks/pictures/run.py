"""Learns one set of pictures with one family, makes 5,000, has a referee judge them, keeps the figures.

usage: python benchmarks/pictures/run.py --system gan --data mnist --seed 0 --seconds 60 --referee PATH [--core 1]

Systems are families and presets of genloop (SYSTEMS below) and a peer, tensorflow-gan, which runs in an environment of
its own (`--peer-python`; requirements-tensorflow.txt). For mnist the referee is any script that takes
`score DATA MADE` and prints one JSON line; for fashion it is referee.py here. `--seconds` is the time of the whole
`fit` command on one thread; what it used is kept as core-seconds, as the kernel counts them for the ended child.
`rate` is the number of pictures a second that a loaded model makes, the median of five draws of 5,000, in core-seconds.
Every run adds one row to results/pictures.csv, also one that failed.
"""

import argparse
import csv
import datetime
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tables"), str(HERE)]

import sets  # noqa: E402
from run import Failed, commit, measure  # noqa: E402  (the tables' runner)

from genloop.runtime import machine  # noqa: E402

SYSTEMS: dict[str, list[str]] = {
    "dcgan": ["--family", "gan", "--set", "preset=dcgan"],
    "gan": ["--family", "gan"],
    "vae": ["--family", "vae"],
    "vae-flow": ["--family", "vae", "--set", "prior=flow"],
    "flow": ["--family", "flow"],
    "flow-fast": ["--family", "flow", "--set", "preset=fast"],
    "transformer": ["--family", "transformer"],
}
PEERS = {"tensorflow-gan": "tensorflow_gan.py"}
FIGURES = ["fid", "precision", "recall", "density", "coverage", "asked", "near", "classes", "rows"]
COLUMNS = [
    "system", "settings", "data", "seconds", "seed", "commit", "date", "machine", "threads", "load", "outcome",
    "fit_core_seconds", "fit_wall_seconds", "make_core_seconds", "rate", "peak_mb", *FIGURES,
]  # fmt: skip
MADE = 5_000
PROBE = """
import sys, time, genloop
model = genloop.load(sys.argv[1])
model.sample(1000)
spent = []
for seed in range(5):
    began = time.process_time()
    model.sample({made}, seed=seed)
    spent.append(time.process_time() - began)
print(spent)
"""


def run(given: argparse.Namespace) -> dict[str, Any]:
    """One system on one set with one seed: the row that is kept."""
    whole, train = sets.prepare(given.data)
    row: dict[str, Any] = {
        "system": given.system,
        "settings": " ".join(SYSTEMS.get(given.system, []) + given.extra.split()),
        "data": given.data,
        "seconds": given.seconds,
        "seed": given.seed,
        "commit": commit(given.checkout),
        "date": f"{datetime.datetime.now(datetime.UTC):%F}",
        "machine": f"{platform.machine()} {'with' if machine.read().bf16 else 'without'} bf16, one core used",
        "threads": 1,
        "load": round(os.getloadavg()[0], 1),
        "outcome": "ok",
    }
    with tempfile.TemporaryDirectory(dir=sets.home()) as room:
        try:
            row |= (learn_peer if given.system in PEERS else learn)(given, train, Path(room))
            row |= judge(given, whole, Path(room) / "made.npz")
        except Failed as failure:
            row["outcome"] = str(failure)
        if given.keep:
            for name in ("made.npz",) if given.system in PEERS else ("a.genloop", "made.npz"):
                Path(room, name).replace(
                    given.keep / f"{given.system}-{given.data}-{given.seconds:g}-{given.seed}-{name}"
                )
    return row


def learn(given: argparse.Namespace, train: Path, room: Path) -> dict[str, Any]:
    """The two commands, and the rate at which the loaded model makes pictures."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(given.checkout) / "src")}
    start, model, seed = [sys.executable, "-m", "genloop"], str(room / "a.genloop"), ["--seed", str(given.seed)]
    plan = [*SYSTEMS[given.system], *given.extra.split(), "--minutes", str(given.seconds / 60)]
    fit = measure(
        [*start, "fit", str(train), "-o", model, "--holdout", "0", "--threads", "1", *plan, *seed],
        environment,
        given.core,
    )
    make = [*start, "sample", model, "-n", str(MADE), "-o", str(room / "made.npz"), *seed]
    made = measure(make, environment, given.core)
    probe = measure([sys.executable, "-c", PROBE.format(made=MADE), model], environment, given.core)
    return {
        "fit_core_seconds": fit["core"],
        "fit_wall_seconds": fit["wall"],
        "make_core_seconds": made["core"],
        "rate": MADE / statistics.median(json.loads(probe["last"])),
        "peak_mb": max(fit["peak"], made["peak"]),
    }


def learn_peer(given: argparse.Namespace, train: Path, room: Path) -> dict[str, Any]:
    """A peer's one command, which learns, makes five times and tells what that cost."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [given.peer_python, str(HERE / PEERS[given.system]), str(train), str(room / "made.npz")]
    plan = ["--seconds", str(given.seconds), "--seed", str(given.seed), *given.extra.split()]
    whole = measure([*command, *plan], environment, given.core)
    told = json.loads(whole["last"])
    print(whole["last"])
    return {
        "fit_core_seconds": whole["core"] - told["made_core_seconds"],
        "fit_wall_seconds": told["learnt_wall_seconds"],
        "make_core_seconds": told["make_core_seconds"],
        "rate": MADE / told["make_core_seconds"],
        "peak_mb": whole["peak"],
    }


def judge(given: argparse.Namespace, whole: Path, made: Path) -> dict[str, Any]:
    """The referee's figures."""
    own = [sys.executable, str(HERE / "referee.py")]
    command = own if given.data == "fashion" else [sys.executable, given.referee, "score"]
    told = measure([*command, str(whole), str(made)], {**os.environ, "OMP_NUM_THREADS": "1"}, given.core)["last"]
    if given.log:
        with Path(given.log).open("a", encoding="utf-8") as log:
            log.write(f"{datetime.datetime.now(datetime.UTC):%FT%TZ} {given.system}-{given.data}-{given.seed} {told}\n")
    return {key: value for key, value in json.loads(told).items() if key in FIGURES}


def keep(row: dict[str, Any], results: Path) -> None:
    """Adds one row to the results."""
    results.parent.mkdir(parents=True, exist_ok=True)
    fresh = not results.exists()
    with results.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()})


def main() -> None:
    """Reads the options, runs, keeps and shows the row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=sorted([*SYSTEMS, *PEERS]), required=True)
    parser.add_argument("--data", choices=sorted(sets.SETS), default="mnist")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--referee", default="", help="path of the script that judges digits")
    parser.add_argument("--extra", default="", help="further options for `genloop fit` or the peer, in one string")
    parser.add_argument("--peer-python", default=sys.executable, help="the Python of the peer's environment")
    parser.add_argument("--core", type=int, help="the one core to run on (taskset)")
    parser.add_argument("--checkout", default=str(HERE.parent.parent), help="the checkout of genloop that runs")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "pictures.csv")
    parser.add_argument("--log", help="a file that gets one line per run of the referee")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the model and the made pictures")
    given = parser.parse_args()
    row = run(given)
    keep(row, given.results)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
