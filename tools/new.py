"""Start a part that works from its first minute: its files, its test, its entry point; a family's recipe and card too.

    python tools/new.py judge loudness
    python tools/new.py generator counts

A new judge reports the share of missing cells; a new family draws every field on its own. Both run and pass their test;
replace what they measure and learn with your own.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
GROUPS = {"judge": "judges", "generator": "generators"}

JUDGE = {
    "src/genloop/judges/NAME.py": '''"""How many cells of made rows are missing, against real rows."""

from collections.abc import Iterable

from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.score import Score

NAME = "NAME"


def score(evidence: Evidence) -> Iterable[Score]:
    """`NAME`: the share of missing cells in made rows; ideal is that of the training rows."""
    if evidence.train is None:
        return []
    real, made = _missing(evidence.train), _missing(evidence.made)
    return [Score(NAME, made, "fidelity", (0.0, 1.0), "target", real, unit="share")]


def _missing(records: Records) -> float:
    cells = records.num_rows * records.num_columns
    return sum(column.null_count for column in records.columns) / max(cells, 1)
''',
    "tests/unit/judges/test_NAME.py": '''"""NAME counts missing cells."""

import pyarrow as pa

from genloop.core.protocols import Evidence, Judge
from genloop.core.schema import Column, Schema
from genloop.judges import NAME


def test_the_share_of_missing_cells_is_told_beside_the_real_one():
    real, made = pa.table({"a": [1, 2, None, 4]}), pa.table({"a": [None, None, 1, 2]})
    evidence = Evidence(Schema((Column("a", "number"),)), real, None, made, None)
    (found,) = NAME.score(evidence)
    assert isinstance(NAME, Judge)
    assert (found.value, found.ideal) == (0.5, 0.25)
''',
}

GENERATOR = {
    "src/genloop/generators/NAME/__init__.py": '''"""The family `NAME`: every field on its own."""

from genloop.generators.NAME.config import FORM, KINDS, NAME
from genloop.generators.NAME.loss import fit
from genloop.generators.NAME.sample import sample

__all__ = ["FORM", "KINDS", "NAME", "fit", "sample"]
''',
    "src/genloop/generators/NAME/config.py": '''"""What the family takes; readable without loading it."""

NAME = "NAME"
KINDS = frozenset({"number", "category", "time", "place"})
FORM = "tokens"
''',
    "src/genloop/generators/NAME/network.py": '''"""The model itself: one distribution over tokens for every field."""

import numpy as np
from jaxtyping import Float, UInt16


def shares(codes: UInt16[np.ndarray, " rows"], size: int) -> Float[np.ndarray, " size"]:
    """The share of rows on every token."""
    return np.bincount(codes, minlength=size) / max(len(codes), 1)
''',
    "src/genloop/generators/NAME/loss.py": '''"""Learning is counting: shares are the maximum of the likelihood."""

from genloop.core.protocols import Progress, Task, Weights
from genloop.generators.NAME.network import shares


def fit(task: Task) -> Weights:
    """The shares of every field."""
    batch, arrays = task.train, {}
    for place, field in enumerate(batch.fields):
        arrays[f"field{place}"] = shares(batch.codes[:, place], field.size)
        task.report(Progress("NAME", (place + 1) / len(batch.fields)))
    return Weights({"fields": len(batch.fields)}, arrays)
''',
    "src/genloop/generators/NAME/sample.py": '''"""Draws every field by its shares under a condition."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.protocols import Codes, Weights


