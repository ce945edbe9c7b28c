"""Pictures from words: by the captions a model learnt, or by the class whose name says or means the same."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from genloop.core.conditions import Condition, read_all
from genloop.core.errors import ConditionError, MissingExtra
from genloop.core.records import Records
from genloop.engine import words as sentences
from genloop.engine.made import Made
from genloop.engine.model import Given, Model
from genloop.reports.texts import Words, phrase

How = Literal["captions", "named", "nearest"]
_DOUBTFUL = 0.35  # a cosine below which a class name hardly means what was said
_MOST_NAMES = 2_000


@dataclass(frozen=True)
class Wish:
    """How words were understood: through captions, or as the value of a column; `near` is the cosine of meanings."""

    how: How
    column: str = ""
    value: str = ""
    near: float = 1.0

    def tell(self, words: str) -> Words:
        """What was made of the words, in plain words."""
        doubt = "doubtful" if self.how == "nearest" and self.near < _DOUBTFUL else self.how
        return phrase(f"create.{doubt}", words=words, column=self.column, value=self.value, near=f"{self.near:.2f}")


@dataclass(frozen=True)
class Creation:
    """Made pictures with what was made of the words, and whether a critic chose them among candidates."""

    made: Made
    wish: Wish
    chosen: bool


def create(
    model: Model,
    words: str,
    *,
    n: int = 4,
    given: Given = None,
    candidates: int = 4,
    truncation: float | None = None,
    clean: bool = False,
    seed: int | None = None,
) -> Creation:
    """`n` pictures of what the words say, each the best of so many `candidates` where the model has a critic.

    `truncation` and `clean` refine them as `Model.sample` says.

    Raises:
        ConditionError: the model makes no pictures or learnt neither captions nor classes; the words say nothing.
        MissingExtra: the words name no class, and the pack that knows their meaning is not installed.
    """
    painters = model.learnt.painters
    if not painters:
        raise ConditionError(
            "the model makes no pictures; `genloop sample` makes its rows, `genloop fit FOLDER` learns pictures"
        )
    conditions = list(read_all(given))
    wish = read(model, words, {condition.column for condition in conditions})
    how: dict[str, Any] = {"candidates": candidates, "truncation": truncation, "clean": clean}
    if wish.how == "captions":
        made = model.sample(n, given=conditions, words=words, seed=seed, **how)
        kept = {p.column for p in painters} | {c.column for c in conditions}
        captions = {name for painter in painters for name in painter.stage.words}
        draw = _captioned(made, words, [name for name in model.schema.names if name in kept | captions], captions)
    else:
        asked = Condition(wish.column, "in", (wish.value,))
        made = model.sample(n, given=[*conditions, asked], seed=seed, **how)
        draw = made.batches
    chosen = candidates > 1 and any(painter.has_critic for painter in painters)
    return Creation(Made(n, draw, {**made.label, "words": words}, made.ledger), wish, chosen)


def read(model: Model, words: str, taken: set[str]) -> Wish:
    """What the words ask of this model; the columns in `taken` are asked for already."""
    if any(painter.stage.words for painter in model.learnt.painters):
        sentences.wish(words)
        return Wish("captions")
    names = {
        unit.names[0]: [str(value) for value in unit.frozen["values"]]
        for unit in model.learnt.units
        if unit.learnt and unit.columns[0].kind == "category"
    }
    pairs = [(column, value) for column, values in names.items() for value in values if column not in taken]
    if names and not pairs:
        raise ConditionError(
            f"{', '.join(names)} is asked for already, and the model learnt nothing else that words could name; "
            "leave out --given, or make pictures with `genloop sample`"
        )
    if not pairs:
        raise ConditionError(
            "the model learnt neither captions nor classes, so words cannot be told to it; "
            "`genloop sample` makes pictures without words"
        )
    said = [(column, value) for column, value in pairs if _names(words, value)]
    if said:
        column, value = max(said, key=lambda pair: len(pair[1]))
        others = [other for own, other in said if own == column and other.casefold() not in value.casefold()]
        if others:
            every = ", ".join([value, *others])
            raise ConditionError(f"the words name several of {column}: {every}; name one, and ask again for the others")
        return Wish("named", column, value)
    return _nearest(words, pairs[:_MOST_NAMES])


def _nearest(words: str, pairs: list[tuple[str, str]]) -> Wish:
    """The class whose name means most nearly what the words say."""
    try:
        sentences.wish(words)
        value, near = sentences.nearest(words, [value.replace("_", " ").replace("/", " ") for _, value in pairs])
    except MissingExtra as error:
        some = ", ".join(value for _, value in pairs[:12])
        raise MissingExtra(
            f"no class is called {words!r}, and to compare meanings the model pack `words` is needed; run: "
            f"genloop models add words, or name a class: {some}{', ...' if len(pairs) > 12 else ''}"
        ) from error
    place = [own.replace("_", " ").replace("/", " ") for _, own in pairs].index(value)
    return Wish("nearest", *pairs[place], near)


def _names(words: str, value: str) -> bool:
    """Whether the words say the class's name: as whole words, or anywhere in writing without spaces."""
    said, name = words.casefold(), value.casefold().replace("_", " ").strip()
    if not name:
        return False
    if name.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?:s|es)?(?![a-z0-9])", said) is not None
    return name in said


def _captioned(made: Made, words: str, names: list[str], captions: set[str]) -> Callable[[], Iterator[Records]]:
    """The pictures beside the words they were asked for with; columns that nobody asked for are left out."""

    def draw() -> Iterator[Records]:
        for records in made.batches():
            parts = {
                name: pa.array([words] * records.num_rows, pa.string()) if name in captions else records.column(name)
                for name in names
            }
            yield pa.table(parts)

    return draw
