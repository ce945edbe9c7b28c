"""A long text in parts: at empty lines where there are some, else at lines, at ends of sentences, at last anywhere."""

import re
from itertools import pairwise

from genloop.core import sentences

LONGEST = 20_000  # characters of a document that is learnt as one row
PASSAGE = 1_000  # characters of a passage, about, where one document is the whole corpus


def read(text: str) -> list[str]:
    """The paragraphs of a single document; without empty lines its lines; none longer than about a passage."""
    parts = re.split(r"\n\s*\n", text)
    if len(parts) == 1:
        parts = text.split("\n")
    return [piece for part in parts if part.strip() for piece in cut(part.strip(), PASSAGE)]


def cut(text: str, most: int = LONGEST) -> list[str]:
    """The text in parts of at most `most` characters, each cut as late as a paragraph, line or sentence ends."""
    if len(text) <= most:
        return [text]
    for pieces, glue in ((re.split(r"\n\s*\n", text), "\n\n"), (text.split("\n"), "\n"), (_sentences(text), "")):
        if len(pieces) > 1:
            return _packed(pieces, glue, most)
    return [text[at : at + most] for at in range(0, len(text), most)]


def _sentences(text: str) -> list[str]:
    """The sentences with the spaces before them."""
    return [text[begin:end] for begin, end in pairwise([0, *sentences.ends(text), len(text)]) if end > begin]


def _packed(pieces: list[str], glue: str, most: int) -> list[str]:
    """Neighbouring pieces put together as far as they fit; one that is too long alone is cut further."""
    parts: list[str] = []
    held: list[str] = []
    size = 0
    for piece in pieces:
        if held and size + len(piece) + len(glue) > most:
            parts.append(glue.join(held))
            held, size = [], 0
        if len(piece) > most:
            *full, piece = cut(piece, most)
            parts += full
        held.append(piece)
        size += len(piece) + len(glue)
    return [part.strip() for part in (*parts, glue.join(held)) if part.strip()]
