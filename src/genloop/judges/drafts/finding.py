"""What a measure finds in a draft: how bad, where, and what to quote."""

from collections.abc import Sequence
from dataclasses import dataclass

from genloop.judges.drafts.draft import Span


@dataclass(frozen=True)
class Finding:
    """The higher the value the worse; without a span the whole draft is meant."""

    value: float
    span: Span | None = None
    shown: str = ""
    kind: str = ""


NOTHING = Finding(0.0)


def worst(found: Sequence[Finding]) -> Finding:
    """The worst one."""
    return max(found, key=lambda finding: finding.value, default=NOTHING)
