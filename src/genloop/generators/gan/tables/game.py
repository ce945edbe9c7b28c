"""The learner that the training loop sees: two players on packs of rows, trained by sampling, and the fit.

Of every batch some rows are given one token, drawn by the logarithm of its frequency (CTGAN's training by sampling, so
that rare tokens are seen), some a random subset of their fields (as Yoon et al. 2018, arXiv 1806.02920, complete
rows), the rest nothing. The generator completes what is given; the critic sees whole rows and what was given.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from genloop.core import config as settings
from genloop.core.errors import DataError
from genloop.core.protocols import Codes, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop
from genloop.generators.gan.tables.config import Config, Shape
from genloop.generators.gan.tables.draw import load
from genloop.generators.gan.tables.loss import discrepancy, one_centred, zero_centred
from genloop.generators.gan.tables.network import Critic, Generator, Rows, Table
from genloop.nn.chance import near
from genloop.nn.games import critic_loss, generator_loss
from genloop.nn.modes import Modes
from genloop.runtime import device, precision

HELD_ROWS = 2000
LEAST_HELD = 500  # fewer rows aside tell steps apart too poorly: then all rows teach, and judge
MADE_A_ROW = 2
THOUSAND = 1000.0


class Picker:
    """Rows by training by sampling: a field, one of its modes by log frequency, a row that has it."""

    def __init__(self, codes: Codes, modes: Modes) -> None:
        of = modes.split(codes)[0]
        self.codes = torch.from_numpy(codes.astype(np.int64))
        self.orders = [torch.from_numpy(np.argsort(column, kind="stable")) for column in of.T]
        counts = [np.bincount(column, minlength=modes.counts[i]) for i, column in enumerate(of.T)]
        self.starts = [torch.from_numpy(np.concatenate([[0], np.cumsum(count)])) for count in counts]
        self.chances = [torch.from_numpy(np.log1p(count)) for count in counts]

    def pick(self, rows: int, rng: torch.Generator) -> tuple[Int[Tensor, "rows fields"], Bool[Tensor, "rows fields"]]:
        """Rows and the one field of each whose token is given."""
        fields = torch.randint(len(self.orders), (rows,), generator=rng)
        found = torch.empty(rows, dtype=torch.long)
        for field in sorted(set(fields.tolist())):
            here = (fields == field).nonzero()[:, 0]
            mode = torch.multinomial(self.chances[field], len(here), replacement=True, generator=rng)
            low, high = self.starts[field][mode], self.starts[field][mode + 1]
            place = low + (torch.rand(len(here), generator=rng) * (high - low)).long()
            found[here] = self.orders[field][place]
        return self.codes[found], torch.arange(self.codes.shape[1]) == fields[:, None]


class Game(nn.Module):
    """A generator and a critic, each with its own loss on the same rows."""

    players = ("critic", "generator")
    moved: Tensor
    centre: Tensor
    scale: Tensor

    def __init__(self, shape: Shape, config: Config, kind: torch.dtype, picker: Picker, rng: torch.Generator) -> None:
        super().__init__()
        self.config, self.kind, self.picker, self.shape = config, kind, picker, shape
        self.generator = Generator(shape, rng)
        self.table = Table(self.generator.heads)
        self.critic = Critic(shape, config.pack)
        self.register_buffer("moved", torch.zeros(()))  # how often the critic has moved
        self.register_buffer("centre", torch.zeros(self.table.total + len(shape.modes.wide)))
        self.register_buffer("scale", torch.ones(self.table.total + len(shape.modes.wide)))

    def loss(self, rows: Int[Tensor, "rows fields"], rng: torch.Generator | None, player: str = "") -> Tensor:
        """The player's loss on these rows; the distance of made rows from these when `rng` is None."""
        with torch.autocast(rows.device.type, self.kind, enabled=self.kind != torch.float32):
            if rng is None:
                return self._distance(rows)
            codes, seen = self._given(rows, rng)
            return self._critic(codes, seen, rng) if player == "critic" else self._generator(codes, seen, rng)

    def decay(self, name: str) -> float:
        """No array decays."""
        return 0.0

    def averaged(self, name: str) -> bool:
        """Only the generator's arrays are averaged."""
        return name.startswith("generator.")

    def _given(
        self, rows: Int[Tensor, "rows fields"], rng: torch.Generator
    ) -> tuple[Int[Tensor, "packed fields"], Bool[Tensor, "packed fields"]]:
        """Whole packs of rows, and which of their fields are given."""
        pack = self.config.pack
        if len(rows) < self.config.batch:  # the loop takes few rows of a small table; a game is the calmer for many
            more = torch.randint(len(self.picker.codes), (self.config.batch - len(rows),), generator=near(rng))
            rows = torch.cat([rows, self.picker.codes[more].to(rows.device)])
        rows = rows[: max(len(rows) // pack, 1) * pack]
        size = torch.rand(len(rows), 1, generator=rng, device=rows.device)
        seen = torch.rand(rows.shape, generator=rng, device=rows.device) < size
        single = round(self.config.single * len(rows) / pack) * pack
        subset = round(self.config.subset * len(rows) / pack) * pack
        seen[single + subset :] = False
        if single:
            picked, one = self.picker.pick(single, near(rng))
            rows, seen = rows.clone(), seen.clone()
            rows[:single], seen[:single] = picked.to(rows.device), one.to(rows.device)
        return rows, seen

    def _made(self, codes: Tensor, seen: Tensor, rng: torch.Generator) -> tuple[Rows, Rows]:
        """The real rows, and the made ones with what was given."""
        noise = torch.randn(len(codes), self.shape.noise, generator=rng, device=codes.device)
        state = self.generator(noise, codes, seen)
        heads = self.generator.heads
        real = self.table.real(codes, heads)
        made = self.table.choices(heads, state, self.config.temperature, rng)
        return real, self.table.paste(made, real, seen)

    def _critic(self, codes: Tensor, seen: Tensor, rng: torch.Generator) -> Tensor:
        with torch.no_grad():
            real, made = (rows.flat for rows in self._made(codes, seen, rng))
        answers = self.critic(torch.cat([real, made]), torch.cat([seen, seen]))
        half = len(answers) // 2
        loss = critic_loss(self.config.loss, answers[:half], answers[half:])
        if self.config.penalty and int(self.moved) % self.config.every == 0:
            loss = loss + self.config.penalty * self.config.every * self._penalty(real, made, seen, rng)
        self.moved += 1
        return loss

    def _penalty(self, real: Tensor, made: Tensor, seen: Tensor, rng: torch.Generator) -> Tensor:
        def answer(rows: Tensor) -> Tensor:
            answers: Tensor = self.critic(rows, seen)
            return answers

        if self.config.loss == "wgan-gp":
            return one_centred(answer, real, made, self.config.pack, rng)
        return zero_centred(answer, real) + zero_centred(answer, made)

    def _generator(self, codes: Tensor, seen: Tensor, rng: torch.Generator) -> Tensor:
        real, made = self._made(codes, seen, rng)
        against = None
        if self.config.loss == "relativistic":
            with torch.no_grad():
                against = self.critic(real.flat, seen)
        loss = generator_loss(self.config.loss, against, self.critic(made.flat, seen))
        if self.config.match:
            apart = discrepancy(self._scaled(real.flat), self._scaled(made.flat), paired=True)
            loss = loss + self.config.match * apart
        return loss

    def _distance(self, rows: Int[Tensor, "rows fields"]) -> Float[Tensor, ""]:
        """A thousand times the discrepancy of made rows from these; the same noise every time."""
        rng = torch.Generator(rows.device).manual_seed(0)
        again = rows.repeat(MADE_A_ROW, 1)
        made = self._made(again, torch.zeros_like(again, dtype=torch.bool), rng)[1].flat
        real = self.table.real(rows, self.generator.heads).flat
        return THOUSAND * discrepancy(self._scaled(real), self._scaled(made))

    def _scaled(self, flat: Float[Tensor, "rows values"]) -> Float[Tensor, "rows values"]:
        return (flat - self.centre) * self.scale

    @torch.no_grad()
    def weigh(self, codes: Int[Tensor, "rows fields"]) -> None:
        """Centre and scale for the discrepancy: fields count alike, rare modes more than by their frequency."""
        flat = self.table.real(codes, self.generator.heads).flat
        self.centre.copy_(flat.mean(0))
        size = flat.square().mean(0).clamp(min=1 / 512).sqrt()
        self.scale.copy_((len(self.shape.sizes) ** 0.5 * size).rsqrt())


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields as a game by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there is nothing to learn, or `initial` was learnt on other fields.
    """
    config = _config(task.settings)
    trainer = loop(task, "gan")
    codes = task.train.codes
    if not codes.size:
        raise DataError(f"nothing to learn: {codes.shape[0]} rows of {codes.shape[1]} fields")
    held = stream(task.seed, "gan", "holdout").permutation(len(codes))
    aside = min(HELD_ROWS, int(len(codes) * config.holdout))
    aside = aside if aside >= LEAST_HELD else 0
    game = _begin(task, config, codes[held[aside:]])
    trained = trainer(
        game,
        codes[held[aside:]],
        codes[held[: aside or HELD_ROWS]],
        task,
        chosen(config) | {"rates": {"critic": config.critic_rate}, "weight_decay": 0.0, "schedule": "cosine"},
    )
    kept = {name: array for name, array in trained.arrays.items() if name.startswith("generator.")}
    arrays = {name.removeprefix("generator."): array for name, array in kept.items()}
    return Weights({"shape": game.shape.to_head(), "training": trained.head}, arrays)


def _config(raw: Any) -> Config:
    """The settings; betas may come as a list."""
    return settings.read(Config, {k: tuple(v) if k == "betas" else v for k, v in dict(raw).items()})


def _begin(task: Task, config: Config, codes: Codes) -> Game:
    """A fresh game whose generator gives the data's own frequencies, or one with the generator that `initial` holds."""
    kind = precision.choose(config.precision, device.choose(config.device))
    shape = Shape.of(task.train, config)
    before = None if task.initial is None else load(task.initial)
    if before is not None:
        if before.shape.sizes != shape.sizes:
            raise DataError(
                f"the model to continue from was learnt on fields of {before.shape.sizes} tokens, "
                f"these data have {shape.sizes}; learn afresh, without --from"
            )
        shape = before.shape
    seed = int(stream(task.seed, "gan", "weights").integers(2**62))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        game = Game(shape, config, kind, Picker(codes, shape.modes), torch.Generator().manual_seed(seed))
    if before is None:
        game.generator.heads.start(codes)
    else:
        game.generator.load_state_dict(before.state_dict())
    game.weigh(torch.from_numpy(codes[:HELD_ROWS].astype(np.int64)))
    return game
