"""Markdown files with front matter (JSON values, which YAML reads too), for any static site generator."""

import json
import re
from pathlib import Path
from typing import Any

from genloop.applications.write.publish import markup
from genloop.applications.write.publish.piece import Block, Piece, Run
from genloop.applications.write.publish.receipt import Receipt
from genloop.core.errors import OutputError
from genloop.files.atomic import replacing

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_START = re.compile(r"^(\s*(?:\d+(?=[.)]))?)([#+\-=.)])")


class Markdown:
    """A folder of Markdown files. Files that genloop did not make are never written over."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the folder {folder}: {error.strerror or error}") from error

    def publish(self, piece: Piece) -> Receipt:
        """The article's file, read back."""
        path = self.folder / f"{piece.id}.md"
        before = front(path.read_text("utf-8", "replace")) if path.is_file() else None
        if before is not None and before.get("genloop", {}).get("identifier") != piece.id:
            raise OutputError(f"{path} is there and was not made by genloop; move it away or choose another title")
        text = render(piece)
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
        found = path.read_text("utf-8")
        if found != text or front(found).get("genloop") != dict(piece.record) or piece.line not in found:
            raise OutputError(f"{path} does not hold what was written")
        same = before is not None and before.get("digest") == piece.digest
        return Receipt(
            piece.id, self.key, "created" if before is None else "unchanged" if same else "updated", str(path)
        )

    def withdraw(self, name: str) -> Receipt:
        """The file goes when it is ours."""
        path = self.folder / f"{name}.md"
        if path.is_file() and front(path.read_text("utf-8", "replace")).get("genloop", {}).get("identifier") == name:
            path.unlink()
        return Receipt(name, self.key, "withdrawn", str(path))

    def stands(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.folder / f"{name}.md").is_file()


def render(piece: Piece) -> str:
    """The file of an article: front matter, the visible line, the text."""
    head: dict[str, Any] = {
        "title": piece.title,
        "date": piece.approved,
        "lang": piece.tongue,
        "slug": piece.id,
        "description": piece.about,
        "made_by_ai": True,
        "digital_source_type": piece.record["digitalSourceType"],
        "digest": piece.digest,
        "genloop": dict(piece.record),
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    parts = [f"> {escape(piece.line)}", *map(_block, piece.blocks)]
    return "---\n" + "\n".join(lines) + "\n---\n\n" + "\n\n".join(parts) + "\n"


def front(text: str) -> dict[str, Any]:
    """The front matter of a file that `render` wrote; empty where there is none."""
    if not text.startswith("---\n") or "\n---\n" not in text:
        return {}
    found = {}
    for line in text[4:].split("\n---\n")[0].split("\n"):
        name, _, value = line.partition(": ")
        try:
            found[name] = json.loads(value)
        except ValueError:
            return {}
    return found


def escape(text: str) -> str:
    """Text that Markdown takes as it stands: neither marks nor HTML in it count."""
    return _START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;"))


def _block(block: Block) -> str:
    lines = ["".join(map(_run, line)) for line in block.lines]
    match block.kind:
        case "heading":
            return f"## {lines[0]}"
        case "bullets":
            return "\n".join(f"- {line}" for line in lines)
        case "markdown":
            return markup.inert(block.source)
        case "numbers":
            return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
    return "  \n".join(lines)


def _run(run: Run) -> str:
    return f"**{escape(run.text)}**" if run.strong else escape(run.text)