def sample(
    weights: Weights,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Sequence[Float[np.ndarray, " _codes"] | None] | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`rows` draws; tokens that `given` fixes stay."""
    columns = []
    for place in range(weights.head["fields"]):
        chance = weights.arrays[f"field{place}"]
        left = None if share is None else share[place]
        if left is not None:
            chance = np.maximum(chance, 1e-12) * left
        columns.append(rng.choice(len(chance), rows, p=chance / chance.sum()))
    codes = np.stack(columns, axis=1).astype(np.uint16)
    return codes if given is None else np.where(given[1], given[0], codes)
''',
    "recipes/NAME.toml": """# The family NAME; write here what it was measured to give, and on which machine.
#   genloop fit data.parquet -o data.genloop --recipe recipes/NAME.toml

[about]
data = "NAME"
command = "genloop fit data.parquet -o data.genloop --recipe recipes/NAME.toml"
machine = "name it when measured"
core_seconds = 1.0
expected = { c2st = 1.0, utility = 0.0, accuracy = 0.0 }

[fit]
family = "NAME"
seed = 0
""",
    "cards/NAME.md": """# The family NAME

Recipe: [NAME.toml](../recipes/NAME.toml). Every field is drawn on its own. Not measured: the worst values stand here.

| figure | measured | ideal | meaning |
|---|---|---|---|
| c2st | 1 | 0.5 | a classifier tells made rows from held-out ones |
| utility | 0 | 1 | a model learnt from made rows, against real |
| accuracy | 0 | 1 | 1-, 2- and 3-column shapes |
""",
    "tests/unit/generators/NAME/test_NAME.py": '''"""NAME draws fields as often as they came."""

import numpy as np

from genloop.core.families import Family
from genloop.core.protocols import Batch, Field, Task
from genloop.generators import NAME


def test_made_shares_are_those_of_the_rows():
    rng = np.random.default_rng(0)
    codes = rng.choice(3, (2000, 1), p=[0.5, 0.3, 0.2]).astype(np.uint16)
    weights = NAME.fit(Task(Batch(codes, (Field("a", 3, False),)), seed=0))
    made = NAME.sample(weights, 20_000, rng)
    assert isinstance(NAME, Family)
    np.testing.assert_allclose(np.bincount(made[:, 0]) / 20_000, np.bincount(codes[:, 0]) / 2000, atol=0.02)


def test_a_token_that_a_condition_excludes_never_comes():
    codes = np.array([[0], [1], [2], [1]], np.uint16)
    weights = NAME.fit(Task(Batch(codes, (Field("a", 3, False),)), seed=0))
    made = NAME.sample(weights, 100, np.random.default_rng(0), share=[np.array([1.0, 0.0, 1.0])])
    assert 1 not in made
''',
}


def new(kind: str, name: str, root: Path = ROOT) -> list[Path]:
    """Write the files of a part and name it in pyproject.toml; returns what was written.

    Raises:
        ValueError: the kind is unknown, or the name is no lower-case word or taken.
    """
    if kind not in GROUPS:
        raise ValueError(f"KIND is one of {', '.join(GROUPS)}, found {kind!r}")
    if not (name.isidentifier() and name.islower()):
        raise ValueError(f"NAME is one lower-case word, found {name!r}")
    group = GROUPS[kind]
    files = {
        root / path.replace("NAME", name): text
        for path, text in (GENERATOR if group == "generators" else JUDGE).items()
    }
    project, head = root / "pyproject.toml", f'[project.entry-points."genloop.{group}"]\n'
    settings = project.read_text(encoding="utf-8")
    taken = [str(path.relative_to(root)) for path in files if path.exists()]
    if taken or f'\n{name} = "genloop.{group}' in settings:
        raise ValueError(f"{name} exists already: {', '.join(taken) or 'in pyproject.toml'}")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_named(text, name), encoding="utf-8")
    project.write_text(settings.replace(head, f'{head}{name} = "genloop.{group}.{name}"\n'), encoding="utf-8")
    return list(files)


def _named(text: str, name: str) -> str:
    """The template with the part's name; the constant NAME stays what it is."""
    for kept in ('NAME = "', "KINDS, NAME\n", '"NAME", "fit"', "Score(NAME,"):
        text = text.replace(kept, kept.replace("NAME", "\0"))
    return text.replace("NAME", name).replace("\0", "NAME")


def main(words: list[str]) -> int:
    """Print what was written, or why nothing was."""
    try:
        kind, name = words
        print("\n".join(str(path.relative_to(ROOT)) for path in new(kind, name)))
    except ValueError as error:
        print(f"{error}\nusage: make new KIND=judge|generator NAME=word")
        return 1
    print("named in pyproject.toml; run `make lint test`")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
