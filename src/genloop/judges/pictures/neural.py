"""The one door from the judges to the networks, which need torch: opened on first use."""

from importlib import import_module
from typing import Any

from genloop.core.errors import MissingExtra


def part(name: str) -> Any:
    """The module `genloop.NAME`, imported now.

    Raises:
        MissingExtra: torch is not installed.
    """
    try:
        return import_module(f"genloop.{name}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtra(
            "judging pictures needs PyTorch, which is not installed; run: pip install 'genloop[neural]'"
        ) from error
