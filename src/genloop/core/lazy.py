"""Packages loaded on first use: a command pays only for what it touches, and imports still stand at a module's top."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any


class Lazy:
    """Stands for the module `name`, which is imported when its first attribute is asked for.

    Under `if TYPE_CHECKING` import the module itself, so that types stay known.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)


class _Refusal(MetaPathFinder):
    """Answers every search for `name` with: not installed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Refuses the package; leaves every other one to the finders behind."""
        if fullname == self._name:
            raise ModuleNotFoundError(f"{fullname} is kept out for the moment", name=fullname)


@contextmanager
def kept_out(name: str) -> Iterator[None]:
    """Within the block the package `name` counts as not installed, unless it is loaded already."""
    finder = _Refusal(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
