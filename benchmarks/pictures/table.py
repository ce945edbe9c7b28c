"""Writes the table of README.md from results/pictures.csv: every seed, then mean and worst where there are several;
and what curves.py writes.

usage: python benchmarks/pictures/table.py
"""

from pathlib import Path

import curves
import pandas as pd

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
FIGURES = ("fid", "precision", "recall", "coverage", "asked", "near", "fit_core_seconds", "rate")


def line(row: pd.Series) -> str:
    """One run."""
    names = [row["data"], row["system"], f"{row['seconds']:g}", str(row["seed"]), row["commit"]]
    if row["outcome"] != "ok":
        return "| " + " | ".join([*names, row["outcome"]]) + " |" * len(FIGURES)
    cells = [str(row[name]) for name in FIGURES[:-2]]
    return "| " + " | ".join([*names, *cells, f"{row['fit_core_seconds']:.0f}", f"{row['rate']:,.0f}"]) + " |"


def means(results: pd.DataFrame) -> list[str]:
    """Mean and worst of several runs of one system at one commit, and of how many seeds they are."""
    out = []
    for (data, system, seconds, commit), runs in results.groupby(["data", "system", "seconds", "commit"], sort=False):
        good = runs[runs["outcome"] == "ok"]
        if len(good) > 1:
            worst = {"fid": good["fid"].max(), "coverage": good["coverage"].min(), "asked": good["asked"].min()}
            said = "; ".join(f"{name} {good[name].mean():.3f}, worst {value:.3f}" for name, value in worst.items())
            seeds = good["seed"].nunique()
            count = f"{seeds} {'seed' if seeds == 1 else 'seeds'}"
            counted = count if seeds == len(good) else f"{len(good)} runs of {count}"
            out.append(f"- {data}, {system} at {seconds:g} s ({commit}), {counted}: {said}")
    return out


def main() -> None:
    """Puts the table between its two marks in README.md."""
    results = pd.read_csv(HERE / "results" / "pictures.csv").sort_values(
        ["data", "system", "seconds", "commit", "seed"]
    )
    heads = ["data", "system", "seconds", "seed", "commit", *FIGURES[:-2], "core-s", "pictures/s"]
    table = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *(line(row) for _, row in results.iterrows())]
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    text = "\n".join([*table, "", *means(results)])
    readme.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    curves.main()


if __name__ == "__main__":
    main()
