"""AdamW with warm-up, cosine annealing and a moving average of the weights; the best average on held-out rows stays.

Adam with decoupled decay: Loshchilov and Hutter 2019, arXiv 1711.05101; averaging: Polyak and Juditsky 1992. A time
budget becomes a number of steps by timing a few on a copy; from then on only that number counts, so that the same
number repeats the run.
"""

import hashlib
import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genloop.core import config as settings_of
from genloop.core.errors import DataError
from genloop.core.protocols import Progress, Task, Weights
from genloop.core.seed import stream
from genloop.optimisation.train import state as checkpoint
from genloop.optimisation.train.config import Config
from genloop.optimisation.train.schedule import WAY_OUT, Schedule
from genloop.optimisation.train.state import Arrays, State
from genloop.runtime import device

LEAST_BETWEEN_LOOKS = 25
TIMED_STEPS = 8
RESERVE = 0.95
HELD_CHUNK = 1000
BETAS = (0.9, 0.98)


def train(learner: nn.Module, rows: np.ndarray, held: np.ndarray, task: Task, settings: Mapping[str, Any]) -> Weights:
    """The best averaged arrays of the learner, trained on `rows` and judged on `held`; the head records the run.

    The learner's `loss(rows, rng)` is the mean loss of a batch, the held-out measure when `rng` is None; its
    `decay(name)` is the multiple of the weight decay that the named array takes.

    Raises:
        DataError: the checkpoint is damaged or belongs to another run.
        ConfigError: a setting is unknown or out of range.
    """
    config = settings_of.read(Config, settings)
    with device.threads(task.threads):
        return Run(learner, rows, held, task, config).run()


