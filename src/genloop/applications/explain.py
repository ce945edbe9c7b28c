"""What a model of pictures does, told in pictures: walks, directions, where its critic looks, which condition mattered.

Everything is drawn from the model; only real pictures under its critic's eyes, and sentences, come from the data.
"""

from collections.abc import Callable, Collection
from typing import Any

from genloop.core.errors import ConfigError, MissingExtra, SourceNotFound
from genloop.core.protocols import Batch
from genloop.engine import run as runs
from genloop.engine.explain import source
from genloop.engine.explain.conditions import try_all
from genloop.engine.explain.directions import direct
from genloop.engine.explain.gaze import look
from genloop.engine.explain.ground import Ground
from genloop.engine.explain.walks import walk
from genloop.engine.model import Model
from genloop.reports.explanation.data import PARTS, Explanation, Part
from genloop.reports.texts import phrase
from genloop.trust import label as labels


def explain(
    model: Model,
    *,
    parts: Collection[str] = PARTS,
    data: Any = None,
    show_real: bool = False,
    seed: int | None = None,
    report: Callable[[str, float], None] = lambda name, share: None,
) -> Explanation:
    """The explanation of the model's first column of pictures; the same seed gives the same one.

    `data` names the source when it has moved; `show_real` lets real pictures stand in the explanation, under the eyes
    of the critic.

    Raises:
        ConditionError: the model makes no pictures.
        ConfigError: a part is unknown.
        MissingExtra: torch is not installed.
        SourceNotFound: real pictures are asked for, or made ones are made from them, and the source is gone.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise ConfigError(f"nothing is explained by {', '.join(unknown)}; expected some of {', '.join(PARTS)}")
    number = model.run.seed if seed is None else seed
    real, missing = _real(model, data, show_real=show_real)
    ground = Ground.of(model.learnt, number, real if model.learnt.painters and _told(model) else None)
    ears = (phrase("explain.no_words"),) if missing else ()
    hidden = () if show_real else (phrase("explain.real_hidden"),)
    make: dict[str, Callable[[], Part]] = {
        "walks": lambda: walk(ground),
        "directions": lambda: direct(ground),
        "gaze": lambda: look(ground, real if show_real else None, hidden),
        "conditions": lambda: try_all(ground, ears),
    }
    found: list[Part] = []
    wanted = [name for name in PARTS if name in parts]
    for place, name in enumerate(wanted):
        report(name, place / len(wanted))
        found.append(make[name]())
    report("explained", 1.0)
    run = model.run
    label = labels.label(model=model.identity, run=run.identity, version=run.versions.get("genloop", "?"), seed=number)
    title = str(model.origin.place.get("path", ground.painter.column)).rstrip("/").rpartition("/")[2]
    return Explanation(title, ground.painter.stage.family, tuple(found), {**label, "explains": "model"}, runs.now())


def _real(model: Model, data: Any, *, show_real: bool) -> tuple[Batch | None, bool]:
    """Rows of the data where they are needed, and whether words are missing because they could not be read."""
    if not model.learnt.painters:
        return None, False
    if show_real or model.learnt.painters[0].stage.seen:
        return source.read(model, data), False
    if not _told(model):
        return None, False
    try:
        return source.read(model, data), False
    except (SourceNotFound, MissingExtra):
        if data is not None:
            raise
        return None, True


def _told(model: Model) -> bool:
    """Whether pictures are told more than tokens: sentences, or other pictures."""
    stage = model.learnt.painters[0].stage
    return bool(stage.words or stage.seen)
