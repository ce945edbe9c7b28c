"""An approved article as it is published: its blocks of text, its label, and a digest that tells whether it changed."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from genloop.applications.write import templates
from genloop.applications.write.draft import Draft
from genloop.files.texts import markdown
from genloop.trust import written

Kind = Literal["heading", "paragraph", "bullets", "numbers", "markdown"]
_BULLET, _NUMBER = re.compile(r"^\s*[-*•]\s+(.*)"), re.compile(r"^\s*\d{1,3}[.)、]\s*(.*)")
_STRESS = re.compile(r"\*\*([^*\n]+)\*\*")
_ABOUT, _BRIEF = 160, 50  # characters of the description; it ends with a sentence where that leaves so many
_END = re.compile(r"[。！？]+[”’）」』]*|[.!?]+[\"'”’)]*(?=\s|$)")


@dataclass(frozen=True)
class Run:
    """A stretch of text, stressed or not."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph or a list, whose lines are rows of runs; or a person's Markdown, one run of one line."""

    kind: Kind
    lines: tuple[tuple[Run, ...], ...]

    @property
    def plain(self) -> list[str]:
        """The lines without stress or other marks."""
        if self.kind == "markdown":
            return [line for line in markdown.read(self.source)[0].split("\n") if line]
        return ["".join(run.text for run in line) for line in self.lines]

    @property
    def source(self) -> str:
        """The text of the first line as it stands."""
        return "".join(run.text for run in self.lines[0])


@dataclass(frozen=True)
class Piece:
    """What goes out. `line` and `record` are its label."""

    id: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    line: str
    record: Mapping[str, Any]
    created: str
    approved: str
    about: str

    @classmethod
    def of(cls, draft: Draft) -> "Piece":
        """The piece of an approved draft."""
        record = written.record(
            draft.label, name=draft.id, title=draft.title, language=draft.language, human=draft.human
        )
        posts = templates.read(draft.template).channels
        short = written.line(draft.language, short=True) if posts else ""
        found: list[Block] = []
        for section in draft.sections:
            found += [Block("heading", (_runs(section.title),))] if section.title else []
            found += [Block("markdown", ((Run(section.text),),))] if draft.human else blocks(section.text)
            found += [Block("paragraph", (_runs(short),))] if short else []  # a post is copied without its page
        lines = [line for block in found if block.kind != "heading" for line in block.plain]
        text = ("" if draft.language == "zh" else " ").join(lines)
        return cls(
            draft.id, draft.title, draft.language, tuple(found), record["creditText"], record, draft.created,
            draft.approved, _about(text),
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """A hash of everything that readers get."""
        parts = [self.id, self.title, self.language, repr(self.blocks), json.dumps(self.record, sort_keys=True)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()

    @property
    def tongue(self) -> str:
        """The language as pages name it."""
        return "zh-CN" if self.language == "zh" else self.language


def _about(text: str) -> str:
    """The first sentences, or as much of the first as there is room for."""
    if len(text) <= _ABOUT:
        return text
    ends = [found.end() for found in _END.finditer(text[:_ABOUT]) if found.end() >= _BRIEF]
    return text[: ends[-1]] if ends else text[: _ABOUT - 1].rstrip() + "…"


def blocks(text: str) -> list[Block]:
    """The paragraphs and lists of a section's text."""
    found = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = [line for line in part.split("\n") if line.strip()]
        for kind, pattern in (("bullets", _BULLET), ("numbers", _NUMBER)):
            items = [pattern.match(line) for line in lines]
            if len(items) > 1 and all(items):
                found.append(Block(kind, tuple(_runs(item[1]) for item in items if item)))  # type: ignore[arg-type]
                break
        else:
            if lines:
                found.append(Block("paragraph", tuple(_runs(line) for line in lines)))
    return found


def _runs(line: str) -> tuple[Run, ...]:
    parts = _STRESS.split(line.strip())
    return tuple(Run(part, strong=bool(at % 2)) for at, part in enumerate(parts) if part)
