"""Writes the table of README.md from results/tables.csv: means over seeds, the worst in brackets.

Of several good runs of one seed the last one counts; a failed run whose seed later ran well, or a superseded one, stays
in the results and is left out of the table.

usage: python benchmarks/tables/table.py
"""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
DATA = {
    "adult": "Adult",
    "diamonds": "diamonds",
    "hotel_rates": "hotel_rates",
    "flights50k": "flights, 50,000",
    "flights": "flights",
}
# figure -> title, digits, and what makes a value the worst: the largest, the smallest or the farthest from nought
COLUMNS = {
    "c2st": ("c2st", 3, "max"),
    "utility": ("utility", 3, "min"),
    "accuracy": ("accuracy", 3, "min"),
    "ceiling": ("ceiling", 3, ""),
    "near1": ("near1", 3, "max"),
    "near5": ("near5", 3, "max"),
    "copies_low": ("copies_low", 2, "max"),
    "exact": ("exact", 2, "far"),
    "fit_core_seconds": ("fit, core-s", 1, "max"),
    "make_core_seconds": ("make, core-s", 1, "max"),
    "peak_mb": ("peak MB", 0, "max"),
    "depth_off": ("depth off", 3, "max"),
}


def worst(values: pd.Series, way: str) -> float:
    """The worst of some seeds' values."""
    return float({"max": values.max(), "min": values.min(), "far": values.loc[values.abs().idxmax()]}[way])


def cell(values: pd.Series, digits: int, way: str) -> str:
    """Mean, and the worst where there are several seeds."""
    values = values.dropna()
    if values.empty:
        return ""
    text = f"{values.mean():.{digits}f}"
    return f"{text} ({worst(values, way):.{digits}f})" if way and len(values) > 1 else text


def lines(results: pd.DataFrame) -> list[str]:
    """The Markdown lines: one row per table, system and settings."""
    heads = ["data", "system", "settings", "seeds", *(title for title, _, _ in COLUMNS.values())]
    out = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, title in DATA.items():
        part = results[results["data"] == name]
        for (system, asked), runs in part.groupby(["system", "settings"], sort=False):
            good = runs[runs["outcome"] == "ok"].drop_duplicates("seed", keep="last").sort_values("seed")
            seeds = ", ".join(str(seed) for seed in good["seed"])
            cells = [cell(good[figure], digits, way) for figure, (_, digits, way) in COLUMNS.items()]
            if len(good):
                out.append("| " + " | ".join([title, system, asked, seeds, *cells]) + " |")
            for _, bad in runs[(runs["outcome"] != "ok") & ~runs["seed"].isin(good["seed"])].iterrows():
                out.append(
                    f"| {title} | {system} | {asked} | {bad['seed']} | {bad['outcome']} |" + " |" * (len(COLUMNS) - 1)
                )
    return out


def main() -> None:
    """Puts the table between its two marks in README.md."""
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    table = "\n".join(lines(pd.read_csv(HERE / "results" / "tables.csv"))) + "\n"
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
