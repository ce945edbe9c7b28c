"""Settings of the family, checked before anything is sent; imports no client."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from genloop.core import config, extras
from genloop.core.errors import ConfigError

NAME = "remote"
KINDS = frozenset({"text"})
FORM = "raw"
PROFILED = True
BLANK = True
KEY = "OPENAI_API_KEY"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `endpoint` is the server's address up to `/v1`, `served` the model's name there, `about` says what is to be written.
    `key` names the environment variable with the key. A text is asked for at most `tries` times, each request sent
    again up to `retries` times after faults; seconds: `connect`, `first` token, `whole` answer, `patience` of a wait
    that the server asks for. At most `together` requests run at once. `token_cap` and `cost_cap` bound one command (0:
    no cap), with `price_in` and `price_out` a million tokens. `forms` false never asks the server to keep a form by
    itself; `cut` keeps answers that `most_tokens` cut off.
    """

    endpoint: str = ""
    served: str = ""
    key: str = ""
    about: str = ""
    column: str = "text"
    profile: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    most_tokens: int = 1024
    tries: int = 6
    retries: int = 5
    connect: float = 10.0
    first: float = 60.0
    whole: float = 300.0
    patience: float = 120.0
    together: int = 4
    token_cap: int = 0
    cost_cap: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0
    forms: bool = True
    cut: bool = False
    cache: bool = True

    def __post_init__(self) -> None:
        _check_address(self.endpoint)
        if self.key and not _VARIABLE.fullmatch(self.key):
            raise ConfigError(
                "remote setting key: expected the NAME of an environment variable in capitals, such as MY_KEY, that "
                "holds the key; a key itself is never taken, because settings are stored in the model"
            )
        config.check(
            self,
            NAME,
            least={"retries": 0, "token_cap": 0, "cost_cap": 0, "price_in": 0, "price_out": 0, "temperature": 0},
            above=("most_tokens", "tries", "connect", "first", "whole", "patience", "together"),
        )
        if self.cost_cap and not (self.price_in or self.price_out):
            raise ConfigError("remote setting cost_cap needs price_in and price_out, in money a million tokens")

    @property
    def address(self) -> SplitResult:
        """The endpoint's parts."""
        return urlsplit(self.endpoint)

    @property
    def near(self) -> bool:
        """Whether the server is on this machine."""
        return self.address.hostname in _LOOPBACK

    @property
    def variable(self) -> str:
        """The environment variable that holds the key."""
        return self.key or KEY

    def read_key(self) -> str | None:
        """The key, None where there is none; the usual one never travels unencrypted to another machine.

        Raises:
            ConfigError: the variable that was named is not set.
        """
        found = os.environ.get(self.variable, "").strip()
        if self.key and not found:
            raise ConfigError(f"the environment variable {self.key} is not set; it is to hold the server's key")
        if not self.key and self.address.scheme == "http" and not self.near:
            return None
        return found or None


def check(values: Mapping[str, Any]) -> None:
    """Refuses settings that are wrong, or hold a secret, before anything is written down.

    Raises:
        ConfigError: so.
    """
    config.read(Config, {name: value for name, value in values.items() if name != "device"}).read_key()


def _check_address(endpoint: str) -> None:
    """Refuses what is no address, and one that holds a secret.

    Raises:
        ConfigError: so; the message does not repeat it where it may hold a secret.
    """
    if not endpoint:
        raise ConfigError("the remote family needs a server: --endpoint http://HOST:PORT/v1")
    try:
        found = urlsplit(endpoint)
        _ = found.port
    except ValueError as error:
        raise ConfigError(f"--endpoint is no address ({error}); expected http://HOST:PORT/v1") from error
    if "@" in (found.netloc or endpoint) or found.query or found.fragment:
        raise ConfigError(
            "--endpoint must hold no user, password or query, because it is stored in the model; put the key into the "
            f"environment variable {KEY}, or another that --set key=NAME names"
        )
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ConfigError(f"--endpoint {endpoint!r} is no address; expected http://HOST:PORT/v1 or https://HOST/v1")


part = extras.parts(__package__, "the remote family", "remote")
