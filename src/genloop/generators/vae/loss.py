"""The fit that maximises the evidence lower bound, with a critic's opinion of the decodings where that is asked for."""

from typing import Any

import numpy as np
import torch

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Part, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop
from genloop.generators.vae.config import Config, Shape, resolve
from genloop.generators.vae.duel import FEATURES, Duel
from genloop.generators.vae.network import Network, load
from genloop.generators.vae.normal import draw
from genloop.generators.vae.objective import Objective
from genloop.generators.vae.pictures import Pictures
from genloop.nn import ends
from genloop.nn.condition import Given, scale
from genloop.nn.critic import Critic
from genloop.runtime import device, precision

GAME = {
    "learning_rate": 2.5e-3, "betas": (0.0, 0.99), "weight_decay": 0.0, "warmup": 50, "anneal": 0.5,
    "schedule": "flat", "reserve": 0.98, "clip": 1e3, "most_epochs": 1e5,
}  # fmt: skip
HELD_ROWS = 1000
SHARPNESS = 0.5, 4.0


def fit(task: Task) -> Weights:
    """Learn the task's pictures by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no pictures to learn, or `initial` was learnt on others.
    """
    config = resolve(task.settings)
    trainer = loop(task, "vae")
    if task.train.pixels is None or not len(task.train.pixels):
        raise DataError("nothing to learn: the rows hold no pictures")
    if config.prior == "flow":
        raise ConfigError(
            "vae setting prior='flow' is a plan of two stages: fit the family flow, which learns the codes of the "
            "vae's preset latent"
        )
    kind = precision.choose(config.precision, device.choose(config.device))
    network, order = _begin(task, config), stream(task.seed, "vae", "holdout").permutation(len(task.train))
    aside = min(HELD_ROWS, int(len(order) * config.holdout))
    held = task.train.take(order[:aside] if aside else order[:HELD_ROWS])
    settings = chosen(config)
    objective = Objective(network, config, kind)
    learner: Objective | Duel = objective
    if config.adversary:
        learner, settings = _duel(objective, task, len(order) - aside), settings | GAME
    trained = trainer(learner, Part(task.train, np.sort(order[aside:])), held, task, settings)
    head: dict[str, Any] = {"shape": network.shape.to_head(), "precision": str(kind).removeprefix("torch.")}
    own = {name: array for name, array in trained.arrays.items() if name.startswith("network.")}
    arrays = {name.removeprefix("network."): array for name, array in own.items()}
    head |= {"training": trained.head}
    if not config.adversary:
        head["sharpness"] = sharpen(load(Weights(head, arrays)), held, task.seed)
    return Weights({**head, "ends": list(_reached(Weights(head, arrays), held, task.seed))}, arrays)


def _reached(weights: Weights, held: Batch, seed: int) -> ends.Ends:
    """The ends of brightness of pictures as they will be made, beside the held-out ones."""
    assert held.pixels is not None
    view, rng = Pictures(weights), stream(seed, "vae", "ends")
    prior = not view.network.condition.empty
    return ends.find(held.pixels, view.draw(held, rng) if prior else view.decode(view.encode(held.pixels, rng)))


def sharpen(network: Network, held: Batch, seed: int) -> float:
    """The factor on logits at which made pictures hold as many mid-tones, mean of b (1 - b), as the held-out ones.

    Pictures are made as they will be: from the prior, or from held-out codes where other families learn the codes.
    """
    assert held.pixels is not None
    rng, x = torch.Generator().manual_seed(int(stream(seed, "vae", "sharpen").integers(2**62))), scale(held.pixels)
    with torch.inference_mode():
        if network.quantiser is not None:
            values = network.values(network.quantiser(network.parts(x))[0], None)
        elif network.condition.empty:
            values = network.values(draw(*network.posterior(x, None), rng), None)
        else:
            z = torch.randn(len(x), network.shape.length, generator=rng)
            values = network.values(z, network.given(Given.of(held)))
        wanted = float((1 - x.square()).mean())
        low, high = SHARPNESS
        for _ in range(20):
            middle = (low + high) / 2
            found = float((1 - torch.tanh(values * (middle / 2)).square()).mean())
            low, high = (middle, high) if found > wanted else (low, middle)
    return round((low + high) / 2, 4)


def _duel(objective: Objective, task: Task, rows: int) -> Duel:
    """The network's objective with a fresh critic beside it."""
    assert task.train.pixels is not None
    seed = int(stream(task.seed, "vae", "critic").integers(2**62))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        critic = Critic(objective.network.shape.sizes, task.train.take(np.zeros(0, np.int64)), FEATURES)
    critic.start(torch.Generator().manual_seed(seed))
    critic.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Duel(objective, critic, rows)


def _begin(task: Task, config: Config) -> Network:
    """A fresh network, or the one that `initial` holds."""
    shape = Shape.of(task.train, config)
    if task.initial is None:
        return Network(shape, torch.Generator().manual_seed(int(stream(task.seed, "vae").integers(2**62))))
    network = load(task.initial).requires_grad_(True).train()
    if network.shape != shape:
        raise DataError(
            f"the model to continue from learnt {network.shape}, these data and settings give {shape}; "
            "learn afresh, without --from"
        )
    return network
