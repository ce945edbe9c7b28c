"""Judges of pictures: features of their own, distances, spread, originality, what was asked for, captions, flaws."""

from genloop.judges.pictures.card import NAME, score

__all__ = ["NAME", "score"]
