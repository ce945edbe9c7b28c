"""The learner that the training loop sees: two players, their losses step by step, and the fit that starts them."""

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from genloop.core.errors import DataError
from genloop.core.protocols import Batch, Pixels, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import begun, chosen, loop
from genloop.generators.gan.augment import MOST, augment
from genloop.generators.gan.config import Config, Shape, rate, resolve
from genloop.generators.gan.draw import draw
from genloop.generators.gan.network import Critic, Generator, noise
from genloop.nn import ends
from genloop.nn.condition import Given, round_pixels, scale
from genloop.nn.convolution import BatchNorm, crop, pad
from genloop.nn.games import critic_loss, generator_loss, grown, moments_apart, one_centred, zero_centred
from genloop.runtime import device, precision

HELD_ROWS, DRAWN = 1024, 512
REMEMBERED = 0.99  # of the critic's rightness, from step to step
PICTURES_TO_ONE = 100_000  # so many pictures move the chance of augmentation by one
FEW = 2_000  # pictures, below which the relativistic game augments too
STRONGER = 3.0
SETTLING = 20


class Game(nn.Module):
    """A generator and a critic, each with its own loss on the same rows."""

    players = ("critic", "generator")
    moved: Tensor
    right: Tensor
    chance: Tensor
    strength: Tensor

    def __init__(self, shape: Shape, config: Config, kind: torch.dtype, rows: int, rng: torch.Generator) -> None:
        super().__init__()
        self.shape, self.config, self.kind, self.rows = shape, config, kind, rows
        self.generator, self.critic = Generator(shape), Critic(shape)
        self.generator.start(rng)
        self.critic.start(rng)
        self.register_buffer("moved", torch.zeros(()))  # how often the critic has moved
        self.register_buffer("right", torch.zeros(()))
        self.register_buffer("chance", torch.zeros(()))
        self.register_buffer("strength", torch.ones(()))
        self._drawn_now = self._seen_now = torch.empty(0)

    def loss(self, rows: Batch, rng: torch.Generator, player: str) -> Float[Tensor, ""]:
        """The player's loss on these rows, against made pictures of the same conditions."""
        assert rows.pixels is not None
        home = self.chance.device
        real = pad(scale(rows.pixels).to(home), *self.shape.inner).contiguous(memory_format=torch.channels_last)
        given = Given.of(rows, home)
        with torch.autocast(home.type, self.kind, enabled=self.kind != torch.float32):
            if player == "critic":
                return self._critic(real, given, rng)
            return self._generator(real, given, rng)

    def decay(self, name: str) -> float:
        """No array decays."""
        return 0.0

    def averaged(self, name: str) -> bool:
        """Only the generator's arrays are averaged."""
        return name.startswith("generator.")

    def remedy(self, name: str) -> None:
        """What the alarm asks for: a stronger penalty, or augmentation from now on."""
        if name == "penalty":
            self.strength *= STRONGER
        elif name == "augmentation":
            self.chance.clamp_(min=0.2)

    @torch.no_grad()
    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """One picture for each row."""
        parts = [self._drawn(given.take(np.arange(i, min(i + DRAWN, len(given)))), rng) for i in _starts(len(given))]
        return np.concatenate([np.zeros((0, *self.shape.picture), np.uint8), *parts])

    def _drawn(self, given: Batch, rng: torch.Generator) -> Pixels:
        with torch.autocast(rng.device.type, self.kind, enabled=self.kind != torch.float32):
            made = self._made(Given.of(given, rng.device), rng)
        return round_pixels(crop(made, *self.shape.picture[:2]))

    def _made(self, given: Given, rng: torch.Generator) -> Tensor:
        made: Tensor = self.generator(noise(len(given.codes), self.shape.noise, rng), given)
        return made.contiguous(memory_format=torch.channels_last)

    def _critic(self, real: Tensor, given: Given, rng: torch.Generator) -> Tensor:
        self._drawn_now = self._made(given, rng)  # the generator's own turn of this step goes on from here
        chance = float(self.chance)
        both = torch.cat([real, self._drawn_now.detach()])
        seen = augment(both, chance, rng).contiguous(memory_format=torch.channels_last)
        features = self.critic.see(seen)
        answers, told = self.critic.tell(features, given.twice())
        rows = len(real)
        self._seen_now = features[:rows].detach()
        loss = critic_loss(self.config.loss, answers[:rows], answers[rows:])
        if self.config.label:
            loss = loss + self.config.label * self.critic.naming([logits[:rows] for logits in told], given)
        self._follow(answers.detach()[:rows], answers.detach()[rows:])
        if self.config.penalty and int(self.moved - 1) % self.config.every == 0:
            loss = loss + self._weight() * self.config.every * self._penalty(seen[:rows], seen[rows:], given, rng)
        return loss

    def _generator(self, real: Tensor, given: Given, rng: torch.Generator) -> Tensor:
        chance = float(self.chance)
        made, self._drawn_now = augment(self._drawn_now, chance, rng), torch.empty(0)
        features = self.critic.see(made)
        answers, told = self.critic.tell(features, given)
        against = None
        if self.config.loss == "relativistic":
            with torch.no_grad():
                against = self.critic(augment(real, chance, rng), given)[0]
        loss = generator_loss(self.config.loss, against, answers)
        if self.config.matched:
            loss = loss + self.config.matched * moments_apart(features, self._seen_now)
        return loss + self.config.named * self.critic.naming(told, given) if self.config.named else loss

    def _penalty(self, real: Tensor, made: Tensor, given: Given, rng: torch.Generator) -> Tensor:
        def answer(pictures: Tensor) -> Tensor:
            answers: Tensor = self.critic(pictures, given)[0]
            return answers

        if self.config.loss == "wgan-gp":
            return one_centred(answer, real, made, rng)
        both = zero_centred(answer, made) if self.config.both else 0.0
        return zero_centred(answer, real) + both

    def _weight(self) -> float:
        """The penalty's weight after so many passes over the data."""
        passes = float(self.moved) * self.config.batch / max(1, self.rows)
        if self.config.loss == "wgan-gp":
            return self.config.penalty * float(self.strength)
        return self.config.penalty * float(self.strength) * grown(passes, self.shape.picture, self.config.epochs_double)

    def _follow(self, real: Tensor, made: Tensor) -> None:
        """Count the move; let the chance of augmentation follow how right the critic is about its training pictures.

        Relativistic answers have no sign of their own: there it is right where a real picture is ahead of a made one.
        """
        self.moved += 1
        ahead = self.config.loss == "relativistic" and self.rows < FEW
        right = (real - made if ahead else real).sign().mean()
        self.right.lerp_(right.to(self.right.dtype), 1 - REMEMBERED)
        if self.config.augment == "adaptive" and (ahead or self.config.loss in ("hinge", "classic")):
            step = len(real) / PICTURES_TO_ONE
            self.chance.add_(step if float(self.right) > self.config.target else -step).clamp_(0, MOST)