class Run:
    """One training run from its first step (or its checkpoint) to its end."""

    def __init__(self, learner: nn.Module, rows: np.ndarray, held: np.ndarray, task: Task, config: Config) -> None:
        self.began = time.monotonic()
        self.task, self.config = task, config
        self.device = device.choose(config.device)
        self.learner: Any = learner.to(self.device)
        self.rows, self.held = rows, held
        self.batch = min(config.batch, max(32, len(rows) // 32), len(rows))
        self.names = [name for name, weight in learner.named_parameters() if weight.numel()]
        self.weights: Arrays = {n: p for n, p in learner.named_parameters() if p.numel()}
        self.owner = _digest(self.rows, self.weights, task, config)
        self.state = self._begin()
        self.schedule = Schedule(self.state.total, config.warmup, self.state.stalled)
        self.adam = self._optimiser(self.state)
        self.reason = "finished"

    def run(self) -> Weights:
        """Step until the schedule ends, the user stops, the time is over or the loss breaks."""
        state, looks = self.state, max(LEAST_BETWEEN_LOOKS, self.state.total // self.config.looks)
        if not state.curve:
            self._look(math.nan)
        while state.step < self.schedule.end and not self._interrupted():
            loss = self._step(self.adam, self.schedule.rate(state.step), state.step)
            if not math.isfinite(loss):
                self.reason = f"the loss was {loss} at step {state.step}; kept the best before it"
                break
            self._follow(loss)
            if state.step % looks == 0 or state.step == self.schedule.end:
                self._look(state.running)
                self._keep()
        if state.curve[-1][0] != state.step:
            self._keep()  # before the look: one more than the schedule's would change what a resumed run does
            self._look(state.running)
        return Weights(self._record(), {n: a.cpu().numpy().copy() for n, a in state.arrays["best"].items()})

    def _begin(self) -> State:
        """The checkpoint's state put into the learner, or a new one whose length the budget decides."""
        found = checkpoint.load(self.task.checkpoint, self.owner, self.device) if self.task.checkpoint else None
        if found is None:
            total = self.task.steps or self._affordable()
            copies = {group: _copies(self.weights) for group in ("average", "best", "first", "second")}
            for group in ("first", "second"):
                for array in copies[group].values():
                    array.zero_()
            return State({"weights": self.weights, **copies}, total)
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(found.arrays["weights"][name])
        found.arrays["weights"] = self.weights
        return found

    def _optimiser(self, state: State) -> torch.optim.AdamW:
        """Adam that reads and writes the state's moments."""
        groups = [
            {"params": [weight], "weight_decay": self.config.weight_decay * self.learner.decay(name)}
            for name, weight in self.weights.items()
        ]
        adam = torch.optim.AdamW(groups, lr=self.config.learning_rate, betas=BETAS, fused=True)
        for name, weight in self.weights.items():
            moments = {"exp_avg": state.arrays["first"][name], "exp_avg_sq": state.arrays["second"][name]}
            adam.state[weight] = {"step": torch.tensor(float(state.step), device=self.device), **moments}
        return adam

    def _step(self, adam: torch.optim.AdamW, rate: float, number: int) -> float:
        """Move the weights once; the loss, which is not finite when loss or gradient broke (nothing moved then)."""
        rng = torch.Generator(self.device).manual_seed(_seed(self.task.seed, "step", number))
        for group in adam.param_groups:
            group["lr"] = self.config.learning_rate * rate
        loss = self.learner.loss(self._tensor(self.rows[self._picked(number)]), rng)
        adam.zero_grad()
        loss.backward()
        size = float(nn.utils.clip_grad_norm_(self.weights.values(), self.config.clip))
        if not math.isfinite(size):
            return size
        adam.step()
        return float(loss.detach())

    def _picked(self, number: int) -> np.ndarray:
        """Rows of the numbered step: each epoch goes through the rows once, in an order of its own."""
        each = len(self.rows) // self.batch
        epoch, place = divmod(number, each)
        if getattr(self, "_epoch", None) != epoch:
            self._epoch, self._order = (
                epoch,
                stream(self.task.seed, "train", "epoch", epoch).permutation(len(self.rows)),
            )
        return self._order[place * self.batch : (place + 1) * self.batch]

    def _follow(self, loss: float) -> None:
        """Count the step, and let the averages of loss and weights follow."""
        state = self.state
        state.step += 1
        state.running = loss if state.step == 1 else state.running + (loss - state.running) / min(state.step, 50)
        keep = min(self.config.average, state.step / (state.step + 9))
        with torch.no_grad():
            average = [state.arrays["average"][name] for name in self.names]
            torch._foreach_lerp_(average, [weight.detach() for weight in self.weights.values()], 1 - keep)
        self.task.report(Progress("train", state.step / self.schedule.end))

    def _look(self, train_loss: float) -> None:
        """Judge the averaged weights on the held-out rows, keep the best, and leave when they no longer gain."""
        state = self.state
        value = self._held_loss()
        if value < state.best:
            state.best, state.best_step, state.since = value, state.step, 0
            state.arrays["best"] = _copies(state.arrays["average"])
        else:
            state.since += 1
        if state.since >= self.config.patience and state.stalled is None:
            self.reason = "stalled"
            self._leave()
        state.seconds += self._spent()
        state.curve.append((state.step, round(state.seconds, 3), round(train_loss, 5), round(value, 5)))
        note = f"step {state.step} of {self.schedule.end}, held-out loss {value:.3f}"
        self.task.report(Progress("train", state.step / self.schedule.end, value, note))

    def _held_loss(self) -> float:
        """The held-out measure of the averaged weights."""
        own = _copies(self.weights)
        _put(self.weights, self.state.arrays["average"])
        self.learner.eval()
        with torch.no_grad():
            parts = [self.held[i : i + HELD_CHUNK] for i in range(0, len(self.held), HELD_CHUNK)]
            total = sum(float(self.learner.loss(self._tensor(part), None)) * len(part) for part in parts)
        self.learner.train()
        _put(self.weights, own)
        return total / len(self.held)

    def _affordable(self) -> int:
        """How many steps the run takes: what the budget allows, timed on steps that are undone again."""
        epoch = max(1, len(self.rows) // self.batch)
        if self.task.max_seconds is None:
            return max(1, min(self.config.most_steps, math.ceil(epoch * self.config.epochs)))
        own = _copies(self.weights)
        zeros = {group: {n: torch.zeros_like(a) for n, a in own.items()} for group in ("first", "second")}
        adam = self._optimiser(State(zeros, 1))
        seconds: list[float] = []
        while len(seconds) < TIMED_STEPS + 2 and (len(seconds) < 3 or self._since() < self.task.max_seconds / 20):
            began = time.monotonic()
            self._step(adam, 0.0, len(seconds))
            seconds.append(time.monotonic() - began)
        _put(self.weights, own)
        affordable = (self.task.max_seconds * RESERVE - self._since()) / float(np.quantile(seconds[1:], 0.25))
        look = 0.5 + len(self.held) / self.batch / 3
        affordable = max(affordable - self.config.looks * look, affordable / (1 + look / LEAST_BETWEEN_LOOKS))
        return max(1, min(math.ceil(epoch * self.config.most_epochs), int(affordable)))

    def _interrupted(self) -> bool:
        """Whether to end now; when the time runs out before the plan does, the way out begins early enough."""
        if self.task.stop():
            self.reason = "stopped"
            return True
        if self.task.max_seconds is None or self.state.stalled is not None:
            return self.task.max_seconds is not None and self._since() > self.task.max_seconds
        share = self._since() / (self.task.max_seconds * RESERVE)
        if share * (1 + WAY_OUT) > 1 and (1 - share) * self.state.step < self.schedule.end - self.state.step:
            self.reason = "time"
            self._leave()
        return False

    def _leave(self) -> None:
        self.state.stalled = self.state.step
        self.schedule = self.schedule.stall(self.state.step)

    def _keep(self) -> None:
        if self.task.checkpoint:
            checkpoint.save(self.state, self.task.checkpoint, self.owner)

    def _record(self) -> dict[str, Any]:
        state = self.state
        return {
            "reason": self.reason,
            "stalled_step": state.stalled,
            "steps": state.step,
            "planned_steps": state.total,
            "best_step": state.best_step,
            "held_loss": state.best,
            "rows": len(self.rows),
            "batch": self.batch,
            "seconds": round(state.seconds, 3),
            "curve": state.curve,
        }

    def _since(self) -> float:
        return time.monotonic() - self.began

    def _spent(self) -> float:
        """Seconds since this was last asked."""
        now = time.monotonic()
        before, self._asked = getattr(self, "_asked", self.began), now
        return now - before

    def _tensor(self, rows: np.ndarray) -> Tensor:
        kind = np.int64 if np.issubdtype(rows.dtype, np.integer) else np.float32
        return torch.from_numpy(rows.astype(kind)).to(self.device)


def _copies(arrays: Arrays) -> Arrays:
    return {name: array.detach().clone() for name, array in arrays.items()}


def _put(arrays: Arrays, values: Arrays) -> None:
    with torch.no_grad():
        for name, array in arrays.items():
            array.copy_(values[name])


def _seed(seed: int, *names: str | int) -> int:
    return int(stream(seed, "train", *names).integers(2**62))


def _digest(rows: np.ndarray, weights: Arrays, task: Task, config: Config) -> str:
    """A name for the run: the same rows, arrays, seed and settings give the same one."""
    if not len(rows):
        raise DataError("there are no rows to train on")
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
    text = repr((shapes, rows.shape, task.seed, task.steps, config))
    digest = hashlib.sha256(text.encode())
    digest.update(np.ascontiguousarray(rows).data)
    return digest.hexdigest()
