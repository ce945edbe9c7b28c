"""Whether the files of a base are what their names say and whole, looked at before any library opens them.

A safetensors file begins with the length of its header (8 bytes, little endian) and the header as JSON, which says
where the last weight ends. Nothing is unpickled, whatever a file holds.
"""

import json
from pathlib import Path
from typing import Any

from genloop.core.errors import ModelFileError

AGAIN = "fetch it again, whole"
_MOST = 100 << 20  # bytes of a header, as the format bounds it
_BEGINS = {
    b"\x80": "a pickle, which can run code and is never opened; take the safetensors form of the same model",
    b"PK": "a zip archive or a pickle, which can run code and is never opened; take the safetensors form",
    b"version https://git-lfs": f"a pointer of git-lfs in place of the weights; {AGAIN} (git lfs pull)",
    b"<": f"a web page; {AGAIN}",
    b"GGUF": "GGUF; give it the ending .gguf",
}


def check(folder: Path) -> None:
    """Refuses weights that are cut short, missing or something else, and a tokenizer that cannot be read.

    Raises:
        ModelFileError: one is; the message says what was expected, what came and what to do.
    """
    for path in sorted(folder.glob("*.safetensors")):
        _weights(path)
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = _mapping(index, "where each weight lies").get("weight_map") or {}
        lost = sorted({str(name) for name in named.values()} - {path.name for path in folder.iterdir()})
        if lost:
            raise ModelFileError(
                f"{folder} lacks {', '.join(lost[:3])}, which {index.name} names; bring the whole model"
            )
    tokenizer = folder / "tokenizer.json"
    if tokenizer.is_file() and not isinstance(_mapping(tokenizer, "the tokenizer").get("model"), dict):
        raise ModelFileError(f"{tokenizer} holds no tokenizer: expected JSON with its model; {AGAIN}")


def _weights(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(32)
        length = int.from_bytes(begin[:8], "little")
        told = next((what for start, what in _BEGINS.items() if begin.lstrip().startswith(start)), "")
        is_begun = len(begin) > 8 and begin[8:9] == b"{" and length <= _MOST
        if not is_begun:
            found = told or ("nothing" if not size else f"{size:,} bytes of something else; {AGAIN}")
            raise ModelFileError(f"{path}: expected weights as safetensors, found {found}")
        file.seek(8)
        header = file.read(length)
    try:
        ends = [part["data_offsets"][1] for name, part in json.loads(header).items() if name != "__metadata__"]
        whole = 8 + length + max(map(int, ends), default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        whole = 8 + length if size < 8 + length else 0
    if size != whole:
        expected = f"{whole:,} bytes" if whole else "a header that says where its weights lie"
        raise ModelFileError(f"{path} is damaged: expected {expected}, found {size:,} bytes; {AGAIN}")


def _mapping(path: Path, what: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} is damaged: expected {what} as JSON; {AGAIN}") from error
    return found if isinstance(found, dict) else {}
