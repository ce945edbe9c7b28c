"""One player of a game, or the only one of a plain loss: its weights and the Adam that moves them."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genloop.core.protocols import Batch
from genloop.optimisation.train.config import Config
from genloop.optimisation.train.state import Arrays, State


class Player:
    """The weights whose names begin with `name` ("" for all), and Adam on the state's moments."""

    def __init__(self, name: str, weights: Arrays, decay: Callable[[str], float], state: State, config: Config) -> None:
        self.name = name
        self.rate = config.learning_rate * config.rates.get(name, 1.0)
        self.clip = config.clip
        own = [key for key in weights if key.startswith(name)]
        self.weights = [weights[key] for key in own]
        groups = [{"params": [weights[key]], "weight_decay": config.weight_decay * decay(key)} for key in own]
        self.adam = torch.optim.AdamW(groups, lr=self.rate, betas=config.betas, fused=True)
        for key in own:
            moments = {"exp_avg": state.arrays["first"][key], "exp_avg_sq": state.arrays["second"][key]}
            steps = torch.tensor(float(state.step), device=weights[key].device)
            self.adam.state[weights[key]] = {"step": steps, **moments}

    def move(self, learner: Any, rows: Tensor | Batch, rng: torch.Generator, share: float) -> float:
        """Move once at this share of the rate; the loss, not finite when loss or gradient broke (nothing moved)."""
        for group in self.adam.param_groups:
            group["lr"] = self.rate * share
        loss: Tensor = learner.loss(rows, rng, self.name) if self.name else learner.loss(rows, rng)
        self.adam.zero_grad()
        loss.backward(inputs=self.weights if self.name else None)  # type: ignore[no-untyped-call]
        size = float(nn.utils.clip_grad_norm_(self.weights, self.clip))
        if not math.isfinite(size):
            return size
        self.adam.step()
        return float(loss.detach())
