"""A few made texts with what a reader would hold against each, for the card; copies are counted and not shown."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.schema import LEARNT_KINDS
from genloop.core.seed import stream
from genloop.judges.texts import corpus, spans
from genloop.judges.texts.faults import Reader
from genloop.judges.texts.originality import RARE

COUNT = 8
_LETTERS = 600  # of a text that are shown
_BESIDE = 4  # columns shown beside a text
_CELL = 60  # letters of one


def read(evidence: Evidence) -> dict[str, Any]:
    """The columns of made texts: for each a few drawn at random, with what stands beside them, faults and copied spans.

    A text whose longest copied span is beyond that of 99 % of texts never learnt is withheld (None): it may be a real
    one. So is every text where nothing can be said of copies, because no texts are at hand to compare with.
    """
    found = []
    for own in corpus.read(evidence):
        rng = stream(evidence.seed, "texts", "examples", own.column)
        texts = evidence.made.column(own.column)
        there = np.flatnonzero(np.asarray(pc.greater(pc.utf8_length(texts), 0).fill_null(False)))
        places = np.sort(rng.choice(there, min(COUNT, len(there)), replace=False))
        shown = [str(texts[int(place)])[: corpus.LONGEST] for place in places]
        copied = spans.find(shown, own.learnt).length if own.learnt else None
        limit = _limit(own)
        signs = Reader(own.learnt, own.language, rng).read(shown)
        entries = []
        for row, (place, text) in enumerate(zip(places, shown, strict=True)):
            length = None if copied is None else int(copied[row])
            told = length is not None and limit is not None and length <= limit
            entries.append({
                "text": (text if len(text) <= _LETTERS else text[:_LETTERS] + " …") if told else None,
                "beside": _beside(evidence, int(place), own.column),
                "signs": [name for name, shows in signs.items() if shows[row]],
                "copied": length,
            })  # fmt: skip
        found.append({"column": own.column, "limit": limit, "texts": entries})
    return {"columns": found} if found else {}


def _limit(own: corpus.Corpus) -> float | None:
    """The longest copied span that 99 % of held-out texts show."""
    if own.holdout is None or not own.learnt:
        return None
    known = set(own.learnt)
    held = [text for text in own.holdout.rows if text not in known]
    if not held:
        return None
    return float(np.quantile(spans.find(held, own.learnt).length, 1 - RARE, method="higher"))


def _beside(evidence: Evidence, row: int, column: str) -> dict[str, str]:
    """What the row says besides, of the learnt columns."""
    made: Records = evidence.made
    names = [c.name for c in evidence.schema.columns if c.kind in LEARNT_KINDS and c.name in made.column_names]
    cells = {name: made.column(name)[row] for name in names if name != column}
    told = {name: pc.cast(pa.array([cell.as_py()], cell.type), pa.string())[0].as_py() for name, cell in cells.items()}
    return {name: text[:_CELL] for name, text in list(told.items())[:_BESIDE] if text is not None}
