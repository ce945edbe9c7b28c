"""What may come next in texts that must keep a demand: whole characters, no unwanted word, a length, words put in.

Unwanted words are one automaton over bytes (Aho and Corasick 1975), so that no token can complete one, wherever its
pieces are cut. Room is kept for the words and the end that are still to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Bool, Int

from genloop.core.demand import Demand, measure
from genloop.core.errors import ConditionError
from genloop.core.texts import END, MISSING
from genloop.nn.grammar import Grammar, Place

LATEST = 24  # characters after which a word that is put in stands at the latest, where nothing says how long texts are
STATES = 65_536  # of the automaton of unwanted words, a kilobyte each: some 6,000 words of four Chinese characters
_KEPT = 1_024  # rows over the vocabulary that are remembered at a time
_DEAD = -1
# after a lead byte: how many bytes follow, and in which range the next one lies (RFC 3629, section 4)
_LEADS = (
    (0x00, 0x7F, 0, 0, 0), (0xC2, 0xDF, 1, 0x80, 0xBF), (0xE0, 0xE0, 2, 0xA0, 0xBF), (0xE1, 0xEC, 2, 0x80, 0xBF),
    (0xED, 0xED, 2, 0x80, 0x9F), (0xEE, 0xEF, 2, 0x80, 0xBF), (0xF0, 0xF0, 3, 0x90, 0xBF), (0xF1, 0xF3, 3, 0x80, 0xBF),
    (0xF4, 0xF4, 3, 0x80, 0x8F),
)  # fmt: skip


@dataclass(frozen=True)
class Alphabet:
    """The bytes of a vocabulary, ready for automata."""

    table: tuple[bytes, ...]

    @cached_property
    def letters(self) -> Int[np.ndarray, "tokens longest"]:
        """The bytes of every token; 256 behind its last."""
        found = np.full((len(self.table), max(map(len, self.table))), 256, np.int64)
        for token, spelt in enumerate(self.table):
            found[token, : len(spelt)] = list(spelt)
        return found

    @cached_property
    def characters(self) -> Int[np.ndarray, " tokens"]:
        """How many characters begin in every token."""
        return np.asarray(((self.letters < 256) & (self.letters & 0xC0 != 0x80)).sum(axis=1))

    @cached_property
    def words(self) -> Int[np.ndarray, " tokens"]:
        """How many words every token can add at most."""
        whole = [measure(spelt.decode("utf-8", "replace").replace("\ufffd", "字"), "words") for spelt in self.table]
        return np.array(whole, np.int64)

    @cached_property
    def whole(self) -> "Walk":
        """Where whole characters lead: state 0 between two characters."""
        return self.walk(_characters())

    def walk(self, automaton: Int[np.ndarray, "states bytes"]) -> "Walk":
        """Where every token leads in an automaton over bytes."""
        ends = np.arange(len(automaton), dtype=np.int32)  # behind its last byte a token stays where it is
        return Walk(self, np.vstack([np.c_[automaton, ends], np.full((1, 257), _DEAD, np.int32)]))


@dataclass(frozen=True)
class Walk:
    """The state that every token leads to, -1 where to none; a row a state, worked out when a text comes there."""

    alphabet: Alphabet
    table: Int[np.ndarray, "states_and_dead bytes_and_end"]
    known: dict[int, Int[np.ndarray, " tokens"]] = field(default_factory=dict)

    def __getitem__(self, state: int) -> Int[np.ndarray, " tokens"]:
        if state not in self.known:
            if len(self.known) >= _KEPT:
                self.known.clear()
            found = np.full(len(self.alphabet.table), state, np.int32)
            for column in self.alphabet.letters.T:
                found = self.table[found, column]
            found[[END, MISSING]] = _DEAD
            self.known[state] = found
        return self.known[state]


@lru_cache(maxsize=4)
def alphabet(table: tuple[bytes, ...]) -> Alphabet:
    """The alphabet of a vocabulary."""
    return Alphabet(table)


@lru_cache(maxsize=1)
def _characters() -> Int[np.ndarray, "states bytes"]:
    """The automaton of UTF-8: 0 between characters, else how much of one is still to come and in which range."""
    ranges = {(0, 0, 0): 0}
    for _, _, more, low, high in _LEADS:
        if more:
            ranges.setdefault((more, low, high), len(ranges))
        for rest in range(1, more):
            ranges.setdefault((rest, 0x80, 0xBF), len(ranges))
    table = np.full((len(ranges), 256), _DEAD, np.int32)
    for low, high, more, *after in _LEADS:
        table[0, low : high + 1] = ranges[more, after[0], after[1]] if more else 0
    for (more, low, high), state in ranges.items():
        if more:
            table[state, low : high + 1] = ranges[more - 1, 0x80, 0xBF] if more > 1 else 0
    return table


def automaton(words: Sequence[bytes]) -> Int[np.ndarray, "states bytes"]:
    """Which state every byte leads to, -1 where it completes one of the words.

    Raises:
        ConditionError: there are too many words.
    """
    table, whole = suffixes(words)
    return np.where(whole[table], _DEAD, table)


def suffixes(words: Sequence[bytes]) -> tuple[Int[np.ndarray, "states bytes"], Bool[np.ndarray, " states"]]:
    """Which state every byte leads to, and at which states a word has just come (Aho and Corasick 1975).

    From the root on, a state goes on as the longest other state that its text ends with, but for bytes of its own.

    Raises:
        ConditionError: there are too many words.
    """
    tree, ended = _tree(words)
    table, whole = np.zeros((len(tree), 256), np.int32), np.zeros(len(tree), bool)
    ends_as = [0] * len(tree)
    order = [0]
    for state in order:
        row = table[state]
        row[:] = table[ends_as[state]]
        whole[state] = state in ended or whole[ends_as[state]]
        for byte, child in tree[state].items():
            ends_as[child] = int(row[byte])
            row[byte] = child
            order.append(child)
    return table, whole


def _tree(words: Sequence[bytes]) -> tuple[list[dict[int, int]], set[int]]:
    """The words as one tree, by which byte each node goes on to which, and the nodes that end a word."""
    tree: list[dict[int, int]] = [{}]
    ended = set()
    for word in words:
        at = 0
        for byte in word:
            if byte not in tree[at]:
                tree[at][byte] = len(tree)
                tree.append({})
            at = tree[at][byte]
        ended.add(at)
        if len(tree) > STATES:
            raise ConditionError(
                f"the {len(words):,} unwanted words are too many to keep out of a text: their automaton has over "
                f"{STATES:,} states, about one for each byte; ask for fewer"
            )
    return tree, ended


@dataclass
class Line:
    """One text in the midst of being written: `due` are the words still to be put in, each from its place on."""

    state: int = 0
    near: int = 0
    length: int = 0
    size: int = 0
    spelt: bytes = b""
    due: tuple[tuple[int, int], ...] = ()
    forced: tuple[int, ...] = ()
    over: bool = False
    place: Place | None = None


class Keeping:
    """A guide under which texts keep a demand; `put` are words to be put in, in order, by the tokens of each.

    Where `put` is not given, words that the texts shall hold and their end are left to chance.
    """

    def __init__(
        self,
        letters: Alphabet,
        demand: Demand,
        rows: int,
        *,
        put: Sequence[tuple[str, Sequence[int]]] = (),
        places: Int[np.ndarray, "rows words"] | None = None,
        grammar: Grammar | None = None,
        begun: Sequence[int] = (),
        budget: int = 1024,
    ) -> None:
        self.letters, self.demand, self.put = letters, demand, tuple(put)
        self.costs = letters.characters if demand.unit == "characters" else letters.words
        self.needs = [measure(word, demand.unit) for word, _ in put]
        self.near = letters.walk(automaton([word.encode() for word in demand.lacks])) if demand.lacks else None
        self.budget = budget
        self.known: dict[tuple[int, int, int], Bool[np.ndarray, " tokens"]] = {}
        self.widest = int(self.costs.max(initial=0))
        self.places: list[list[int]] = [[]] * rows if places is None else places.tolist()
        self.grammar, self.begun = grammar, begun
        bound = demand.most if demand.unit == "characters" else None
        self.reserve = -1 if bound is None else min(bound // 8 + 4, bound // 4)  # characters to end a form in
        self.lines = [self._line(row) for row in range(rows)]

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """The next token of a word that is due; else what leaves room for those still to come."""
        line = self.lines[row]
        closing = line.size >= self.budget // 2
        if line.place is not None and self.grammar is not None and self.grammar.complete:
            return line.place.shortest() if closing else line.place.allowed()
        room = self._room(line)
        if not line.forced and line.due and line.state == 0 and (line.length >= line.due[0][0] or room <= 0):
            line.forced = tuple(self.put[line.due[0][1]][1])
            line.due = line.due[1:]
        if line.forced:
            return self._only(line.forced[0])
        if line.over and not line.due and self.demand.ends and self.put:
            return self._only(END)
        found = self._free(line, room)
        closing = closing or room <= self.reserve
        if line.place is None:
            found[END] = line.state == 0 and not line.due and self.demand.least <= line.length and line.size > 0
            return found
        own = line.place.shortest() if closing else line.place.allowed()
        if not closing:
            found[END] = own[END]
            own &= found
        return own

    def follow(self, row: int, token: int) -> None:
        """The text goes on."""
        line = self.lines[row]
        if line.forced:
            line.forced = line.forced[1:] if token == line.forced[0] else ()
            line.over = not line.forced and not line.due
        self._on(line, token)

    def begin(self, row: int) -> None:
        """The text is written anew."""
        self.lines[row] = self._line(row)

    def _line(self, row: int) -> Line:
        line = Line(due=tuple(zip(self.places[row], range(len(self.put)), strict=True)) if self.places[row] else ())
        for token in self.begun:
            self._on(line, token)
        line.place = self.grammar.begin(self.begun) if self.grammar else None  # which has read them itself
        return line

    def _on(self, line: Line, token: int) -> None:
        if token == END:
            return
        line.size += 1
        line.spelt += self.letters.table[token]
        line.state = max(int(self.letters.whole[line.state][token]), 0)
        if self.near is not None:
            line.near = max(int(self.near[line.near][token]), 0)
        if self.demand.unit == "characters":
            line.length += int(self.costs[token])
        else:
            line.length = measure(line.spelt.decode("utf-8", "ignore"), "words") + (line.state != 0)
        if line.place is not None:
            line.place.follow(token)

    def _room(self, line: Line) -> int:
        """How much longer the text may get before what is due must come."""
        if self.demand.most is None:
            return self.widest
        return self.demand.most - line.length - sum(self.needs[word] for _, word in line.due)

    def _free(self, line: Line, room: int) -> Bool[np.ndarray, " tokens"]:
        room = min(max(room, 0), self.widest)
        key = (line.state, line.near, room)
        if key not in self.known:
            if len(self.known) >= _KEPT:
                self.known.clear()
            found = (self.letters.whole[line.state] != _DEAD) & (self.costs <= room)
            if self.near is not None:
                found &= self.near[line.near] != _DEAD
            self.known[key] = found
        return self.known[key].copy()

    def _only(self, token: int) -> Bool[np.ndarray, " tokens"]:
        found = np.zeros(len(self.letters.table), bool)
        found[token] = True
        return found
