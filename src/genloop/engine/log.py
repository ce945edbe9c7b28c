"""What a user who names a folder sees of a fit while it runs: a curve for each stage and a sheet of made pictures.

The sheet carries the visible mark and the label of everything that a model made; its model is not finished, and the
label says so.
"""

from pathlib import Path

import numpy as np

from genloop.core.errors import OutputError
from genloop.core.protocols import Batch, Log, Pixels
from genloop.engine import run as runs
from genloop.files.pictures import sheet
from genloop.trust.label import label

LOOK = "look.png"
SHOWN = 64


def begin(folder: str | Path, name: str, batch: Batch, seed: int) -> Log:
    """The log of the stage called `name`, in a folder of its own; pictures are drawn for rows from all over the batch.

    Raises:
        OutputError: the folder cannot be made.
    """
    own = Path(folder) / name
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write the log folder {own}: {error.strerror or error}") from error
    if batch.pixels is None:
        return Log(str(own))
    said = label(model="not finished", run="not finished", version=runs.versions()["genloop"], seed=seed)

    def show(made: Pixels) -> None:
        sheet.write([("", made)], own / LOOK, said)

    return Log(str(own), batch.take(np.unique(np.linspace(0, len(batch) - 1, SHOWN).astype(np.int64))), show)
