"""Codecs, families and judges come through entry points, ours by the same door as a stranger's, loaded on first use."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from genloop.core.errors import ConfigError

Group = Literal["codecs", "generators", "generators.image", "generators.text", "judges"]


@cache
def _found(group: Group) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=f"genloop.{group}"):
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            raise ConfigError(
                f"two packages offer the {group[:-1]} {point.name!r}: {other.value} and {point.value}; uninstall one"
            )
        found[point.name] = point
    return found


def names(group: Group) -> list[str]:
    """Registered names of a group, sorted; loads nothing."""
    return sorted(_found(group))


def load(group: Group, name: str) -> Any:
    """The registered part; its module is imported now.

    Raises:
        ConfigError: nothing is registered under that name.
    """
    try:
        point = _found(group)[name]
    except KeyError:
        raise ConfigError(f"no {group[:-1]} {name!r}; installed: {', '.join(names(group))}") from None
    return point.load()
