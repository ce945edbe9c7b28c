"""Writes what a family of pictures reaches for its core-seconds into the page of families: a table and a drawing.

usage: python benchmarks/pictures/curves.py

Of every seed of a system as it comes, without further settings, the last run in results/pictures.csv counts.
"""

import math
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "explanation" / "picture-families.md"
DRAWING = PAGE.with_suffix(".svg")
BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->\n"
NAMES = {"mnist": "digits", "fashion": "clothes"}
PLAIN = {
    "gan": "--family gan",
    "dcgan": "--family gan --set preset=dcgan",
    "vae": "--family vae",
    "flow": "--family flow",
    "flow-fast": "--family flow --set preset=fast",
    "transformer": "--family transformer",
}
COLOURS = dict(zip(PLAIN, ("#0b6e4f", "#7aa95c", "#c1440e", "#1f4e9c", "#6fa3dd", "#7a3e9d"), strict=True))
WIDE, TALL, LEFT, BELOW, PANEL = 760, 330, 46, 40, 350
SECONDS, DISTANCES = (40, 60, 100, 150, 300), (2, 3, 5, 10, 20, 30)


def last(results: pd.DataFrame) -> pd.DataFrame:
    """The last good run of every seed, data set and time of each system as it comes."""
    own = results[(results["outcome"] == "ok") & (results["system"].map(PLAIN) == results["settings"])]
    return own.groupby(["data", "system", "seconds", "seed"], sort=False).tail(1)


def table(results: pd.DataFrame) -> str:
    """Core-seconds, mean and range of the distance, and pictures a second, by data set, time and distance."""
    heads = ("pictures", "family", "core-seconds", "seeds", "FID, mean", "least to most", "pictures a second")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    groups = last(results).groupby(["data", "seconds", "system"], sort=False)
    for (data, _, system), runs in sorted(groups, key=_place):
        fid = runs["fid"]
        spread = f"{fid.min():.1f} to {fid.max():.1f}" if len(runs) > 1 else "-"
        cells = (NAMES[data], f"`{system}`", f"{runs['fit_core_seconds'].mean():.0f}", str(len(runs)))
        lines.append("| " + " | ".join((*cells, f"{fid.mean():.1f}", spread, f"{runs['rate'].mean():,.0f}")) + " |")
    return "\n".join(lines)


def _place(group: tuple[tuple[str, float, str], pd.DataFrame]) -> tuple[int, float, float]:
    """Where a group stands in the table: digits first, by time, the nearest to real ones first."""
    (data, seconds, _), runs = group
    return list(NAMES).index(data), seconds, runs["fid"].mean()


def drawing(results: pd.DataFrame) -> str:
    """Every run as a point, both axes logarithmic, a panel for each set; a line joins the means of a system's times."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {TALL}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDE}" height="{TALL}" fill="#fff"/>',
    ]
    runs = last(results)
    for number, (data, name) in enumerate(NAMES.items()):
        parts += _panel(runs[runs["data"] == data], name, LEFT + number * (PANEL + 10))
    for place, (system, colour) in enumerate(COLOURS.items()):
        x = LEFT + 110 * place
        parts.append(f'<circle cx="{x}" cy="{TALL - 8}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 8}" y="{TALL - 4}">{system}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(runs: pd.DataFrame, name: str, left: int) -> list[str]:
    """Axes and points of one set."""
    bottom, wide = TALL - BELOW - 20, PANEL - LEFT

    def x(seconds: float) -> float:
        return left + wide * math.log(seconds / SECONDS[0]) / math.log(SECONDS[-1] / SECONDS[0])

    def y(fid: float) -> float:
        return bottom - (bottom - 30) * math.log(fid / 1.5) / math.log(DISTANCES[-1] / 1.5)

    parts = [f'<text x="{left}" y="16" font-weight="bold">{name}: FID against core-seconds of the fit</text>']
    for fid in DISTANCES:
        parts.append(f'<line x1="{left}" x2="{left + wide}" y1="{y(fid):.1f}" y2="{y(fid):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(fid) + 4:.1f}" text-anchor="end">{fid}</text>')
    for seconds in SECONDS:
        parts.append(f'<text x="{x(seconds):.1f}" y="{bottom + 16}" text-anchor="middle">{seconds}</text>')
    for system, own in runs.groupby("system", sort=False):
        colour = COLOURS[str(system)]
        means = own.groupby("seconds")[["fit_core_seconds", "fid"]].mean()
        way = " ".join(f"{x(s):.1f},{y(d):.1f}" for s, d in means.itertuples(index=False))
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        for seconds, fid in own[["fit_core_seconds", "fid"]].itertuples(index=False):
            parts.append(f'<circle cx="{x(seconds):.1f}" cy="{y(fid):.1f}" r="3.5" fill="{colour}" fill-opacity=".7"/>')
    return parts


def main() -> None:
    """Puts the table between its two marks in the page, and writes the drawing beside it."""
    results = pd.read_csv(HERE / "results" / "pictures.csv")
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    DRAWING.write_text(drawing(results), encoding="utf-8")


if __name__ == "__main__":
    main()
