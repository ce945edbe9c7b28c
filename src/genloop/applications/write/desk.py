"""The run folder of a brief: everything collected, learnt, written, said by people and published, each file whole.

`documents.jsonl` keeps all that was collected; drafts are one file each; feedback is appended line by line and
synced. A damaged or foreign file is refused by name, never overwritten.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from genloop.applications.write.draft import Draft
from genloop.core.errors import DataError, OutputError, SourceNotFound
from genloop.files.atomic import replacing


@dataclass(frozen=True)
class Desk:
    """The files of one brief's run."""

    folder: Path

    def open(self) -> None:
        """Makes the folder.

        Raises:
            OutputError: it cannot be made.
        """
        try:
            for name in ("drafts", "earlier"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the run folder {self.folder}: {error.strerror or error}") from error

    @property
    def model(self) -> Path:
        """Where the fitted model is."""
        return self.folder / "model.genloop"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Only one command at a time works on the desk; the system frees it when that ends, however it ends.

        Raises:
            OutputError: another one does, or the folder cannot be written.
        """
        lock = self.folder / "lock"
        try:
            taken = FileLock(lock, timeout=0, mode=0o666).acquire()  # whoever may write here may hold it
        except Timeout:
            raise OutputError(f"another genloop write works in {self.folder}; wait for it") from None
        except OSError as error:
            raise OutputError(f"cannot write {lock}: {error.strerror or error}") from error
        with taken:
            yield

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the desk; empty where there is none."""
        path = self.folder / name
        if not path.is_file():
            return {}
        found = _json(path)
        if not isinstance(found, dict):
            raise DataError(f"{path} holds no mapping; move it away to begin it anew")
        return found

    def save(self, name: str, values: Mapping[str, Any]) -> None:
        """Writes a JSON file of the desk, whole or not at all."""
        _write(self.folder / name, json.dumps(values, ensure_ascii=False, indent=1))

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The records of a file of lines; a last line that was cut short is left out."""
        path = self.folder / name
        if not path.is_file():
            return []
        rows = path.read_text("utf-8").split("\n")
        found = []
        for number, row in enumerate(rows, 1):
            try:
                found += [json.loads(row)] if row.strip() else []
            except ValueError as error:
                if number < len(rows):
                    raise DataError(f"{path}, line {number} is damaged: {error}") from error
        return found

    def save_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes a file of lines, whole or not at all."""
        _write(self.folder / name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def append(self, name: str, row: Mapping[str, Any]) -> None:
        """One record more, on the disk when this returns."""
        kept = self.lines(name)  # drops a cut last line before anything is put behind it
        self.save_lines(name, [*kept, row])

    def drafts(self) -> list[Draft]:
        """All drafts in the order of their names."""
        return [self._draft(path) for path in sorted((self.folder / "drafts").glob("*.json"))]

    def draft(self, name: str) -> Draft:
        """The draft of that name.

        Raises:
            SourceNotFound: there is none.
        """
        found = self.find(name)
        if found is None:
            known = ", ".join(path.stem for path in sorted((self.folder / "drafts").glob("*.json"))) or "none yet"
            raise SourceNotFound(f"no draft {name!r} in {self.folder}; drafts: {known}")
        return found

    def find(self, name: str) -> Draft | None:
        """The draft of that name, if there is one."""
        path = self.folder / "drafts" / f"{Path(name).name}.json"
        return self._draft(path) if path.is_file() and Path(name).name == name else None

    def keep(self, draft: Draft) -> Draft:
        """Writes the draft and gives it back."""
        self.save(f"drafts/{draft.id}.json", draft.to_dict())
        return draft

    def _draft(self, path: Path) -> Draft:
        try:
            return Draft.from_dict(_json(path))
        except DataError as error:
            raise DataError(f"{path}: {error}") from error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}; move it away to begin it anew") from error


def _write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", errors="replace")
