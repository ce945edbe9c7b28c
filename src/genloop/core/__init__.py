"""Nouns and contracts every other room speaks in; imports nothing of ours and no torch."""
