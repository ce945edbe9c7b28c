"""What a draft takes over word for word: from the corpus of real texts, and from its own material."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from genloop.judges.drafts.draft import Draft, Span
from genloop.judges.drafts.finding import Finding, worst
from genloop.judges.texts import spans
from genloop.judges.texts.corpus import Language

_TRIES = 4  # spans of the material that are passed over
_GONE = "\ue000"
_QUOTE: dict[Language, int] = {"zh": 12, "en": 40, "other": 24}  # characters from which a span counts as quoted


def plain(text: str) -> str:
    """The text in small letters and half width, character by character, so that places stay."""
    return text.translate({ord(mark): _narrow(mark) for mark in set(text)})


def sizes(drafts: Sequence[Draft], corpus: Sequence[str]) -> Float64[np.ndarray, " drafts"]:
    """How long the longest span of each draft is that stands in the corpus, whose texts are plain."""
    bodies = [(row, plain(section.text)) for row, draft in enumerate(drafts) for section in draft.sections]
    found = np.zeros(len(drafts))
    np.maximum.at(found, [row for row, _ in bodies], spans.find([body for _, body in bodies], corpus).length)
    return found


def longest(draft: Draft, corpus: Sequence[str], material: str) -> Finding:
    """The longest span that stands in the corpus and not in the material, in characters; both are plain texts."""
    bodies = [plain(section.text) for section in draft.sections]
    if material:
        bodies = [_hide(body, _runs(body, material, _QUOTE[draft.language])) for body in bodies]
    for _ in range(_TRIES if any(body.strip(_GONE) for body in bodies) else 0):
        found = spans.find(bodies, corpus)
        place = int(found.length.argmax())
        stop = int(found.stop[place])
        start = stop - int(found.length[place])
        own = bodies[place][start:stop]
        if not own.strip():
            return Finding(0.0)
        if not material or own.strip() not in material:
            span = Span(place, start, stop)
            return Finding(float(len(own.strip())), span, draft.show(span))
        bodies[place] = _hide(bodies[place], [(start, stop)])
    return Finding(0.0)


def quoted(draft: Draft, material: str) -> Finding:
    """The share of the draft that stands in spans taken from the material, with the longest of them."""
    least, total, taken, found = _QUOTE[draft.language], 0, 0, []
    for place, section in enumerate(draft.sections):
        body = plain(section.text)
        total += len(body)
        for start, stop in _runs(body, material, least):
            taken += stop - start
            span = Span(place, start, stop)
            found.append(Finding(float(stop - start), span, draft.show(span)))
    best = worst(found)
    return Finding(taken / max(total, 1), best.span, best.shown)


def _runs(body: str, material: str, least: int) -> list[tuple[int, int]]:
    """Places of all spans of at least so many characters that stand in the material, each as long as can be."""
    found, at = [], 0
    while at + least <= len(body):
        if body[at : at + least] not in material:
            at += 1
            continue
        low, high = least, len(body) - at
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if body[at : at + middle] in material else (low, middle - 1)
        found.append((at, at + low))
        at += low
    return found


def _hide(body: str, places: Sequence[tuple[int, int]]) -> str:
    for start, stop in places:
        body = body[:start] + _GONE * (stop - start) + body[stop:]
    return body


def _narrow(mark: str) -> str:
    found = unicodedata.normalize("NFKC", mark).lower()
    return found if len(found) == 1 else mark