def fit(task: Task) -> Weights:
    """Learn the task's pictures as a game by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no pictures to learn, or `initial` was learnt on others.
    """
    config = resolve(task.settings)
    trainer = loop(task, "gan")
    pixels = task.train.pixels
    count = 0 if pixels is None else len(pixels)
    if pixels is None or count < 2:
        raise DataError(f"nothing to learn: {count} pictures, at least 2 are needed")
    shape = _wide(Shape.of(task.train, config, task.max_seconds), config, task)
    kind = precision.choose(config.precision, device.choose(config.device))
    first = int(stream(task.seed, "gan", "weights").integers(2**62))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(first)
        game = Game(shape, config, kind, len(pixels), torch.Generator().manual_seed(first))
    game.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    _go_on(game, task)
    held = task.train.take(stream(task.seed, "gan", "held").permutation(len(pixels))[:HELD_ROWS])
    fixed = {"schedule": "flat", "reserve": 0.98, "clip": 1e3, "most_epochs": 1e5, "weight_decay": 0.0}
    speeds = {"learning_rate": config.learning_rate or rate(shape.width), "rates": {"critic": config.critic_rate}}
    trained = trainer(game, task.train, held, task, {**chosen(config), **fixed, **speeds})
    arrays = {**trained.arrays, **_settled(game, trained, held, task.seed)}
    head = {
        "shape": shape.to_head(),
        "precision": str(kind).removeprefix("torch."),
        "truncation": config.truncation,
        "augmented": round(float(game.chance), 4),
        "rightness": round(float(game.right), 4),
        "training": trained.head,
    }
    assert held.pixels is not None
    made = draw(Weights(head, arrays), held, stream(task.seed, "gan", "ends"))
    return Weights({**head, "ends": list(ends.find(held.pixels, made))}, arrays)


def _wide(shape: Shape, config: Config, task: Task) -> Shape:
    """The shape in the width of what there is to go on from, where none is set."""
    if config.width:
        return shape
    if task.initial is not None:
        return replace(shape, width=int(task.initial.head["shape"]["width"]))
    return replace(shape, width=begun(task, "width", shape.width))


def _go_on(game: Game, task: Task) -> None:
    """Go on from the weights that `initial` holds."""
    if task.initial is None:
        return
    before = Shape.from_head(task.initial.head["shape"])
    if before != game.shape:
        raise DataError(
            f"the model to continue from learnt {before}, these data and settings give {game.shape}; "
            "learn afresh, without --from"
        )
    with torch.no_grad():
        for name, array in game.named_parameters():
            array.copy_(torch.from_numpy(np.array(task.initial.arrays[name])))


def _settled(game: Game, trained: Weights, held: Batch, seed: int) -> dict[str, np.ndarray]:
    """The statistics that the averaged generator's normalisation has, where it has one."""
    norms = {name: part for name, part in game.named_modules() if isinstance(part, BatchNorm)}
    if not norms:
        return {}
    with torch.no_grad():
        for name, array in game.named_parameters():
            array.copy_(torch.from_numpy(np.array(trained.arrays[name])))
    for norm in norms.values():
        norm.gather()
    home = game.chance.device
    rng = torch.Generator(home).manual_seed(int(stream(seed, "gan", "settle").integers(2**62)))
    for _ in range(max(1, math.ceil(SETTLING * DRAWN / max(DRAWN, len(held))))):
        game.draw(held, rng)
    for norm in norms.values():
        norm.settle()
    return {
        f"{name}.{part}": getattr(norm, part).cpu().numpy().copy()
        for name, norm in norms.items()
        for part in ("mean", "variance")
    }


def _starts(rows: int) -> range:
    return range(0, rows, DRAWN)
