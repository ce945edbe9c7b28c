"""What a draft says again: the longest piece that follows itself at once, and the longest sentence said twice.

A piece between signs (a clause, a sentence) that follows itself counts in full; of another run of words (又一年又一年)
real texts have more, and `_WITHIN` words of it do not count.
"""

import re
from itertools import pairwise

import numpy as np

from genloop.judges.drafts.draft import Draft, Span, words
from genloop.judges.drafts.finding import Finding, worst

_LONGEST = 240  # words of a piece that is looked for behind itself
_WITHIN = 3
_SIGN = re.compile(r"[^\w\s]")


def circles(draft: Draft) -> Finding:
    """The longest run of words that is followed by the same run; signs between words do not count."""
    return worst([_circles(section.text, place) for place, section in enumerate(draft.sections)])


def repeats(draft: Draft) -> Finding:
    """The longest sentence that stands in the draft before, in words."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for span in draft.sentences:
        said = tuple(word for word, _, _ in words(draft.show(span)))
        if said in seen:
            found.append(Finding(float(len(said)), span, draft.show(span)))
        seen.add(said)
    return worst(found)


def _circles(text: str, section: int) -> Finding:
    found = words(text)
    numbers: dict[str, int] = {}
    line = np.array([numbers.setdefault(word, len(numbers)) for word, _, _ in found], np.int64)
    signs = [bool(_SIGN.search(text[one[2] : other[1]])) for one, other in pairwise(found)]
    signed = np.array([True, *signs, True])
    pieces = []
    for period in range(min(_LONGEST, len(line) // 2), 0, -1):
        same = line[:-period] == line[period:]
        if same.sum() < period:
            continue
        runs = np.flatnonzero(np.convolve(same, np.ones(period, np.int64), "valid") == period)
        whole = [at for at in runs if signed[at] and signed[at + period] and signed[at + 2 * period]]
        if len(runs):
            at = int((whole or runs)[0])
            span = Span(section, found[at + period][1], found[at + 2 * period - 1][2])
            value = float(period if whole else max(period - _WITHIN, 0))
            pieces.append(Finding(value, span, text[span.start : span.stop]))
    return worst(pieces)
