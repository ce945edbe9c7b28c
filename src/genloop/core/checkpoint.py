"""The `.genloop` file: a zip of JSON, safetensors and text, hashed, bounded, and unable to run code (no pickle).

`manifest.json` names every other member with its size and SHA-256. Reading checks the format's version, the names,
the declared sizes and the ratio of compression before a single member is unpacked, then every hash.
"""

import hashlib
import json
import os
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from genloop.core.errors import ModelFileError, OutputError, SourceNotFound

VERSION = 1
MAX_MEMBERS = 1_000
MAX_BYTES = 4 << 30
MAX_MANIFEST_BYTES = 1 << 20
MAX_RATIO = 200
_MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*\.(json|safetensors|txt)")


@dataclass(frozen=True)
class Checkpoint:
    """Named members: JSON documents, groups of arrays, and texts; names carry no ending."""

    documents: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def save(checkpoint: Checkpoint, path: str | os.PathLike[str]) -> str:
    """Write the file in one move (the old one stays on failure); returns the SHA-256 of its manifest.

    Raises:
        OutputError: the place cannot be written.
    """
    members = _members(checkpoint)
    listed = {
        name: {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()} for name, raw in sorted(members.items())
    }
    manifest = json.dumps({"format": "genloop", "version": VERSION, "members": listed}, indent=1).encode()
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(_MANIFEST, manifest)
            for name, raw in members.items():
                archive.writestr(name, raw, compress_type=_method(raw))
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"cannot write the model file {target}: {error.strerror or error}") from error
    finally:  # also where Ctrl-C came
        temporary.unlink(missing_ok=True)
    return hashlib.sha256(manifest).hexdigest()


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """The checkpoint that `save` wrote, every member checked against its hash.

    Raises:
        SourceNotFound: there is no such file.
        ModelFileError: the file is no model, damaged, cut short, newer than this version or beyond its bounds.
    """
    target = Path(path)
    if not target.is_file():
        raise SourceNotFound(f"no model file {target}; `genloop fit DATA -o {target.name}` writes one")
    try:
        with zipfile.ZipFile(target) as archive:
            listed = _manifest(archive, target)
            _check(archive, listed, target)
            return _assemble({name: _member(archive, name, entry, target) for name, entry in listed.items()}, target)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as error:
        raise ModelFileError(f"{target} is no whole model file (damaged, or cut short in copying): {error}") from error


def _members(checkpoint: Checkpoint) -> dict[str, bytes]:
    members = {f"{name}.json": _dump(value) for name, value in checkpoint.documents.items()}
    for name, group in checkpoint.arrays.items():
        members[f"{name}.safetensors"] = save_arrays({key: np.ascontiguousarray(a) for key, a in group.items()})
    members.update({f"{name}.txt": text.encode() for name, text in checkpoint.texts.items()})
    for name in members:
        if not _NAME.fullmatch(name) or name == _MANIFEST:
            raise ValueError(f"no member of a model file may be called {name!r}")
    return members


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _method(raw: bytes) -> int:
    """Members that would compress beyond the bound that `load` keeps are stored as they are."""
    packed = len(zlib.compress(raw, 1)) if raw else 1
    return zipfile.ZIP_STORED if len(raw) > packed * MAX_RATIO // 2 else zipfile.ZIP_DEFLATED


def _manifest(archive: zipfile.ZipFile, target: Path) -> dict[str, Any]:
    try:
        info = archive.getinfo(_MANIFEST)
    except KeyError:
        raise ModelFileError(f"{target} is a zip but no model file: it has no {_MANIFEST}") from None
    if info.file_size > MAX_MANIFEST_BYTES:
        raise ModelFileError(f"{target}: the manifest claims {info.file_size:,} bytes, the bound is 1 MB")
    try:
        manifest = json.loads(archive.read(info))
        version, listed = manifest["version"], manifest["members"]
        sizes_known = all(isinstance(e["bytes"], int) and isinstance(e["sha256"], str) for e in listed.values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{target}: the manifest is not readable ({error}); the file is damaged") from error
    if manifest.get("format") != "genloop" or not isinstance(version, int) or not sizes_known:
        raise ModelFileError(f"{target}: the manifest is not that of a genloop model")
    if version > VERSION:
        raise ModelFileError(
            f"{target} was written by a newer genloop (format {version}, this reads up to {VERSION}): update genloop"
        )
    return dict(listed)


def _check(archive: zipfile.ZipFile, listed: dict[str, Any], target: Path) -> None:
    """Names, number, sizes and ratios, before anything is unpacked."""
    infos = [info for info in archive.infolist() if info.filename != _MANIFEST]
    if len(infos) > MAX_MEMBERS:
        raise ModelFileError(f"{target} claims {len(infos):,} members; the bound is {MAX_MEMBERS:,}")
    for info in infos:
        if not _NAME.fullmatch(info.filename):
            raise ModelFileError(f"{target}: the member {info.filename!r} has no name that a model file may hold")
        if info.filename not in listed or info.file_size != listed[info.filename]["bytes"]:
            raise ModelFileError(f"{target}: the member {info.filename} is not as the manifest states it")
        if info.file_size > max(info.compress_size, 1) * MAX_RATIO:
            raise ModelFileError(
                f"{target}: the member {info.filename} would unpack to {info.file_size:,} bytes from "
                f"{info.compress_size:,}; the bound is {MAX_RATIO} to 1"
            )
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise ModelFileError(f"{target} would unpack to more than the bound of {MAX_BYTES >> 30} GB")
    missing = sorted(set(listed) - {info.filename for info in infos})
    if missing or len(infos) != len(listed):
        raise ModelFileError(f"{target}: members are missing or doubled ({', '.join(missing[:3]) or 'doubled'})")


def _member(archive: zipfile.ZipFile, name: str, entry: dict[str, Any], target: Path) -> bytes:
    with archive.open(name) as file:
        raw = file.read(entry["bytes"] + 1)
    if len(raw) != entry["bytes"] or hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise ModelFileError(f"{target}: the member {name} does not match its hash; the file is damaged")
    return raw


def _assemble(members: dict[str, bytes], target: Path) -> Checkpoint:
    found = Checkpoint()
    for member, raw in members.items():
        name, ending = member.rsplit(".", 1)
        try:
            if ending == "json":
                found.documents[name] = json.loads(raw)
            elif ending == "safetensors":
                found.arrays[name] = load_arrays(raw)
            else:
                found.texts[name] = raw.decode()
        except (ValueError, SafetensorError, KeyError, RecursionError) as error:
            raise ModelFileError(f"{target}: the member {member} is not readable ({error})") from error
    return found
