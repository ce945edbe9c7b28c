"""A model as a folder of its own: the base's weights with what was learnt added, and what it rests on."""

import json
import shutil
import tempfile
from pathlib import Path

from genloop.core.errors import OutputError
from genloop.core.protocols import Weights
from genloop.generators.pretrained import base as bases
from genloop.generators.pretrained import draw
from genloop.generators.pretrained.config import package
from genloop.runtime import gguf

NOTICES = ("LICENSE*", "LICENCE*", "NOTICE*", "*TERMS*", "USE_POLICY*")


def save(weights: Weights, folder: Path) -> None:
    """Write the folder in one move; the terms that came with the base come along.

    Raises:
        OutputError: the folder holds something already, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} exists and is not empty; name another folder")
    opened = draw.load(weights)
    transformers = package("transformers")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as place,
            gguf.silent(transformers),
        ):
            part = Path(place) / "model"
            opened.model.save_pretrained(part)
            opened.tokenizer.save_pretrained(part)
            _notes(weights, part)
            if folder.exists():
                folder.rmdir()
            part.replace(folder)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


def _notes(weights: Weights, part: Path) -> None:
    """What the weights rest on, in a file beside them, with the base's own notices from where it stands now."""
    base = weights.head["base"]
    about = {"base": base, "lora": weights.head["lora"], "column": weights.head["column"]}
    (part / "genloop.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    for pattern in NOTICES:
        for path in bases.again(base).folder.glob(pattern):
            if path.is_file() and not (part / path.name).exists():
                shutil.copyfile(path, part / path.name)
