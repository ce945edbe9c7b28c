"""Learns one table with one system, makes as many rows as it learnt from, has a referee judge them, keeps the figures.

usage: python benchmarks/tables/run.py --system trees --data adult --seed 0 --referee PATH [--minutes M] [--core 1]

Systems: trees, transformer, gan, vae (genloop), synthpop, mostlyai, sdv (peers: run peers.sh first). The referee is
any script that takes --train, --holdout, --made, --target, --name, --seed and prints one JSON line. Every run adds one
row to results/tables.csv, also one that failed or ran out of memory or time. Core-seconds are those of the whole
command, imports and reading the file included, as the kernel counts them for the ended child; wall seconds depend on
the load.
"""

import argparse
import csv
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import data  # noqa: E402

OURS = ("trees", "transformer", "gan", "vae")
PEERS = ("synthpop", "mostlyai", "sdv")
FIGURES = [
    "c2st",
    "c2st_train",
    "told_by",
    "utility",
    "utility_made",
    "utility_real",
    "accuracy",
    "ceiling",
    "near1",
    "near5",
    "copies",
    "copies_low",
    "exact",
    "new_values",
    "out_of_range",
]
COLUMNS = [
    "system",
    "settings",
    "data",
    "train_rows",
    "seed",
    "commit",
    "date",
    "machine",
    "threads",
    "load",
    "versions",
    "outcome",
    "fit_core_seconds",
    "fit_wall_seconds",
    "make_core_seconds",
    "make_wall_seconds",
    "peak_mb",
    *FIGURES,
    "depth_off",
]
LIMIT = 3600.0


class Failed(Exception):
    """A command that ended badly; the text goes into the row."""


def measure(command: list[str], environment: dict[str, str], core: int | None) -> dict[str, Any]:
    """Runs a command on one core; its core-seconds, wall seconds, peak memory and last line of output."""
    prefix = ["taskset", "-c", str(core)] if core is not None else []
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(prefix + command, stdout=out, stderr=err, env=environment)
        timer = threading.Timer(LIMIT, child.kill)
        timer.start()
        _, status, used = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, wrong = out.read().decode(errors="replace").strip(), err.read().decode(errors="replace").strip()
    wall = time.perf_counter() - began
    if child.returncode:
        reason = "out of memory or time" if child.returncode == -9 else wrong.splitlines()[-1:] or "no message"
        raise Failed(f"failed ({child.returncode}) after {wall:.0f} s: {reason}"[:300])
    return {
        "core": used.ru_utime + used.ru_stime,
        "wall": wall,
        "peak": used.ru_maxrss / 1024,
        "last": (said.splitlines() or [""])[-1],
    }


def settings(given: argparse.Namespace) -> list[str]:
    """What was asked of the system beyond its defaults, as options of its command."""
    minutes = [] if given.minutes is None else ["--minutes", str(given.minutes)]
    return minutes + (given.extra.split() if given.extra else [])


def learn_ours(given: argparse.Namespace, train: Path, rows: int, folder: Path) -> dict[str, Any]:
    """genloop's own two commands, from the checkout that was named."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(given.checkout) / "src")}
    start, model, seed = [sys.executable, "-m", "genloop"], str(folder / "a.genloop"), ["--seed", str(given.seed)]
    family = [] if given.system == "trees" else ["--family", given.system]
    plan = ["--holdout", "0", "--threads", "1", *family, *settings(given), *seed]
    fit = measure([*start, "fit", str(train), "-o", model, *plan], environment, given.core)
    make = measure(
        [*start, "sample", model, "-n", str(rows), "-o", str(folder / "made.parquet"), *seed], environment, given.core
    )
    return {
        "fit_core_seconds": fit["core"],
        "fit_wall_seconds": fit["wall"],
        "make_core_seconds": make["core"],
        "make_wall_seconds": make["wall"],
        "peak_mb": max(fit["peak"], make["peak"]),
    }


def learn_peer(given: argparse.Namespace, train: Path, rows: int, folder: Path) -> dict[str, Any]:
    """A peer's adapter in the peer's environment: one command that learns, then makes and times the making itself."""
    python = data.home() / "peers" / given.system / "bin" / "python"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "GENLOOP_WORK": str(folder)}
    adapter, plan = str(HERE / "peers" / f"{given.system}.py"), ["--rows", str(rows), "--seed", str(given.seed)]
    command = [str(python), adapter, str(train), str(folder / "made.parquet"), *plan, *settings(given)]
    whole = measure(command, environment, given.core)
    made = json.loads(whole["last"])
    return {
        "fit_core_seconds": whole["core"] - made["make_core_seconds"],
        "fit_wall_seconds": whole["wall"] - made["make_wall_seconds"],
        **made,
        "peak_mb": whole["peak"],
    }


def versions(given: argparse.Namespace) -> str:
    """The versions that matter: the peer's packages, or those genloop runs on."""
    wanted = [
        "mostlyai-engine",
        "python-synthpop",
        "sdv",
        "ctgan",
        "torch",
        "numpy",
        "pandas",
        "scikit-learn",
        "lightgbm",
        "numba",
        "pyarrow",
    ]
    python = sys.executable if given.system in OURS else str(data.home() / "peers" / given.system / "bin" / "python")
    told = subprocess.run(
        [python, "-m", "pip", "freeze", "--quiet"], capture_output=True, text=True, check=False
    ).stdout
    pairs = (line.split("==") for line in told.splitlines() if "==" in line)
    return " ".join([f"python={platform.python_version()}", *(f"{a}={b}" for a, b in pairs if a in wanted)])


