"""How many bad drafts the gate refuses, and how many real held-out texts it passes.

usage: python benchmarks/texts/gate.py SET [--seeds 0 1 2] [--out results/gate-SET.csv] [--show] [--bare]

A gate learns 500 real texts; 300 others are held out. Each held-out text plays a draft whose material is the text
itself (its own facts), with --bare again one without material, where support and topic cannot be asked. Of the
held-out texts 300 bad drafts are made (`drafts.py`: 50 of each of six kinds, fresh seeds), the unedited text being
their material. Last comes one draft of 10,000 characters, for how long it takes (`worst_ms`).
`news-early` and `speeches` are for tuning; figures are reported on the other sets.
"""

import argparse
import csv
import datetime
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import articles
import drafts
import numpy as np

from genloop.core.seed import stream
from genloop.judges.drafts import Gate, Section, Verdict, fit

HERE = Path(__file__).resolve().parent
LEARNT, HELD, EACH, LONG = 500, 300, 50, 10_000


def judged(gate: Gate, sections: list[str], material: list[str]) -> tuple[Verdict, float]:
    """The verdict and the seconds it took."""
    begin = time.perf_counter()
    verdict = gate.judge([Section("", text) for text in sections], material)
    return verdict, time.perf_counter() - begin


def measures(verdicts: list[Verdict]) -> str:
    """How many drafts each measure refused."""
    counts = Counter(measure for verdict in verdicts for measure in {reason.measure for reason in verdict.reasons})
    return " ".join(f"{name}:{count}" for name, count in counts.most_common())


def run(name: str, seed: int, *, show: bool, bare: bool) -> list[dict[str, object]]:
    """One row for every kind of draft, and for real texts; `bare`: bad drafts without material too."""
    language, found = articles.read(name)
    found = [found[place] for place in stream(seed, name, "split").permutation(len(found))]
    learnt, held, others = found[:LEARNT], found[LEARNT : LEARNT + HELD], found[LEARNT + HELD :]
    begin = time.process_time()
    gate = fit([article.text for article in learnt], stream(seed, name, "gate"))
    base = {"set": name, "language": language, "seed": seed, "learnt": len(learnt),
            "fit_core_seconds": round(time.process_time() - begin, 1)}  # fmt: skip
    rows = []

    def report(kind: str, verdicts: list[tuple[Verdict, float]]) -> None:
        refused = sum(not verdict.passed for verdict, _ in verdicts)
        rows.append({**base, "kind": kind, "drafts": len(verdicts), "refused": refused,
                     "share": round(refused / max(len(verdicts), 1), 4),
                     "mean_ms": round(1000 * float(np.mean([took for _, took in verdicts] or [0])), 1),
                     "worst_ms": round(1000 * max((took for _, took in verdicts), default=0), 1),
                     "by": measures([verdict for verdict, _ in verdicts])})  # fmt: skip
        print(*rows[-1].values(), flush=True)

    texts = [drafts.sections(article, language) for article in held]
    for kind, given in (("real", True), ("real, no material", False))[: 1 + bare]:
        report(kind, [judged(gate, text, [article.text, article.title] if given else [])
                      for text, article in zip(texts, held, strict=True)])  # fmt: skip
    world, whole, alone = drafts.World(language, others, learnt), [], []
    for kind in (*drafts.KINDS, *drafts.BESIDE[:bare]):
        bad = drafts.make(kind, held, world, EACH, stream(seed, name, "drafts", kind))
        verdicts = [judged(gate, list(draft.sections), [draft.material]) for draft in bad]
        report(kind, verdicts)
        if kind in drafts.KINDS:
            whole += verdicts
            alone += [judged(gate, list(draft.sections), []) for draft in bad if bare]
        for draft, (verdict, _) in zip(bad, verdicts, strict=True):
            if show and verdict.passed and kind in drafts.KINDS:
                print("    passed:", kind, draft.done, [part[-25:] for part in draft.sections][:4])
    report("all bad", whole)
    long = "\n".join(article.text for article in held)[:LONG]
    report("long", [judged(gate, [part for part in long.split("\n") if part.strip()], [long])])
    if bare:
        report("all bad, no material", alone)
    return rows


def main() -> None:
    """All seeds of one set, added to the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=list(articles.SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--bare", action="store_true", help="judge bad drafts without material too, and shuffled ones")
    asked = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=True
    )
    for seed in asked.seeds:
        rows = run(asked.set, seed, show=asked.show, bare=asked.bare)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        rows = [{**row, "commit": commit.stdout.strip(), "date": today, "peak_mb": peak} for row in rows]
        if asked.out is not None:
            fresh = not asked.out.exists()
            with asked.out.open("a", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                if fresh:
                    writer.writeheader()
                writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
