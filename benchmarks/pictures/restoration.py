"""Mends held-out clothes with the autoencoder's preset `restoration` and with classic peers, and keeps the figures.

usage: python benchmarks/pictures/restoration.py FASHION.npz [--seed 0] [--steps N | --seconds S] [--keep SHEET.png]
(after: python benchmarks/pictures/sets.py fashion; pip install -r benchmarks/pictures/requirements-restoration.txt)

Peers: non-local means (scikit-image, told the true noise level, patch 5, search 6, the best of h = 0.6, 0.8 and 1.0 of
it), bicubic (OpenCV) and Telea's inpainting (OpenCV, radius 3). Harm: Gaussian noise of standard deviation 0.2, cut and
rounded to bytes; a half size by block means (INTER_AREA); a hole of 10x10 at a place drawn for each picture. PSNR is
the mean over 2,000 held-out pictures in decibels, inside the hole alone where there is one, `rmse` the root of the mean
squared error there; the Frechet distance is that of referee.py between mended and clean pictures. `gain` is the PSNR
above the peer's. Core-seconds are the process's own, on one thread. Each task adds a row to results/restoration.csv.
"""

import argparse
import csv
import datetime
import os
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tables"), str(HERE)]

import cv2  # noqa: E402
import referee  # noqa: E402
from run import commit  # noqa: E402  (the tables' runner)
from skimage.metrics import peak_signal_noise_ratio  # noqa: E402
from skimage.restoration import denoise_nl_means  # noqa: E402

from genloop.core.protocols import Batch, Task  # noqa: E402
from genloop.generators import autoencoder  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

SIGMA, HOLE = 0.2, 10
COLUMNS = [
    "task", "data", "train_rows", "seed", "commit", "date", "steps", "fit_core_seconds", "rate", "load", "peer",
    "psnr", "psnr_peer", "gain", "rmse", "rmse_peer", "fid", "fid_peer", "fid_harmed",
]  # fmt: skip


def psnr(made: np.ndarray, clean: np.ndarray, mask: np.ndarray | None = None) -> float:
    """The mean PSNR of the pictures, inside the mask where there is one."""
    pairs = (
        zip(made, clean, strict=True)
        if mask is None
        else ((a[m], b[m]) for a, b, m in zip(made, clean, mask, strict=True))
    )
    return float(np.mean([peak_signal_noise_ratio(b, a, data_range=255) for a, b in pairs]))


def rmse(made: np.ndarray, clean: np.ndarray, mask: np.ndarray) -> float:
    """The root mean squared error inside the mask, as a share of full brightness."""
    return float(np.sqrt(np.square(made[mask] / 255.0 - clean[mask] / 255.0).mean()))


def noisy(clean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The pictures with noise, as bytes."""
    return np.clip(np.round(clean + rng.normal(0, SIGMA * 255, clean.shape)), 0, 255).astype(np.uint8)


def holes(rows: int, rng: np.random.Generator) -> np.ndarray:
    """One square hole a picture."""
    mask = np.zeros((rows, 28, 28), bool)
    for row, (top, left) in enumerate(rng.integers(0, 28 - HOLE + 1, (rows, 2))):
        mask[row, top : top + HOLE, left : left + HOLE] = True
    return mask


def non_local(seen: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Non-local means at the strength that is best on these pictures: the peer is tuned on what it is judged on."""
    tried = []
    for share in (0.6, 0.8, 1.0):
        settings = {"patch_size": 5, "patch_distance": 6, "h": share * SIGMA, "sigma": SIGMA, "fast_mode": True}
        made = np.stack([denoise_nl_means(x / 255.0, **settings) for x in seen])
        tried.append((made.clip(0, 1) * 255).round().astype(np.uint8))
    return max(tried, key=lambda made: psnr(made, clean))


def fit(pixels: np.ndarray, options: argparse.Namespace):
    """The fitted weights and the core-seconds they took."""
    rows = Batch(np.zeros((len(pixels), 0), np.uint16), (), pixels[..., None])
    settings = {"preset": "restoration"}
    task = Task(rows, options.seed, settings, max_seconds=options.seconds, steps=options.steps, trainer=train)
    began = time.process_time()
    return autoencoder.fit(task), time.process_time() - began


def main() -> None:
    """Fits, mends, compares and writes three rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    data = dict(np.load(options.data))
    weights, seconds = fit(data["x_train"], options)
    clean, rng = data["x_held"], np.random.default_rng(1000 + options.seed)
    seen, mask = noisy(clean, rng), holes(len(clean), rng)
    small = np.stack([cv2.resize(x, (14, 14), interpolation=cv2.INTER_AREA) for x in clean])
    cut = np.where(mask, 0, clean).astype(np.uint8)
    began = time.process_time()
    ours = {
        "denoise": autoencoder.restore(weights, seen[..., None], task="denoise", noise_level=SIGMA)[..., 0],
        "enlarge": autoencoder.restore(weights, small[..., None], task="enlarge")[..., 0],
        "inpaint": autoencoder.restore(weights, cut[..., None], task="inpaint", mask=mask)[..., 0],
    }
    rate = 3 * len(clean) / (time.process_time() - began)
    bicubic = np.stack([cv2.resize(x, (28, 28), interpolation=cv2.INTER_CUBIC) for x in small])
    telea = np.stack([cv2.inpaint(x, m.astype(np.uint8), 3, cv2.INPAINT_TELEA) for x, m in zip(cut, mask, strict=True)])
    peers = {
        "denoise": ("non-local means", non_local(seen, clean), seen),
        "enlarge": ("bicubic", bicubic, bicubic),
        "inpaint": ("Telea", telea, cut),
    }
    network = referee.taught(data, options.data.with_suffix(".referee.pt"))
    real = referee.seen(network, clean)[0]
    rows, state = [], commit(str(HERE.parents[1]))
    for task, made in ours.items():
        name, other, harmed = peers[task]
        where = mask if task == "inpaint" else None
        all_of = mask if task == "inpaint" else np.ones_like(mask)
        figures = [psnr(made, clean, where), psnr(other, clean, where)]
        figures += [figures[0] - figures[1], rmse(made, clean, all_of), rmse(other, clean, all_of)]
        figures += [referee.frechet(referee.seen(network, x)[0], real) for x in (made, other, harmed)]
        about = [task, options.data.stem, len(data["x_train"]), options.seed, state, datetime.date.today()]
        about += [weights.head["steps"], round(seconds, 1), round(rate), round(os.getloadavg()[0], 1), name]
        rows.append(dict(zip(COLUMNS, [*about, *(round(f, 4) for f in figures)], strict=True)))
        print(rows[-1])
    write(rows, HERE / "results" / "restoration.csv")
    if options.keep:
        keep(options.keep, clean, seen, ours, peers)


def write(rows: list[dict[str, object]], path: Path) -> None:
    """Add the rows to the file of results."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if fresh:
            writer.writeheader()
        writer.writerows(rows)


def keep(path: Path, clean: np.ndarray, seen: np.ndarray, ours: dict[str, np.ndarray], peers: dict) -> None:
    """A sheet for the eye: clean, then for each task what was seen, the peer's and ours."""
    lines = [clean]
    for task, made in ours.items():
        lines += [peers[task][2], peers[task][1], made]
    sheet = np.concatenate([np.concatenate(list(line[:24]), axis=1) for line in lines])
    cv2.imwrite(str(path), cv2.resize(sheet, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST))


if __name__ == "__main__":
    main()
