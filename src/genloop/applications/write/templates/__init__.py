"""Templates of writing: for each sort of article its parts, their lengths, and the prompts, in TOML with Jinja2."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from genloop.applications.write import extras
from genloop.core.errors import ConfigError

_WIDE = "\u1100"


@dataclass(frozen=True)
class Channel:
    """One channel of social posts: at most so many units; `weighted` counts a wide character as two."""

    name: str
    most: int
    weighted: bool = False

    def length(self, text: str) -> int:
        """The length of a text as the channel counts it."""
        return sum(2 if self.weighted and letter >= _WIDE else 1 for letter in text)


@dataclass(frozen=True)
class Part:
    """A section that the template names: its heading by language, what it is to hold, and whether it says the facts."""

    heading: Mapping[str, str]
    about: Mapping[str, str]
    facts: bool = False


@dataclass(frozen=True)
class Template:
    """One sort of article. Without `parts` the outline is free, of `sections` sections.

    With `each` every passage of one document becomes a section; `translated` ones are in another language than the
    material, so that the gate needs texts of theirs.
    """

    name: str
    about: Mapping[str, str]
    least: int
    most: int
    sections: int = 4
    parts: tuple[Part, ...] = ()
    channels: tuple[Channel, ...] = ()
    style: Mapping[str, str] = field(default_factory=dict)
    each: bool = False
    translated: bool = False

    def least_of(self, heading: str, facts: str) -> int:
        """How long a section is at least; one that says the facts, where there are any, may be as short as they are."""
        says = any(part.facts and heading in part.heading.values() for part in self.parts)
        return min(len(facts), self.least) if says and facts else self.least

    def channels_of(self, names: Sequence[str]) -> tuple[Channel, ...]:
        """The channels of these names, all when none is named.

        Raises:
            ConfigError: one is not known.
        """
        known = {channel.name: channel for channel in self.channels}
        strange = [name for name in names if name not in known]
        if strange:
            has = f"its channels are {', '.join(known)}" if known else "it has no channels"
            raise ConfigError(f"template {self.name}: unknown channel {', '.join(strange)}; {has}")
        return tuple(known[name] for name in names) if names else self.channels


def names() -> tuple[str, ...]:
    """The names of all templates."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(
        sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml") and name != "prompts.toml")
    )


@cache
def read(name: str) -> Template:
    """The template of that name."""
    raw = tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
    parts = tuple(Part(**part) for part in raw.pop("parts", ()))
    channels = tuple(Channel(**channel) for channel in raw.pop("channels", ()))
    return Template(name=name, parts=parts, channels=channels, **raw)


@cache
def _prompts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__name__).joinpath("prompts.toml").read_text("utf-8"))


@cache
def _environment() -> Any:
    jinja = extras.load("jinja2")
    return jinja.Environment(undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


def prompt(name: str, language: str, **values: Any) -> str:
    """The prompt of that name with its blanks filled."""
    text: str = _environment().from_string(_prompts()[name][language]).render(**values)
    return text.strip()
