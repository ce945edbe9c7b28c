"""How made texts read: fluency to an independent model, known words, form, and the order of sentences."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges import interval
from genloop.judges.figures import share
from genloop.judges.texts import coherence, faults, figures, fluency, spelling, syntax, vocabulary
from genloop.judges.texts.corpus import Corpus, Texts
from genloop.judges.texts.likeness import LEAST, fresh

_ROWS = 3_000
_LEARNT = 8_000  # pairs of sentences
_PAIRS = 3_000
_TOLD = 0.55  # of real pairs found in their order, below which the order test says nothing
_BITS = 64.0


def score(corpus: Corpus, seed: int) -> list[Score]:
    """`text_fluency`, `text_words`, `text_spelling`, `text_form`, `text_syntax`, `text_order`."""
    if corpus.train is None or corpus.holdout is None:
        return []
    if min(len(corpus.train), len(corpus.holdout), len(corpus.made)) < LEAST:
        return []
    made, real = (
        part.few(_ROWS, seed, "reading", name) for name, part in (("made", corpus.made), ("real", corpus.holdout))
    )
    model = fluency.learn(corpus.train.rows)
    found = [_fluency(model, made, real), *_words(corpus, made, real), *_spelling(corpus, model, made, real)]
    found += [_form(corpus, made, real, seed), *_syntax(corpus.learnt, made, real)]
    return found + _order(corpus, made, real, seed)


def _syntax(learnt: Sequence[str], made: Texts, real: Texts) -> list[Score]:
    """The share of texts that follow the grammar of the language that learnt ones are written in, where it is code."""
    name = syntax.language(learnt)
    if name is None:
        return []
    value = syntax.read(made.rows, name).astype(float)
    theirs = float(syntax.read(real.rows, name).mean())
    detail = {"language": name, "rows": len(made)}
    return [share("text_syntax", value, "fidelity", ideal=1.0, higher=True, real=theirs, detail=detail)]


def _spelling(corpus: Corpus, model: fluency.Model, made: Texts, real: Texts) -> list[Score]:
    """The share of words, of Chinese of confusable characters, that look misspelt."""
    ours, theirs = (spelling.read(part.rows, corpus.learnt, model, corpus.language) for part in (made, real))
    if ours is None or theirs is None:
        return []
    return _lower("text_spelling", ours, theirs, {"places": int(ours[1].sum()), "language": corpus.language})


def _fluency(model: fluency.Model, made: Texts, real: Texts) -> Score:
    """Bits per byte; held-out texts give the yardstick."""
    ours, theirs = (fluency.measure(model, part.rows) for part in (made, real))
    value, error = figures.ratio(*ours)
    detail = {"rows": len(made), "order": fluency.ORDER, "per_text": {
        name: [round(float(q), 4) for q in np.quantile(bits / sizes, (0.05, 0.5, 0.95))]
        for name, (bits, sizes) in (("made", ours), ("real", theirs))
    }}  # fmt: skip
    held = figures.ratio(*theirs)[0]
    return figures.measured(
        "text_fluency",
        value,
        error,
        "fidelity",
        bounds=(0.0, _BITS),
        direction="target",
        ideal=held,
        unit="bits per byte",
        real=held,
        detail=detail,
    )


def _words(corpus: Corpus, made: Texts, real: Texts) -> list[Score]:
    """The share of words that no learnt text has; held-out texts show how many are merely rare."""
    words = vocabulary.known(corpus.learnt, corpus.language)
    ours, theirs = (vocabulary.unknown(part.rows, words, corpus.language) for part in (made, real))
    detail = {"words": int(ours[1].sum()), "known": len(words), "language": corpus.language}
    return _lower("text_words", ours, theirs, detail)


def _form(corpus: Corpus, made: Texts, real: Texts, seed: int) -> Score:
    """By how much the worst fault is more frequent among made texts than among real ones."""
    assert corpus.train is not None
    reader = faults.Reader(corpus.train.rows, corpus.language, stream(seed, "texts", "ends"))
    ours, theirs = reader.read(made.rows), reader.read(real.rows)
    other = fresh(corpus)
    over = {name: float(ours[name].mean() - theirs[name].mean()) for name in ours}
    worst = max(over, key=lambda name: over[name])
    spread = [part[worst].mean() * (1 - part[worst].mean()) / len(part[worst]) for part in (ours, theirs)]
    value = max(over[worst], 0.0)
    chance = 0.0
    if other is not None:
        again = reader.read(other.few(_ROWS, seed, "reading", "fresh").rows)
        chance = max(0.0, *(float(again[name].mean() - theirs[name].mean()) for name in again if name != "cut"))
    signs = {
        name: {"made": round(float(ours[name].mean()), 6), "real": round(float(theirs[name].mean()), 6)}
        for name in ours
    }
    between = interval.around(value, float(np.sqrt(sum(spread))), (0.0, 1.0), among=len(over))
    return Score(
        "text_form",
        value,
        "fidelity",
        (0.0, 1.0),
        "lower",
        0.0,
        between,
        "share",
        chance,
        {"worst": worst, "signs": signs, "rows": len(made)},
    )


def _order(corpus: Corpus, made: Texts, real: Texts, seed: int) -> list[Score]:
    """The share of neighbouring sentences found in their order; left out where that of real ones cannot be told."""
    assert corpus.train is not None
    asked = [coherence.pairs(part.rows, _PAIRS) for part in (made, real)]
    if min(len(first) for first, _, _ in asked) < 2 * LEAST:
        return []
    model = coherence.Order(corpus.train.rows, corpus.language, stream(seed, "texts", "order"), most=_LEARNT)
    ours, theirs = (model.right(first, second) for first, second, _ in asked)
    if theirs.mean() < _TOLD:
        return []
    rows = asked[0][2]
    sums, sizes = (np.bincount(rows, weights) for weights in (ours, None))
    value, error = figures.ratio(sums[sizes > 0], sizes[sizes > 0])
    return [
        figures.measured(
            "text_order",
            value,
            error,
            "fidelity",
            bounds=(0.0, 1.0),
            direction="higher",
            ideal=1.0,
            unit="share",
            real=float(theirs.mean()),
            detail={"pairs": len(ours)},
        )
    ]


def _lower(
    name: str, ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray], detail: dict[str, Any]
) -> list[Score]:
    """The share of places that are wrong among those that could be, of made texts and of real ones."""
    if min(ours[1].sum(), theirs[1].sum()) < LEAST:
        return []
    value, error = figures.ratio(*ours)
    return [
        figures.measured(
            name, value, error, "fidelity", bounds=(0.0, 1.0), direction="lower", ideal=0.0, unit="share",
            real=figures.ratio(*theirs)[0], detail=detail,
        )
    ]  # fmt: skip
