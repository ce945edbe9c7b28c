"""Whether every number and every name of a draft stands in the material it was written from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from genloop.judges.drafts import names, numbers
from genloop.judges.drafts.draft import Draft, Span
from genloop.judges.drafts.finding import Finding


@dataclass(frozen=True)
class Facts:
    """The material, as claims are looked up in it."""

    numbers: numbers.Known
    plain: str
    stems: frozenset[str]

    @classmethod
    def of(cls, material: Sequence[str]) -> "Facts":
        """What these texts say."""
        whole = "\n".join(material)
        return cls(numbers.Known.of(whole), names.plain(whole), names.stems(whole))


@dataclass(frozen=True)
class Support:
    """How many claims a draft makes, and those that the material does not hold."""

    claims: int
    missing: tuple[Finding, ...]


def read(draft: Draft, facts: Facts, common: Collection[str]) -> Support:
    """The claims of all sections, each missing one with its place; `common` are words that real texts write small."""
    claims, missing = 0, []
    for place, section in enumerate(draft.sections):
        found = [(one.start, one.stop, "number", facts.numbers.holds(one)) for one in numbers.read(section.text)]
        found += [
            (one.start, one.stop, "name", _named(one.text, facts))
            for one in names.read(section.text, draft.language, common)
        ]
        claims += len(found)
        for start, stop, kind, held in sorted(found):
            if not held:
                missing.append(Finding(1.0, Span(place, start, stop), section.text[start:stop], kind))
    return Support(claims, tuple(missing))


def _named(name: str, facts: Facts) -> bool:
    """Whether the name stands in the material: as it is, or each of its words as a word or the stem of one."""
    short = names.plain(name)
    if not short or any("\u3400" <= mark <= "\u9fff" for mark in short):
        return short in facts.plain
    if short in facts.stems or names.stem(short) in facts.stems:
        return True
    words = names.stems(name) - {"s"}
    return all(word in facts.stems or names.stem(word) in facts.stems for word in words)
