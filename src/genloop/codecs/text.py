"""Texts as tokens of bytes and learnt pieces: an exact inverse for every string, and no piece that few rows carry.

The state of a shard is a sample of its rows, those whose hashes are lowest, up to a budget of bytes (bottom-k sampling,
Cohen and Kaplan 2007): equal for any order and grouping of shards, and bounded. Pieces are learnt from it on freezing.
A text has no fields: it is learnt by the families of texts. Each row ends with END; one without text is MISSING, END.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.codecs import demands, pieces
from genloop.core.conditions import Condition
from genloop.core.demand import Demand
from genloop.core.errors import MissingExtra, SchemaError
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column
from genloop.core.texts import END, MISSING, Texts

KIND = "text"
FORMS = ("words",)
BUDGET = 8 << 20  # bytes of the rows that pieces are learnt from
FEWEST, MOST, GROWTH = 2_048, 16_384, 6  # tokens of a vocabulary: the least, the most, and for each root of a byte
_BEGINNING = 1 << 16  # characters of a row that pieces are learnt from
_NO_BOUND = b"\xff" * 17  # above every hash


@dataclass(frozen=True)
class State:
    """Rows, missing and empty ones, bytes in all; `sample` has the rows with a hash below `bound`, the lowest first.

    Each is its hash, the beginning of its text, and how many rows have that text.
    """

    rows: int
    missing: int
    empty: int
    size: int
    sample: tuple[tuple[bytes, str, int], ...]
    bound: bytes = _NO_BOUND


def fit(columns: Sequence[Column], records: Records) -> State:
    """The rows of one shard."""
    column = records.column(columns[0].name).cast(pa.string())
    counts = column.drop_null().value_counts()
    rows = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    hashed, total, empty = [], 0, 0
    for text, times in rows:
        raw = text.encode()
        total += len(raw) * times
        empty += 0 if raw else times
        hashed.append((hashlib.blake2b(raw, digest_size=16).digest(), text[:_BEGINNING], times))
    sample, bound = _lowest(hashed, _NO_BOUND)
    return State(len(column), column.null_count, empty, total, sample, bound)


def merge(first: State, second: State) -> State:
    """The rows of both shards."""
    times: dict[bytes, tuple[str, int]] = {}
    for key, text, count in (*first.sample, *second.sample):
        times[key] = (text, count + times.get(key, ("", 0))[1])
    sample, bound = _lowest([(key, *held) for key, held in times.items()], min(first.bound, second.bound))
    return State(
        first.rows + second.rows,
        first.missing + second.missing,
        first.empty + second.empty,
        first.size + second.size,
        sample,
        bound,
    )


def freeze(
    columns: Sequence[Column], state: State, *, floor: int, tokens: int, vocabulary: int | None = None
) -> Frozen:
    """The pairs of tokens that merge: 2,048 to 16,384 tokens in all by the corpus' size, unless `vocabulary` says.

    `tokens`, a bound for the fields of tables, does not count here. `missing` is whether enough rows have no text,
    `empty` whether enough have one without letters.
    Where the `tokenizers` package is not installed there are bytes only, and a note says so.
    """
    wanted = vocabulary or min(max(int(GROWTH * math.sqrt(state.size)), FEWEST), MOST)
    rows, times = [text for _, text, _ in state.sample], [count for _, _, count in state.sample]
    notes: list[str] = []
    try:
        pairs = pieces.fit(rows, times, floor=floor, vocabulary=wanted)
    except MissingExtra as error:
        pairs, notes = [], [f"texts are taken byte by byte, which makes them three to five times as long: {error}"]
    return {
        "columns": [columns[0].name],
        "pairs": pairs,
        "vocabulary": pieces.FIRST_PIECE + len(pairs),
        "missing": state.missing >= floor or state.missing == state.rows,
        "empty": state.empty >= floor,
        "notes": notes,
    }


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """None: a text is learnt as it is, whatever its length."""
    return ()


def encode(frozen: Frozen, records: Records) -> Texts:
    """The tokens of every row, each with its END.

    Raises:
        SchemaError: the column holds no text.
        MissingExtra: the `tokenizers` package is not installed.
    """
    name = frozen["columns"][0]
    column = records.column(name)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_null(column.type)):
        raise SchemaError(f"column {name!r}: expected text, cleaned; found {column.type}")
    return read(frozen, column.to_pylist())


def read(frozen: Frozen, texts: Iterable[str | None], *, end: bool = True) -> Texts:
    """The tokens of these texts, with an END unless they are beginnings; halves of a surrogate pair become U+FFFD."""
    whole = [None if text is None else _whole(text) for text in texts]
    found = pieces.encode(frozen["pairs"], [text for text in whole if text is not None])
    last = [END] if end else []
    return Texts.of([[MISSING, *last] if text is None else next(found) + last for text in whole])


def decode(
    frozen: Frozen, texts: Texts | Codes, rng: np.random.Generator, *, allowed: Allowed | None = None
) -> Records:
    """One column of text up to each row's END; rows without tokens, or where missing is asked for, come out missing."""
    asked = None if allowed is None else allowed.detail
    if not isinstance(texts, Texts) or (isinstance(asked, Demand) and asked.missing):
        return pa.table({frozen["columns"][0]: pa.nulls(len(texts), pa.string())})
    table = pieces.spell(frozen["pairs"])
    return pa.table({frozen["columns"][0]: pa.array([_text(table, texts[i]) for i in range(len(texts))], pa.string())})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """No field to leave anything of: `detail` is the `Demand` on the text.

    Raises:
        ConditionError: a condition is none that texts know, or two contradict one another.
    """
    return Allowed((), detail=demands.read(conditions))


def spell(frozen: Frozen) -> list[bytes]:
    """The bytes of every token; END and MISSING have none."""
    return pieces.spell(frozen["pairs"])


def _lowest(rows: list[tuple[bytes, str, int]], bound: bytes) -> tuple[tuple[tuple[bytes, str, int], ...], bytes]:
    """The rows below the bound that fit into the budget, lowest hash first, and the first hash that does not."""
    kept: list[tuple[bytes, str, int]] = []
    left = BUDGET
    for row in sorted(rows):
        if row[0] >= bound:
            break
        left -= len(row[1].encode())
        if left < 0:
            return tuple(kept), row[0]
        kept.append(row)
    return tuple(kept), bound


def _whole(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _text(table: list[bytes], row: Any) -> str | None:
    ends = np.flatnonzero(row == END)
    own = row[: ends[0]] if len(ends) else row
    if len(own) and own[0] == MISSING:
        return None
    return pieces.decode(table, own.tolist())
