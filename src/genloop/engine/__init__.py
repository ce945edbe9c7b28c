"""The chain rule over stages: fit, sample, score, save and load. Names are loaded on first use."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloop.engine.card import Card
    from genloop.engine.fitting import fit
    from genloop.engine.made import Made
    from genloop.engine.model import Model, load
    from genloop.engine.outlook import Preview, preview
    from genloop.engine.weights import export

__all__ = ["Card", "Made", "Model", "Preview", "export", "fit", "load", "preview"]

_HOMES = {
    "Card": "card",
    "Made": "made",
    "Model": "model",
    "Preview": "preview",
    "export": "weights",
    "fit": "fitting",
    "load": "model",
    "preview": "outlook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