def commit(checkout: str) -> str:
    """The state of the checkout whose code ran."""
    command = ["git", "-C", checkout, "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def judge(given: argparse.Namespace, paths: tuple[Path, Path], made: Path) -> dict[str, Any]:
    """The referee's figures, with one more for diamonds: the share of rows whose depth is off its formula."""
    command = [
        given.referee_python,
        given.referee,
        "--train",
        str(paths[0]),
        "--holdout",
        str(paths[1]),
        "--made",
        str(made),
    ]
    name = f"{given.system}-{given.data}-{given.seed}"
    command += ["--target", data.TARGETS[given.data], "--name", name, "--seed", str(given.seed)]
    told = measure(command, {**os.environ, "OMP_NUM_THREADS": "1"}, given.core)["last"]
    if given.log:
        with Path(given.log).open("a", encoding="utf-8") as log:
            log.write(f"{datetime.datetime.now(datetime.UTC):%FT%TZ} {name} {' '.join(settings(given))} {told}\n")
    figures = {key: value for key, value in json.loads(told).items() if key in FIGURES}
    if given.data == "diamonds":
        rows = pd.read_parquet(made)
        with_formula = 200 * rows["z"] / (rows["x"] + rows["y"]).where(lambda s: s > 0)
        figures["depth_off"] = float(((rows["depth"] - with_formula).abs() > 0.5).mean())
    return figures


def keep(row: dict[str, Any], results: Path) -> None:
    """Adds one row to the results."""
    results.parent.mkdir(parents=True, exist_ok=True)
    fresh = not results.exists()
    with results.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()})


def run(given: argparse.Namespace) -> dict[str, Any]:
    """One system on one table with one seed: the row that is kept."""
    paths = data.prepare(given.data)
    rows = len(pd.read_parquet(paths[0]))
    row: dict[str, Any] = {
        "system": given.system,
        "settings": " ".join(settings(given)) or "default",
        "data": given.data,
        "train_rows": rows,
        "seed": given.seed,
        "commit": commit(given.checkout),
        "date": f"{datetime.datetime.now(datetime.UTC):%F}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one used",
        "threads": 1,
        "load": round(os.getloadavg()[0], 1),
        "versions": versions(given),
        "outcome": "ok",
    }
    with tempfile.TemporaryDirectory(dir=data.home()) as name:
        learn = learn_ours if given.system in OURS else learn_peer
        try:
            row |= learn(given, paths[0], rows, Path(name))
            row |= judge(given, paths, Path(name) / "made.parquet")
        except Failed as failure:
            row["outcome"] = str(failure)
    return row


def main() -> None:
    """Reads the options, runs, keeps and shows the row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=OURS + PEERS, required=True)
    parser.add_argument("--data", choices=sorted(data.TABLES), required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--referee", required=True, help="path of the script that judges")
    parser.add_argument("--referee-python", default=sys.executable)
    parser.add_argument("--minutes", type=float, help="time budget handed to the system")
    parser.add_argument("--extra", default="", help="further options for the system's command, in one string")
    parser.add_argument("--core", type=int, help="the one core to run on (taskset)")
    parser.add_argument("--checkout", default=str(HERE.parent.parent), help="the checkout of genloop that runs")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "tables.csv")
    parser.add_argument("--log", help="a file that gets one line per run of the referee")
    given = parser.parse_args()
    row = run(given)
    keep(row, given.results)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
