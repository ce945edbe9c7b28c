"""Made pictures as files: a folder with sub-folders for classes, a metadata file for all else, labels inside."""

import re
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from genloop.core import pixels as tensors
from genloop.core.errors import OutputError
from genloop.core.records import Records
from genloop.files.pictures import marks, png
from genloop.files.pictures.marks import Label
from genloop.files.sinks import Csv

_CLASSES = ("class", "label", "类别", "标签")
_SENTENCES = ("caption", "prompt", "text", "说明", "文字")  # they tell of a picture, and are no folder
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"\\|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)
_KEY = "file_name"
_FEW = 20
_LONGEST, _MOST_BYTES = 100, 240  # of the 255 bytes of a name, so that a number and an ending fit beside it
_METADATA = "metadata.csv"
_NUMBERED = re.compile(r"\d{6,}(\..+)?\.png")


class Gallery:
    """A folder being filled. Every picture is `000001.png` and so on, in the folder of its class where it has one.

    Where there are columns other than the class, or class names that cannot be a folder's, all columns stand in
    `metadata.csv` by `file_name`.
    """

    def __init__(self, part: Path, *, name: Path, label: Label | None) -> None:
        self._part, self._name, self._label = part, name, label
        self._extra, self._given = marks.chunks(label), marks.given(label)
        self._number = 0
        self._class: str | None = None
        self._metadata: Csv | None = None
        self._made: set[Path] = set()
        self._brought: set[Path] = set()

    def write(self, records: Records) -> None:
        """Appends the pictures.

        Raises:
            OutputError: the records hold no picture.
        """
        named = pictured(records, self._name)
        if not self._number:
            self._class = class_of(records)
        classes = None if self._class is None else records.column(self._class).cast(pa.string()).to_pylist()
        folders = ["" if classes is None else folder_of(value) for value in classes or [None] * records.num_rows]
        first = self._number
        tails = ["", *(f".{name}" for name in named[1:])]
        files = {
            name: self._files(records, name, folders, tail, first) for name, tail in zip(named, tails, strict=True)
        }
        self._number += records.num_rows
        said = [name for name in records.column_names if name not in named]
        plain = classes is None or all(value is None or value == f for value, f in zip(classes, folders, strict=True))
        bare = not said or (plain and said == [self._class])  # the folders say it all
        if not bare or len(named) > 1 or self._metadata is not None:
            self._say(records, said, files, named)

    def close(self) -> None:
        """Reads every label back.

        Raises:
            OutputError: there was nothing to write, or a label is not there.
        """
        if self._metadata is not None:
            self._metadata.close()
        if not self._number:
            raise OutputError(f"{self._name}: no records were made, nothing to write")
        for path in set(self._part.rglob("*.png")) - self._brought:
            marks.check(path, self._label)

    def _files(self, records: Records, called: str, folders: list[str], tail: str, first: int) -> list[str | None]:
        """Writes a column's pictures; their relative paths, None where there is no picture."""
        column, brought = records.column(called), called in self._given
        names: list[str | None] = []
        present = column.is_valid().to_numpy()
        for place, picture in enumerate(tensors.read(column)):
            if not present[place]:
                names.append(None)
                continue
            folder = self._part / folders[place]
            if folder not in self._made:
                folder.mkdir(parents=True, exist_ok=True)
                self._made.add(folder)
            name = f"{first + place + 1:06d}{folder_of(tail)}.png"
            (folder / name).write_bytes(png.encode(picture, b"" if brought else self._extra))
            self._brought |= {folder / name} if brought else set()
            names.append(str(PurePosixPath(folders[place]) / name))
        return names

    def _say(self, records: Records, said: list[str], files: dict[str, list[str | None]], named: list[str]) -> None:
        if self._metadata is None:
            self._metadata = Csv(self._part / _METADATA, name=self._name / _METADATA, label=None)
            self._said = said
        columns = {_KEY: pa.array(files[named[0]], pa.string())}
        columns |= {name: pa.array(files[name], pa.string()) for name in named[1:]}
        self._metadata.write(pa.table(columns | {name: records.column(name) for name in self._said}))


def own(file: Path, label: Label | None) -> bool:
    """Whether a file of a folder of made pictures with this label is one of theirs, and not put there later."""
    if file.name == _METADATA or "." in file.stem:  # pictures that were given carry no label
        return file.name == _METADATA or numbered(file)
    return numbered(file) and (bool(marks.given(label)) or marks.read(file) is not None)


def numbered(file: Path) -> bool:
    """Whether a file is named as made pictures are."""
    return _NUMBERED.fullmatch(file.name) is not None


class Beside:
    """Pictures of a text table: files in a folder beside it, and relative paths in the cells.

    `folder` is the folder being filled, `shown` the name that it will have.
    """

    def __init__(self, folder: Path, shown: str, label: Label | None) -> None:
        self._folder, self._shown, self._extra, self._label = folder, shown, marks.chunks(label), label
        self._given = marks.given(label)
        self._number = 0

    def into_cells(self, records: Records) -> Records:
        """The records with each picture as the relative path of its file, which is written now."""
        first, main = self._number, pictured(records, self._folder)[0]
        for place, field in enumerate(records.schema):
            if not tensors.is_tensor(field.type):
                continue
            column = records.column(place)
            present = column.is_valid().to_numpy()
            tail = "" if field.name == main else f".{folder_of(field.name)}"
            paths: list[str | None] = []
            for row, picture in enumerate(tensors.read(column)):
                name = f"{first + row + 1:06d}{tail}.png"
                paths.append(f"{self._shown}/{name}" if present[row] else None)
                if present[row] and field.name in self._given:
                    (self._folder / name).write_bytes(png.encode(picture))
                elif present[row]:
                    (self._folder / name).write_bytes(png.encode(picture, self._extra))
                    marks.check(self._folder / name, self._label)
            records = records.set_column(place, field.name, pa.array(paths, pa.string()))
            self._number = first + records.num_rows
        return records


def pictured(records: Records, name: Path) -> list[str]:
    """The columns that hold pictures.

    Raises:
        OutputError: there is none.
    """
    found = [field.name for field in records.schema if tensors.is_tensor(field.type)]
    if not found:
        raise OutputError(
            f"{name}: a folder, .npz or picture takes pictures, and the records have none "
            f"({', '.join(records.column_names)}); name a file that ends in .csv, .parquet, .xlsx or .jsonl"
        )
    return found


def class_of(records: Records) -> str | None:
    """The column that says what a picture shows: one called class or label, else the only one whose values repeat."""
    others = [field.name for field in records.schema if not tensors.is_tensor(field.type)]
    for name in _CLASSES:
        if name in others:
            return name
    if len(others) != 1 or others[0].lower() in _SENTENCES or pa.types.is_floating(records.column(others[0]).type):
        return None
    distinct = pc.count_distinct(records.column(others[0])).as_py()
    return others[0] if distinct < records.num_rows and distinct <= max(records.num_rows / 2, _FEW) else None


def folder_of(value: str | None) -> str:
    """A class name as a relative folder: "/" parts sub-folders; what no system takes becomes "_", nothing leads out."""
    parts = []
    for part in (value or "").split("/"):
        bare = _FORBIDDEN.sub("_", part).strip().rstrip(".")
        if bare:
            parts.append(f"_{bare}" if _DEVICES.fullmatch(bare) else _short(bare))
    return "/".join(parts)


def _short(name: str) -> str:
    """A name that systems take: these count bytes, of which a Chinese sign has three."""
    return name[:_LONGEST].encode()[:_MOST_BYTES].decode(errors="ignore")
