"""Finished columns of a running fit, kept in its run folder so that an interrupted fit goes on and ends the same.

One safetensors file a column, replaced whole, with the run it belongs to and a hash of its arrays. What they hold is
what the model will hold: no rows.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from genloop.core.protocols import Field, Task
from genloop.generators.trees import weights as files
from genloop.generators.trees.config import Config
from genloop.generators.trees.forest import Forest

FORM = 1
"""Counts up when equal rows, settings and seed come to teach other forests."""
_DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError, SafetensorError)


def owner(task: Task, config: Config) -> str:
    """A hash of everything that decides what a fit learns: rows, fields, settings and seed."""
    facts = [FORM, task.seed, asdict(config), [asdict(field) for field in task.train.fields]]
    digest = hashlib.sha256(json.dumps(facts).encode())
    digest.update(np.ascontiguousarray(task.train.codes).data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Parts:
    """The columns of the run `owner` in `folder`."""

    folder: Path
    owner: str

    def load(self, number: int, fields: tuple[Field, ...]) -> tuple[Forest | None, bool]:
        """The forest of field `number`, None where it is absent; and whether there was a file of no use."""
        path = self._path(number)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None, False
        except OSError:
            return None, True
        try:
            about = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])["__metadata__"]
            arrays = load_arrays(raw)
            if about["owner"] != self.owner or about["sha256"] != _digest(arrays):
                return None, True
            return files.unpack(number, tuple(json.loads(about["parents"])), fields, arrays), False
        except _DAMAGED:
            return None, True

    def save(self, number: int, forest: Forest) -> None:
        """Keep the finished forest of field `number` where the disk lets us."""
        arrays = {name: np.ascontiguousarray(a) for name, a in files.pack(number, forest, exact=True).items()}
        about = {"owner": self.owner, "sha256": _digest(arrays), "parents": json.dumps(forest.parents)}
        path = self._path(number)
        fresh = path.with_suffix(".new")
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(save_arrays(arrays, about))
            fresh.replace(path)

    def _path(self, number: int) -> Path:
        return self.folder / f"column-{number}.safetensors"


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
