"""Writes the tables of README.md from results/*.csv.

usage: python benchmarks/texts/table.py
"""

import json
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
TEXTS = ["data", "system", "seconds", "seed", "commit", "bits", "curve", "core_seconds", "weights", "tokens_per_second"]
SPEED = ["what", "system", "batch", "value", "unit", "load", "commit"]
JUDGED = ["run", "rows", "auc", "auc_grams", "auc_real", "asked", "ceiling", "copied", "letters"]
SHOWN = {
    "texts.csv": TEXTS,
    "judged.csv": JUDGED,
    "speed.csv": SPEED,
    "texts-no-bf16.csv": TEXTS,
    "judged-no-bf16.csv": JUDGED,
    "speed-no-bf16.csv": SPEED,
}


def cell(name: str, value: object) -> str:
    """A value as the table shows it."""
    if name == "curve":
        return (
            "; ".join(f"{at:.0f} s {bits:.3f}" for at, bits in json.loads(str(value))) if str(value)[:1] == "[" else ""
        )
    if not isinstance(value, float):
        return str(value)
    return "" if pd.isna(value) else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def table(path: Path, heads: list[str]) -> list[str]:
    """The rows of one file."""
    rows = pd.read_csv(path)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for _, row in rows.sort_values(heads[:4]).iterrows():
        cells = [cell(name, row[name]) for name in heads]
        if row.get("outcome", "ok") != "ok":
            cells = [*cells[:5], row["outcome"], *[""] * (len(heads) - 6)]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def means(path: Path) -> list[str]:
    """Mean and worst of several seeds of one system at one commit."""
    rows, out = pd.read_csv(path), []
    rows = rows[rows["outcome"] == "ok"]
    for (data, system, seconds, commit), runs in rows.groupby(["data", "system", "seconds", "commit"], sort=False):
        if len(runs) > 1:
            said = f"{len(runs)} seeds, {runs['bits'].mean():.3f} bits per byte, worst {runs['bits'].max():.3f}"
            out.append(f"- {data}, {system} at {seconds:g} s ({commit}): {said}")
    return [*out, ""] if out else []


def main() -> None:
    """Puts the tables between the two marks in README.md."""
    lines: list[str] = []
    for name, heads in SHOWN.items():
        path = HERE / "results" / name
        if path.exists():
            lines += [f"`results/{name}`:", "", *table(path, heads), *(means(path) if heads is TEXTS else [])]
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    text = "\n".join(lines).strip()
    readme.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
