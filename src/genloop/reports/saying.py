"""Which words the verdict is said in: those of rows, of pictures, of texts, or of rows with texts among them."""

from genloop.reports import sentence
from genloop.reports.card import CardData
from genloop.reports.pictures import verdict as pictures
from genloop.reports.texts import Words
from genloop.reports.verdict import Verdict
from genloop.reports.writing import verdict as writing


def clauses(card: CardData, verdict: Verdict) -> list[Words]:
    """The main clauses."""
    if card.pictured:
        return pictures.clauses(card, verdict)
    if card.prose:
        return writing.clauses(card, verdict)
    return sentence.clauses(card, verdict)


def besides(card: CardData, verdict: Verdict) -> list[Words]:
    """What must be said besides."""
    if card.pictured:
        return pictures.besides(card, verdict)
    if card.prose:
        return writing.besides(card, verdict)
    found = sentence.besides(card, verdict)
    return [*found, *writing.clauses(card, verdict), *writing.besides(card, verdict)] if card.texted else found
