"""What was dear to compute and can be computed again, kept in the user's cache folder between commands.

Files have the format of a model file: hashed JSON and safetensors, nothing that could run. The shelf never fails: what
is damaged counts as absent, and what cannot be written is left out.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from genloop.core import checkpoint
from genloop.core.checkpoint import Checkpoint
from genloop.core.errors import GenloopError
from genloop.core.protocols import Weights

VARIABLE = "GENLOOP_CACHE"
MOST_BYTES = 2 << 30
_ENDING = ".shelf"


def folder() -> Path:
    """Where the shelf stands: what the environment variable GENLOOP_CACHE names, else the user's cache folder."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "genloop" / "shelf"


@dataclass(frozen=True)
class Shelf:
    """A `core.protocols.Store` of at most `most_bytes`; what was used longest ago goes first. `place` overrules."""

    place: Path | None = None
    most_bytes: int = MOST_BYTES

    def load(self, name: str) -> Weights | None:
        """What `save` kept under that name, None where it is absent or damaged."""
        path = self._path(name)
        try:
            found = checkpoint.load(path)
            os.utime(path)
            return Weights(found.documents["head"], found.arrays["arrays"])
        except (GenloopError, OSError, KeyError):
            return None

    def save(self, name: str, weights: Weights) -> None:
        """Keep the weights under that name where the disk lets us."""
        path = self._path(name)
        with contextlib.suppress(GenloopError, OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            checkpoint.save(Checkpoint({"head": weights.head}, {"arrays": weights.arrays}), path)
            self._thin(path)

    def _path(self, name: str) -> Path:
        return (self.place or folder()) / f"{name}{_ENDING}"

    def _thin(self, newest: Path) -> None:
        """Drops the oldest files until the rest fits; the newest stays in any case."""
        others = [(path.stat(), path) for path in newest.parent.glob(f"*{_ENDING}") if path != newest]
        room = self.most_bytes - newest.stat().st_size
        for state, path in sorted(others, key=lambda found: found[0].st_mtime_ns, reverse=True):
            room -= state.st_size
            if room < 0:
                path.unlink(missing_ok=True)
