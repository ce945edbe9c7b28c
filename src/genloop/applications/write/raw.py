"""Families that answer prompts (open weights, a remote server) as a pen: outline, sections and revisions by asking."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from genloop.applications.write import pens, templates
from genloop.applications.write.draft import Fault, Section
from genloop.applications.write.pens import Order
from genloop.core.demand import Demand
from genloop.core.texts import Message, Wish, spoken
from genloop.files.texts import document

Reply = Callable[[Sequence[Sequence[Message]], np.random.Generator, Demand, Wish], list[str]]
_TOKENS = 2_048
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.S)


@dataclass(frozen=True)
class Raw:
    """A pen that asks `reply`, which is a raw family's with its weights."""

    name: str
    reply: Reply

    def outline(self, order: Order, rng: np.random.Generator) -> list[str]:
        """The template's headings, else those that the family proposes, else keywords."""
        named = pens.fixed(order)
        if named:
            return named
        shown = [passage.text for passage in order.passages[:8]]
        asked = templates.prompt("outline", order.language, **pens.prompt_values(order), passages=shown)
        answers = self._ask(order, [asked], 1, Demand(), rng)
        found = pens.tidy_headings(answers[0], order.template.sections) if answers else []
        return found if len(found) > 1 else pens.keyed(order)

    def section(
        self, order: Order, heading: str, done: Sequence[Section], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `n` different answers to the section's prompt."""
        return self._ask(order, [self._prompt(order, heading, done)], n, _demand(order, heading), rng)

    def revise(
        self, order: Order, heading: str, text: str, faults: Sequence[Fault], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `n` answers to the prompt that tells what is wrong."""
        least, most = order.bounds(heading)
        reasons = [fault.say(order.language) + (f": {fault.span}" if fault.span else "") for fault in faults]
        again = templates.prompt(
            "revise", order.language, text=text, reasons=reasons, heading=heading, least=least, most=most
        )
        return self._ask(order, [self._prompt(order, heading, ()), again], n, _demand(order, heading), rng)

    def _prompt(self, order: Order, heading: str, done: Sequence[Section]) -> str:
        least, most = order.bounds(heading)
        about = next((p.about.get(order.language, "") for p in order.parts if p.heading[order.language] == heading), "")
        values = {**pens.prompt_values(order), "heading": heading, "about": about, "least": least, "most": most}
        shown = {"passages": order.near(heading), "done": [section.title for section in done]}
        return templates.prompt("section", order.language, **values, **shown)

    def _ask(self, order: Order, prompts: Sequence[str], n: int, demand: Demand, rng: np.random.Generator) -> list[str]:
        talk = [Message("system", pens.system(order)), Message("user", "\n\n".join(prompts))]
        wish = Wish(temperature=0.8, top_p=0.95, most=_TOKENS)
        answers = (clean(answer) for answer in self.reply([talk] * n, rng, demand, wish))
        return list(dict.fromkeys(answer for answer in answers if answer))


def clean(answer: str) -> str:
    """An answer without a model's thoughts, a fence around everything, and a heading repeated on top."""
    text = document.tidy(spoken(answer))
    fenced = _FENCE.match(text)
    text = fenced[1] if fenced else text
    return re.sub(r"\A#{1,6} [^\n]*\n+", "", text).strip()


def _demand(order: Order, heading: str) -> Demand:
    return Demand(most=2 * order.bounds(heading)[1])
