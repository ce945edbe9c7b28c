"""AdamW with warm-up, annealing and a moving average of the weights; the best average on held-out rows stays.

Adam with decoupled decay: Loshchilov and Hutter 2019, arXiv 1711.05101; averaging: Polyak and Juditsky 1992. A time
budget becomes a number of steps by timing a few on a copy; that number repeats the run. Players of a game take turns.
"""

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from genloop.core import config as settings_of
from genloop.core.protocols import Batch, Progress, Task, Weights
from genloop.core.seed import stream
from genloop.optimisation.train import log, verdict
from genloop.optimisation.train import state as checkpoint
from genloop.optimisation.train.config import Config
from genloop.optimisation.train.player import Player
from genloop.optimisation.train.rows import Rows, owner, shown, take
from genloop.optimisation.train.schedule import WAY_OUT, Schedule
from genloop.optimisation.train.state import Arrays, State, averaged, copies, put
from genloop.optimisation.train.watch import Watch
from genloop.runtime import device

LEAST_BETWEEN_LOOKS = 25
NOISE = 1.15
GAME_PATIENCE = 8  # looks, between which a game's steps grow sixfold
TIMED_STEPS = 8
HELD_CHUNK = 1000


def train(learner: nn.Module, rows: Rows, held: Rows, task: Task, settings: Mapping[str, Any]) -> Weights:
    """The best averaged arrays of the learner, trained on `rows` and judged on `held`; the head records the run.

    The learner's `loss(rows, rng)` is the mean loss of a batch, the held-out measure when `rng` is None; `decay(name)`
    is the multiple of the weight decay that the named array takes; `orthogonal(name)` names what Muon moves.
    One with `players`, names of its parts, has `loss(rows, rng, player)` instead and is watched as `watch` says.

    Raises:
        DataError: the checkpoint is damaged or belongs to another run.
        ConfigError: a setting is unknown or out of range.
    """
    config = settings_of.read(Config, settings)
    with device.threads(task.threads):
        return Run(learner, rows, held, task, config).run()


