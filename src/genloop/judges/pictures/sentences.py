"""Pictures beside their sentences: `caption_match`, where the table has captions and the pack `words` is installed."""

from functools import cache

import numpy as np

from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges.pictures import captions, features, figures
from genloop.judges.pictures.gallery import Gallery
from genloop.nn.words import Words
from genloop.runtime import packs

_LEAST = 50  # real pairs to learn from
_ROWS = 1_000


def score(gallery: Gallery, seen: features.Seen, seed: int) -> list[Score]:
    """`caption_match` with what real held-out pairs reach; nothing without captions or without the pack."""
    if gallery.train is None or gallery.word_column is None or packs.find("words") is None:
        return []
    made = [place for place, text in enumerate(gallery.made.words) if text][:_ROWS]
    texts = sorted({gallery.made.words[place] for place in made})
    if len(texts) < 2:
        return []
    ours, fresh = [], []
    for number, space in enumerate(seen.spaces):
        towers = _learn(gallery, space)
        if towers is None:
            return []
        rng = stream(seed, "captions", number)
        ours.append(_matched(towers, space.made[made], [gallery.made.words[p] for p in made], rng))
        if space.holdout is not None and gallery.holdout is not None:
            held = [place for place, text in enumerate(gallery.holdout.words) if text][:_ROWS]
            if len({gallery.holdout.words[place] for place in held}) >= 2:
                words = [gallery.holdout.words[place] for place in held]
                fresh.append(_matched(towers, space.holdout[held], words, rng))
    real = float(np.mean([part.mean() for part in fresh])) if fresh else None
    among = min(captions.AMONG, len(texts))
    detail = {"among": among, "chance": round(1 / among, 6), "column": gallery.word_column, "features": seen.eyes}
    values = np.mean(ours, axis=0)
    return [figures.share("caption_match", values, "usefulness", ideal=1.0, higher=True, real=real, detail=detail)]


def _learn(gallery: Gallery, space: features.Space) -> captions.Towers | None:
    """Towers from the training pictures that this space's eyes did not learn."""
    assert gallery.train is not None
    pairs = [(n, gallery.train.words[place]) for n, place in enumerate(space.places.tolist())]
    known = [(n, text) for n, text in pairs if text]
    if len(known) < _LEAST:
        return None
    return captions.fit(space.unseen[[n for n, _ in known]], _encoder().embed([text for _, text in known]))


def _matched(towers: captions.Towers, pictures: np.ndarray, words: list[str], rng: np.random.Generator) -> np.ndarray:
    texts = sorted(set(words))
    own = np.searchsorted(np.array(texts), np.array(words))
    return captions.match(towers.agree(pictures, _encoder().embed(texts)), own, rng)


@cache
def _encoder() -> Words:
    return Words(packs.read("words"))
