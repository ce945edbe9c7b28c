"""Answers kept on disk by the hash of their request, outside the model: the same command pays once.

A file holds an answer and its counts, neither the request nor a key. Like the shelf it never fails: what is damaged
counts as absent.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from genloop.generators.remote.answer import Answer
from genloop.runtime import shelf

MOST_BYTES = 256 << 20
_ENDING = ".answer"


def name(endpoint: str, body: Mapping[str, Any]) -> str:
    """The name under which the answer to a request is kept."""
    return hashlib.sha256(json.dumps([endpoint, body], sort_keys=True).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Cache:
    """The folder of answers of at most `most_bytes`; what was used longest ago goes first."""

    most_bytes: int = MOST_BYTES

    @property
    def folder(self) -> Path:
        """Where the answers lie."""
        return shelf.folder() / "answers"

    def load(self, key: str) -> Answer | None:
        """What was kept under that name, None where it is absent or damaged."""
        path = self.folder / f"{key}{_ENDING}"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            found = Answer(str(raw["text"]), str(raw["finish"]), int(raw["read"]), int(raw["written"]), raw["model"])
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found

    def save(self, key: str, answer: Answer) -> None:
        """Keep the answer where the disk lets us; only its owner can read it."""
        path = self.folder / f"{key}{_ENDING}"
        temporary = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError, UnicodeError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            raw = json.dumps(asdict(answer), ensure_ascii=False).encode()
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "wb") as file:  # noqa: PTH123  (its mode is set as it is made)
                file.write(raw)
            temporary.replace(path)

    def thin(self) -> None:
        """Drop the oldest answers until the rest fits."""
        with contextlib.suppress(OSError):
            kept = [(path.stat(), path) for path in self.folder.glob(f"*{_ENDING}")]
            room = self.most_bytes
            for state, path in sorted(kept, key=lambda found: found[0].st_mtime_ns, reverse=True):
                room -= state.st_size
                if room < 0:
                    path.unlink(missing_ok=True)
