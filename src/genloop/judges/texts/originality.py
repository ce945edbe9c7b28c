"""Whether made texts are new: copied spans and runs, near copies and secrets, against what texts never learnt show."""

from collections import Counter
from typing import Any

import numpy as np

from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges.figures import share
from genloop.judges.texts import figures, secrets, shingles, spans, variety
from genloop.judges.texts.corpus import Corpus
from genloop.judges.texts.letters import Lexicon, spell
from genloop.judges.texts.likeness import LEAST

RARE = 0.01  # of held-out texts lie beyond the limit
_BARS = 30
_BASE = 50_000  # learnt texts among which near copies are looked for
_WORDS, _LETTERS = 5, 8  # in a run; Chinese is read by characters
_STRIDE = 5_000  # learnt texts at a time


def score(corpus: Corpus, seed: int) -> list[Score]:
    """`text_copied`, `text_overlap`, `text_near` and `text_secrets`, where there are learnt and held-out texts."""
    if not corpus.learnt or corpus.holdout is None or len(corpus.holdout) < LEAST:
        return []
    return [_copied(corpus), *_overlap(corpus), _near(corpus, seed), *_secrets(corpus)]


def _copied(corpus: Corpus) -> Score:
    """The share of made texts whose longest copied span is longer than that of 99 % of held-out texts.

    Held-out texts that stand whole among the learnt ones are no yardstick: they are left out.
    """
    assert corpus.holdout is not None
    known = set(corpus.learnt)
    held = [text for text in corpus.holdout.rows if text not in known]
    found = spans.find([*corpus.made.rows, *held], corpus.learnt).length
    made, real = found[: len(corpus.made)], found[len(corpus.made) :]
    limit = float(np.quantile(real, 1 - RARE, method="higher")) if len(real) else 0.0
    beyond = float((real > limit).mean()) if len(real) else 0.0
    detail: dict[str, Any] = {
        "limit": limit,
        "median": {"made": float(np.median(made)), "real": float(np.median(real)) if len(real) else None},
        "longest": {"made": int(made.max()), "real": int(real.max(initial=0))},
        "whole": round(float(np.mean([text in known for text in corpus.made.rows])), 6),
        "rows": {"made": len(made), "holdout": len(real), "left_out": len(corpus.holdout) - len(held)},
        "learnt": len(corpus.learnt),
        **_chart(made, real),
    }
    return share(
        "text_copied",
        (made > limit).astype(float),
        "originality",
        ideal=RARE,
        higher=False,
        real=max(beyond, RARE),
        detail=detail,
    )


def _overlap(corpus: Corpus) -> list[Score]:
    """The share of the runs of words (of Chinese characters) of made texts that stand in some learnt text.

    All learnt texts are looked through; held-out texts that stand whole among them are no yardstick here either.
    """
    assert corpus.holdout is not None
    known = set(corpus.learnt)
    held = [text for text in corpus.holdout.rows if text not in known]
    if len(held) < LEAST:
        return []
    chinese, lexicon = corpus.language == "zh", Lexicon()
    line, size = (spell, _LETTERS) if chinese else (lexicon.line, _WORDS)
    parts = [variety.read(line(texts), size) for texts in (corpus.made.rows, held)]
    if min(len(np.unique(part.rows)) for part in parts) < LEAST:
        return []
    met = [np.zeros(len(part.codes), bool) for part in parts]
    for start in range(0, len(corpus.learnt), _STRIDE):
        codes = np.unique(variety.read(line(corpus.learnt[start : start + _STRIDE]), size).codes)
        for part, found in zip(parts, met, strict=True):
            found |= np.isin(part.codes, codes)
    ours, theirs = (
        figures.ratio(np.bincount(part.rows, found), np.bincount(part.rows).astype(float))
        for part, found in zip(parts, met, strict=True)
    )
    detail = {"run": size, "of": "characters" if chinese else "words", "rows": len(corpus.made), "runs": len(met[0])}
    return [
        figures.measured(
            "text_overlap", *ours, "originality",
            bounds=(0.0, 1.0), direction="lower", ideal=0.0, unit="share", real=theirs[0], detail=detail,
        )
    ]  # fmt: skip


def _near(corpus: Corpus, seed: int) -> Score:
    """The share of made texts that are nearly a learnt one; held-out texts show how many are by chance."""
    assert corpus.holdout is not None
    order = stream(seed, "texts", "near").permutation(len(corpus.learnt))[:_BASE]
    base = shingles.read([corpus.learnt[place] for place in order], corpus.language)
    ours, theirs = (
        shingles.nearest(shingles.read(part.rows, corpus.language), base) for part in (corpus.made, corpus.holdout)
    )
    real = float((theirs >= shingles.LIMIT).mean())
    return share(
        "text_near",
        (ours >= shingles.LIMIT).astype(float),
        "originality",
        ideal=0.0,
        higher=False,
        real=real,
        detail={"limit": shingles.LIMIT, "learnt": len(base), "rows": {"made": len(ours), "holdout": len(theirs)}},
    )


def _secrets(corpus: Corpus) -> list[Score]:
    """The share of made texts that give away a secret which fewer learnt texts hold than the floor."""
    assert corpus.holdout is not None
    known = secrets.rare(corpus.learnt, corpus.floor)
    if not known:
        return []
    ours, theirs = (secrets.told(part.rows, known) for part in (corpus.made, corpus.holdout))
    kinds = Counter(kind for told in ours for kind in told)
    detail = {"known": len(known), "told": sum(map(bool, ours)), "kinds": dict(kinds), "rows": len(ours)}
    return [
        share(
            "text_secrets",
            [float(bool(told)) for told in ours],
            "originality",
            ideal=0.0,
            higher=False,
            real=float(np.mean([bool(told) for told in theirs])),
            detail=detail,
        )
    ]


def _chart(made: np.ndarray, real: np.ndarray) -> dict[str, Any]:
    """How long the longest copied spans are, as shares of texts; the last bar holds all that are longer."""
    both = np.concatenate([made, real])
    high = max(float(np.quantile(both, 0.995)), 4.0)
    edges = np.unique(np.round(np.linspace(0, high + 1, _BARS + 1)))
    shares = [np.histogram(np.clip(part, 0, high), edges)[0] / max(len(part), 1) for part in (real, made)]
    return {
        "edges": edges.tolist(),
        "holdout": np.round(shares[0], 6).tolist(),
        "made": np.round(shares[1], 6).tolist(),
    }
