"""A column of pictures looked through: sizes and colours first, then every picture in the shape chosen from them."""

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from genloop.core import pixels as tensors
from genloop.core.schema import Column, Summary
from genloop.files.pictures import decode, duplicates, geometry, pnm, values
from genloop.files.pictures.decode import Head
from genloop.files.pictures.duplicates import Groups, Looks
from genloop.files.pictures.geometry import Geometry
from genloop.files.pictures.spool import Spool
from genloop.files.pictures.values import Skipped

ROWS = 2_048  # cells at a time, so that memory stays bounded
LOOKS_BYTES = 8 << 20  # of thumbnails in memory, by which near pictures are told; the others lie in a file
FEW_COLOURED = 0.05  # the share of coloured pictures below which all are read as grey
_SMALL = "small"
_SHARE_CLEAR = 0.5  # the share of pictures with transparency from which it is kept
Batches = Callable[[], Iterable[pa.RecordBatch]]


@dataclass
class Heads:
    """Counts of what the files say of themselves; sizes are (height, width)."""

    rows: int = 0
    missing: int = 0
    moving: int = 0
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    colours: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    made: list[str] = field(default_factory=list)

    def add(self, found: Head, count: int = 1) -> None:
        """Counts one picture, or several that say the same."""
        self.sizes[found.height, found.width] += count
        self.colours[found.colours] += count
        self.formats[found.format] += count
        self.moving += count * found.moving


@dataclass(frozen=True)
class Survey:
    """One column of pictures: its place in the schema, what could not be read, and which are equal, near or made.

    `skipped` names pictures (a path, or a row counted from 1) with reasons, `made` those that carry the label of a made
    one; `groups` holds rows counted from 0.
    """

    column: Column
    summary: Summary
    skipped: tuple[Skipped, ...] = ()
    groups: Groups = field(default_factory=Groups)
    made: tuple[str, ...] = ()


def read(batches: Batches, column: Column, asked: Geometry) -> Survey:
    """The survey of the column; `batches` gives all rows anew at each call."""
    heads = _heads(batches, column.name)
    height, width = geometry.choose(heads.sizes, asked) if heads.sizes else (1, 1)
    channels = _channels(heads)
    column = dataclasses.replace(
        column, kind="image", shape=(height, width, channels), formats=(*_formats(heads), asked.fit), decimals=None
    )
    spool = Spool(LOOKS_BYTES)
    looks, places, skipped, clear = _looks(batches, column, spool)
    if channels == 4 and not clear:
        column = dataclasses.replace(column, shape=(height, width, 3))
    groups = _moved(duplicates.read(looks), places)
    summary = Summary(heads.rows, heads.missing, len(places) - groups.extra, unreadable=len(skipped))
    if not len(places):
        return Survey(_unread(column, heads, skipped), summary, tuple(skipped))
    notes = (*column.notes, *_remarks(column, heads, skipped, groups, len(places)))
    named = f"{len(places):,} {'picture' if len(places) == 1 else 'pictures'}"
    reason = column.reason or f"{named} ({', '.join(_formats(heads))})"
    column = dataclasses.replace(column, notes=notes, reason=reason)
    return Survey(column, summary, tuple(skipped), groups, tuple(heads.made))


def _heads(batches: Batches, name: str) -> Heads:
    heads = Heads()
    for batch in batches():
        cells, at = batch.column(name), heads.rows
        heads.rows += len(cells)
        heads.missing += cells.null_count
        if (whole := _pixels(cells)) is not None:
            colours = {1: "grey", 3: "colour", 4: "alpha"}[whole.shape[3]]
            heads.add(Head(whole.shape[1], whole.shape[2], colours, "array"), len(cells))
            continue
        for start in range(0, len(cells), ROWS):
            part = cells.slice(start, ROWS).to_pylist()
            for place, found in enumerate(decode.heads(part)):
                if found is not None:
                    heads.add(found)
                if found is not None and found.made:
                    heads.made.append(values.named(part[place], at + start + place))
    return heads


def _pixels(cells: pa.Array) -> np.ndarray | None:
    if tensors.is_tensor(cells.type):
        return tensors.read(cells) if not cells.null_count else None
    return pnm.decode_all(cells)


def _looks(batches: Batches, column: Column, spool: Spool) -> tuple[Looks, np.ndarray, list[Skipped], bool]:
    """The looks of every picture, the rows they stand in, what was skipped, and whether any alpha is not opaque."""
    hashes: list[tuple[np.ndarray, np.ndarray]] = []
    places: list[np.ndarray] = []
    skipped: list[Skipped] = []
    at, clear = 0, False
    for batch in batches():
        for start in range(0, batch.num_rows, ROWS):
            part, lost = values.decode(column, batch.column(column.name).slice(start, ROWS))
            skipped += [values.numbered(name, reason, at) for name, reason in lost]
            present = part.is_valid().to_numpy(zero_copy_only=False)
            pixels = tensors.read(part)[present]
            own = duplicates.fit(pixels)
            spool.write(pa.table({_SMALL: tensors.write(own.small.reshape(-1, *duplicates.THUMBNAIL))}))
            hashes.append((own.exact, own.bits))
            places.append(np.flatnonzero(present) + at)
            clear |= pixels.shape[3] == 4 and bool((pixels[..., 3] < 255).any())
            at += len(part)
    if not hashes:
        return Looks(), np.zeros(0, np.int64), skipped, clear
    small = tensors.read(spool.read()[_SMALL])
    exact, bits = (np.concatenate(part) for part in zip(*hashes, strict=True))
    return (
        Looks(exact, bits, small.reshape(len(small), math.prod(duplicates.THUMBNAIL))),
        np.concatenate(places),
        skipped,
        clear,
    )


