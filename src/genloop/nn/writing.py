"""Writing many texts at once, token by token, with any network that reads and then goes on: the loop they share.

Rows that ended leave the batch, a few at a time: each leaving costs a copy of what the others remember. A network with
a bounded context is shown the last half of each text anew when the context is full, marked as a text that went on
before; pieces of long texts are learnt so too. How a text is to end, where that is asked, always stands ahead of it.

Writers that know how much a text says of what is asked for (`nn.guidance`) draw those again that speak against it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.errors import DataError
from genloop.core.texts import END, Guide, Texts, Wish
from genloop.nn.choice import RECENT, choose
from genloop.nn.scripts import BEGIN, FILL, ON

CHUNK = 256  # rows at a time
FULL = 0.85  # rows that ended are carried along until so few still go on
OVER = -1  # in place of the number of a row that ended
TRIES = 3  # times a text is drawn that speaks against what is asked for; of these it is the one that does so least
AGAINST = -0.1  # nats of pointwise mutual information below which it does; of what is nearer nothing the sign is chance


@runtime_checkable
class Writer(Protocol):
    """A network in the midst of some rows; `context` bounds how many places it can hold (None: no bound)."""

    vocabulary: int
    context: int | None

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows, which are the `own` ones of what is given; logits of what comes next."""

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token; logits of what comes next."""

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""


@runtime_checkable
class Telling(Writer, Protocol):
    """A writer that knows how much each token says of what the rows are given."""

    def tells(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, " rows"]:
        """log p(token | given) - log p(token) of these tokens as the next ones."""


@runtime_checkable
class Weighing(Writer, Protocol):
    """A writer that gives chances in place of logits."""

    weighs: bool


def write(begin: Callable[[np.ndarray], Writer], rows: int, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row, with END where it ended by itself; `begin` makes a writer for rows at these places."""
    made: list[list[int]] = [[] for _ in range(rows)]
    best, left = np.full(rows, -np.inf), np.arange(rows)
    size = CHUNK if wish.guidance == 1 else CHUNK // 2  # who guides carries every row twice
    for turn in range(TRIES if wish.temperature > 0 else 1):
        if turn and wish.guide is not None:
            for row in left.tolist():
                wish.guide.begin(row)
        for first in range(0, len(left), size):
            own = left[first : first + size]
            said = np.zeros(len(own))
            drawn = dict(zip(own.tolist(), _cut(wish.begun, own), strict=True))
            for row, token in follow(begin(own), own, rng, wish, said):
                drawn[row].append(token)
            for row, own_said in zip(own.tolist(), said.tolist(), strict=True):
                if not own_said <= best[row]:
                    made[row], best[row] = drawn[row], own_said
        left = left[best[left] < AGAINST]
    return Texts.of(made)


@torch.inference_mode()
def follow(
    writer: Writer,
    rows: Int[np.ndarray, " rows"],
    rng: np.random.Generator,
    wish: Wish,
    said: Float[np.ndarray, " rows"] | None = None,
) -> Iterator[tuple[int, int]]:
    """The new tokens of the writer's rows as they are drawn: (row, token), of each row in order.

    To `said` is added what each row's tokens tell of what it is given, where the writer knows.
    """
    telling = writer if said is not None and isinstance(writer, Telling) else None
    weighed = isinstance(writer, Weighing) and writer.weighs
    page = Page(_cut(wish.begun, rows), wish.most, None if wish.ends is None else _cut(wish.ends, rows))
    held = np.flatnonzero(page.sizes < wish.most)  # the rows that the writer carries
    going = np.ones(len(held), bool)
    logits, places = _read(writer, page, held)
    while going.any():
        chance = torch.from_numpy(rng.random(len(rows), dtype=np.float32)[held])
        allowed = _allowed(wish.guide, np.where(going, rows[held], OVER), writer.vocabulary)
        recent = torch.from_numpy(page.recent(held)) if wish.repetition != 1 else None
        tokens = choose(logits, chance, wish, recent=recent, allowed=allowed, weighed=weighed)
        drawn = tokens.numpy()
        if telling is not None and said is not None:
            said[held[going]] += telling.tells(tokens).numpy()[going]
        page.add(held[going], drawn[going])
        for row, token in zip(rows[held[going]].tolist(), drawn[going].tolist(), strict=True):
            if wish.guide is not None:
                wish.guide.follow(row, token)
            yield row, token
        going &= (drawn != END) & (page.sizes[held] < wish.most)
        places += 1
        full = writer.context is not None and places > writer.context
        if full or going.mean() < FULL:
            kept = torch.from_numpy(np.flatnonzero(going))
            held, going, tokens = held[going], going[going], tokens[kept]
            if not full:
                writer.keep(kept)
        if full:
            logits, places = _read(writer, page, held)
        elif len(held):
            logits = writer.more(tokens)


