"""A made table in place of the real one: learn, make, judge, and leave all three in a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloop import engine
from genloop.core.errors import OutputError
from genloop.reports.texts import Language
from genloop.runtime.progress import State

if TYPE_CHECKING:
    from genloop.engine.card import Card


SHEET = 100


@dataclass(frozen=True)
class Result:
    """Where the results stand, and the card itself."""

    model: Path
    made: Path
    report: Path
    card: "Card"


def synthesize(
    data: Any,
    folder: str | Path,
    *,
    rows: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    table: str | None = None,
    query: str | None = None,
    lang: Language = "en",
    tell: Callable[..., None] = lambda stage, share, **more: None,
) -> Result:
    """Learn `data`, make `rows` rows (as many as were learnt by default), judge them.

    The folder then holds `model.genloop`, `made.parquet`, `report.html` and `report.json`; of pictures `made.npz` and,
    to look at, `sheet.png`.

    Raises:
        OutputError: the folder cannot be written.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {place}: {error.strerror or error}") from error

    def show(state: State) -> None:
        tell(state.stage, state.share, left_seconds=state.left_seconds, score=state.score, note=state.note)

    model = engine.fit(data, minutes=minutes, seed=seed, table=table, query=query, show=show)
    model.save(place / "model.genloop")
    tell("make", 0.0)
    made = model.sample(model.origin.split.train_rows if rows is None else rows)
    pictured = any(column.kind == "image" for column in model.schema.columns)
    written = place / ("made.npz" if pictured else "made.parquet")
    made.save(written, report=lambda share: tell("make", share))
    if pictured:
        model.sample(min(len(made), SHEET)).save(place / "sheet.png")
    card = model.score(made, report=lambda name, share: tell("judge", share, note=name))
    card.save(place / "report.html", lang=lang)
    card.save(place / "report.json")
    return Result(place / "model.genloop", written, place / "report.html", card)
