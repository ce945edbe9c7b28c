"""Settings are frozen dataclasses with a default for every field; an unknown key is an error naming the known ones."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from genloop.core.errors import ConfigError

T = TypeVar("T")


def read(cls: type[T], values: Mapping[str, Any]) -> T:
    """An instance of the dataclass `cls` with `values` in place of its defaults.

    Raises:
        ConfigError: a key is unknown or a value is refused by the dataclass.
    """
    known = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    return cls(**values)
