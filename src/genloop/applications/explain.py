"""What a model of pictures does, told in pictures: walks, directions, where its critic looks, which condition mattered.

Everything is drawn from the model; only real pictures under its critic's eyes, and sentences, come from the data.
"""

from collections.abc import Callable, Collection
from typing import Any

from genloop.core.errors import ConfigError
from genloop.engine import run as runs
from genloop.engine.explain.ground import Ground
from genloop.engine.explain.walks import walk
from genloop.engine.model import Model
from genloop.reports.explanation.data import PARTS, Explanation, Part
from genloop.trust import label as labels


def explain(
    model: Model,
    *,
    parts: Collection[str] = PARTS,
    seed: int | None = None,
    report: Callable[[str, float], None] = lambda name, share: None,
) -> Explanation:
    """The explanation of the model's first column of pictures; the same seed gives the same one.

    Raises:
        ConditionError: the model makes no pictures.
        ConfigError: a part is unknown.
        MissingExtra: torch is not installed.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise ConfigError(f"nothing is explained by {', '.join(unknown)}; expected some of {', '.join(PARTS)}")
    number = model.run.seed if seed is None else seed
    ground = Ground.of(model.learnt, number)
    found: list[Part] = []
    wanted = [name for name in PARTS if name in parts]
    for place, name in enumerate(wanted):
        report(name, place / len(wanted))
        found.append(_MAKE[name](ground))
    report("explained", 1.0)
    run = model.run
    label = labels.label(model=model.identity, run=run.identity, version=run.versions.get("genloop", "?"), seed=number)
    title = str(model.origin.place.get("path", ground.painter.column)).rstrip("/").rpartition("/")[2]
    return Explanation(title, ground.painter.stage.family, tuple(found), {**label, "explains": "model"}, runs.now())


_MAKE: dict[str, Any] = {"walks": walk}
