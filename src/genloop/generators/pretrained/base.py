"""The folder of open weights that a model rests on: found, looked through before anything opens it, known by hashes."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloop.core.errors import MissingExtra, ModelFileError, SourceNotFound
from genloop.generators.pretrained import wholeness
from genloop.runtime import packs

VARIABLE = "GENLOOP_BASE"
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack")
ABOUT = (
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json", "chat_template.jinja",
)  # fmt: skip
DECODERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")


@dataclass(frozen=True)
class Base:
    """Weights that may be opened: their folder, the pack they came as, the hash of each file that opening reads.

    `gguf` names the one file to open where they are of that format.
    """

    folder: Path
    pack: str | None
    files: Mapping[str, str]
    gguf: str | None = None

    @property
    def head(self) -> dict[str, Any]:
        """What a model keeps of it, JSON-able."""
        return {"folder": str(self.folder), "pack": self.pack, "files": dict(self.files), "gguf": self.gguf}


def find(named: str) -> Base:
    """The base of that name: a folder, a .gguf file, or an installed model pack.

    Raises:
        SourceNotFound, MissingExtra, ModelFileError: as `locate` does.
    """
    folder, pack, gguf = locate(named)
    return Base(folder.resolve(), pack, _hashes(folder, gguf), gguf)


def locate(named: str) -> tuple[Path, str | None, str | None]:
    """Its folder, the pack's name and that of the GGUF file where it is one; all that can be seen without opening it.

    Raises:
        SourceNotFound: there is none, or nothing in it to open.
        MissingExtra: it is a model pack that is not installed.
        ModelFileError: it is pickled, damaged, needs code of its own, or is no decoder of texts.
    """
    folder, pack = _place(named)
    gguf = None
    if folder.is_file() and folder.suffix == ".gguf":
        folder, gguf = folder.parent, folder.name
    if folder.is_file() and folder.suffix in PICKLED:
        raise _pickled(folder.parent, [folder.name])
    if not folder.is_dir():
        raise SourceNotFound(
            f"no weights at {named!r}: expected a folder with config.json and *.safetensors, a .gguf file, or the name "
            f"of a model pack ({', '.join(packs.bases())})"
        )
    gguf = gguf or _opened(folder)
    if gguf is None:
        check(folder)
        wholeness.check(folder)
    return folder, pack, gguf


def again(head: Mapping[str, Any]) -> Base:
    """The base that a model was taught on, found again and unchanged.

    It is looked for among the packs, where it stood, and where the environment variable GENLOOP_BASE points.

    Raises:
        SourceNotFound: it is gone.
        MissingExtra: it is a model pack that is not installed here.
        ModelFileError: its files are not the ones that the model was taught on.
    """
    moved = os.environ.get(VARIABLE)
    named = moved or head["pack"] or str(Path(head["folder"]) / (head["gguf"] or ""))
    try:
        found = find(named)
    except SourceNotFound as error:
        raise SourceNotFound(
            f"the base of this model is gone: {named}; bring it back, or name where it stands now: "
            f"{VARIABLE}=FOLDER ({error})"
        ) from error
    for name, sha256 in head["files"].items():
        here = found.files.get(name)
        if here != sha256:
            state = "is missing" if here is None else f"has changed (sha256 {here[:12]}, taught on {sha256[:12]})"
            raise ModelFileError(
                f"{found.folder / name} {state}: a model of the pretrained family works only with the base that it was "
                f"taught on; bring that back, or name where it stands: {VARIABLE}=FOLDER"
            )
    return found


def _place(named: str) -> tuple[Path, str | None]:
    """Where it stands, and the pack's name when it is one; a folder of that name here comes first."""
    here = Path(named).expanduser()
    if here.exists() or named not in packs.bases():
        return here, None
    folder = packs.find(named)
    if folder is None:
        raise MissingExtra(f"the model pack {named!r} is not installed; run: genloop models add {named}")
    return folder, named


def _opened(folder: Path) -> str | None:
    """The folder's GGUF file where there is one and no safetensors."""
    if any(folder.glob("*.safetensors")):
        return None
    found = sorted(path.name for path in folder.glob("*.gguf"))
    if len(found) > 1:
        raise ModelFileError(f"{folder} holds {len(found)} GGUF files; name one of them: {', '.join(found)}")
    if found:
        return found[0]
    pickled = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLED)
    if pickled:
        raise _pickled(folder, pickled)
    raise SourceNotFound(f"{folder} holds no weights: expected *.safetensors with config.json, or a .gguf file")


def _pickled(folder: Path, names: list[str]) -> ModelFileError:
    return ModelFileError(
        f"{folder} holds its weights pickled ({', '.join(names[:3])}): such files can run code when they are "
        "opened, so genloop never does; take the safetensors or GGUF form of the same model"
    )


def check(folder: Path) -> None:
    """Refuses a folder whose settings say that it cannot be opened here."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelFileError(f"{folder} has weights but no config.json, which says what they are; bring it too")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        kind, made = str(about["model_type"]), list(map(str, about.get("architectures") or []))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path} is damaged or says no model_type ({error!r})") from error
    if "auto_map" in about:
        raise ModelFileError(
            f"{path} asks for code of its own (auto_map); genloop runs no code that comes with weights: take a model "
            "whose architecture transformers knows"
        )
    if about.get("is_encoder_decoder") or (made and not any(name.endswith(DECODERS) for name in made)):
        raise ModelFileError(
            f"{folder} is {', '.join(made) or kind}, which does not write texts from left to right; expected a decoder "
            "(such as Gemma3ForCausalLM, LlamaForCausalLM, Qwen3ForCausalLM)"
        )


def _hashes(folder: Path, gguf: str | None) -> dict[str, str]:
    """The sha256 of each file that opening reads, by name."""
    if gguf is not None:
        return {gguf: _hash(folder / gguf)}
    names = [name for name in ABOUT if (folder / name).is_file()]
    names += sorted(path.name for path in folder.glob("*.safetensors*"))
    return {name: _hash(folder / name) for name in names}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
