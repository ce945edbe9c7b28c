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
    config = settings.read(Config, {name: value for name, value in task.settings.items() if name != "device"})
    task.report(Progress(NAME, 0.0))
    config, answered = run(_met(config, task.seed))
    task.report(Progress(NAME, 1.0))
    return Weights({"settings": dataclasses.asdict(config), "answered": answered}, {})


async def _met(config: Config, seed: int) -> tuple[Config, str | None]:
    """The settings with the model's name, and as what it answers."""
    desk = Desk.of(config)
    desk.cache = None
    wire = desk.wire()
    try:
        names = await _listed(wire, desk, seed)
        config = dataclasses.replace(config, served=config.served or _only(config, names))
        probe = dataclasses.replace(config, most_tokens=_PROBE_TOKENS)
        body = request.body(probe, _PROBE, seed % 2**31, Demand(), Wish())
        try:
            found = await desk.ask(wire, body, seed)
        except ServerError as error:
            if names and config.served not in names:
                raise ConfigError(f"{_lacking(config, names)} ({error})") from error
            raise
    finally:
        await wire.close()
    told = found.model
    if names and told and not told.startswith(config.served) and (config.served not in names or told in names):
        raise ConfigError(f"{_lacking(config, names)}, and answered as {told!r}")
    return config, told


async def _listed(wire: Any, desk: Desk, seed: int) -> list[str]:
    """The models that the server lists; none where it has no list, unless one has to be chosen from it.

    Where nobody listens at a port of this machine it is asked once more, not as often as one that has answered before.
    """
    missed: list[Fault] = []

    async def listed() -> list[str]:
        try:
            names: list[str] = await wire.models()
        except Fault as fault:
            if fault.absent:
                missed.append(fault)
                if len(missed) < 2:
                    raise
                raise Fault(f"{fault}; asked twice", again=False) from fault
            if "status 404" in str(fault) or "status 405" in str(fault) or (fault.again and desk.config.served):
                return []  # the first answer will tell whether the server is well
            raise
        return names

    return await desk.again(listed, seed)


def _only(config: Config, names: list[str]) -> str:
    """The one model there is."""
    if len(names) == 1:
        return names[0]
    raise ConfigError(
        f"name the model that shall write with --served-model NAME; {config.endpoint} "
        + (f"has {_some(names)}" if names else "lists none")
    )


def _lacking(config: Config, names: list[str]) -> str:
    if config.served in names:
        return f"{config.endpoint} did not write as {config.served!r}; it has {_some(names)}"
    return f"{config.endpoint} has no model {config.served!r}; it has {_some(names)}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
