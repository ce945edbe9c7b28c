"""The gate that every draft passes: the judges' measures of writing, the template's lengths, the brief's bar."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from genloop.applications.write.draft import Fault, Finding, Section
from genloop.applications.write.templates import Template
from genloop.core.errors import ConfigError
from genloop.core.lazy import Lazy

MOST = 600  # texts that the gate learns from, drawn at random
drafts: Any = Lazy("genloop.judges.drafts")
translation: Any = Lazy("genloop.judges.drafts.translation")


@runtime_checkable
class Gate(Protocol):
    """What judges sections against the material: `judges.drafts` gives one, and tests a small one of their own."""

    def judge(self, sections: Sequence[Any], material: Sequence[str]) -> Any:
        """A verdict with `passed`, `scores` and `reasons`."""


def fit(texts: Sequence[str], seed: int, quoted: float = 1.0) -> Gate:
    """The gate learnt from the material's own texts, what real writing looks like here."""
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.permutation(len(texts))[:MOST].tolist())
    found: Gate = drafts.fit([texts[place] for place in chosen], rng, quoted=quoted)
    return found


def check(bar: Iterable[str], overlook: Iterable[str]) -> None:
    """Refuses a brief's bar and what it overlooks where the gate has no such measure.

    Raises:
        ConfigError: a name is unknown.
    """
    for setting, named, known in (("bar", bar, "SCORES"), ("overlook", overlook, "REASONS")):
        for name in named:
            if name not in getattr(drafts, known):
                listed = ", ".join(getattr(drafts, known))
                raise ConfigError(f"brief setting {setting}: the gate has no measure {name!r}; it has {listed}")


@dataclass(frozen=True)
class Bar:
    """The gate with what the brief and the template ask besides."""

    gate: Gate
    template: Template
    channels: tuple[str, ...] = ()
    least: Mapping[str, float] = field(default_factory=dict)
    overlook: frozenset[str] = frozenset()
    line: int = 0

    def judge(self, sections: Sequence[Section], material: Sequence[str], facts: str = "") -> Finding:
        """What speaks against the sections; `line` units of a channel are kept free for the label.

        `facts` are those of the article in plain sentences, where it has some.
        """
        passed, scores, faults = self._told(sections, () if self.template.translated else material)
        refused = [fault for fault in faults if fault.measure not in self.overlook]
        refused += [*self._numbers(sections, material), *self._lengths(sections, facts), *self._levels(scores)]
        if not passed and not faults:
            refused.append(Fault("gate", "the gate refuses it without a reason", "审核未通过，未说明原因"))
        seen = tuple(fault for fault in faults if fault.measure in self.overlook)
        return Finding(not refused, scores, tuple(refused), seen)

    def _told(self, sections: Sequence[Section], material: Sequence[str]) -> tuple[bool, dict[str, float], list[Fault]]:
        """Whether the gate passes the sections, its least scores and its faults; a post for a channel is read alone."""
        apart: list[Sequence[Section]] = [[section] for section in sections] if self.template.channels else []
        verdicts = [self.gate.judge(part, material) for part in apart or [sections]]
        scores: dict[str, float] = {}
        for name, value in (item for verdict in verdicts for item in dict(verdict.scores).items()):
            scores[str(name)] = min(float(value), scores.get(str(name), float(value)))
        if not apart:
            return verdicts[0].passed, scores, [_fault(reason, sections) for reason in verdicts[0].reasons]
        faults = [
            _of_post(_fault(reason, part), place)
            for place, (part, verdict) in enumerate(zip(apart, verdicts, strict=True))
            for reason in verdict.reasons
        ]
        return all(verdict.passed for verdict in verdicts), scores, faults

    def _lengths(self, sections: Sequence[Section], facts: str) -> Iterable[Fault]:
        """Sections that are too short or too long for the template, or for their channel with the label's line."""
        known = {channel.name: channel for channel in self.template.channels_of(self.channels)}
        for place, section in enumerate(sections):
            size, most = len(section.text), self.template.most
            least = self.template.least_of(section.title, facts)
            if section.title in known:
                channel = known[section.title]
                size, most = channel.length(section.text), channel.most - self.line * (2 if channel.weighted else 1)
            if not least <= size <= most:
                yield Fault(
                    "length",
                    f"the text has {size:,} characters; expected {least:,} to {most:,}",
                    f"正文有 {size:,} 个字符，应为 {least:,} 到 {most:,} 个",
                    place,
                )

    def _numbers(self, sections: Sequence[Section], material: Sequence[str]) -> Iterable[Fault]:
        """Numbers that a translated section has and its passage has not, or the other way round."""
        if not self.template.translated:
            return
        for place, (section, passage) in enumerate(zip(sections, material, strict=False)):
            wrong = translation.differing(section.text, passage)
            if wrong:
                listed = ", ".join(wrong[:6])
                yield Fault(
                    "numbers",
                    f"these numbers do not stand in both text and translation: {listed}",
                    f"原文与译文的数字不一致：{listed}",
                    place,
                )

    def _levels(self, scores: Mapping[str, float]) -> Iterable[Fault]:
        for name, least in self.least.items():
            if name in scores and scores[name] < least:
                yield Fault(
                    name,
                    f"{name} is {scores[name]:.3g}; the brief asks for at least {least:g}",
                    f"{name} 为 {scores[name]:.3g}，任务书要求不低于 {least:g}",
                )


def _fault(reason: Any, sections: Sequence[Section]) -> Fault:
    """A reason of the judges with the words that it means."""
    place, shown = reason.section, ""
    if place is not None and reason.span is not None:
        shown = sections[place].text[slice(*reason.span)]
    return Fault(str(reason.measure), str(reason.en), str(reason.zh), place, shown)


def _of_post(fault: Fault, place: int) -> Fault:
    """A fault of a post that was judged alone: its heading, the channel, says where it is."""
    en, zh = fault.en.removeprefix("section 1: "), fault.zh.removeprefix("第 1 节：")
    return replace(fault, section=place, en=en, zh=zh)
