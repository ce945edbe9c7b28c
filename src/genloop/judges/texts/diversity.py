"""How varied made texts are beside as many real ones: distinct runs of words, and how alike they are."""

import numpy as np

from genloop.core.score import Score
from genloop.judges.figures import share
from genloop.judges.texts import figures, shingles, variety
from genloop.judges.texts.corpus import Corpus, Texts
from genloop.judges.texts.letters import Lexicon, Line
from genloop.judges.texts.likeness import LEAST

_ROWS = 2_000
_BLOCKS = 20


def score(corpus: Corpus, seed: int) -> list[Score]:
    """`text_distinct`, `text_self_bleu` and `text_repeats`."""
    real = corpus.yardstick
    if real is None or min(len(real), len(corpus.made)) < LEAST:
        return []
    rows = min(len(real), len(corpus.made), _ROWS)
    lexicon = Lexicon()
    ours, theirs = (
        lexicon.line(part.few(rows, seed, "diversity", name).rows)
        for name, part in (("made", corpus.made), ("real", real))
    )
    return [_distinct(ours, theirs), _self_bleu(ours, theirs), _repeats(corpus, real, seed)]


def _repeats(corpus: Corpus, real: Texts, seed: int) -> Score:
    """The share of made texts that nearly repeat another made one, beside as many real ones."""
    rows = min(len(corpus.made), len(real))
    parts = [part.few(rows, seed, "repeats", name) for name, part in (("made", corpus.made), ("real", real))]
    sketches = [shingles.read(part.rows, corpus.language) for part in parts]
    ours, theirs = (shingles.nearest(part, part, own=True) for part in sketches)
    return share(
        "text_repeats",
        (ours >= shingles.LIMIT).astype(float),
        "diversity",
        ideal=0.0,
        higher=False,
        real=float((theirs >= shingles.LIMIT).mean()),
        detail={"limit": shingles.LIMIT, "exact": _round(float((ours == 1).mean())), "rows": rows},
    )


def _distinct(ours: Line, theirs: Line) -> Score:
    most = min(len(ours.marks), len(theirs.marks))
    both = {
        f"distinct_{size}": [_round(variety.distinct(line, size, most)) for line in (ours, theirs)]
        for size in (1, 2, 3)
    }
    made, real = both["distinct_2"]
    blocks = [variety.distinct(_block(ours, place), 2, most) for place in range(_BLOCKS)]
    return figures.measured(
        "text_distinct",
        made,
        float(np.std(blocks, ddof=1) / np.sqrt(_BLOCKS)),
        "diversity",
        bounds=(0.0, 1.0),
        direction="higher",
        ideal=1.0,
        unit="share",
        real=real,
        detail={"words": most, **both},
    )


def _self_bleu(ours: Line, theirs: Line) -> Score:
    made, real = variety.self_bleu(ours), variety.self_bleu(theirs)
    return figures.measured(
        "text_self_bleu",
        float(made.mean()),
        float(made.std(ddof=1) / np.sqrt(len(made))),
        "diversity",
        bounds=(0.0, 1.0),
        direction="lower",
        ideal=0.0,
        unit="share",
        real=float(real.mean()),
        detail={"rows": len(made)},
    )


def _block(line: Line, place: int) -> Line:
    """Every so many-th row."""
    rows = range(place, len(line), _BLOCKS)
    parts = [line.marks[line.starts[row] : line.starts[row + 1]] for row in rows]
    sizes = np.array([len(part) for part in parts], np.int64)
    return Line(np.concatenate(parts) if parts else line.marks[:0], np.concatenate([[0], np.cumsum(sizes)]))


def _round(value: float) -> float:
    return round(float(value), 6)
