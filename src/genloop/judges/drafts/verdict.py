"""What the gate says of a draft: passed or not, every measure, and reasons that name the place to mend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genloop.core.score import Score


@dataclass(frozen=True)
class Reason:
    """Why a draft is refused: the section and the characters of its text that are meant (None: the whole draft)."""

    section: int | None
    span: tuple[int, int] | None
    measure: str
    en: str
    zh: str

    def say(self, language: str) -> str:
        """The reason in the language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Verdict:
    """`scores` run from 0 to 1, the higher the better: the share of real texts that are no better under the measure,
    or the share of claims that are supported. `figures` hold the measures themselves, with their limits.
    """

    passed: bool
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    figures: tuple[Score, ...] = ()

    @property
    def weakest(self) -> int | None:
        """The section that most reasons are about; None where they are about the whole."""
        places = [reason.section for reason in self.reasons if reason.section is not None]
        return max(sorted(set(places)), key=places.count) if places else None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return {
            "passed": self.passed,
            "scores": dict(self.scores),
            "reasons": [vars(reason) for reason in self.reasons],
            "figures": [score.to_dict() for score in self.figures],
        }
