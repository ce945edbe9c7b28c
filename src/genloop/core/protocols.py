"""The contracts between the four parts: what a codec, a generator family and a judge look like from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8, UInt16

from genloop.core.conditions import Condition
from genloop.core.records import Records
from genloop.core.rules import Rule
from genloop.core.schema import Column, Schema
from genloop.core.score import Score
from genloop.core.texts import Texts

Codes = UInt16[np.ndarray, "rows fields"]
Pixels = UInt8[np.ndarray, "rows height width channels"]
Vectors = Float[np.ndarray, "rows length"]
Others = UInt8[np.ndarray, "rows tall wide depth"]
Frozen = dict[str, Any]
UNKNOWN = 65535  # in the codes that a picture is given: this field is not given


@dataclass(frozen=True)
class Field:
    """One token position that a codec writes: tokens 0..size-1; `ordered` when token order is value order.

    A missing value, where the column has any, is token 0 of the codec's first field and `missing` is true.
    """

    name: str
    size: int
    ordered: bool
    missing: bool = False


@dataclass(frozen=True)
class Allowed:
    """What a condition leaves of a codec's tokens.

    `share[f]` is, per token of field f, the part of its mass that satisfies the condition (0 to 1; None leaves a
    field free). `low`/`high` are the exact bounds, in cleaned values, that `decode` keeps inside a token; `detail` is
    what else the codec that made it needs to keep inside exactly.
    """

    share: tuple[Float[np.ndarray, " _codes"] | None, ...]
    low: float | None = None
    high: float | None = None
    detail: Any = None


@runtime_checkable
class Codec(Protocol):
    """Five verbs for one column kind (a module satisfies this): fit a shard, merge, freeze, encode, decode.

    `columns` is the unit: one column, or a latitude with its longitude. Records hold cleaned values.
    """

    KIND: str
    FORMS: tuple[str, ...]

    def fit(self, columns: Sequence[Column], records: Records) -> Any:
        """The mergeable state of one shard."""

    def merge(self, first: Any, second: Any) -> Any:
        """The state of both shards: merge(fit(a), fit(b)) equals fit(a + b)."""

    def freeze(self, columns: Sequence[Column], state: Any, *, floor: int, tokens: int) -> Frozen:
        """JSON-able, final; values carried by fewer than `floor` rows are gone; about `tokens` a field at most."""

    def fields(self, frozen: Frozen) -> tuple[Field, ...]:
        """The token positions this codec writes (none for what is not learnt)."""

    def encode(self, frozen: Frozen, records: Records) -> Codes:
        """One token a row and field."""

    def decode(
        self, frozen: Frozen, codes: Codes, rng: np.random.Generator, *, allowed: Allowed | None = None
    ) -> Records:
        """Cleaned values for the unit's columns, in their order."""

    def allow(self, frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
        """What conditions on the unit's columns leave. Raises ConditionError, listing what exists, on nothing."""


@dataclass(frozen=True)
class Batch:
    """Encoded rows with the meaning of their positions.

    A family of tables learns `codes`, one of texts `texts` with `codes`, one of pictures `pixels`; `codes`, `vectors`
    (sentence embeddings) and `pictures` (a second one) are then what it is given, as in sampling, without `pixels`.
    """

    codes: Codes
    fields: tuple[Field, ...]
    pixels: Pixels | None = None
    vectors: Vectors | None = None
    pictures: Others | None = None
    texts: Texts | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> "Batch":
        """The rows at these places."""
        own = (self.pixels, self.vectors, self.pictures)
        pixels, vectors, pictures = (None if part is None else part[rows] for part in own)
        texts = None if self.texts is None else self.texts.take(rows)
        return Batch(self.codes[rows], self.fields, pixels, vectors, pictures, texts)


@dataclass(frozen=True)
class Part:
    """The rows of a batch at some places, taken as they are asked for: pictures that lie on disk stay there."""

    batch: Batch
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: np.ndarray) -> Batch:
        """The rows at these of the places."""
        return self.batch.take(self.places[rows])


