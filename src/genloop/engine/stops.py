"""Texts that end right after one of some strings: any family that draws token by token, with what goes beyond cut off.

The strings are one automaton over bytes, so that they are seen wherever the pieces of tokens are cut. A token may bring
the end of a string and more; the row then ends there, and the token is spelt anew as far as the string goes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from genloop.core.protocols import Batch, Weights
from genloop.core.texts import END, MISSING, Guide, Texts, Wish
from genloop.engine.guides import Alphabet, Walk, automaton, suffixes


@dataclass(frozen=True)
class Stopping:
    """A family of texts as `part` is, but its texts end right after one of the strings of a wish."""

    part: Any
    letters: Alphabet
    stop: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        """Everything but drawing is the family's own; it streams where that does."""
        found = getattr(self.part, name)
        return partial(self._stream, found) if name == "stream" else found

    def sample(self, weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
        """One text for each row; behind a string stands END, unless the text was to come to an end that is set."""
        guide = Stop(self._walk, len(given), wish.guide)
        made = self.part.sample(weights, given, rng, replace(wish, guide=guide))
        return Texts.of([self._cut(made[row], wish, row) for row in range(len(made))])

    def _stream(
        self, inner: Callable[..., Iterator[int]], weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish
    ) -> Iterator[int]:
        """The new tokens of one text, up to the string."""
        guide = Stop(self._walk, len(given), wish.guide)
        state = self._begun(wish, 0)
        for token in inner(weights, given, rng, replace(wish, guide=guide)):
            new, spelt = self._follow(state, token)
            yield from spelt
            if new < 0:
                return
            state = new

    @cached_property
    def _walk(self) -> Walk:
        return self.letters.walk(automaton([word.encode() for word in self.stop]))

    @cached_property
    def _suffixes(self) -> Int[np.ndarray, "states bytes"]:
        return suffixes([word.encode() for word in self.stop])[0]

    @cached_property
    def _bytes(self) -> dict[int, int]:
        """The token of every single byte."""
        return {spelt[0]: token for token, spelt in enumerate(self.letters.table) if len(spelt) == 1}

    def _cut(self, tokens: np.ndarray, wish: Wish, row: int) -> list[int]:
        """A row up to the string."""
        first = 0 if wish.begun is None else len(_plain(wish.begun[row]))
        state = self._begun(wish, row)
        made: list[int] = tokens[:first].tolist()
        for token in tokens[first:].tolist():
            state, spelt = self._follow(state, token)
            made += spelt
            if state < 0:
                return made if wish.ends is not None or token == END else [*made, END]
        return made

    def _begun(self, wish: Wish, row: int) -> int:
        """The state behind what was given, whose own strings stop nothing."""
        state = 0
        for token in [] if wish.begun is None else _plain(wish.begun[row]):
            for byte in self.letters.table[token]:
                state = int(self._suffixes[state, byte])
        return state

    def _follow(self, state: int, token: int) -> tuple[int, list[int]]:
        """The next state, -1 where the text is over, and the token, or its bytes up to where a string ends."""
        if token in (END, MISSING):
            return (-1 if token == END else state), [token]
        new = int(self._walk[state][token])
        if new >= 0:
            return new, [token]
        spelt = []
        for byte in self.letters.table[token]:
            spelt.append(self._bytes[byte])
            state = int(self._walk.table[state, byte])
            if state < 0:
                break
        return -1, spelt


class Stop:
    """A guide that lets nothing but the end come once a string has come, and before that what `inner` allows."""

    def __init__(self, walk: Walk, rows: int, inner: Guide | None) -> None:
        self.walk, self.inner = walk, inner
        self.states = [0] * rows

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """Which tokens may come next in this row."""
        if self.states[row] >= 0:
            return self.inner.allowed(row) if self.inner is not None else None
        found = np.zeros(len(self.walk.alphabet.table), bool)
        found[END] = True
        return found

    def follow(self, row: int, token: int) -> None:
        """This row goes on with that token."""
        if self.states[row] < 0:
            return
        self.states[row] = int(self.walk[self.states[row]][token])
        if self.inner is not None:
            self.inner.follow(row, token)

    def begin(self, row: int) -> None:
        """This row is written anew."""
        self.states[row] = 0
        if self.inner is not None:
            self.inner.begin(row)


def _plain(tokens: np.ndarray) -> list[int]:
    """The tokens of a given beginning without its end."""
    found: list[int] = tokens.tolist()
    return found[: found.index(END)] if END in found else found
