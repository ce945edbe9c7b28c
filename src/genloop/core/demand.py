"""What every text to be made must keep, whoever writes it: words in and out of it, its length, its form, its ends."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Form:
    """A form that holds for the whole text: one of some choices, a regular expression, or JSON under a schema."""

    kind: Literal["choices", "regex", "schema"]
    detail: Any


@dataclass(frozen=True)
class Demand:
    """What is demanded of each text.

    It contains every word of `holds` and none of `lacks`, has `least` to `most` units (None: no bound), keeps the
    `form`, and starts with `begins` (continuation) and stops with `ends` (with both: the middle is filled in).
    """

    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    unit: Literal["characters", "words"] = "characters"
    form: Form | None = None
    begins: str = ""
    ends: str = ""
