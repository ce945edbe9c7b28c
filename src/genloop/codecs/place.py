"""Places: a latitude with its longitude, as points that many rows share or cells of a two-level k-d tree.

The first coordinate is cut into bands of about equal rows, each band into cells along the second (Bentley 1975, the
k-d tree, two levels deep). The first field holds, in order of the first coordinate, every point and every band; the
second the cell of a band (0: it needs none). A cell is drawn from uniformly, over the breadth its rows have.
Loss: coordinates keep at most seven decimals (a centimetre); a place of fewer than the floor of rows comes back as
another one of its cell; where one of the two is missing both come out missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Shaped

from genloop.codecs import atlas, axis, draw, limits, tally
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError, SchemaError
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column

KIND = "place"
FORMS = ("tokens",)
SCALE = 10**7  # units a degree
SHIFT = 200  # degrees added, so that units are not negative

Units = Shaped[np.ndarray, "_rows 2"]


@dataclass(frozen=True)
class State:
    """Rows of each place, as interleaved units of both coordinates, and rows without one."""

    missing: int
    places: tally.Tally


def fit(columns: Sequence[Column], records: Records) -> State:
    """The counts of one shard.

    Raises:
        SchemaError: the unit is not a pair of columns.
    """
    if len(columns) != 2:
        raise SchemaError(
            f"column {columns[0].name!r}: a place is a latitude with its longitude; name the partner, "
            f"or make it a number (--kind {columns[0].name}=number)"
        )
    units, present = _units([column.name for column in columns], records)
    return State(records.num_rows - int(present.sum()), tally.fit(atlas.interleave(units)))


def merge(first: State, second: State) -> State:
    """The counts of both shards."""
    return State(first.missing + second.missing, tally.merge(first.places, second.places))


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """The final map: no place that fewer than `floor` rows carry is in it."""
    counted = state.places
    is_point = axis.choose(counted.values, counted.counts, counted.exact, floor=floor, tokens=tokens, grid=False)
    units = atlas.separate(counted.values)
    rest = counted.counts - np.where(is_point, counted.exact, 0)
    bands = atlas.tree(units[rest > 0], rest[rest > 0], floor=floor, tokens=tokens)
    lost = 0 if is_point.any() or bands["cells"] else counted.rows
    decimals = max((7 if column.decimals is None else column.decimals for column in columns), default=7)
    return {
        "columns": [column.name for column in columns],
        "decimals": min(decimals, 7),
        "missing": state.missing > 0 or lost > 0 or not counted.rows,
        "points": units[is_point].tolist(),
        "point_rows": counted.exact[is_point].tolist(),
        **bands,
        "notes": [f"fewer than {floor} rows carry a place: it comes out missing"] if lost else [],
    }


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """Point or band along the first coordinate, then the cell of the band where there are bands."""
    name, missing, scale = frozen["columns"][0], bool(frozen["missing"]), atlas.read(frozen)
    found = [Field(name, len(scale.order) + missing, ordered=True, missing=missing)]
    if len(scale.first):
        found.append(Field(f"{frozen['columns'][1]} (cell)", scale.widest + 1, ordered=True))
    return tuple(found)


def encode(frozen: Frozen, records: Records) -> Codes:
    """The tokens of each place; one that is missing where none was in training takes the commonest point or band."""
    scale, offset = atlas.read(frozen), int(frozen["missing"])
    units, present = _units(frozen["columns"], records)
    codes = np.zeros((records.num_rows, len(fields(frozen))), dtype=np.uint16)
    if not len(scale.order):
        return codes
    if not offset:
        codes[:, 0] = np.argmax(scale.rows)
    tokens, members = atlas.encode(scale, units)
    codes[present, 0] = tokens + offset
    if len(scale.first):
        codes[present, 1] = members
    return codes


def decode(frozen: Frozen, codes: Codes, rng: np.random.Generator, *, allowed: Allowed | None = None) -> Records:
    """Places for tokens; nothing outside of `allowed`."""
    scale, offset = atlas.read(frozen), int(frozen["missing"])
    tokens = codes[:, 0].astype(np.int64)
    box = (limits.Limits(), limits.Limits())
    if allowed is not None:
        box = box if allowed.detail is None else allowed.detail
        tokens = tokens if allowed.share[0] is None else draw.near(allowed.share[0] > 0, tokens)
    missing = (tokens < offset) | (len(scale.order) == 0)
    members = codes[:, 1].astype(np.int64) if codes.shape[1] > 1 else np.zeros(len(codes), dtype=np.int64)
    step = 10 ** (7 - frozen["decimals"])
    units = atlas.decode(scale, np.maximum(tokens - offset, 0), members, rng, box=box, step=step)
    degrees = np.round(units / SCALE - SHIFT, frozen["decimals"])
    names = frozen["columns"]
    return pa.table({name: pa.array(degrees[:, side], mask=missing) for side, name in enumerate(names)})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """What conditions on either coordinate leave; a missing place satisfies only "missing" and "in" with None.

    Raises:
        ConditionError: no place can satisfy them; the message gives the box that holds the places, rounded.
    """
    scale, keep_missing = atlas.read(frozen), bool(frozen["missing"])
    box = [limits.Limits(), limits.Limits()]
    for condition in conditions:
        side = frozen["columns"].index(condition.column)
        box[side] = box[side] & _snap(limits.read(condition, _place, grid=True), 10 ** (7 - frozen["decimals"]))
        keep_missing = keep_missing and limits.takes_missing(condition)
    shares = atlas.shares(scale, (box[0], box[1]))
    if frozen["missing"]:
        shares[0] = np.r_[float(keep_missing), shares[0]]
    if not shares[0].any():
        raise ConditionError(f"no row can satisfy {' and '.join(map(str, conditions))}; {_existing(frozen, scale)}")
    return Allowed(tuple(shares), detail=(box[0], box[1]))


def _units(names: Sequence[str], records: Records) -> tuple[Units, Bool[np.ndarray, "rows"]]:
    """Whole units of both coordinates where both are present and on the globe, and which rows those are."""
    degrees = [records.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in names]
    present = np.all([np.abs(side) < SHIFT for side in degrees], axis=0)
    units = np.stack([np.rint((side[present] + SHIFT) * SCALE) for side in degrees], axis=1)
    return units.astype(np.int64), present


def _place(value: Any) -> Fraction:
    return (limits.number(value) + SHIFT) * SCALE


def _snap(bounds: limits.Limits, step: int) -> limits.Limits:
    """Bounds moved inwards to whole steps."""
    low = None if bounds.low is None else -(-bounds.low // step) * step
    high = None if bounds.high is None else bounds.high // step * step
    return replace(bounds, low=low, high=high)


def _existing(frozen: Frozen, scale: atlas.Atlas) -> str:
    """The box that holds all places, to a tenth of a degree."""
    if scale.ends is None:
        return "the columns hold only missing values"
    low, high = (end / SCALE - SHIFT for end in scale.ends)
    first, second = frozen["columns"]
    spans = f"{first} from {low[0]:.1f} to {high[0]:.1f} and {second} from {low[1]:.1f} to {high[1]:.1f}"
    return f"its places have {spans}{' or are missing' if frozen['missing'] else ''}"
