"""An answer as it came from the server, and the text in it that was asked for."""

import json
import re
from dataclasses import dataclass

from genloop.core.demand import Demand
from genloop.core.texts import spoken

_FENCE = re.compile(r"\A\s*```[a-zA-Z]*\n(.*?)\n?```\s*\Z", re.S)
_QUOTES = ("\"'`“”‘’「」『』", " \n\t.。")


@dataclass(frozen=True)
class Answer:
    """One answer: its text, why it ended, what it cost, and which model says that it wrote."""

    text: str
    finish: str
    read: int
    written: int
    model: str | None = None

    @property
    def cut(self) -> bool:
        """Whether it stopped at the bound of tokens."""
        return self.finish == "length"


def read(text: str, demand: Demand) -> str:
    """The text that was asked for: without thoughts, fences and spaces around, with its given beginning and end."""
    found = spoken(text).strip()
    form = demand.form
    if form is not None and (fenced := _FENCE.match(found)):
        found = fenced[1].strip()
    if form is not None and form.kind == "choices" and found not in form.detail:
        found = _choice(found, [str(choice) for choice in form.detail])
    if demand.begins and not found.startswith(demand.begins):
        found = demand.begins + _after(demand.begins, found)
    if demand.ends and not found.endswith(demand.ends):
        found = _before(found, demand.ends) + demand.ends
    return found


def _choice(found: str, choices: list[str]) -> str:
    """The choice in an answer with quotes or a full stop around it, or as a JSON string."""
    bare = found.strip("".join(_QUOTES))
    try:
        told = json.loads(found)
    except ValueError:
        told = None
    return next((choice for choice in choices if choice in (bare, told)), found)


def _after(begins: str, text: str) -> str:
    """What comes after the beginning: the answer without the end of the beginning that it repeats."""
    most = min(len(begins), len(text))
    repeated = next((size for size in range(most, 3, -1) if begins.endswith(text[:size])), 0)
    return text[repeated:] if repeated else _gap(begins, text) + text


def _before(text: str, ends: str) -> str:
    """What stands before the end: the answer without the start of the end that it repeats."""
    most = min(len(ends), len(text))
    repeated = next((size for size in range(most, 3, -1) if ends.startswith(text[-size:])), 0)
    return text[: len(text) - repeated] if repeated else text + _gap(text, ends)


def _gap(first: str, second: str) -> str:
    """A space where two words of an alphabet would grow together."""
    together = first[-1:] + second[:1]
    return " " if len(together) == 2 and together.isascii() and together.isalnum() else ""
