"""genloop: learn generators from your own data, make more, judge it, label it, put it to work."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloop.core.conditions import Condition
    from genloop.core.errors import GenloopError
    from genloop.core.schema import Column, Schema
    from genloop.core.score import Score
    from genloop.engine.card import Card
    from genloop.engine.fitting import fit
    from genloop.engine.made import Made
    from genloop.engine.model import Model, load
    from genloop.engine.outlook import Preview, preview

__version__ = "0.1.0"
__all__ = [
    "Card",
    "Column",
    "Condition",
    "GenloopError",
    "Made",
    "Model",
    "Preview",
    "Schema",
    "Score",
    "fit",
    "load",
    "preview",
]

_HOMES = {
    "Card": "engine.card",
    "Column": "core.schema",
    "Condition": "core.conditions",
    "GenloopError": "core.errors",
    "Made": "engine.made",
    "Model": "engine.model",
    "Preview": "engine.outlook",
    "Schema": "core.schema",
    "Score": "core.score",
    "fit": "engine.fitting",
    "load": "engine.model",
    "preview": "engine.outlook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
