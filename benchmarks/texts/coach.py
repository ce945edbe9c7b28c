"""Coaches a fitted writer of texts, seed by seed, and keeps what the independent judge measured before and after.

usage: python benchmarks/texts/coach.py MODEL [--best 4] [--minutes 6] [--seeds 0 1 2] [--threads 1]

MODEL was fitted by `genloop fit` with rows held out, and its source is where it was. With --best the critic's best of
so many texts a row is kept; without it the writer is moved by policy gradient for so many minutes. Each seed adds a
row a figure to results/coached.csv, also where the judge refused.
"""

import argparse
import datetime
import sys
import time
from pathlib import Path

import pandas as pd

import genloop
from genloop.engine import coaching

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tables"))

import run as runner  # noqa: E402  (the tables' runner)


def main() -> None:
    """Reads the options, coaches, keeps and shows the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--best", type=int)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "coached.csv")
    given = parser.parse_args()
    for seed in given.seeds:
        model, began = genloop.load(given.model), time.process_time()
        done = coaching.coach(model, best=given.best, minutes=given.minutes, seed=seed, threads=given.threads)
        old = {score.name: score for score in done.before}
        about = {
            "model": given.model.stem,
            "how": "gradient" if given.best is None else f"best of {given.best}",
            "seed": seed,
            "agreed": done.agreed,
            "core_seconds": round(time.process_time() - began, 1),
            "commit": runner.commit(str(HERE)),
            "date": f"{datetime.datetime.now(datetime.UTC):%F}",
        }
        rows = [
            {**about, "figure": score.name, "before": round(old[score.name].value, 4), "after": round(score.value, 4)}
            | {"ideal": score.ideal, "real": score.ceiling}
            for score in done.after
        ]
        pd.DataFrame(rows).to_csv(given.results, mode="a", index=False, header=not given.results.exists())
        print(pd.DataFrame(rows)[["how", "seed", "agreed", "figure", "before", "after", "real"]].to_string(index=False))


if __name__ == "__main__":
    main()
