"""Settings are frozen dataclasses with a default for every field; an unknown key is an error naming the known ones."""

import dataclasses
import numbers
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from genloop.core.errors import ConfigError

T = TypeVar("T")
PRECISIONS = ("auto", "float32", "bfloat16")
_PLAIN: dict[Any, tuple[Any, str]] = {
    bool: (bool, "true or false"),
    int: (numbers.Integral, "a whole number"),
    float: (numbers.Real, "a number"),
    float | None: ((numbers.Real, type(None)), "a number, or none given"),
    str: (str, "a text"),
}


def read(cls: type[T], values: Mapping[str, Any]) -> T:
    """An instance of the dataclass `cls` with `values` in place of its defaults.

    Raises:
        ConfigError: a key is unknown or a value is refused by the dataclass.
    """
    known = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    for f in dataclasses.fields(cls):  # type: ignore[arg-type]
        if f.type in _PLAIN and f.name in values:
            _check_type(f.name, values[f.name], *_PLAIN[f.type])
    return cls(**values)


def _check_type(name: str, value: Any, wanted: Any, called: str) -> None:
    """Refuses what is of another type; true and false are no numbers."""
    if not isinstance(value, wanted) or isinstance(value, bool) is not (wanted is bool):
        raise ConfigError(f"setting {name}={value!r}: expected {called}")


def checker(cls: type[Any], **known: Any) -> Callable[[Mapping[str, Any]], None]:
    """A family's `check(settings)`, which refuses before any work what `read` would; the engine knows the rest."""

    def check(settings: Mapping[str, Any]) -> None:
        read(cls, {**settings, **known})

    return check


def resolve(cls: type[T], family: str, presets: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> T:
    """An instance with `values` over those of the preset that they name, over the defaults; lists become tuples.

    Raises:
        ConfigError: there is no such preset, a key is unknown or a value is refused by the dataclass.
    """
    preset = values.get("preset", getattr(cls, "preset", None))
    if preset not in presets:
        raise ConfigError(f"{family} preset {preset!r}: expected one of {', '.join(presets)}")
    merged = {**presets[preset], **values}
    return read(cls, {name: tuple(value) if isinstance(value, list) else value for name, value in merged.items()})


def check(
    settings: object,
    family: str,
    *,
    among: Mapping[str, Sequence[str]] | None = None,
    least: Mapping[str, float] | None = None,
    above: Sequence[str] = (),
    shares: Sequence[str] = (),
) -> None:
    """Refuses what is not `among` its names, under its `least`, not `above` zero, or no share from 0 to below 1.

    What is None is left open and passes.

    Raises:
        ConfigError: a setting of the family is refused; the message says which, what it is and what was expected.
    """
    rules: list[tuple[str, Callable[[Any], bool], str]] = [
        (name, partial(operator.contains, known), f"one of {', '.join(known)}") for name, known in (among or {}).items()
    ]
    rules += [(name, partial(operator.le, low), f"at least {low:g}") for name, low in (least or {}).items()]
    rules += [(name, partial(operator.lt, 0), "more than 0") for name in above]
    rules += [(name, lambda value: 0 <= value < 1, "a share from 0 to below 1") for name in shares]
    for name, holds, expected in rules:
        value = getattr(settings, name)
        if value is not None and not holds(value):
            raise ConfigError(f"{family} setting {name}={value!r}: expected {expected}")
