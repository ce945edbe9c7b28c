"""A recipe: the settings of a fit as a TOML file, whose head says what it was measured to give.

`[about]` names the data, the command, the machine, the core-seconds and the scores to expect; `[fit]` holds settings
by the names that `genloop fit` gives them. What a recipe leaves out is derived; what the command line says wins.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from genloop.core.errors import ConfigError, SourceNotFound
from genloop.engine.settings import Settings

FLAGS = {
    "family": str, "minutes": float, "steps": int, "seed": int, "rules": str, "kind": dict, "drop": list, "key": list,
    "floor": int, "holdout": float, "threads": int, "device": str, "pictures": str, "given": list,
    "set": dict,
}  # fmt: skip
_PLURALS = {"kind": "kinds", "key": "keys", "set": "family_settings"}


@dataclass(frozen=True)
class About:
    """What a recipe was measured to give: `expected` holds scores by name, of the referee that the benchmarks use."""

    data: str = ""
    source: str = ""
    command: str = ""
    machine: str = ""
    core_seconds: float | None = None
    expected: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """The settings of a fit by the names of its flags, and what they were measured to give."""

    about: About
    fit: Mapping[str, Any]

    def flags(self) -> dict[str, Any]:
        """The settings as the command line spells them: lists of NAME=VALUE, of columns, plain values."""
        spelt: dict[str, Callable[[Any], str]] = {"kind": str, "set": json.dumps}
        pairs = {
            flag: [f"{name}={spell(value)}" for name, value in self.fit[flag].items()]
            for flag, spell in spelt.items()
            if flag in self.fit
        }
        return {**self.fit, **pairs}


def read(path: str | Path) -> Recipe:
    """The recipe in a TOML file, its settings checked.

    Raises:
        SourceNotFound: there is no such file.
        ConfigError: it is no TOML, or a setting is unknown, of another type or out of range.
    """
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceNotFound(f"no recipe {path}; the checkout's folder recipes/ holds some") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is no recipe: expected TOML with [about] and [fit], {error}") from error
    _only(path, raw, ("about", "fit"), "a part")
    about, fit = raw.get("about", {}), raw.get("fit", {})
    if not isinstance(about, dict) or not isinstance(fit, dict):
        raise ConfigError(f"{path}: expected the tables [about] and [fit]")
    _only(path, about, [entry.name for entry in fields(About)], "an entry of [about]")
    _only(path, fit, FLAGS, "a setting of [fit]")
    settings = {name: _typed(path, name, value) for name, value in fit.items()}
    plain: dict[str, Any] = {_PLURALS.get(n, n): tuple(v) if isinstance(v, list) else v for n, v in settings.items()}
    Settings(**plain)
    return Recipe(About(**about), settings)


def _only(path: str | Path, found: Mapping[str, Any], known: Any, what: str) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ConfigError(f"{path}: {unknown[0]!r} is not {what}; known: {', '.join(known)}")


def _typed(path: str | Path, name: str, value: Any) -> Any:
    wanted = FLAGS[name]
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ConfigError(f"{path}: {name} is a {wanted.__name__}, found {value!r}")
    return value
