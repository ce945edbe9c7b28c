"""Source code that follows its language's grammar: Python by its own parser, which reads and runs nothing.

JSON is told in the same way. A column is code where most learnt texts parse as one of these and look like it: prose of
one word is a valid expression, too.
"""

import ast
import json
import textwrap
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool

_SHOWN = 300  # learnt texts that tell what the column is
_MOST = 0.7  # share of them that must parse
_TOO_DEEP = (SyntaxError, ValueError, RecursionError, MemoryError)


def language(learnt: Sequence[str]) -> str | None:
    """Which language the texts are written in, where it is one that can be checked."""
    some = learnt[:_SHOWN]
    for name, parses in PARSERS.items():
        if some and float(np.mean([parses(text) for text in some])) >= _MOST:
            return name
    return None


def read(texts: Sequence[str], name: str) -> Bool[np.ndarray, " rows"]:
    """Which texts follow the grammar."""
    return np.array([PARSERS[name](text) for text in texts], bool)


def _python(text: str) -> bool:
    """Whether it is at least one statement that is more than a bare word or constant."""
    try:
        body = ast.parse(textwrap.dedent(text)).body
    except _TOO_DEEP:
        return False
    return any(not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Name | ast.Constant)) for part in body)


def _json(text: str) -> bool:
    """Whether it is an object or a list."""
    try:
        return isinstance(json.loads(text), dict | list)
    except _TOO_DEEP:
        return False


PARSERS: dict[str, Callable[[str], bool]] = {"json": _json, "python": _python}
