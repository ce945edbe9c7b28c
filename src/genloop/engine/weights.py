"""What a model learnt on open weights, handed out as weights that other tools of the field serve."""

from pathlib import Path

from genloop.core import registry
from genloop.core.errors import ConfigError
from genloop.core.protocols import Weights
from genloop.engine.model import Model


def export(model: Model, folder: Path, column: str | None = None) -> None:
    """Write the base and what was learnt on top of it as one folder of weights.

    `column` says which of the model's columns of texts, where it learnt several so.

    Raises:
        ConfigError: the model learnt no texts on open weights, or several columns and none is named.
        OutputError: the folder holds something already, or cannot be written.
    """
    found: dict[str, tuple[str, Weights]] = {}
    for stage, weights in zip(model.learnt.plan.stages, model.learnt.parts, strict=True):
        if stage.role == "text" and hasattr(registry.load("generators.text", stage.family), "export"):
            found[stage.columns[0]] = (stage.family, weights)
    if column is not None and column not in found:
        raise ConfigError(f"no open weights learnt the column {column!r}; such columns: {', '.join(found) or 'none'}")
    if not found:
        families = ", ".join(sorted({stage.family for stage in model.learnt.plan.stages}))
        raise ConfigError(
            f"only a model of the family pretrained can be exported as weights of its base; this one is of {families}"
        )
    if column is None and len(found) > 1:
        raise ConfigError(f"the model has several columns of texts; name one: {', '.join(found)}")
    family, weights = found[column or next(iter(found))]
    registry.load("generators.text", family).export(weights, folder)
