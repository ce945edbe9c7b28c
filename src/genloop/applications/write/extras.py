"""The packages that writing needs beyond the base, each loaded on first use."""

from typing import Any

from genloop.core import extras


def load(name: str) -> Any:
    """The package of that name: jinja2, httpx or feedparser.

    Raises:
        MissingExtra: it is not installed.
    """
    return extras.load(name, "`genloop write`", "write")
