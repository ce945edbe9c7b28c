"""Sentences as what pictures are given: the vectors of captions in fitting, those of a wish in sampling.

The encoder is the model pack `words`; without it captions teach nothing and a wish in words cannot be read.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from genloop.core.errors import ConditionError
from genloop.core.protocols import Vectors
from genloop.core.records import Records
from genloop.core.schema import Schema
from genloop.engine.plan import Plan
from genloop.nn.words import LENGTH, Words
from genloop.runtime import packs

PACK = "words"
_UNREAD = 0.6  # share of a wish's letters in no script of the encoder, beyond which it is refused


def installed() -> bool:
    """Whether sentences can be read here."""
    return packs.find(PACK) is not None


def encode(texts: Sequence[str]) -> Vectors:
    """One vector a text; an empty text, which says nothing, is all zeros.

    Raises:
        MissingExtra: the pack is not installed; the message holds the command that adds it.
    """
    found = np.zeros((len(texts), LENGTH), np.float32)
    said = [place for place, text in enumerate(texts) if text.strip()]
    if said:
        found[said] = _encoder().embed([texts[place] for place in said])
    return found


def read(plan: Plan, records: Records) -> dict[str, Vectors]:
    """The captions' vectors by column of pictures, where its stage is given any."""
    found: dict[str, Vectors] = {}
    for stage in plan.stages:
        if stage.words:
            columns = [records.column(name).to_pylist() for name in stage.words]
            texts = [" ".join(str(part) for part in parts if part) for parts in zip(*columns, strict=True)]
            found[stage.columns[0]] = encode(texts)
    return found


def notes(plan: Plan, schema: Schema) -> list[str]:
    """What is to be said of captions that would be told to the pictures, were the encoder here."""
    captions = ", ".join(name for name in plan.empty if schema[name].kind == "text")
    if not captions or installed() or all(stage.role != "image" for stage in plan.stages):
        return []
    return [f"captions are not used ({captions}): run genloop models add {PACK} and fit again to ask in words"]


def wish(text: str) -> Vectors:
    """The vector of what somebody asks for, as one row.

    Raises:
        ConditionError: it says nothing, or is in no script that the encoder reads.
        MissingExtra: the pack is not installed.
    """
    if not any(letter.isalnum() for letter in text):
        raise ConditionError(f'the words {text!r} say nothing; describe a picture, such as "a red round shield"')
    vector = encode([text])
    if _unread(text) > _UNREAD:
        raise ConditionError(
            f"the words {text!r} are in a script that the pack `words` does not read; it knows 16 languages, "
            "among them Chinese, English, French, German, Japanese, Russian and Spanish: say them in one of these"
        )
    return vector


def nearest(text: str, names: Sequence[str]) -> tuple[str, float]:
    """The name nearest in meaning, and the cosine between it and the text."""
    vectors = encode([text, *names])
    near = vectors[1:] @ vectors[0]
    place = int(near.argmax())
    return names[place], float(near[place])


def asked(plan: Plan, text: str) -> Mapping[str, np.ndarray]:
    """The wish by column of pictures that is given words; empty where the model learnt no captions."""
    columns = [stage.columns[0] for stage in plan.stages if stage.words]
    return {} if not columns else dict.fromkeys(columns, wish(text)[0])


def _unread(text: str) -> float:
    """The share of a text's pieces that the encoder has never met."""
    pieces = _encoder().pieces.split(text)[1:-1]
    return sum(number == 0 for number in pieces) / max(len(pieces), 1)


@cache
def _encoder() -> Words:
    return Words(packs.read(PACK))
