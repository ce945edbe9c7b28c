"""What a look at the data set aside: files that are passed over, pictures that are equal or near, and made ones.

It names files, so it stays in the session that read them; a model file does not hold it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from genloop.core.records import Source
from genloop.files import physical
from genloop.files.pictures import values
from genloop.files.pictures.survey import Survey
from genloop.files.pictures.values import Skipped


@dataclass(frozen=True)
class Alike:
    """Names of pictures that are equal, or near but not equal."""

    how: Literal["equal", "near"]
    names: tuple[str, ...]


class Duplicates(Sequence[Alike]):
    """Groups of names in Arrow's memory, and of each whether its pictures are equal; one that is looked at is made."""

    def __init__(self, names: pa.ChunkedArray, equal: Bool[np.ndarray, " groups"]) -> None:
        self._names, self._equal = names, equal

    def __len__(self) -> int:
        """The number of groups."""
        return len(self._names)

    @overload
    def __getitem__(self, place: int) -> Alike: ...

    @overload
    def __getitem__(self, place: slice) -> list[Alike]: ...

    def __getitem__(self, place: int | slice) -> Alike | list[Alike]:
        """The group in that place, or those of a slice."""
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        return Alike("equal" if self._equal[place] else "near", tuple(self._names[place].as_py()))


@dataclass(frozen=True)
class Aside:
    """Names within the folder or archive, rows (from 1) where cells are bytes; of what is skipped also the reason."""

    skipped: tuple[Skipped, ...] = ()
    duplicates: Sequence[Alike] = ()
    made: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return {
            "skipped": [{"file": name, "reason": reason} for name, reason in self.skipped],
            "duplicates": [{"how": group.how, "files": list(group.names)} for group in self.duplicates],
            "made": list(self.made),
        }


def read(source: Source, surveys: Mapping[str, Survey]) -> Aside:
    """What the source and the surveys of its columns of pictures set aside."""
    skipped: list[Skipped] = [*getattr(source, "skipped", ())]
    groups: list[pa.ListArray] = []
    made: list[str] = []
    root = str(source.describe().get("path", ""))
    for survey in surveys.values():
        skipped += [(_inside(name, root), reason) for name, reason in survey.skipped]
        groups += _alike(source, survey, root)
        made += [_inside(name, root) for name in survey.made]
    equal = np.repeat(np.arange(len(groups)) % 2 == 0, [len(some) for some in groups])
    return Aside(tuple(skipped), Duplicates(pa.chunked_array(groups), equal) if groups else (), tuple(made))


def _alike(source: Source, survey: Survey, root: str) -> list[pa.ListArray]:
    """The names of groups that are equal, and of those that are near."""
    both = [survey.groups.equal, survey.groups.near]
    rows = np.unique(pa.concat_arrays([groups.flatten() for groups in both]).to_numpy())
    names = _names(source, survey, rows, root)
    places = [pa.array(np.searchsorted(rows, groups.flatten().to_numpy())) for groups in both]
    return [pa.ListArray.from_arrays(groups.offsets, names.take(own)) for groups, own in zip(both, places, strict=True)]


def _names(source: Source, survey: Survey, rows: Int64[np.ndarray, " rows"], root: str) -> pa.StringArray:
    """What the cells of these rows are called; the source is read again only where they have names."""
    if not len(rows) or not physical.is_text(physical.read(survey.column.physical)):
        return pa.array([values.named(None, row) for row in rows.tolist()], pa.string())
    parts, at = [], 0
    for batch in source.batches():
        cells: pa.Array = batch.column(survey.column.name)
        first, end = np.searchsorted(rows, (at, at + len(cells)))
        own = rows[first:end]
        told = zip(cells.take(pa.array(own - at)).to_pylist(), own.tolist(), strict=True)
        parts.append(pa.array([_inside(values.named(cell, row), root) for cell, row in told], pa.string()))
        at += len(cells)
    return pa.concat_arrays(parts)


def _inside(name: str, root: str) -> str:
    """The name without the folder or the archive that all have in common."""
    for parting in ("/", "\\", "!"):
        if root and name.startswith(f"{root}{parting}"):
            return name[len(root) + 1 :]
    return name
