"""All that is measured of made texts, heard in order, column by column; nothing is said where no text was made.

What fresh real texts reach under the same measure, in the same numbers, stands beside each as its ceiling.
"""

from collections.abc import Callable, Iterable

from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.judges.texts import (
    asked,
    closeness,
    corpus,
    diversity,
    figures,
    likeness,
    originality,
    reading,
)
from genloop.judges.texts.corpus import Corpus

NAME = "texts"
_MOST_COLUMNS = 4
_PARTS: tuple[Callable[[Corpus, int], list[Score]], ...] = (
    likeness.score,
    reading.score,
    closeness.score,
    diversity.score,
    asked.score,
    originality.score,
)


def score(evidence: Evidence) -> Iterable[Score]:
    """The card of texts: likeness, variety, what was asked for, originality; of several columns the worst speaks."""
    found = corpus.read(evidence)
    found.sort(key=lambda one: -sum(map(len, one.made.rows)))
    return figures.worst([
        (one.column, [score for part in _PARTS for score in part(one, evidence.seed)]) for one in found[:_MOST_COLUMNS]
    ])  # fmt: skip
