"""Texts that keep what is demanded of them: drawn freely first, under a guide where that does not do."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from genloop.core.demand import Demand
from genloop.core.errors import ConditionError
from genloop.core.texts import END, MISSING, Texts, Wish
from genloop.engine.units import Unit

TRIES = 8  # texts drawn for a row before a wanted word is put in by force
LATEST = 24  # pieces after which a word that is put in stands at the latest
Lines = list[str | None]
Draw = Callable[[np.ndarray, Demand], Lines]
Speak = Callable[[np.ndarray, np.random.Generator, Wish], Texts]


class Present:
    """A guide under which no text is missing or empty."""

    def __init__(self, rows: int, tokens: int) -> None:
        self.first = np.ones(rows, bool)
        self.mask = np.ones(tokens, bool)
        self.mask[[END, MISSING]] = False

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """Anything but an end, as the first token."""
        return self.mask if self.first[row] else None

    def follow(self, row: int, token: int) -> None:
        """The row has begun."""
        self.first[row] = False


class Holding(Present):
    """A guide that puts each of the words in, one after the other, at a place drawn for every row."""

    def __init__(self, rows: int, tokens: int, words: Sequence[np.ndarray], rng: np.random.Generator) -> None:
        super().__init__(rows, tokens)
        self.tokens = tokens
        places = np.sort(rng.integers(0, LATEST, (rows, len(words))), axis=1)
        self.plan = [list(zip(own.tolist(), words, strict=True)) for own in places]
        self.forced: list[list[int]] = [[] for _ in range(rows)]
        self.length = np.zeros(rows, int)

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """The word's next piece where one is due, no end before all have come, anything after."""
        if not self.forced[row] and self.plan[row] and self.length[row] >= self.plan[row][0][0]:
            self.forced[row] = self.plan[row].pop(0)[1].tolist()
        if self.forced[row]:
            only = np.zeros(self.tokens, bool)
            only[self.forced[row][0]] = True
            return only
        return self.mask if self.plan[row] or self.first[row] else None

    def follow(self, row: int, token: int) -> None:
        """One piece more."""
        super().follow(row, token)
        self.length[row] += 1
        if self.forced[row]:
            self.forced[row].pop(0)


def drawn(draw: Draw, rows: int, demand: Demand, column: str) -> Lines:
    """A text for each row: those that break the demand are drawn again, a few times.

    Raises:
        ConditionError: a row's texts break it every time.
    """
    found: Lines = [None] * rows
    left, last = _tried(draw, found, np.arange(rows), demand, column)
    if len(left):
        raise ConditionError(
            f"{len(left)} of {rows} texts of {column} broke what was demanded of them {TRIES} times in a row "
            f"({demand.broken(last)}); demand less, or ask for fewer rows"
        )
    return found


def _tried(draw: Draw, found: Lines, left: np.ndarray, demand: Demand, column: str) -> tuple[np.ndarray, str | None]:
    """Fill in what keeps the demand; which rows never did, and a text that broke it."""
    last: str | None = None
    for _ in range(TRIES):
        if not len(left):
            break
        lines = draw(left, demand)
        if len(lines) != len(left):
            raise ConditionError(f"{column}: {len(left)} texts were asked for, the family gave {len(lines)}")
        held = np.array([demand.kept(line) for line in lines], bool)
        for place, line, holds in zip(left.tolist(), lines, held.tolist(), strict=True):
            if holds:
                found[place] = line
            else:
                last = line
        left = left[~held]
    return left, last


def kept(speak: Speak, unit: Unit, rows: int, rng: np.random.Generator, demand: Demand) -> Lines:
    """A text for each row that holds the wanted words: of several tries the first, else one made to hold them."""
    tokens = int(unit.frozen["vocabulary"])

    def told(places: np.ndarray, wish: Wish) -> Lines:
        texts: Any = speak(places, rng, wish)
        lines: Lines = unit.codec.decode(unit.frozen, texts, rng).column(0).to_pylist()
        return lines

    if demand.missing is not False:
        return told(np.arange(rows), Wish())
    found: Lines = [None] * rows
    left, _ = _tried(
        lambda places, _: told(places, Wish(guide=Present(len(places), tokens))),
        found,
        np.arange(rows),
        demand,
        unit.names[0],
    )
    if len(left):
        words = pa.table({unit.names[0]: pa.array(demand.holds, pa.string())})
        ended: Any = unit.codec.encode(unit.frozen, words)
        guide = Holding(len(left), tokens, [ended[word][:-1] for word in range(len(ended))], rng)
        for place, line in zip(left.tolist(), told(left, Wish(guide=guide)), strict=True):
            found[place] = line
    return found
