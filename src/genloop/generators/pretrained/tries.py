"""Texts that keep a demand: told of it and drawn, then drawn under a rein that puts words and ends in by force.

Always bounded: a text has at most as many tokens as are wished, and a row as many tries. The last one is handed back
as it is, for the caller to judge.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from genloop.core.demand import Demand
from genloop.core.errors import DataError
from genloop.core.protocols import Weights
from genloop.core.records import Records
from genloop.core.texts import Message, Wish, stopped, until
from genloop.generators.pretrained import beside, draw, reading, rows
from genloop.generators.pretrained.network import Opened
from genloop.generators.pretrained.rein import check, reins
from genloop.nn import blend as blends
from genloop.nn.blend import Blend

FREE, FORCED = 2, 3  # tries in which the text is only told of what it must hold, and in which that is put in
HALF = "\ufffd"  # what stands for a character whose bytes have not all come
SPEAKERS = {"system": "System", "user": "User", "assistant": "Assistant"}


def sample(weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish) -> list[str | None]:
    """One text for each row; an empty one is missing where the rows that were learnt had missing ones."""
    if demand.missing:
        return [None] * given.num_rows
    opened = draw.load(weights)
    asked = demand if weights.head["missing"] else dataclasses.replace(demand, missing=False)
    found = _kept(opened, _prompts(weights, opened, given, demand), rng, asked, wish, blends.of(weights))
    return [text or None for text in found]


def stream(weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish) -> Iterator[str]:
    """The pieces of one row's text as they are drawn, whole characters only."""
    yield from until(_drawn(weights, given, rng, demand, wish), wish.stop, len(demand.begins))


def _drawn(weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish) -> Iterator[str]:
    """The pieces as they are drawn, what goes beyond a string to stop at among them."""
    if given.num_rows != 1:
        raise DataError(f"one text can be streamed at a time; {given.num_rows} rows were given")
    opened = draw.load(weights)
    begun = opened.encode(demand.begins)
    prompt = _prompts(weights, opened, given, demand)[0] + begun
    asked = dataclasses.replace(demand, missing=False)
    check(opened, asked)
    own = reins(opened, asked, 1, rng, wish.most, force=_forced(asked))
    tokens: list[int] = []
    shown = 0
    if demand.begins:
        yield demand.begins
    blend = blends.of(weights)
    beside_it = None if blend is None else draw.trail(blend, begun, 1)
    for _, token in draw.follow(opened, [prompt], rng, wish, own, beside_it):
        if token in opened.ends:
            break
        tokens.append(token)
        text = opened.decode(tokens)
        if not text.endswith(HALF):
            yield text[shown:]
            shown = len(text)
    rest = opened.decode(tokens)[shown:].rstrip(HALF)
    if rest:
        yield rest


def reply(
    weights: Weights, prompts: Sequence[Sequence[Message]], rng: np.random.Generator, demand: Demand, wish: Wish
) -> list[str]:
    """One answer to each conversation, in the form that the base's tokenizer has for them, else as a continuation."""
    if not all(prompts):
        raise DataError("a conversation holds no message; expected at least one")
    opened = draw.load(weights)
    asked = dataclasses.replace(demand, missing=False)
    found = _kept(opened, [conversation(opened, prompt) for prompt in prompts], rng, asked, wish)
    return [text if opened.tokenizer.chat_template else _cut(text) for text in found]


def converses(weights: Weights) -> bool:
    """Whether the base has a chat template."""
    return bool(draw.load(weights).tokenizer.chat_template)


def score(weights: Weights, records: Records) -> np.ndarray:
    """-log p(text | the row's other columns) of each row in nats, the end included; beyond the context nothing."""
    opened = draw.load(weights)
    column = weights.head["column"]
    marks, longest = opened.marks(column), min(int(weights.head["settings"]["context"]), opened.places)
    shown = zip(rows.lines(records, column), records.column(column).to_pylist(), strict=True)
    pieces = [rows.plain(rows.row(opened.encode, marks, own, text, longest), marks) for own, text in shown]
    values, sizes = reading.nats(opened, pieces)
    blend = blends.of(weights)
    if blend is not None:
        return beside.nats(values, pieces, blend)
    found = np.zeros(len(pieces))
    np.add.at(found, np.repeat(np.arange(len(pieces)), sizes), values)
    return found


def conversation(opened: Opened, prompt: Sequence[Message]) -> list[int]:
    """A conversation as tokens, up to where the answer begins."""
    tokenizer = opened.tokenizer
    if not tokenizer.chat_template:
        first = [] if tokenizer.bos_token_id is None else [int(tokenizer.bos_token_id)]
        if len(prompt) == 1:
            return first + opened.encode(prompt[0].text)
        said = "".join(f"{SPEAKERS[turn.role]}: {turn.text}\n\n" for turn in prompt)
        return first + opened.encode(f"{said}{SPEAKERS['assistant']}:")
    turns = [{"role": turn.role, "content": turn.text} for turn in prompt]
    how: dict[str, Any] = {"add_generation_prompt": True, "tokenize": False}
    try:
        text = tokenizer.apply_chat_template(turns, **how)
    except Exception as error:  # whatever a template raises; many know no system turn
        if turns[0]["role"] != "system" or len(turns) < 2:
            raise DataError(f"the base's chat template refuses this conversation: {error}") from error
        first_, second = turns[:2]
        joined = {"role": second["role"], "content": f"{first_['content']}\n\n{second['content']}"}
        text = tokenizer.apply_chat_template([joined, *turns[2:]], **how)
    return opened.encode(text)


def _cut(text: str) -> str:
    """A continuation up to where it would speak for somebody else."""
    places = [place for who in SPEAKERS.values() if (place := text.find(f"\n\n{who}:")) >= 0]
    return text[: min(places, default=len(text))].strip()


def _prompts(weights: Weights, opened: Opened, given: Records, demand: Demand) -> list[list[int]]:
    column = weights.head["column"]
    marks = opened.marks(column)
    told = demand.form is None
    holds, ends = (demand.holds, demand.ends) if told else ((), "")
    return [rows.prompt(opened.encode, marks, own, holds, ends) for own in rows.lines(given, column)]


def _forced(demand: Demand) -> bool:
    """Whether something is to be put in."""
    return bool(demand.holds or demand.ends)


def _kept(
    opened: Opened,
    prompts: list[list[int]],
    rng: np.random.Generator,
    demand: Demand,
    wish: Wish,
    blend: Blend | None = None,
) -> list[str]:
    """A text for each prompt, by the first try that keeps the demand; the `blend` speaks beside the network."""
    check(opened, demand)
    begun = opened.encode(demand.begins)
    found = [""] * len(prompts)
    left = list(range(len(prompts)))
    tries = [False] * FREE + [True] * FORCED if _forced(demand) else [False] * FORCED
    for force in tries:
        own = reins(opened, demand, len(left), rng, wish.most, force=force)
        drawn = draw.write(opened, [prompts[row] + begun for row in left], rng, wish, own, blend, begun)
        for row, tokens in zip(left, drawn, strict=True):
            text = demand.begins + _text(opened, begun, tokens).rstrip(HALF)
            found[row] = stopped(text, wish.stop, len(demand.begins))
        left = [row for row in left if not demand.kept(found[row])]
        if not left:
            break
    return found


def _text(opened: Opened, begun: list[int], tokens: list[int]) -> str:
    """What was drawn after the beginning; read together with it, for pieces that join."""
    if not begun:
        return opened.decode(tokens)
    first, whole = opened.decode(begun), opened.decode(begun + tokens)
    return whole[len(first) :] if whole.startswith(first) else opened.decode(tokens)
