"""Regular expressions that users name, matched in bounded time.

The `regex` package reads classes within classes, `[[:alpha:]]` and `[a-z&&[^b]]`, as `nn.grammar` does, which writes
such texts, and stops where nested repetitions, `(a|aa)+` say, would try for ever on what a server answered.
"""

import warnings
from functools import lru_cache
from types import ModuleType
from typing import Any

from genloop.core import extras
from genloop.core.errors import ConditionError

SECONDS = 2.0  # for one text; an expression without nested repetitions takes milliseconds


def check(pattern: str) -> None:
    """Look at an expression.

    Raises:
        ConditionError: it is none.
        MissingExtra: the `regex` package is not installed.
    """
    try:
        _compiled(pattern)
    except (_package().error, RecursionError, OverflowError) as error:
        raise ConditionError(f"{pattern!r} is no regular expression: {error}") from error


def kept(pattern: str, text: str) -> bool:
    """Whether the whole text matches.

    Raises:
        ConditionError: that cannot be told in time.
        MissingExtra: the `regex` package is not installed.
    """
    return _tried("fullmatch", pattern, text)


def found(pattern: str, text: str) -> bool:
    """Whether some part of the text matches; raises as `kept` does."""
    return _tried("search", pattern, text)


def _tried(how: str, pattern: str, text: str) -> bool:
    try:
        return getattr(_compiled(pattern), how)(text, timeout=SECONDS) is not None
    except TimeoutError as error:
        raise ConditionError(
            f"whether a text of {len(text):,} characters keeps {pattern!r} cannot be told in {SECONDS:g} s; write it "
            "without repetitions of repetitions: a+ instead of (a|aa)+"
        ) from error


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Any:
    """With sets within sets where it reads so, without them else: `[^[]` has a bracket that opens none."""
    package = _package()
    try:
        return package.compile(pattern, package.V1)
    except package.error:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return package.compile(pattern, package.V0)


def _package() -> ModuleType:
    return extras.load("regex", "keeping a regular expression", "text")
