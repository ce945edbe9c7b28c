"""Files that appear whole or not at all: written beside their place, moved into it at the end."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from genloop.core.errors import GenloopError, OutputError

_DESKTOP = (".DS_Store", "Thumbs.db", "desktop.ini")  # what systems leave behind


@contextlib.contextmanager
def replacing(path: Path, *, shown: Path | None = None) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well; else the old file stays.

    Messages speak of `shown` where `path` is something that belongs to it.

    Raises:
        OutputError: the folder does not exist or is not writable, or the disk is full.
    """
    shown = path if shown is None else shown
    if path.is_dir():
        raise OutputError(f"{path} is a folder; expected the name of a file")
    target = path.resolve()  # a link goes on pointing where it points
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        part.touch(exist_ok=False)
    except OSError as error:
        raise OutputError(f"cannot write {shown}: {_reason(path, error)}") from error
    try:
        yield part
        _settle(part, target)
    except GenloopError:
        raise
    except OSError as error:
        stays = "; the old file stays as it was" if path.exists() else ""
        raise OutputError(f"cannot write {shown}: {_reason(path, error)}{stays}") from error
    finally:
        part.unlink(missing_ok=True)


def _settle(part: Path, path: Path) -> None:
    """Bytes to the disk first, then the name: a crash leaves the old file or the new one."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    if path.exists():
        part.chmod(path.stat().st_mode & 0o777)
    part.replace(path)


def _reason(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it first"
    return error.strerror or str(error)


@contextlib.contextmanager
def replacing_folder(path: Path, *, mine: Callable[[Path], bool]) -> Iterator[Path]:
    """A new folder beside `path` that takes its place when the block ends well; else the old one stays.

    An old folder goes only if every file in it is `mine`.

    Raises:
        OutputError: the place is taken by something else or not writable, or the disk is full.
    """
    target = path.resolve()
    if target.exists() and not target.is_dir():
        raise OutputError(f"{path} is a file; expected the name of a folder")
    strange = next((file for file in _files(target) if not mine(file)), None)
    if strange is not None:
        raise OutputError(
            f"{path} holds files that genloop did not make ({strange.relative_to(target)}); "
            "name a new folder, or empty this one first"
        )
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    old = part.with_suffix(".old")
    try:
        part.mkdir()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {_reason(target, error)}") from error
    try:
        yield part
        if target.exists():
            target.replace(old)
        try:
            part.replace(target)
        except OSError:
            if old.exists():
                old.replace(target)
            raise
    except GenloopError:
        raise
    except OSError as error:
        stays = "; the old folder stays as it was" if target.exists() else ""
        raise OutputError(f"cannot write {path}: {_reason(target, error)}{stays}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _files(folder: Path) -> Iterator[Path]:
    """What stands in a folder and below it, but for folders and what systems leave behind."""
    for file in sorted(folder.rglob("*")):
        if (file.is_symlink() or not file.is_dir()) and file.name not in _DESKTOP:
            yield file
