"""What a user who names a folder sees of a fit while it runs: a curve for each stage and a sheet of made pictures.

The sheet carries the visible mark and the label of everything that a model made. Its model is in the midst of being
learnt: title and label say of which family, at which step, and the label names the run, as the finished model does.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genloop.core.errors import OutputError
from genloop.core.protocols import Batch, Log, Pixels
from genloop.engine import run as runs
from genloop.files.pictures import sheet
from genloop.trust.label import label

LOOK = "look.png"
SHOWN = 64


@dataclass(frozen=True)
class Diary:
    """The folder in which a user follows the run of this identity; a stage that writes anything has its own in it."""

    folder: Path
    run: str
    seed: int

    def begin(self, place: int, family: str, batch: Batch) -> Log:
        """The log of the stage at this place of the plan; pictures are drawn for rows from all over the batch.

        Raises:
            OutputError: the folder cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot write the log folder {self.folder}: {error.strerror or error}") from error
        own = self.folder / f"{place + 1}-{family}"
        if batch.pixels is None:
            return Log(str(own))
        rows = batch.take(np.unique(np.linspace(0, len(batch) - 1, SHOWN).astype(np.int64)))
        return Log(str(own), rows, lambda made, step: self._show(made, f"{family} at step {step:,}", own))

    def _show(self, made: Pixels, by: str, own: Path) -> None:
        """Write the sheet, in place of an earlier one."""
        version = runs.versions()["genloop"]
        said = label(model=f"{by}, still learning", run=self.run, version=version, seed=self.seed)
        own.mkdir(exist_ok=True)
        sheet.write([(f"{by}, still learning", made)], own / LOOK, said)
