"""Judges of texts: variety, originality, likeness, form, and whether what was asked for stands in them."""

from genloop.judges.texts.card import NAME, score

__all__ = ["NAME", "score"]
