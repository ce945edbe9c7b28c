"""The fit: see who answers at the endpoint, and note it down with what the column is like; no row is sent."""

import dataclasses
from typing import Any

from genloop.core import config as settings
from genloop.core.demand import Demand
from genloop.core.errors import ConfigError, ServerError
from genloop.core.protocols import Progress, Task, Weights
from genloop.core.texts import Message, Wish
from genloop.generators.remote import request
from genloop.generators.remote.config import NAME, Config
from genloop.generators.remote.desk import Desk, run
from genloop.generators.remote.faults import Fault

_SHOWN = 12
_PROBE = (Message("user", "Say: ready"),)
_PROBE_TOKENS = 16


def fit(task: Task) -> Weights:
    """Check that the server is there, has the model and answers, and note down who will write.

    Raises:
        ConfigError: a setting is unknown or out of range, or the server has no such model.
        ServerError: the server cannot be reached, refuses or lies.
        MissingExtra: the client is not installed.
    """
    config = settings.read(Config, task.settings)
    task.report(Progress(NAME, 0.0))
    config, answered = run(_met(config, task.seed))
    task.report(Progress(NAME, 1.0))
    return Weights({"settings": dataclasses.asdict(config), "answered": answered}, {})


async def _met(config: Config, seed: int) -> tuple[Config, str | None]:
    """The settings with the model's name, and as what it answers."""
    desk = Desk.of(config)
    wire = desk.wire()
    try:
        names = await desk.again(lambda: _listed(wire), seed)
        config = dataclasses.replace(config, served=_chosen(config, names))
        probe = dataclasses.replace(config, most_tokens=_PROBE_TOKENS)
        desk.cache = None
        found = await desk.ask(wire, request.body(probe, _PROBE, seed % 2**31, Demand(), Wish()), seed)
    finally:
        await wire.close()
    told = found.model
    if told and told != config.served and told in names:
        raise ServerError(f"{config.endpoint} was asked for {config.served} and answered as its other model {told!r}")
    return config, told


async def _listed(wire: Any) -> list[str]:
    """The models that the server lists; none where it has no list."""
    try:
        names: list[str] = await wire.models()
    except Fault as fault:
        if "status 404" in str(fault) or "status 405" in str(fault):
            return []
        raise
    return names


def _chosen(config: Config, names: list[str]) -> str:
    """The model to ask for: the one that is set, else the only one there is."""
    listed = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    if not config.served:
        if len(names) == 1:
            return names[0]
        raise ConfigError(
            f"name the model that shall write with --served-model NAME; {config.endpoint} "
            + (f"has {listed}" if names else "lists none")
        )
    if names and config.served not in names:
        raise ConfigError(f"{config.endpoint} has no model {config.served!r}; it has {listed}")
    return config.served
