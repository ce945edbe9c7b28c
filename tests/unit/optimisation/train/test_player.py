"""One player's moves against PyTorch's own optimiser."""

import copy
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from genloop.optimisation.train.config import Config  # noqa: E402
from genloop.optimisation.train.player import Player  # noqa: E402
from genloop.optimisation.train.state import begin  # noqa: E402

pytestmark = pytest.mark.neural


class _Line(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 1))
        self.idle = torch.nn.Parameter(torch.ones(3))

    def loss(self, rows: torch.Tensor, rng: torch.Generator | None) -> torch.Tensor:
        return (self.body(rows) - rows.sum(1, keepdim=True)).square().mean()


def test_a_player_moves_as_torchs_adamw_does() -> None:
    torch.manual_seed(0)
    learner, rows = _Line(), torch.randn(64, 5)
    peer = copy.deepcopy(learner)
    weights = dict(learner.named_parameters())
    config = Config(weight_decay=0.1, learning_rate=1e-2, clip=0.5)
    player = Player("", weights, lambda name: float(name.endswith("weight")), begin(weights, {}, 20), config)
    groups = [{"params": [p], "weight_decay": 0.1 * n.endswith("weight")} for n, p in peer.named_parameters()]
    adam = torch.optim.AdamW(groups, lr=0.7e-2, betas=config.betas)
    for _ in range(20):
        player.move(learner, rows, torch.Generator(), 0.7)
        adam.zero_grad()
        peer.loss(rows, None).backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 0.5)
        adam.step()
    for mine, theirs in zip(learner.parameters(), peer.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-5)
    assert torch.equal(learner.idle, torch.ones(3))


def test_training_does_not_load_the_compiler() -> None:
    """PyTorch's optimiser classes load it: two core-seconds before the first step of every fit."""
    code = "import sys, genloop.optimisation.train.loop; sys.exit('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