def _moved(groups: Groups, places: np.ndarray) -> Groups:
    def moved(listed: pa.ListArray) -> pa.ListArray:
        return pa.ListArray.from_arrays(listed.offsets, pa.array(places).take(listed.flatten()))

    return Groups(moved(groups.equal), moved(groups.near), groups.whole)


def _formats(heads: Heads) -> tuple[str, ...]:
    return tuple(name for name, _ in heads.formats.most_common())


def _channels(heads: Heads) -> int:
    total = max(sum(heads.colours.values()), 1)
    if heads.colours["alpha"] >= _SHARE_CLEAR * total:
        return 4
    return 1 if heads.colours["grey"] > (1 - FEW_COLOURED) * total else 3


def _unread(column: Column, heads: Heads, skipped: list[Skipped]) -> Column:
    """A column that only names pictures: kept as text, which comes out empty."""
    why, count = _reasons(skipped), heads.rows - heads.missing
    note = f"none of its {count:,} pictures can be read{f': {why}' if skipped else ''}; it comes out empty"
    return dataclasses.replace(column, kind="text", shape=None, formats=(), confidence=0.5, notes=(*column.notes, note))


def _reasons(skipped: list[Skipped]) -> str:
    found = Counter(reason.split(":")[0] for _, reason in skipped)
    return "; ".join(f"{count} {reason}" for reason, count in found.most_common(5))


def _remarks(column: Column, heads: Heads, skipped: list[Skipped], groups: Groups, good: int) -> list[str]:
    notes = [_sized(column, heads)]
    assert column.shape is not None  # set by the caller
    channels = column.shape[2]
    coloured = heads.colours["colour"] + heads.colours["alpha"]
    if channels == 1 and coloured:
        notes.append(f"{coloured:,} coloured {'picture is' if coloured == 1 else 'pictures are'} read as grey")
    if channels == 3 and heads.colours["alpha"]:
        opaque = heads.colours["alpha"] == sum(heads.colours.values())
        notes.append("opaque: alpha is left out" if opaque else "transparency is laid on white")
    if heads.moving:
        one = heads.moving == 1
        notes.append(f"{heads.moving:,} {'picture moves' if one else 'pictures move'}: the first frame is read")
    if skipped:
        notes.append(f"{len(skipped):,} of {heads.rows - heads.missing:,} cannot be read: {_reasons(skipped)}")
    if heads.made:
        notes.append(
            f"{len(heads.made):,} {'picture carries' if len(heads.made) == 1 else 'pictures carry'} the label of a "
            "made one: a model that learns from what models made gets worse; take them out if they are no originals"
        )
    if good > 1 and groups.extra == good - 1:
        notes.append("all pictures are equal: there is nothing to learn but one")
    elif groups.extra:
        notes.append(
            f"{groups.extra:,} exact {'duplicate' if groups.extra == 1 else 'duplicates'}, in {len(groups.equal):,} "
            f"{'group' if len(groups.equal) == 1 else 'groups'}"
        )
    if groups.close:
        notes.append(
            f"{groups.close:,} near {'duplicate' if groups.close == 1 else 'duplicates'}, in {len(groups.near):,} "
            f"{'group' if len(groups.near) == 1 else 'groups'}"
        )
    if not groups.whole:
        notes.append("too many look alike to compare all: near duplicates were counted in a part")
    return notes


def _sized(column: Column, heads: Heads) -> str:
    assert column.shape is not None  # set by the caller
    height, width, channels = column.shape
    colours = {1: "grey", 3: "RGB", 4: "RGBA"}[channels]
    if set(heads.sizes) == {(height, width)}:
        return f"{height} x {width} {colours}, the size of all pictures"
    others = heads.sizes.keys() - {(height, width)}
    tall, wide = zip(*others, strict=True)
    low, high = (f"{pick(tall)} x {pick(wide)}" for pick in (min, max))
    span = low if low == high else f"{low} to {high}"
    how = {"crop": "centre-cropped", "pad": "padded", "stretch": "stretched"}[geometry.fit_of(column)]
    most = 2 * heads.sizes[height, width] > sum(heads.sizes.values())
    own = ", the size of most" if most else ""
    return f"{height} x {width} {colours}{own}: pictures of {span} (height x width) are scaled and {how}"
