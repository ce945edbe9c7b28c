"""Judges of pictures: features of their own, distances, spread, originality, what was asked for, captions, flaws."""
