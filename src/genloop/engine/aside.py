"""What a look at the data set aside: files that are passed over, pictures that are equal or near, and made ones.

It names files, so it stays in the session that read them; a model file does not hold it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import pyarrow as pa

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


@dataclass(frozen=True)
class Aside:
    """Names within the folder or archive, rows (from 1) where cells are bytes; of what is skipped also the reason."""

    skipped: tuple[Skipped, ...] = ()
    duplicates: tuple[Alike, ...] = ()
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
    duplicates: list[Alike] = []
    made: list[str] = []
    root = str(source.describe().get("path", ""))
    for survey in surveys.values():
        skipped += [(_inside(name, root), reason) for name, reason in survey.skipped]
        duplicates += [Alike(a.how, tuple(_inside(n, root) for n in a.names)) for a in _alike(source, survey)]
        made += [_inside(name, root) for name in survey.made]
    return Aside(tuple(skipped), tuple(duplicates), tuple(made))


def _alike(source: Source, survey: Survey) -> list[Alike]:
    equal, near = survey.groups.equal, survey.groups.near
    names = _names(source, survey, sorted(chain.from_iterable([*equal, *near])))
    return [
        *(Alike("equal", tuple(names[row] for row in group)) for group in equal),
        *(Alike("near", tuple(names[row] for row in group)) for group in near),
    ]


def _names(source: Source, survey: Survey, rows: list[int]) -> dict[int, str]:
    """What the cells of these rows are called; the source is read again only where they have names."""
    if not rows or not physical.is_text(physical.read(survey.column.physical)):
        return {row: values.named(None, row) for row in rows}
    found, wanted, at = {}, set(rows), 0
    for batch in source.batches():
        cells: pa.Array = batch.column(survey.column.name)
        own = [row for row in range(at, at + len(cells)) if row in wanted]
        told = cells.take(pa.array([row - at for row in own], pa.int64())).to_pylist()
        found.update({row: values.named(cell, row) for row, cell in zip(own, told, strict=True)})
        at += len(cells)
    return found


def _inside(name: str, root: str) -> str:
    """The name without the folder or the archive that all have in common."""
    for parting in ("/", "\\", "!"):
        if root and name.startswith(f"{root}{parting}"):
            return name[len(root) + 1 :]
    return name
