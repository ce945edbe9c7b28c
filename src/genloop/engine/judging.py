"""Judging made rows: the source read again, the split recomputed, every registered judge heard on equal terms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genloop.core import registry
from genloop.core.errors import DataError
from genloop.core.lazy import Lazy
from genloop.core.protocols import Evidence, Judge
from genloop.core.records import Records, Source
from genloop.core.rules import Rule
from genloop.core.schema import LEARNT_KINDS, Schema
from genloop.core.score import Score
from genloop.engine import bits
from genloop.engine import rows as intake
from genloop.engine import split as splits
from genloop.engine.learnt import Learnt
from genloop.engine.origin import Origin
from genloop.engine.split import Split

if TYPE_CHECKING:
    from genloop.judges.texts import corpus, spelling
    from genloop.judges.texts import examples as writings
else:
    corpus, spelling = Lazy("genloop.judges.texts.corpus"), Lazy("genloop.judges.texts.spelling")
    writings = Lazy("genloop.judges.texts.examples")

MAX_ROWS = 100_000
MAX_CLASSES = 30
ORDER = ("shapes", "pictures", "texts", "critic", "usefulness", "coverage", "rules", "originality", "privacy")
OF_ROWS = frozenset({"critic", "usefulness", "coverage", "originality", "privacy"})


@dataclass(frozen=True)
class Judged:
    """Scores, the rows behind them, and per section left out the reason."""

    scores: tuple[Score, ...]
    rows: dict[str, int]
    left_out: dict[str, str]
    notes: tuple[str, ...] = ()


def gather(
    source: Source,
    origin: Origin,
    schema: Schema,
    made: Records,
    rules: Sequence[Rule],
    *,
    floor: int,
    target: str | None,
) -> tuple[Evidence, dict[str, str], tuple[str, ...]]:
    """What the judges will see, and what must be left out because the source is not what it was.

    Raises:
        DataError: the source has too few rows to compare with.
    """
    left_out: dict[str, str] = {}
    notes: list[str] = []
    split = origin.split
    if origin.blank:
        split = splits.fit(_count(source), seed=split.seed, share=0.5)
        notes.append(
            "the model was fitted without data; it saw none of the rows that it is judged by, which are parted at "
            "random: what compares with training rows compares with the larger part"
        )
    elif source.fingerprint() != origin.fingerprint:
        count = _count(source)
        split = Split(split.seed, count, 0, count, 0, 2**64 - 1)
        left_out = dict.fromkeys(("originality", "privacy", "usefulness"), "source-changed")
        notes.append("the source has changed since the fit: which rows were held out cannot be told any more")
    elif split.holdout_rows == 0:
        left_out = dict.fromkeys(("originality", "privacy", "usefulness"), "no-holdout")
        notes.append("no rows were held out (--holdout 0): what needs rows the model never saw is left out")
    if split.train_rows > MAX_ROWS:
        notes.append(f"compared with {MAX_ROWS:,} of {split.train_rows:,} training rows, drawn at random")
        split = split.first(MAX_ROWS)
    rows = intake.read(source, schema, split)
    if made.num_rows > MAX_ROWS:
        notes.append(f"the first {MAX_ROWS:,} made rows were judged")
        made = made.slice(0, MAX_ROWS)
    chosen = target or choose_target(schema, rows.train)
    evidence = Evidence(schema, rows.train, rows.holdout, made, chosen, tuple(rules), split.seed, floor)
    if _unspelt(evidence):
        notes.append("the spelling of English texts was not measured: it takes the program hunspell and its dictionary")
    return evidence, left_out, tuple(notes)


def _count(source: Source) -> int:
    return sum(batch.num_rows for batch in source.batches())


def judge(
    evidence: Evidence,
    *,
    learnt: Learnt | None = None,
    report: Callable[[str, float], None] = lambda name, share: None,
) -> tuple[Score, ...]:
    """The scores of every registered judge, the house's own in their order first; then what `learnt` says itself.

    Judges of whole rows stay silent where a picture or a text stands beside a single other column: it is the row.
    """
    kinds = [column.kind for column in evidence.schema.columns]
    whole = "image" in kinds or any(_written(evidence, c.name) for c in evidence.schema.columns if c.kind == "text")
    silent = OF_ROWS if whole and sum(kind in LEARNT_KINDS for kind in kinds) < 2 else frozenset()
    heard = [name for name in registry.names("judges") if name not in silent]
    names = sorted(heard, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    scores: list[Score] = []
    for number, name in enumerate(names):
        report(name, number / len(names))
        part: Judge = registry.load("judges", name)
        scores.extend(part.score(evidence))
    if learnt is not None:
        scores.extend(bits.score(learnt, evidence))
    report("judged", 1.0)
    return tuple(scores)


def examples(evidence: Evidence) -> dict[str, Any]:
    """A few of the made texts with notes, by column; empty where there are none."""
    names = [column.name for column in evidence.schema.columns if column.kind == "text"]
    return dict(writings.read(evidence)) if any(_written(evidence, name) for name in names) else {}


def _unspelt(evidence: Evidence) -> bool:
    """Whether there are made English texts and nobody who knows how words are spelt."""
    names = [column.name for column in evidence.schema.columns if column.kind == "text"]
    made = [evidence.made.column(name).drop_null().to_pylist() for name in names if _written(evidence, name)]
    return any(corpus.language(texts) == "en" for texts in made) and spelling.program() is None


def _written(evidence: Evidence, column: str) -> bool:
    """Whether texts of the column were made, and not left empty."""
    made = evidence.made
    return column in made.column_names and made.column(column).null_count < made.num_rows


def choose_target(schema: Schema, train: Records) -> str | None:
    """The column to predict when none is named: the last category of few values, else the last number."""
    fit_for = [
        column.name
        for column in schema.columns
        if column.kind == "category" and 2 <= len(train.column(column.name).unique()) <= MAX_CLASSES
    ]
    numbers = [column.name for column in schema.columns if column.kind == "number"]
    last = schema.columns[-1].name
    if last in fit_for or last in numbers:
        return last
    choice = fit_for or numbers
    return choice[-1] if choice else None


def check_target(target: str | None, schema: Schema) -> None:
    """Refuse a target that the table does not have.

    Raises:
        DataError: there is no such column.
    """
    if target is not None and target not in schema:
        raise DataError(f"no column {target!r} to predict; the table has {', '.join(schema.names)}")