class Run:
    """One training run from its first step (or its checkpoint) to its end."""

    def __init__(self, learner: nn.Module, rows: Rows, held: Rows, task: Task, config: Config) -> None:
        self.began = time.monotonic()
        self.task, self.config = task, config
        self.device = device.choose(config.device)
        self.learner: Any = learner.to(self.device)
        self.rows, self.held = rows, held
        self.batch = min(config.batch, max(32, len(rows) // 32), len(rows))
        self.named: tuple[str, ...] = getattr(learner, "players", ("",))
        self.weights: Arrays = {n: p for n, p in learner.named_parameters() if p.numel()}
        self.buffers: Arrays = dict(learner.named_buffers())
        chosen = getattr(learner, "averaged", lambda name: True)
        self.names = [name for name in self.weights if chosen(name)]
        self.owner = owner(self.rows, self.weights, task, config)
        self.state = self._begin()
        fall = config.anneal if config.schedule == "flat" else None
        self.schedule = Schedule(self.state.total, config.warmup, self.state.stalled, fall)
        self.players = self._players(self.state)
        self.watch = Watch(self.learner, held, task) if isinstance(held, Batch) and self.named != ("",) else None
        self.reason, self.rung = "finished", False

    def run(self) -> Weights:
        """Step until the schedule ends, the user stops, the time is over or the loss breaks."""
        state = self.state
        if not state.curve:
            self._look(math.nan)
        while state.step < self.schedule.end and not self._interrupted():
            losses = self._step(self.schedule.rate(state.step), state.step)
            if not all(map(math.isfinite, losses)) and not self._saved(losses):
                break
            self._follow(losses)
            if self._due() or state.step == self.schedule.end:
                self._look(state.running)
                self._keep()
        if state.curve[-1][0] != state.step:
            self._keep()  # before the look: one more than the schedule's would change what a resumed run does
            self._look(state.running)
        return Weights(self._head(), {n: a.cpu().numpy().copy() for n, a in state.arrays["best"].items()})

    def _head(self) -> dict[str, Any]:
        """What is kept of the run; `least_steps` are those below which it has hardly begun."""
        pictures, went_on = self.task.train.pixels is not None, self.task.initial is not None
        head = self.state.record(self.reason, len(self.rows), self.batch)
        head["least_steps"] = verdict.least_steps(len(self.rows), self.batch, self.schedule)
        head["failed"] = verdict.of_loss(self.state, pictures=pictures, went_on=went_on)
        return head | (self.watch.record(self.state) if self.watch else {})

    def _due(self) -> bool:
        """Whether this step is one after which to look."""
        if self.watch is not None:
            return self.watch.due(self.state.step, self._since(), self.task.max_seconds)
        return self.state.step % max(LEAST_BETWEEN_LOOKS, self.state.total // self.config.looks) == 0

    def _begin(self) -> State:
        """The checkpoint's state put into the learner, or a new one whose length the budget decides."""
        found = checkpoint.load(self.task.checkpoint, self.owner, self.device) if self.task.checkpoint else None
        if found is None:
            return checkpoint.begin(self.weights, self.buffers, self.task.steps or self._affordable())
        for group, own in (("weights", self.weights), ("buffers", self.buffers)):
            put(own, found.arrays.get(group, {}))
            found.arrays[group] = own
        for group in ("average", "best", "first", "second"):  # in the weights' own memory layout, which Adam counts on
            alike = copies(self.weights)
            put(alike, found.arrays[group])
            found.arrays[group] = alike
        return found

    def _players(self, state: State) -> list[Player]:
        """The players, moved by the state's moments."""
        about = (self.learner.decay, state, self.config, getattr(self.learner, "orthogonal", None))
        return [Player(name, self.weights, *about) for name in self.named]

    def _step(self, rate: float, number: int) -> list[float]:
        """Move every player once; their losses, not finite where loss or gradient broke (that one did not move)."""
        seed = int(stream(self.task.seed, "train", "step", number).integers(2**62))
        rng = torch.Generator(self.device).manual_seed(seed)
        rows = shown(take(self.rows, self._picked(number)), self.device)
        return [player.move(self.learner, rows, rng, rate * self.state.slowed) for player in self.players]

    def _picked(self, number: int) -> np.ndarray:
        """Rows of the numbered step: each epoch goes through the rows once, in an order of its own."""
        each = len(self.rows) // self.batch
        epoch, place = divmod(number, each)
        if getattr(self, "_epoch", None) != epoch:
            self._epoch = epoch
            self._order = stream(self.task.seed, "train", "epoch", epoch).permutation(len(self.rows))
        return self._order[place * self.batch : (place + 1) * self.batch]

    def _follow(self, losses: list[float]) -> None:
        """Count the step, and let the averages of loss and weights follow."""
        state, loss = self.state, losses[-1]
        state.step += 1
        state.running = loss if state.step == 1 else state.running + (loss - state.running) / min(state.step, 50)
        keep = min(self.config.average, state.step / (state.step + 9))
        with torch.no_grad():
            average = [state.arrays["average"][name] for name in self.names]
            torch._foreach_lerp_(average, [self.weights[name].detach() for name in self.names], 1 - keep)
        self.task.report(Progress("train", self._share()))

    def _look(self, train_loss: float) -> None:
        """Judge the averaged weights, keep the best, and leave or act when they no longer gain."""
        state = self.state
        others = [name for name in self.weights if name not in self.names]
        put({name: state.arrays["average"][name] for name in others}, self.weights)
        value = self._held_loss() if self.watch is None else self._watched(self.watch)
        if value < state.best or self._passes(value):
            state.best, state.best_step, state.since = min(value, state.best), state.step, 0
            state.arrays["best"] = copies(state.arrays["average"])
        else:
            state.since += 1
        patience = self.config.patience if self.watch is None else max(self.config.patience, GAME_PATIENCE)
        if state.since >= patience and state.stalled is None:
            self.reason = "stalled" if self.watch is None else "gained no more"
            self._leave()
        state.seconds += self._spent()
        state.curve.append((state.step, round(state.seconds, 3), round(train_loss, 5), round(value, 5)))
        if self.task.log is not None:
            with averaged(self.learner, self.state):
                log.write(self.task.log, self.learner, state, self.device, self.task.seed)
        note = f"step {state.step} of {self.schedule.end}, held-out loss {value:.3f}"
        if self.watch is not None:
            note = f"step {state.step}, {self.watch.note}"
        self.task.report(Progress("train", self._share(), value if math.isfinite(value) else None, note))

    def _passes(self, value: float) -> bool:
        """Whether a game's later weights count as good as its best: the judge's value is a noisy one."""
        return self.watch is not None and not self.rung and not value > NOISE * self.state.best

    def _watched(self, watch: Watch) -> float:
        """The judge's value of a game, after whatever the alarm made necessary."""
        with averaged(self.learner, self.state):
            look = watch.look(self.state, self.device)
        self.rung, wanted = watch.ring(self.state)
        for name in wanted:
            self._remedy(name)
        return look.value

    def _remedy(self, name: str) -> None:
        """Do what the alarm asks for."""
        if name in ("rate", "back"):
            self.state.slowed /= 2
        if name == "back":
            put(self.weights, self.state.arrays["best"])
            put(self.state.arrays["average"], self.state.arrays["best"])
            for moments in (self.state.arrays["first"], self.state.arrays["second"]):
                put(moments, {name: torch.zeros_like(array) for name, array in moments.items()})
        elif name != "rate":
            self.learner.remedy(name)

    def _saved(self, losses: list[float]) -> bool:
        """Whether a broken loss could be mended: a game goes back to its best weights, once a remedy is left."""
        why = f"the loss was {next(loss for loss in losses if not math.isfinite(loss))} at step {self.state.step}"
        if self.watch is None or not self.watch.broken(self.state, why):
            self.reason = f"{why}; kept the best before it"
            return False
        self._remedy("back")
        losses[:] = [self.state.running] * len(losses)
        return True

    def _held_loss(self) -> float:
        """The held-out measure of the averaged weights."""
        with torch.no_grad(), averaged(self.learner, self.state):
            parts = [take(self.held, slice(i, i + HELD_CHUNK)) for i in range(0, len(self.held), HELD_CHUNK)]
            total = sum(float(self.learner.loss(shown(part, self.device), None)) * len(part) for part in parts)
        return total / len(self.held)

    def _affordable(self) -> int:
        """How many steps the run takes: what the budget allows, timed on steps that are undone again."""
        epoch = max(1, len(self.rows) // self.batch)
        if self.task.max_seconds is None:
            return max(1, min(self.config.most_steps, math.ceil(epoch * self.config.epochs)))
        if self.config.schedule == "flat":
            return math.ceil(epoch * self.config.most_epochs)
        own, buffers = copies(self.weights), copies(self.buffers)
        zeros = {group: {n: torch.zeros_like(a) for n, a in own.items()} for group in ("first", "second")}
        self.state = State(zeros, 1)
        self.players = self._players(self.state)
        seconds: list[float] = []
        while len(seconds) < TIMED_STEPS + 2 and (len(seconds) < 3 or self._since() < self.task.max_seconds / 20):
            began = time.monotonic()
            self._step(0.0, len(seconds))
            seconds.append(time.monotonic() - began)
        put(self.weights, own)
        put(self.buffers, buffers)
        each = float(np.quantile(seconds[1:], 0.25))
        affordable = (self.task.max_seconds * self.config.reserve - self._since()) / each
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
        share = self._spent_share()
        if self.schedule.fall is not None:
            return self._over(share)
        if share * (1 + WAY_OUT) > 1 and (1 - share) * self.state.step < self.schedule.end - self.state.step:
            self.reason = "time"
            self._leave()
        return False

    def _over(self, share: float) -> bool:
        """Whether a flat run is out of time; its fall begins when only the time for it is left."""
        if self.task.steps is None and self.state.step < self.schedule.falls_from and share > 1 - self.config.anneal:
            self.schedule = self.schedule.fall_now(self.state.step)
            self.state.total = self.schedule.total
        if share * self.config.reserve > 1:
            self.reason = "time"
        return self.reason == "time"

    def _leave(self) -> None:
        self.state.stalled = self.state.step
        self.schedule = self.schedule.stall(self.state.step)

    def _keep(self) -> None:
        if self.task.checkpoint:
            checkpoint.save(self.state, self.task.checkpoint, self.owner)

    def _share(self) -> float:
        """How much of the run is done, by time where its length is not known yet."""
        open_ended = self.schedule.fall is not None and self.task.steps is None and self.task.max_seconds is not None
        return min(1.0, self._spent_share() if open_ended else self.state.step / self.schedule.end)

    def _spent_share(self) -> float:
        """The time since the start as a share of what is to be used."""
        return self._since() / ((self.task.max_seconds or math.inf) * self.config.reserve)

    def _since(self) -> float:
        return time.monotonic() - self.began

    def _spent(self) -> float:
        """Seconds since this was last asked."""
        now = time.monotonic()
        before, self._asked = getattr(self, "_asked", self.began), now
        return now - before