def stream(writer: Writer, rows: int, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn.

    Raises:
        DataError: there are more rows than one.
    """
    if rows != 1:
        raise DataError(f"one text can be streamed at a time; {rows} rows were given")
    return (token for _, token in follow(writer, np.arange(1), rng, wish))


class Page:
    """The rows written so far, in memory that was laid out once."""

    def __init__(self, begun: list[list[int]], most: int, ends: list[list[int]] | None = None) -> None:
        self.ends = ends
        self.sizes = np.array([len(row) for row in begun], np.int64)
        self.tokens = np.full((len(begun), max(most, int(self.sizes.max(initial=0)))), -1, np.int32)
        for row, tokens in enumerate(begun):
            self.tokens[row, : len(tokens)] = tokens

    def add(self, rows: Int[np.ndarray, " rows"], tokens: Int[np.ndarray, " rows"]) -> None:
        """These rows go on by one token each."""
        self.tokens[rows, self.sizes[rows]] = tokens
        self.sizes[rows] += 1

    def shown(self, writer: Writer, rows: Int[np.ndarray, " rows"]) -> list[np.ndarray]:
        """The rows with their marks, behind how they end; where one is too long for the room, its last half of it."""
        found = []
        for row in rows.tolist():
            ahead, own = self._ahead(writer, row), self.tokens[row, : self.sizes[row]]
            room = len(own) + 1 if writer.context is None else writer.context - len(ahead)
            cut = len(own) + 1 > room
            own = own[-(room // 2) :] if cut else own
            found.append(np.concatenate([ahead, [writer.vocabulary + (ON if cut else BEGIN)], own]))
        return found

    def _ahead(self, writer: Writer, row: int) -> Int[np.ndarray, " ahead"]:
        """How the row ends, behind its mark; of a long end as much of its first part as leaves half of the context."""
        if self.ends is None:
            return np.zeros(0, np.int64)
        most = None if writer.context is None else writer.context // 2 - 2
        return np.array([writer.vocabulary + FILL, *self.ends[row][:most], END])

    def recent(self, rows: Int[np.ndarray, " rows"]) -> Int[np.ndarray, "rows last"]:
        """The last tokens of the rows; -1 where there are fewer."""
        at = self.sizes[rows, None] - RECENT + np.arange(RECENT)
        return np.where(at >= 0, self.tokens[rows[:, None], at.clip(min=0)], -1).astype(np.int64)


def _cut(texts: Texts | None, rows: Int[np.ndarray, " rows"]) -> list[list[int]]:
    """These rows of the texts without END; nothing where there are none."""
    if texts is None:
        return [[] for _ in rows]
    found = [texts[row].tolist() for row in rows.tolist()]
    return [tokens[: tokens.index(END)] if END in tokens else tokens for tokens in found]


def _read(writer: Writer, page: Page, rows: Int[np.ndarray, " rows"]) -> tuple[Float[Tensor, "rows tokens"], int]:
    """Let the writer read these rows; what comes next, and how many places the longest takes."""
    if not len(rows):
        return torch.zeros(0, writer.vocabulary), 0
    shown = page.shown(writer, rows)
    return writer.read(shown, rows), max(map(len, shown))


def _allowed(guide: Guide | None, rows: Int[np.ndarray, " rows"], tokens: int) -> Bool[Tensor, "rows tokens"] | None:
    """What the guide leaves; END alone where it leaves nothing."""
    if guide is None:
        return None
    found = np.ones((len(rows), tokens), bool)
    for place, row in enumerate(rows.tolist()):
        own = guide.allowed(row) if row != OVER else None
        if own is not None:
            found[place] = own[:tokens]
            found[place, END] |= not found[place].any()
    return torch.from_numpy(found)
