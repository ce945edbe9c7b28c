"""The run folder beside a model while it is being fitted: what the run is, and the checkpoint it can go on from."""

import contextlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloop.core.errors import ConfigError, OutputError
from genloop.core.training import SIZES

FACTS, CHECKPOINT = "run.json", "checkpoint"


@dataclass(frozen=True)
class Folder:
    """`run.json` says which data and settings began the run; `checkpoint/` belongs to the family."""

    path: Path

    @property
    def checkpoint(self) -> str:
        """Where the family keeps what it needs to go on."""
        return str(self.path / CHECKPOINT)

    def begin(self, facts: Mapping[str, Any], *, resume: bool) -> None:
        """Make the folder ready: fresh, or as it stands when resuming a run of the same data and settings.

        Raises:
            ConfigError: there is nothing to resume, or it was begun with other data or settings.
            OutputError: the place cannot be written, or holds what belongs to no run.
        """
        wanted = json.loads(json.dumps(facts, default=str))
        if resume:
            found = self._read()
            differing = sorted(key for key in wanted if found.get(key) != wanted[key])
            if differing:
                raise ConfigError(
                    f"{self.path} was begun with another {', '.join(differing)}; leave out --resume to begin anew"
                )
            return
        try:
            self._refuse_strangers()
            self.end()
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / FACTS).write_text(json.dumps(wanted, indent=1, ensure_ascii=False), encoding="utf-8")
            (self.path / CHECKPOINT).mkdir()
        except OSError as error:
            raise OutputError(f"cannot write the run folder {self.path}: {error.strerror or error}") from error

    def leave(self) -> None:
        """Remove the folder where a run that came to nothing left no checkpoint in it to go on from."""
        if {path.name for path in self.path.rglob("*") if path.is_file()} - {SIZES} == {FACTS}:
            self.end()

    def end(self) -> None:
        """Remove what a run keeps, and the folder if nothing else is in it: the model holds all worth keeping."""
        if not (self.path / FACTS).is_file():
            return
        shutil.rmtree(self.path / CHECKPOINT, ignore_errors=True)
        with contextlib.suppress(OSError):
            (self.path / FACTS).unlink()
            self.path.rmdir()

    def _refuse_strangers(self) -> None:
        found = sorted(path.name for path in self.path.iterdir()) if self.path.exists() else []
        strange = [name for name in found if FACTS not in found or name not in (FACTS, CHECKPOINT)]
        if strange:
            raise OutputError(
                f"{self.path} holds files that genloop did not make ({strange[0]}); "
                "name a new folder, or empty this one first"
            )

    def _read(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.path / FACTS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"nothing to resume: {self.path} holds no run ({error}); leave out --resume") from error
        return found
