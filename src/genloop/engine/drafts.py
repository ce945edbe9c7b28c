"""Texts that keep what is demanded of them: drawn freely first, words put in and ends set where that does not do.

Of several texts with words put in at different places the likeliest is taken, by its mean over tokens. A family that
has learnt to write towards an end is shown it first, and of several texts that one is taken behind which the end is
likeliest; where none comes to it in the room there is, the end is set as for all others.
"""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core.demand import Demand, apart, before, measure, shortest
from genloop.core.errors import ConditionError
from genloop.core.families import TextFamily
from genloop.core.protocols import Batch, Weights
from genloop.core.texts import END, Texts, Wish, stopped
from genloop.engine import guides
from genloop.engine.guides import Alphabet, Keeping
from genloop.engine.said import said
from genloop.engine.units import Unit
from genloop.nn import grammar as grammars
from genloop.nn.grammar import Grammar
from genloop.nn.narrow import narrowed

TRIES = 8  # texts drawn for a row before a wanted word is put in by force, and before a demand is given up
WORTH = 0.2  # the share of a try that must hold the wanted words by itself for another one
PLACES = 4  # texts with words put in at different places or written towards an end, of which the best is taken
WEIGHED = 20_000  # texts of choices that are weighed one by one; where there are more, one is drawn token by token
TOKENS = 1_024  # of a text that nothing else bounds
Lines = list[str | None]
Draw = Callable[[np.ndarray, Demand], Lines]


def drawn(draw: Draw, rows: int, demand: Demand, column: str) -> Lines:
    """A text for each row: those that break the demand are drawn again, a few times.

    Raises:
        ConditionError: a row's texts break it every time.
    """
    found: Lines = [None] * rows
    left, last = _tried(draw, found, np.arange(rows), demand, column)
    _refuse(left, rows, demand, column, last)
    return found


