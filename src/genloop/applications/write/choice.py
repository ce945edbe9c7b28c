"""Which section is weak, which of several texts is best, and what a section's writer is shown."""

from dataclasses import replace

from genloop.applications.write.brief import EXTRACTS
from genloop.applications.write.draft import Draft, Finding, Section
from genloop.applications.write.own import bare
from genloop.applications.write.pens import Order, fixed


def placed(draft: Draft, place: int, text: str) -> Draft:
    """The draft with this text in that place."""
    parts = list(draft.sections)
    parts[place] = Section(parts[place].title, text)
    return replace(draft, sections=tuple(parts))


def focused(order: Order, place: int) -> Order:
    """The order of one section: where each passage becomes one, that passage alone."""
    return replace(order, passages=order.passages[place : place + 1]) if order.template.each else order


def filled(draft: Draft, order: Order) -> tuple[Section, ...]:
    """The sections that are long enough for the template; all where it fixes them, and where none is."""
    long = [part for part in draft.sections if len(_counted(draft, order, part)) >= order.template.least]
    return draft.sections if fixed(order) or not long else tuple(long)


def _counted(draft: Draft, order: Order, part: Section) -> str:
    """What counts of a section: quotations without their origins."""
    return bare(order, part.text) if draft.by == EXTRACTS else part.text


def weak(draft: Draft) -> int:
    """The section to revise: where most faults are; the shortest where they are in the whole."""
    weakest = draft.finding.weakest if draft.finding is not None else None
    if weakest is not None and weakest < len(draft.sections):
        return weakest
    sizes = [len(section.text) for section in draft.sections]
    return sizes.index(min(sizes))


def count(finding: Finding, place: int) -> int:
    """How much is wrong: what is wrong in the section itself counts twice."""
    return sum(2 if fault.section == place else 1 for fault in finding.faults)


def mean(finding: Finding) -> float:
    """The mean of its scores; 0 where there are none."""
    values = list(finding.scores.values())
    return sum(values) / len(values) if values else 0.0


def named(finding: Finding) -> str:
    """The measures that refuse, each once."""
    return ", ".join(dict.fromkeys(fault.measure for fault in finding.faults))
