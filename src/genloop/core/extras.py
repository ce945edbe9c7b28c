"""Modules that need an optional package, imported when asked for: what is missing is named with its command."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from genloop.core.errors import MissingExtra

_CALLED = {"torch": "PyTorch"}


def load(name: str, purpose: str, extra: str) -> ModuleType:
    """The module `name`, imported now; `purpose` is what needs it, in words.

    Raises:
        MissingExtra: a package that it needs is not installed; the message holds the command that adds it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or name).partition(".")[0]
        if missing == __name__.partition(".")[0]:
            raise
        called = _CALLED.get(missing, f"the package {missing}")
        raise MissingExtra(
            f"{purpose} needs {called}, which is not installed; run: pip install 'genloop[{extra}]'"
        ) from error


def parts(package: str, purpose: str, extra: str = "neural") -> Callable[[str], ModuleType]:
    """What imports a module of the package by its short name; it raises as `load` does."""
    return lambda name: load(f"{package}.{name}", purpose, extra)
