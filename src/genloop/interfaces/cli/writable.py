"""Where a model is written, looked at before the work."""

import os
import zipfile
from pathlib import Path

from genloop.core.errors import ConfigError, OutputError


def model(output: Path | None) -> Path:
    """The output path, checked before the work.

    Raises:
        ConfigError: none was named.
        OutputError: its folder does not exist or cannot be written, or something that is no model stands there.
    """
    if output is None:
        raise ConfigError("name the model file to write: -o MODEL.genloop (or look first with --dry-run)")
    folder = output.parent
    if not folder.is_dir():
        raise OutputError(f"cannot write {output}: there is no folder {folder}")
    if output.is_dir() or not os.access(output if output.exists() else folder, os.W_OK):
        raise OutputError(f"cannot write {output}: {'it is a folder' if output.is_dir() else 'permission denied'}")
    if output.exists() and not _replaceable(output):
        raise OutputError(f"{output} is no model, and would be lost; name another file with -o")
    return output


def named(data: str | None, *, resume: bool = False) -> Path | None:
    """The model file where none is named: the name of the file or folder that is learnt, here; None for other data.

    Raises:
        OutputError: such a file is there already, and no run is resumed.
    """
    place = Path(data or "").expanduser()
    if data is None or not os.access(place, os.F_OK):
        return None
    target = Path(f"{place.resolve().name if place.is_dir() else place.stem}.genloop")
    if target.exists() and not resume:
        raise OutputError(f"{target} is there already; name the model file with -o (the same name replaces it)")
    return target


def unfinished(target: Path) -> Path:
    """Where a model goes whose fit was interrupted: an earlier one that stands there already is not replaced by it."""
    return target.with_name(f"{target.stem}.unfinished{target.suffix}") if target.exists() else target


def apart(output: Path | str, source: object) -> None:
    """Refuses to write made rows over what the model was learnt from.

    Raises:
        OutputError: both are the same place.
    """
    place = Path(output).expanduser()
    if source and place.exists() and Path(str(source)).exists() and place.samefile(str(source)):
        raise OutputError(f"{output} is what the model was learnt from, and would be lost; name another place with -o")


def _replaceable(path: Path) -> bool:
    """Whether what stands there is a model, by its name or its content, or empty."""
    return path.suffix == ".genloop" or path.stat().st_size == 0 or _is_model(path)


def _is_model(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "manifest.json" in archive.namelist()
