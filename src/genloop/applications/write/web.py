"""Talking to servers with `httpx`: time-outs, no redirects followed, no proxy to this machine, no secret told."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from genloop.applications.write import extras
from genloop.core.errors import ConfigError

AGENT = "genloop"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address.

    Raises:
        ConfigError: it is no http or https address.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
        port = parts.port or {"http": 80, "https": 443}.get(scheme, 0)
    except ValueError as error:
        raise ConfigError(f"{url!r} is no address: {error}") from error
    if scheme not in ("http", "https") or not host:
        raise ConfigError(f"{url!r}: expected an address that begins with http:// or https://")
    return scheme, host, port


def is_here(url: str) -> bool:
    """Whether an address is on this machine."""
    host = origin(url)[1]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def client(url: str, *, timeout: float, headers: Mapping[str, str] | None = None, auth: Any = None) -> Any:
    """An `httpx.Client` for the server of that address."""
    httpx = extras.load("httpx")
    told = {"User-Agent": AGENT, **(headers or {})}
    return httpx.Client(
        timeout=timeout, headers=told, auth=auth, follow_redirects=False, trust_env=not is_here(url), verify=True
    )


def refuse_plain(url: str, *, insecure: bool) -> None:
    """Secrets do not go over plain HTTP to another machine unless that is asked for.

    Raises:
        ConfigError: they would.
    """
    if origin(url)[0] == "http" and not is_here(url) and not insecure:
        raise ConfigError(f"{url} is plain http: a secret would be readable on the way; use https, or insecure = true")
