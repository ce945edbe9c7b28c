"""Pictures beside their sentences: `caption_match`, where the table has captions and the pack `words` is installed.

Colour pictures are looked at with the pack `photos` where it is installed, drawings too: what it learnt of things in
the world fits sentences better than what can be learnt from a few thousand pictures.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges.figures import share
from genloop.judges.pictures import captions, features, photographs
from genloop.judges.pictures.gallery import Gallery, Pictures
from genloop.nn.words import Words
from genloop.runtime import packs

_LEAST = 50  # real pairs to learn from
_ROWS = 1_000
_TAUGHT = 3_000
Vectors = Float[np.ndarray, "_rows length"]


@dataclass(frozen=True)
class Sight:
    """Vectors of captioned pictures in one space, each set with its places among the gallery's."""

    train: Vectors
    taught: np.ndarray
    made: Vectors
    holdout: Vectors | None


def score(gallery: Gallery, seen: features.Seen, seed: int) -> list[Score]:
    """`caption_match` with what real held-out pairs reach among as many; nothing without captions or the pack."""
    if gallery.train is None or gallery.word_column is None or packs.find("words") is None:
        return []
    made, held = (_captioned(part, _ROWS, seed) for part in (gallery.made, gallery.holdout))
    words = [gallery.made.words[place] for place in made]
    held_words = [] if gallery.holdout is None else [gallery.holdout.words[place] for place in held]
    if len(set(words)) < 2:
        return []
    among = min([captions.AMONG, *(len(set(part)) for part in (words, held_words) if len(set(part)) > 1)])
    sights, eyes = _sights(gallery, seen, made, held, seed)
    ours, fresh = [], []
    for number, sight in enumerate(sights):
        texts = [gallery.train.words[place] for place in sight.taught]
        if len(texts) < _LEAST:
            return []
        towers, rng = captions.fit(sight.train, _encoder().embed(texts)), stream(seed, "captions", number)
        ours.append(_matched(towers, sight.made, words, rng, among))
        if sight.holdout is not None and len(set(held_words)) > 1:
            fresh.append(_matched(towers, sight.holdout, held_words, rng, among))
    real = float(np.mean([part.mean() for part in fresh])) if fresh else None
    detail = {"among": among, "chance": round(1 / among, 6), "column": gallery.word_column, "features": eyes}
    values = np.mean(ours, axis=0)
    return [share("caption_match", values, "usefulness", ideal=1.0, higher=True, real=real, detail=detail)]


def _captioned(pictures: Pictures | None, most: int, seed: int) -> np.ndarray:
    """Places that have a caption, drawn at random where there are more: folders stand class by class."""
    words = () if pictures is None else pictures.words
    found = np.array([place for place, text in enumerate(words) if text], np.int64)
    return np.sort(stream(seed, "captions", "few").permutation(found)[:most])


def _sights(
    gallery: Gallery, seen: features.Seen, made: np.ndarray, held: np.ndarray, seed: int
) -> tuple[list[Sight], str]:
    """The spaces of the card, or the one of the pack where it fits the pictures."""
    assert gallery.train is not None
    pack = None if seen.eyes == photographs.EYES else photographs.colour(gallery)
    if pack is not None:
        taught = _captioned(gallery.train, _TAUGHT, seed)
        sight = Sight(
            photographs.encode(pack, gallery.train.pixels[taught]),
            taught,
            photographs.encode(pack, gallery.made.pixels[made]),
            None if gallery.holdout is None else photographs.encode(pack, gallery.holdout.pixels[held]),
        )
        return [sight], photographs.EYES
    found = []
    for space in seen.spaces:
        kept = np.array([n for n, place in enumerate(space.places) if gallery.train.words[place]], np.int64)
        holdout = None if space.holdout is None else space.holdout[held]
        found.append(Sight(space.unseen[kept], space.places[kept], space.made[made], holdout))
    return found, seen.eyes


def _matched(
    towers: captions.Towers, pictures: Vectors, words: list[str], rng: np.random.Generator, among: int
) -> np.ndarray:
    texts = sorted(set(words))
    own = np.searchsorted(np.array(texts), np.array(words))
    return captions.match(towers.agree(pictures, _encoder().embed(texts)), own, rng, among=among)


@cache
def _encoder() -> Words:
    return Words(packs.read("words"))
