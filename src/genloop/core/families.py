"""The contracts of generator families: of tables, of pictures, of texts as tokens, and of texts as they are."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.demand import Demand
from genloop.core.protocols import Batch, Coder, Codes, Pixels, Task, Weights
from genloop.core.records import Records
from genloop.core.texts import Message, Texts, Wish


@runtime_checkable
class Family(Protocol):
    """One generator family for tokens (a module or instance satisfies this)."""

    NAME: str
    KINDS: frozenset[str]
    FORM: str

    def fit(self, task: Task) -> Weights:
        """Learn the joint distribution of the fields."""

    def sample(
        self,
        weights: Weights,
        rows: int,
        rng: np.random.Generator,
        *,
        share: Sequence[Float[np.ndarray, " _codes"] | None] | None = None,
        given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
    ) -> Codes:
        """`rows` draws from p(fields | every field's token lies where `share` > 0, weighted by it).

        `given` fixes tokens row by row where its mask is true; the rest is drawn from p(rest | given).
        """


@runtime_checkable
class PictureFamily(Protocol):
    """One generator family for pictures (a module or instance satisfies this).

    `needs(settings)` names the family and settings of the stage whose codes it learns, or None when it learns pixels.
    A family that can be such a stage has `coder(weights) -> Coder`; where some of its settings only code,
    `taught_by(settings)` names the family that then learns its codes, and the settings of its own stage.

    A family whose pictures begin as noise has `noise(weights, rows, rng, *, truncation=None)`, a row of numbers each,
    and `sample(..., noise=rows)`. `UNASKED` is "rows" where pictures come out well without any condition too, "parts"
    where one alone may be left out. One with a critic has `score(weights, batch)` and its `slopes` at every pixel.
    One that rebuilds pictures may tell by `anomaly(weights, pixels)` how unlike learnt ones they are.
    """

    NAME: str
    KINDS: frozenset[str]
    FORM: str

    def needs(self, settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """The coding stage that must come before, or None."""

    def fit(self, task: Task) -> Weights:
        """Learn p(pixels | codes, vectors, pictures) of `task.train`."""

    def sample(self, weights: Weights, given: Batch, rng: np.random.Generator, *, coder: Coder | None = None) -> Pixels:
        """One picture for each row of `given`."""


@runtime_checkable
class TextFamily(Protocol):
    """One generator family for texts (a module or instance satisfies this).

    `settings["vocabulary"]` is the number of the codec's tokens. Codes of UNKNOWN are not given; some rows are learnt
    with codes hidden, and some with the codes after the text, so that either can be asked for. One that can be moved
    towards what a judge prefers has `coach(weights, task, reward)`. One that can learn to write towards an end says by
    `fills(weights)` whether these weights did; it then draws what comes before `wish.ends`.
    """

    NAME: str
    KINDS: frozenset[str]
    FORM: str

    def fit(self, task: Task) -> Weights:
        """Learn p(texts | codes), and where the family can p(codes | texts), of `task.train`."""

    def sample(self, weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
        """One text for each row of `given.codes`, with END where it ended by itself."""

    def score(self, weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
        """-log p(text | codes) of each row in nats, END included; a bound of it where there is no more."""


@runtime_checkable
class RawTextFamily(Protocol):
    """One family that reads and writes texts as they are, with pieces of its own: open weights, a remote server.

    `FORM` is "raw". In `fit`, `task.raw` holds the cleaned rows and `settings["column"]` names their texts. One with
    `PROFILED` true is told `settings["profile"]`, aggregates of the rows; one with `BLANK` true needs no row at all.
    """

    NAME: str
    KINDS: frozenset[str]
    FORM: str

    def fit(self, task: Task) -> Weights:
        """Learn to write the texts of the rows, or check and note down who will write them."""

    def sample(
        self, weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish
    ) -> list[str | None]:
        """One text for each row of `given`, whose cells that are missing or absent are not given."""

    def reply(
        self,
        weights: Weights,
        prompts: Sequence[Sequence[Message]],
        rng: np.random.Generator,
        demand: Demand,
        wish: Wish,
    ) -> list[str]:
        """One answer to each conversation."""
