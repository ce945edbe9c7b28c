"""A draft with its sections, what the gate said of it, and everything that happened to it, as JSON and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from genloop.core.errors import DataError
from genloop.engine import run as runs

Status = Literal["working", "waiting", "refused", "approved", "rejected"]


@dataclass(frozen=True)
class Section:
    """One section: its heading (empty where there is none) and its text, paragraphs apart by empty lines."""

    title: str
    text: str


@dataclass(frozen=True)
class Fault:
    """Why the gate refuses: in which section (None: the whole), what of it, by which measure, in both languages."""

    measure: str
    en: str
    zh: str
    section: int | None = None
    span: str = ""

    def say(self, language: str) -> str:
        """The reason in the language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Finding:
    """What the gate found: whether the draft passes, its measures and the faults that speak against it.

    `overlooked` faults are told and do not refuse it.
    """

    passed: bool
    scores: Mapping[str, float] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    overlooked: tuple[Fault, ...] = ()

    @property
    def weakest(self) -> int | None:
        """The section that most faults are in; None where they are in the whole."""
        places = [fault.section for fault in self.faults if fault.section is not None]
        return max(sorted(set(places)), key=places.count) if places else None

    def of(self, section: int) -> tuple[Fault, ...]:
        """The faults of one section and of the whole."""
        return tuple(fault for fault in self.faults if fault.section in (section, None))


@dataclass(frozen=True)
class Draft:
    """One article on its way. `by` says who wrote it, `human` whether a person changed it."""

    id: str
    title: str
    language: str
    template: str
    topic: str = ""
    status: Status = "working"
    by: str = ""
    sections: tuple[Section, ...] = ()
    finding: Finding | None = None
    tries: int = 0
    retrained: bool = False
    human: bool = False
    because: str = ""
    created: str = ""
    approved: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    label: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()

    @property
    def written(self) -> bool:
        """Whether every section has a text."""
        return bool(self.sections) and all(section.text for section in self.sections)

    @property
    def text(self) -> str:
        """The whole draft as plain text."""
        return "\n\n".join(f"{part.title}\n\n{part.text}".strip() for part in self.sections)

    def noted(self, step: str, note: str = "", **changes: Any) -> "Draft":
        """The draft with these changes, and the step in its history."""
        entry = {"when": runs.now(), "step": step, **({"note": note} if note else {})}
        return replace(self, **changes, history=(*self.history, entry))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Draft":
        """The draft that `to_dict` wrote.

        Raises:
            DataError: the mapping is no draft.
        """
        try:
            values = dict(raw)
            values["sections"] = sections(values["sections"])
            found = values["finding"]
            if found is not None:
                both = {name: tuple(Fault(**part) for part in found[name]) for name in ("faults", "overlooked")}
                values["finding"] = Finding(**{**found, **both})
            return cls(**{**values, "history": tuple(values["history"])})
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"not a draft that genloop wrote: {error}") from error


def sections(raw: Sequence[Mapping[str, str]]) -> tuple[Section, ...]:
    """Sections from mappings."""
    return tuple(Section(str(part["title"]), str(part["text"])) for part in raw)


def to_markdown(draft: Draft) -> str:
    """The draft as a person edits it: a title, then headings and texts."""
    parts = [f"# {draft.title}"]
    for section in draft.sections:
        parts += [f"## {section.title}"] if section.title else []
        parts.append(section.text)
    return "\n\n".join(parts) + "\n"


def from_markdown(text: str) -> tuple[str, tuple[Section, ...]]:
    """The title ("" where there is none) and the sections of an edited draft.

    Raises:
        DataError: there is no text in it.
    """
    title, found, heading, lines, fenced = "", [], "", list[str](), False

    def close() -> None:
        body = "\n".join(lines).strip()
        if body or heading:
            found.append(Section(heading, body))

    for line in text.replace("\r\n", "\n").split("\n"):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if fenced:
            lines.append(line)
        elif line.startswith("# ") and not title and not found and not heading:
            title = line[2:].strip()
        elif line.startswith("## "):
            close()
            heading, lines = line[3:].strip(), []
        else:
            lines.append(line)
    close()
    if not any(section.text for section in found):
        raise DataError("the edited file holds no text; expected `# title`, then `## heading` and paragraphs")
    return title, tuple(found)
