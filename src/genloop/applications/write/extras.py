"""The packages that writing needs beyond the base, each loaded on first use."""

import importlib
from typing import Any

from genloop.core.errors import MissingExtra


def load(name: str) -> Any:
    """The package of that name: jinja2, httpx or feedparser.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"`genloop write` needs the package {name}, which is not installed; run: pip install 'genloop[write]'"
        ) from error
