"""Fits folders of ever more picture files and keeps what memory and time each took: is it flat?

usage: python benchmarks/pictures/many.py FASHION.npz ROOM [--files 10000 100000] [--family vae] [--steps 50]
           [--memory 64] [--core 0] [--links N] [--keep]
(after: python benchmarks/pictures/sets.py fashion; ROOM is a folder with about 4 KB and one inode free for each file)

Each file is a PNG of 28 x 28: clothes, each turned, shifted, mirrored and made brighter at random so that no two are
equal, in one sub-folder a class. One `genloop fit` a size, in a process of its own, with `--picture-memory` far below
the pictures' decoded size. Its memory is looked at five times a second: `private_mb` is the peak of what is its own
(anonymous), `resident_mb` the peak of all that is resident, mapped pages of the temporary file and of libraries too,
which the system takes back when it needs them. `reading_ms` is core-milliseconds a file for all that is done with files
before learning (four passes: sizes, looks and duplicates, the hash, cleaning), `learn_s` core-seconds of what follows,
by the lines of the log; `whole_s` is wall time. A folder that is there already is taken as it is. `--links` makes files
beyond so many hard links to the first ones, where disk or time does not allow for a million: equal in content.
Adds a row to results/many.csv.
"""

import argparse
import csv
import datetime
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tables"), str(HERE)]

from run import commit  # noqa: E402  (the tables' runner)

SEEN = 0.2  # seconds between looks at the memory
MARKS = ("looking at the columns", "finding rules")  # the log's lines between which files are read
COLUMNS = [
    "files", "own", "decoded_mb", "picture_memory_mb", "family", "steps", "commit", "date", "private_mb", "resident_mb",
    "reading_ms", "learn_s", "core_s", "whole_s", "load",
]  # fmt: skip


def varied(picture: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """The picture turned, moved, mirrored and brightened a little."""
    turn, grow = np.deg2rad(rng.uniform(-20, 20)), rng.uniform(0.85, 1.15, 2)
    cosine, sine, (right, down) = np.cos(turn) * grow, np.sin(turn) * grow, rng.uniform(-2, 2, 2)
    a, b, d, e = cosine[0], -sine[0], sine[1], cosine[1]
    a, d = (-a, -d) if rng.random() < 0.5 else (a, d)
    middle = 13.5
    c, f = middle - a * middle - b * middle + right, middle - d * middle - e * middle + down
    drawn = Image.fromarray(picture).transform(
        (28, 28), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
    )
    table = (255 * np.linspace(0, 1, 256) ** rng.uniform(0.6, 1.6)).round().astype(np.uint8)
    return drawn.point(table.tolist())


def write(folder: Path, data: Path, files: int, own: int) -> None:
    """So many picture files, as many of each class; those beyond `own` are links to the first ones."""
    arrays = np.load(data)
    pixels, labels = (np.concatenate([arrays[f"{name}_{part}"] for part in ("train", "other")]) for name in "xy")
    for label in range(10):
        (folder / f"c{label}").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(files):
        which = number % own % len(pixels)
        if number >= own:
            first = folder / f"c{labels[which]}" / f"{number % own}.png"
            first.with_name(f"{number}.png").hardlink_to(first)
            continue
        varied(pixels[which], rng).save(folder / f"c{labels[which]}" / f"{number}.png", compress_level=1)


class Looks:
    """The peaks of a process's memory, in megabytes, as long as it runs."""

    def __init__(self, process: int) -> None:
        self.private = self.resident = 0.0
        self._place = Path(f"/proc/{process}/status")

    def look(self, running: threading.Event) -> None:
        """Look until told to stop."""
        while not running.is_set():
            try:
                lines = dict(line.split(":", 1) for line in self._place.read_text(encoding="ascii").splitlines())
            except (OSError, ValueError):
                return
            found = {name: int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS") if name in lines}
            self.private = max(self.private, found.get("RssAnon", 0.0))
            self.resident = max(self.resident, found.get("VmRSS", 0.0))
            running.wait(SEEN)


def fit(folder: Path, options: argparse.Namespace, files: int) -> dict[str, object]:
    """One fit as a user starts it, and what it took."""
    model = folder.parent / f"{folder.name}.genloop"
    command = [sys.executable, "-m", "genloop", "fit", str(folder), "-o", str(model), "--family", options.family]
    command += ["--steps", str(options.steps), "--picture-memory", str(options.memory), "--threads", "1"]
    core = ["taskset", "-c", str(options.core)] if options.core is not None else []
    began, marks, before = time.monotonic(), {}, os.times()
    work = subprocess.Popen(
        [*core, *command],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    looks, done = Looks(work.pid), threading.Event()
    watcher = threading.Thread(target=looks.look, args=(done,))
    watcher.start()
    assert work.stderr is not None
    for line in work.stderr:
        print(f"{time.monotonic() - began:8.1f} s {line.rstrip()}", flush=True)
        marks.update({name: core_seconds(work.pid) for name in MARKS if line.startswith(name) and name not in marks})
    code = work.wait()
    done.set()
    watcher.join()
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    if code:
        raise SystemExit(f"genloop fit ended with {code}")
    looked, learnt = (marks[name] for name in MARKS)
    return {
        "files": files, "own": min(files, options.links or files), "decoded_mb": round(files * 784 / 2**20),
        "picture_memory_mb": options.memory, "family": options.family, "steps": options.steps,
        "commit": commit(str(HERE.parents[1])), "date": datetime.date.today(), "private_mb": round(looks.private),
        "resident_mb": round(looks.resident), "reading_ms": round((learnt - looked) / files * 1000, 3),
        "learn_s": round(spent - learnt, 1),
        "core_s": round(spent, 1), "whole_s": round(time.monotonic() - began, 1), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def core_seconds(process: int) -> float:
    """What the process has used of a core until now."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Writes, fits and deletes folder by folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("room", type=Path)
    parser.add_argument("--files", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--family", default="vae")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--memory", type=int, default=64)
    parser.add_argument("--core", type=int)
    parser.add_argument("--links", type=int)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    for files in options.files:
        folder = options.room / f"many-{files}"
        if not folder.exists():
            began = time.monotonic()
            write(folder, options.data, files, min(files, options.links or files))
            print(f"wrote {files:,} files in {time.monotonic() - began:.0f} s", flush=True)
        try:
            row = fit(folder, options, files)
            print(row, flush=True)
            keep(row, HERE / "results" / "many.csv")
        finally:
            if not options.keep:
                shutil.rmtree(folder)


def keep(row: dict[str, object], path: Path) -> None:
    """Add the row to the file of results."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if fresh:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