@dataclass(frozen=True)
class Author:
    """A family that writes tokens of the unit's codec, with what each of its rows is given."""

    part: TextFamily
    weights: Weights
    unit: Unit
    given: Batch
    rng: np.random.Generator
    wish: Wish

    def kept(self, demand: Demand) -> Lines:
        """A text for each row that keeps the demand.

        Raises:
            ConditionError: there is no such text, or none was found.
        """
        rows, column = np.arange(len(self.given)), self.unit.names[0]
        if demand == Demand():
            lines = said(lambda places: self._told(places, self.wish), len(rows), self.unit.frozen)
            return [line and stopped(line, self.wish.stop) for line in lines]  # broken bytes may have gone from strings
        if demand.missing is None:
            demand = replace(demand, missing=False)
        if demand.form is not None and demand.form.kind == "choices":
            return self._chosen(demand)
        found: Lines = [None] * len(rows)
        left, last = rows, None
        for draw, worth in self._ways(demand):
            left, last = _tried(draw, found, left, demand, column, worth=worth)
        _refuse(left, len(rows), demand, column, last)
        return found

    def stream(self, demand: Demand) -> Iterator[str]:
        """One text, piece by piece as it is drawn; words that it must hold are put in.

        Raises:
            ConditionError: there is no such text, or the one that came breaks the demand, which is seen at its end.
        """
        part: Any = self.part
        if demand.missing is None:
            demand = replace(demand, missing=False)
        if not hasattr(part, "stream") or (demand.form is not None and demand.form.kind == "choices"):
            yield from (line or "" for line in self.kept(demand))
            return
        grammar, many = self._grammar(demand), np.arange(1)
        ends = demand.ends if grammar is None and self._fills(demand) else ""
        words = {} if grammar else self._places(1, before(demand) if ends else demand, [])
        wish = self._towards(demand, 1, **words) if ends else self._wish(demand, 1, grammar, **words)
        reader, table, text = codecs.getincrementaldecoder("utf-8")("ignore"), self._table, demand.begins
        yield demand.begins
        for token in part.stream(self.weights, self.given.take(many), self.rng, wish):
            piece = reader.decode(table[token])
            text += piece
            yield piece
        yield from [ends] if ends else []
        _refuse(many[: not demand.kept(text + ends)], 1, demand, self.unit.names[0], text + ends)

    def _ways(self, demand: Demand) -> list[tuple[Draw, float]]:
        """How texts are drawn, and the share that must keep the demand for another try before the next way is taken."""
        grammar = self._grammar(demand)
        lengths: list[int] = []

        def free(places: np.ndarray, _: Demand) -> Lines:
            lines = self._told(places, self._wish(demand, len(places), grammar))
            lengths.extend(_length(line, demand) for line in lines)
            return lines

        if grammar is not None or not (demand.holds or demand.ends):
            return [(free, 0.0)]
        ways: list[tuple[Draw, float]] = [(free, WORTH), (lambda places, _: self._put(places, demand, lengths), 0.0)]
        if self._fills(demand):
            with_words = [(partial(self._filled, put=True), WORTH)] if demand.holds else []
            ways = [(self._filled, WORTH), *with_words, *ways]
        return ways

    def _fills(self, demand: Demand) -> bool:
        """Whether there is an end that the family can write towards."""
        learnt: Callable[[Weights], bool] | None = getattr(self.part, "fills", None)
        return bool(demand.ends) and learnt is not None and learnt(self.weights)

    def _filled(self, places: np.ndarray, demand: Demand, *, put: bool = False) -> Lines:
        """Texts written towards their end, words put in if so asked; none where one did not come to it by itself."""
        rest, many = before(demand), np.repeat(places, PLACES)
        wish = self._towards(demand, len(many), **(self._places(len(many), rest, []) if put else {}))
        texts = self.part.sample(self.weights, self.given.take(many), self.rng, wish)
        most = np.inf if rest.most is None else rest.most
        rows = [texts[row] for row in range(len(texts))]
        lines = [
            line + demand.ends if line is not None and END in row[-1:] and _length(line, demand) < most else None
            for line, row in zip(self._lines(texts), rows, strict=True)
        ]
        first = replace(self.given.take(many), texts=Texts.of([row[:-1] if len(row) > 1 else row for row in rows]))
        return _best(lines, demand, self._scores(many, lines)[0] - self.part.score(self.weights, first))

    def _towards(self, demand: Demand, rows: int, **how: Any) -> Wish:
        """How these rows are drawn up to the end that they are shown."""
        ends = Texts.of(self._tokens([demand.ends]) * rows)
        return replace(self._wish(before(demand), rows, None, **how), ends=ends)

    def _told(self, places: np.ndarray, wish: Wish) -> Lines:
        return self._lines(self.part.sample(self.weights, self.given.take(places), self.rng, wish))

    def _lines(self, texts: Any) -> Lines:
        lines: Lines = self.unit.codec.decode(self.unit.frozen, texts, self.rng).column(0).to_pylist()
        return lines

    def _wish(self, demand: Demand, rows: int, grammar: Grammar | None, **how: Any) -> Wish:
        """How these rows are drawn under a guide."""
        begun = self._tokens([demand.begins])[0].tolist() if demand.begins else []
        most = self._most(demand)
        guide = Keeping(
            self.letters, demand, rows, grammar=grammar, begun=begun, budget=max(most - len(begun), 1), **how
        )
        told = Texts.of([begun] * rows) if begun else None
        return replace(self.wish, begun=told, guide=guide, most=len(begun) + most)

    def _most(self, demand: Demand) -> int:
        """How many tokens a text may have: each at least a byte, a character four at most."""
        if demand.most is not None and demand.unit == "characters":
            return 4 * demand.most + 8
        long = 4 * grammars.LONGEST + 2 * shortest(demand) if demand.form else self.wish.most
        return max(long, TOKENS, 8 * demand.least, 16 * (demand.most or 0))

    @property
    def letters(self) -> Alphabet:
        """The codec's vocabulary."""
        return guides.alphabet(tuple(self._table))

    @property
    def _table(self) -> Sequence[bytes]:
        spell: Any = self.unit.codec
        found: Sequence[bytes] = spell.spell(self.unit.frozen)
        return found

    def _tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The tokens of these texts, without an end."""
        found: Any = self.unit.codec.encode(self.unit.frozen, self._records(texts))
        return [found[row][:-1] for row in range(len(found))]

    def _records(self, texts: Sequence[str]) -> pa.Table:
        return pa.table({self.unit.names[0]: pa.array(texts, pa.string())})

    def _scores(self, places: np.ndarray, texts: Sequence[str | None]) -> np.ndarray:
        """-log p of these texts at these places, and how many tokens each has."""
        whole: Any = self.unit.codec.encode(self.unit.frozen, self._records([text or "" for text in texts]))
        told = replace(self.given.take(places), texts=whole)
        return np.stack([self.part.score(self.weights, told), whole.lengths])

    def _grammar(self, demand: Demand) -> Grammar | None:
        """The form as what may come next; words and length are met with a regular expression as far as can be."""
        if demand.form is None:
            return None
        if demand.form.kind == "schema":
            return grammars.schema(self._table, narrowed(demand))
        return grammars.regex(self._table, demand)

    def _chosen(self, demand: Demand) -> Lines:
        """One of the choices for each row, as likely as the model finds them, or drawn token by token among many."""
        assert demand.form is not None
        texts: Sequence[str] = demand.form.detail
        rows = len(self.given)
        if len(texts) * rows > WEIGHED:
            told = replace(demand, holds=(), lacks=(), least=0, most=None, begins="", ends="")
            grammar = grammars.choices(self._table, texts)
            found: Lines = [None] * rows
            draw = lambda places, _: self._told(places, self._wish(told, len(places), grammar))  # noqa: E731
            left, last = _tried(draw, found, np.arange(rows), demand, self.unit.names[0])
            _refuse(left, rows, demand, self.unit.names[0], last)
            return found
        places = np.repeat(np.arange(rows), len(texts))
        nats = self._scores(places, [text for _ in range(rows) for text in texts])[0].reshape(rows, len(texts))
        logits = -nats / max(self.wish.temperature, 1e-6)
        noise = self.rng.gumbel(size=logits.shape)  # the largest sum is a draw (Gumbel 1954)
        return [texts[place] for place in (logits + noise).argmax(axis=1)]

    def _put(self, places: np.ndarray, demand: Demand, lengths: Sequence[int]) -> Lines:
        """Texts with the words put in and the end set: of several the likeliest that keeps the demand."""
        many = np.repeat(places, PLACES)
        lines = self._told(many, self._wish(demand, len(many), None, **self._places(len(many), demand, lengths)))
        nats, sizes = self._scores(many, lines)
        return _best(lines, demand, nats / sizes)

    def _places(self, rows: int, demand: Demand, lengths: Sequence[int]) -> dict[str, Any]:
        """What a guide is told of the words to put in, and from which place on in each row."""
        words = [*apart(demand), *([demand.ends] if demand.ends else [])]
        put = list(zip(words, [own.tolist() for own in self._tokens(words)], strict=True))
        aims = self._aims(rows, demand, lengths)
        at = np.sort(self.rng.integers(0, aims[:, None] + 1, (rows, len(words))), axis=1)
        if demand.ends:
            at[:, -1] = aims
        return {"put": put, "places": at}

    def _aims(self, rows: int, demand: Demand, lengths: Sequence[int]) -> np.ndarray:
        """Up to where words are put in: as long as texts drawn freely, so that all fits."""
        own = sum(measure(word, demand.unit) for word in [*apart(demand), demand.ends])
        usual = self.rng.choice(np.array(lengths or [guides.LATEST]), rows)
        if not demand.ends:
            usual = np.minimum(usual, max(guides.LATEST, demand.least))
        high = np.inf if demand.most is None else max(demand.most - own, 0)
        low = max(demand.least - own, 0) if demand.ends else 0
        return np.asarray(np.clip(usual, low, max(high, low)), np.int64)


def _best(lines: Lines, demand: Demand, cost: np.ndarray) -> Lines:
    """Of every PLACES texts the one that keeps the demand at the least cost."""
    held = np.array([demand.kept(line) for line in lines], bool)
    kept = np.where(held, cost, np.inf).reshape(-1, PLACES)
    return [lines[row * PLACES + best] for row, best in enumerate(kept.argmin(axis=1))]


def _length(line: str | None, demand: Demand) -> int:
    return measure(line or "", demand.unit)


def _tried(
    draw: Draw, found: Lines, left: np.ndarray, demand: Demand, column: str, *, worth: float = 0.0
) -> tuple[np.ndarray, str | None]:
    """Fill in what keeps the demand; which rows never did, and a text that broke it.

    It is tried again while at least the share `worth` of a try keeps it.
    """
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
        if held.mean() < worth:
            break
    return left, last


def _refuse(left: np.ndarray, rows: int, demand: Demand, column: str, last: str | None) -> None:
    if len(left):
        raise ConditionError(
            f"{len(left)} of {rows} texts of {column} broke what was demanded of them {TRIES} times in a row "
            f"({demand.broken(last)}); demand less, or ask for fewer rows"
        )