@runtime_checkable
class Coder(Protocol):
    """Pictures as short codes and back: a fitted stage that another family learns in.

    `shape` is that of one picture's code: (height, width, channels) of floats where `levels` is None, else
    (height, width) of integers 0..levels-1. A coder whose integers count steps in mixed radix, the first the fastest,
    may say how many each has in `steps`.
    """

    shape: tuple[int, ...]
    levels: int | None

    def encode(self, pixels: Pixels, rng: np.random.Generator | None = None) -> np.ndarray:
        """Codes, float32 or int64; with a generator drawn from the posterior where the coder has one, else its mean."""

    def decode(self, codes: np.ndarray) -> Pixels:
        """The pictures of the codes."""


@dataclass(frozen=True)
class Progress:
    """One event of a running fit: `done` and `share` are 0 to 1; `score` is the curve's value, if measured now."""

    stage: str
    share: float
    score: float | None = None
    note: str = ""


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Log:
    """Where the loop keeps the curves of a stage while it learns; at every look pictures drawn for `rows` are shown."""

    folder: str
    rows: Batch | None = None
    show: Callable[[Pixels, int], None] = lambda made, step: None


@dataclass(frozen=True)
class Task:
    """What a family is asked to do: its data, its settings, and the outside world handed in by the engine.

    `stop()` turns true when the user interrupts or the budget is spent: keep the best so far and return.
    `checkpoint` is a folder for resuming, or None. `trainer` is the loop that neural families train with
    (`optimisation.train.train`); others leave it alone. `coder` is the fitted stage whose codes are learnt, `judge` the
    curve's measure of a sampler `draw(rows) -> pixels` (lower is better), for families without a likelihood. `raw`
    holds the cleaned rows of `train` for families that take them as they are. `log` is what the user asked to see.
    """

    train: Batch
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_seconds: float | None = None
    steps: int | None = None
    threads: int = 1
    report: Report = lambda progress: None
    stop: Callable[[], bool] = lambda: False
    checkpoint: str | None = None
    initial: "Weights | None" = None
    trainer: "Trainer | None" = None
    coder: Coder | None = None
    judge: Callable[[Callable[[int], Pixels]], float] | None = None
    raw: Records | None = None
    log: Log | None = None


@dataclass(frozen=True, eq=False)
class Weights:
    """Everything a fitted generator is: a JSON-able head and named arrays. Holds no rows.

    `store`, where the engine hands one in, keeps what the family derives from them; it is no part of a model.
    """

    head: dict[str, Any]
    arrays: dict[str, np.ndarray]
    store: "Store | None" = None


@runtime_checkable
class Store(Protocol):
    """Keeps what is dear to compute between commands; never fails, and may lose anything at any time."""

    def load(self, name: str) -> Weights | None:
        """What was saved under that name, None where it is gone."""

    def save(self, name: str, weights: Weights) -> None:
        """Keep this under that name if possible."""


@runtime_checkable
class Trainer(Protocol):
    """Moves the weights of a learner (a torch module with `loss(rows, rng)`; rng None: the held-out measure)."""

    def __call__(self, learner: Any, rows: Any, held: Any, task: Task, settings: Mapping[str, Any]) -> Weights:
        """The best averaged arrays, judged on `held`, with a JSON-able record of the run as their head."""


@dataclass(frozen=True)
class Evidence:
    """What a judge sees: cleaned values in one schema. The learner saw `train` and never `holdout`.

    Judges compare on equal terms: `made` should have as many rows as `train`.
    """

    schema: Schema
    train: Records | None
    holdout: Records | None
    made: Records
    target: str | None
    rules: tuple[Rule, ...] = ()
    seed: int = 0
    floor: int = 5


@runtime_checkable
class Judge(Protocol):
    """Measures of one room of the card (a module satisfies this)."""

    NAME: str

    def score(self, evidence: Evidence) -> Iterable[Score]:
        """Scores with intervals; those that need what is absent (`train`, `holdout`) are left out."""
