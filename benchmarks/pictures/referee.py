"""A referee for made clothes, of the kind that judges made digits: one JSON line, the same figures for every system.

usage: python benchmarks/pictures/referee.py DATA.npz MADE.npz      (DATA: what sets.py writes for fashion)

Features are the 128 values before the last layer of a small classifier, taught here for two passes on the 52,000
clothes that no system sees (kept beside the data). Frechet distance (Heusel et al. 2017, arXiv 1706.08500), precision
and recall (Kynkaanniemi et al. 2019, arXiv 1904.06991), density and coverage (Naeem et al. 2020, arXiv 2002.09797) with
k = 5, the share whose recognised class is the one asked for, and the share nearer to a learnt picture than 1 % of the
held-out ones are, in pixels and in features. Not comparable with figures of another network. 5,000 pictures are judged.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

JUDGED, COMPARED, NEIGHBOURS = 5_000, 2_000, 5
PASSES, BATCH, RATE = 2, 128, 1e-3


class Classifier(nn.Module):
    """Two convolutions and two layers; `forward` gives the features and the classes' scores."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 24, 5), nn.Conv2d(24, 48, 5)
        self.wide, self.last = nn.Linear(48 * 16, 128), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features and scores."""
        for layer in (self.first, self.second):
            x = functional.max_pool2d(functional.relu(layer(x)), 2)
        features = functional.relu(self.wide(x.flatten(1)))
        return features, self.last(features)


def tensor(x: np.ndarray) -> torch.Tensor:
    """Pictures as floats from -1 to 1."""
    return torch.from_numpy(x.astype(np.float32) / 127.5 - 1)[:, None]


def taught(data: dict[str, np.ndarray], kept: Path) -> Classifier:
    """The classifier, learnt once on the pictures that no system sees."""
    torch.manual_seed(0)
    network = Classifier()
    if kept.exists():
        network.load_state_dict(torch.load(kept, weights_only=True))
        return network.eval()
    x, y = tensor(data["x_other"]), torch.from_numpy(data["y_other"])
    steps = PASSES * (len(x) // BATCH)
    adam = torch.optim.AdamW(network.parameters(), RATE, fused=True)
    plan = torch.optim.lr_scheduler.OneCycleLR(adam, 3 * RATE, total_steps=steps)
    for _step in range(steps):
        rows = torch.randint(len(x), (BATCH,))
        loss = functional.cross_entropy(network(x[rows])[1], y[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
        plan.step()
    torch.save(network.state_dict(), kept)
    return network.eval()


@torch.inference_mode()
def seen(network: Classifier, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features and recognised classes."""
    parts = [network(part) for part in tensor(x).split(1000)]
    return torch.cat([p[0] for p in parts]).double().numpy(), torch.cat([p[1] for p in parts]).argmax(1).numpy()


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """The distance of two Gaussians with the moments of the rows."""
    (m, s), (n, u) = ((x.mean(0), np.cov(x, rowvar=False)) for x in (a, b))
    root = np.sqrt(np.maximum(np.linalg.eigvals(s @ u).real, 0)).sum()
    return float(((m - n) ** 2).sum() + np.trace(s) + np.trace(u) - 2 * root)


def nearest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The distance of each row of a to its nearest row of b."""
    a, b = (x.reshape(len(x), -1).astype(np.float32) for x in (a, b))
    whole = torch.from_numpy(b)
    return torch.cat([torch.cdist(part, whole).min(1).values for part in torch.from_numpy(a).split(500)]).numpy()


def score(data: dict[str, np.ndarray], made: dict[str, np.ndarray], network: Classifier) -> dict[str, object]:
    """The figures of the made pictures."""
    order = np.random.default_rng(0).permutation(len(made["x"]))[:JUDGED]
    x = made["x"][order]
    (real, truth), (fake, classes) = seen(network, data["x_held"]), seen(network, x)
    r, g = (torch.from_numpy(part[:COMPARED]).float() for part in (real, fake))
    own, theirs = (torch.cdist(part, part).kthvalue(NEIGHBOURS + 1, 1).values for part in (r, g))
    apart = torch.cdist(r, g)
    inside = apart < own[:, None]
    learnt = seen(network, data["x_train"])[0]
    lines = [np.quantile(nearest(*pair), 0.01) for pair in ((data["x_held"], data["x_train"]), (real, learnt))]
    close = [nearest(x[:COMPARED], data["x_train"]) < lines[0], nearest(fake[:COMPARED], learnt) < lines[1]]
    share = np.bincount(classes, minlength=10) / len(classes)
    asked = None if "y" not in made else round(float((classes.astype(str) == made["y"][order].astype(str)).mean()), 4)
    return {
        "rows": len(x),
        "fid": round(frechet(fake, real), 2),
        "precision": round(float(inside.any(0).float().mean()), 4),
        "recall": round(float((apart < theirs[None]).any(1).float().mean()), 4),
        "density": round(float(inside.sum(0).float().mean()) / NEIGHBOURS, 4),
        "coverage": round(float((apart.min(1).values < own).float().mean()), 4),
        "classes": [round(float(share.min()), 3), round(float(share.max()), 3)],
        "near": [round(float(part.mean()), 4) for part in close],
        "asked": asked,
        "recognised": round(float((truth == data["y_held"]).mean()), 4),
    }


def main() -> None:
    """Reads both files and prints the line."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    path = Path(sys.argv[1])
    data, made = dict(np.load(path)), dict(np.load(sys.argv[2]))
    if len(made["x"]) < JUDGED or made["x"].dtype != np.uint8:
        sys.exit(f"MADE must hold at least {JUDGED:,} pictures as uint8; got {made['x'].dtype} {made['x'].shape}")
    print(json.dumps(score(data, made, taught(data, path.with_suffix(".referee.pt")))))


if __name__ == "__main__":
    main()
