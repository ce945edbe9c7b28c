"""How like real texts made ones are: told apart by a classifier, and in their lengths."""

from typing import Any

from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges.texts import contrast, figures, lengths
from genloop.judges.texts.corpus import Corpus, Texts

LEAST = 20  # texts a side below which a comparison says nothing
_TOLD = 5_000  # texts a side that the classifier sees


def score(corpus: Corpus, seed: int) -> list[Score]:
    """`text_c2st` and `text_lengths`."""
    real = corpus.yardstick
    if real is None or min(len(real), len(corpus.made)) < LEAST:
        return []
    return [_told(corpus, real, seed), _lengths(corpus, real, seed)]


def fresh(corpus: Corpus) -> Texts | None:
    """Real texts that play made ones: those learnt from, against a holdout."""
    if corpus.holdout is None or corpus.train is None or len(corpus.train) < LEAST:
        return None
    return corpus.train


def _told(corpus: Corpus, real: Texts, seed: int) -> Score:
    rows = min(len(corpus.made), len(real), _TOLD)
    made, yardstick = corpus.made.few(rows, seed, "told", "made"), real.few(rows, seed, "told", "real")
    told = contrast.tell(made.rows, yardstick.rows, corpus.language)
    other = fresh(corpus)
    ceiling: float | None = None
    detail: dict[str, Any] = {"rows": rows}
    if other is not None:
        halves = other.few(rows, seed, "told", "fresh")
        by_chance = contrast.tell(halves.rows, yardstick.rows[: len(halves)], corpus.language)
        ceiling = max(by_chance.area, 0.5)
        detail["real_halves"] = {"value": round(by_chance.area, 6), "error": round(by_chance.error, 6)}
    detail["told_by"] = contrast.explain(told, made.rows, yardstick.rows, corpus.language, corpus.floor, corpus.learnt)
    return figures.measured(
        "text_c2st",
        told.area,
        told.error,
        "fidelity",
        bounds=(0.0, 1.0),
        direction="lower",
        ideal=0.5,
        unit="area under the curve",
        real=ceiling,
        detail=detail,
    )


def _lengths(corpus: Corpus, real: Texts, seed: int) -> Score:
    other = fresh(corpus)
    made, rng = corpus.made, stream(seed, "texts", "lengths")
    mean = {"made": lengths.sizes(made.rows).mean(), "real": lengths.sizes(real.rows).mean()}
    return figures.measured(
        "text_lengths",
        lengths.agree(made.rows, real.rows),
        lengths.error(made.rows, real.rows, rng),
        "fidelity",
        bounds=(0.0, 1.0),
        direction="higher",
        ideal=1.0,
        unit="share",
        real=None if other is None else lengths.agree(other.rows[: len(made)], real.rows),
        detail={"mean": {name: round(float(value), 3) for name, value in mean.items()}},
    )
