"""One player of a game, or the only one of a plain loss: its weights and the Adam, or Adam and Muon, that move them."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genloop.core.protocols import Batch
from genloop.optimisation.train.config import Config
from genloop.optimisation.train.muon import Muon
from genloop.optimisation.train.state import Arrays, State

Moved = tuple[Tensor, Tensor, Tensor, Tensor]  # a weight, its two moments, its steps


class Player:
    """The weights whose names begin with `name` ("" for all), and what moves them on the state's moments.

    Adam moves all of them but the ones that `orthogonal` names, which Muon moves where its rate is set.
    """

    def __init__(
        self,
        name: str,
        weights: Arrays,
        decay: Callable[[str], float],
        state: State,
        config: Config,
        orthogonal: Callable[[str], bool] | None = None,
    ) -> None:
        self.name = name
        self.rate = config.learning_rate * config.rates.get(name, 1.0)
        self.clip = config.clip
        self.betas = config.betas
        own = [key for key in weights if key.startswith(name)]
        self.weights = [weights[key] for key in own]
        turned = [key for key in own if config.muon and orthogonal is not None and orthogonal(key)]
        kind = torch.bfloat16 if config.precision == "bfloat16" else torch.float32
        matrices = [(weights[key], state.arrays["first"][key], config.weight_decay * decay(key)) for key in turned]
        self.muon, self.muon_rate = Muon(matrices, kind), config.muon
        self.groups: dict[float, list[Moved]] = {}
        for key in own:
            if key in turned:
                continue
            steps = torch.tensor(float(state.step), device=weights[key].device)
            moved = (weights[key], state.arrays["first"][key], state.arrays["second"][key], steps)
            self.groups.setdefault(config.weight_decay * decay(key), []).append(moved)

    def move(self, learner: Any, rows: Tensor | Batch, rng: torch.Generator, share: float) -> float:
        """Move once at this share of the rate; the loss, not finite when loss or gradient broke (nothing moved)."""
        loss: Tensor = learner.loss(rows, rng, self.name) if self.name else learner.loss(rows, rng)
        for weight in self.weights:
            weight.grad = None
        loss.backward(inputs=self.weights if self.name else None)  # type: ignore[no-untyped-call]
        size = float(nn.utils.clip_grad_norm_(self.weights, self.clip))
        if not math.isfinite(size):
            return size
        self._step(self.rate * share)
        self.muon.step(self.muon_rate * share)
        return float(loss.detach())

    @torch.no_grad()
    def _step(self, rate: float) -> None:
        """AdamW by torch's fused operation itself: its optimiser class takes two seconds to load."""
        for decay, group in self.groups.items():
            moved = [entry for entry in group if entry[0].grad is not None]
            if not moved:
                continue
            weights, first, second, steps = map(list, zip(*moved, strict=True))
            slopes = [weight.grad for weight in weights]
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(
                weights, slopes, first, second, [], steps,
                lr=rate, beta1=self.betas[0], beta2=self.betas[1], weight_decay=decay, eps=1e-8,
                amsgrad=False, maximize=False,
            )  # fmt: skip
