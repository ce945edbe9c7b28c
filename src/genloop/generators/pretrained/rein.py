"""What may come next in a text of which something is demanded: one grammar over bytes, met token by token.

Words in and out of it, its length and its form are regular languages, so they are met together: llguidance walks their
intersection and says which tokens leave a way to its end. JSON under a schema is a grammar of its own.
"""

import json
import re
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool

from genloop.core.demand import Demand
from genloop.core.errors import ConditionError
from genloop.generators.pretrained.config import package
from genloop.generators.pretrained.network import Opened
from genloop.nn.grammar import matcher, slashed, words

SPARE = 6  # tokens kept back for a character that is half written, and the end
LATEST = 24  # tokens after which a word that is put in stands at the latest
_known: "WeakKeyDictionary[Opened, Any]" = WeakKeyDictionary()


class Rein:
    """One text's rein: the grammar that it is in the midst of, and what is put in by force.

    `plan` has words that come at places drawn beforehand. `ends` is how the text is to end, its end token last: that
    comes when the text would end without it.
    """

    def __init__(
        self,
        opened: Opened,
        grammar: str | None,
        begun: str,
        plan: list[tuple[int, list[int]]],
        ends: list[int],
        most: int,
    ) -> None:
        self.most = most
        self.opened, self.plan, self.ends = opened, list(plan), list(ends)
        self.size, self.length = len(opened.table), 0
        self.forced: list[int] = []
        self.begun = bool(begun)
        self.matcher: Any = None
        if grammar is not None:
            tokenizer = _tokenizer(opened)
            self.matcher = matcher(tokenizer, grammar)
            if begun and not self.matcher.consume_tokens(tokenizer.tokenize_str(begun)):
                raise ConditionError(f"no text can begin with {begun!r} and keep the rest of what is demanded of it")

    def allowed(self) -> Bool[np.ndarray, " tokens"] | None:
        """Which tokens may come; None: all."""
        self._due()
        if self.forced:
            return self._only([self.forced[0]])
        over = sorted(self.opened.ends)
        if self.matcher is None:
            if self.length or self.begun:
                return None
            found = np.ones(self.size, bool)
            found[over] = False
            return found
        if self.matcher.is_stopped():
            return self._only(over)
        bits = np.frombuffer(self.matcher.compute_bitmask(), np.uint8)
        found = np.zeros(self.size, bool)
        own = np.unpackbits(bits, bitorder="little")[: self.size].astype(bool)
        found[: len(own)] = own
        if self.ends and found.any() and self._way(self.ends):
            found[over] = True
        return found if found.any() else self._only(over)

    def take(self, token: int) -> int:
        """The text goes on with this token, or with what is put in instead of an end; the one that it takes."""
        if token in self.opened.ends and self.ends:
            self.forced, self.ends = self._way(self.ends), []
            token = self.forced[0] if self.forced else token
        if self.forced and token == self.forced[0]:
            self.forced.pop(0)
        self.length += 1
        if self.matcher is not None and token not in self.opened.ends:
            self.matcher.consume_token(token)
        return token

    def _due(self) -> None:
        """What has to come now or never is put in, and a word whose place has come, where the grammar lets it."""
        if self.forced:
            return
        left = self.most - self.length - SPARE - sum(len(words) for _, words in self.plan)
        if self.ends and left <= len(self.ends):
            self.forced = self._way(self.ends)
            self.ends = [] if self.forced else self.ends
        elif self.plan and self.length >= self.plan[0][0]:
            self.forced = self._way(self.plan[0][1])
            if self.forced or self.length > 4 * LATEST:
                self.plan.pop(0)

    def _way(self, tokens: list[int]) -> list[int]:
        """These tokens where the grammar takes them all, else none."""
        if self.matcher is not None and self.matcher.validate_tokens(tokens) < len(tokens):
            return []
        return list(tokens)

    def _only(self, tokens: list[int]) -> Bool[np.ndarray, " tokens"]:
        found = np.zeros(self.size, bool)
        found[tokens] = True
        return found


def reins(
    opened: Opened, demand: Demand, rows: int, rng: np.random.Generator, most: int, *, force: bool
) -> list[Rein | None]:
    """A rein for each row of `most` tokens, None where nothing is demanded; with `force` words and ends are put in.

    Raises:
        ConditionError: no text begins as is demanded and keeps the rest.
    """
    grammar = _grammar(demand, force=force)
    if grammar is None and demand.missing is not False and not force:
        return [None] * rows
    plan: list[list[tuple[int, list[int]]]] = [[] for _ in range(rows)]
    if force and demand.holds and demand.form is None:
        held = [opened.encode(word) for word in demand.holds if word not in demand.begins]
        places = np.sort(rng.integers(0, LATEST, (rows, len(held))), axis=1)
        plan = [list(zip(own.tolist(), held, strict=True)) for own in places]
    asked = force and demand.ends and demand.form is None
    ends = [*opened.encode(demand.ends), min(opened.ends)] if asked else []
    return [Rein(opened, grammar, demand.begins, own, ends, most) for own in plan]


def _grammar(demand: Demand, *, force: bool) -> str | None:
    """The demand as a grammar; words that are held and ends count in it only where they are put in by `force`."""
    form = demand.form
    if form is not None and form.kind == "schema":
        options = {"whitespace_flexible": False}  # or a small base draws spaces until its tokens are spent
        return str(package("llguidance").LLMatcher.grammar_from_json_schema(json.dumps(form.detail), overrides=options))
    parts: list[str] = []
    if form is not None:
        own = "|".join(map(_escaped, form.detail)) if form.kind == "choices" else str(form.detail)
        parts.append(f"/{slashed(f'(?:{own})')}/")
    unwanted = "|".join(map(_escaped, demand.lacks))
    parts += [f"~/{slashed(f'(?s:.*)({unwanted})(?s:.*)')}/"] if unwanted else []
    parts += _lengths(demand)
    if force or form is not None:
        parts += [f"/{slashed(f'(?s:.*){_escaped(word)}(?s:.*)')}/" for word in demand.holds]
        parts += [f"/{slashed(f'(?s:.*){_escaped(demand.ends)}')}/"] if demand.ends else []
    if not parts:
        return None
    if demand.missing is False or demand.least:
        parts.append("/(?s:.+)/")
    return f"start: TEXT\nTEXT: {' & '.join(['/(?s:.*)/', *parts])}\n"


def _lengths(demand: Demand) -> list[str]:
    if not demand.least and demand.most is None:
        return []
    if demand.unit == "characters":
        return [f"/(?s:.{{{demand.least},{'' if demand.most is None else demand.most}}})/"]
    return words(demand.least, demand.most, None)


def _escaped(word: str) -> str:
    """A pattern of this very word."""
    return "".join(r"\n" if letter == "\n" else re.escape(letter) for letter in word)


def check(opened: Opened, demand: Demand) -> None:
    """Refuses a demand that no text can keep.

    Raises:
        ConditionError: it contradicts itself, or its pattern or schema is not one.
    """
    grammar = _grammar(demand, force=True)
    if grammar is None:
        return
    told = package("llguidance").LLMatcher.validate_grammar(grammar, _tokenizer(opened))
    if told and not told.startswith("WARNING"):
        reason = " ".join(told.split())[:200]
        raise ConditionError(f"no text can keep what is demanded ({_told(demand)}): {reason}")
    rein = matcher(_tokenizer(opened), grammar)
    never = rein.is_error() or (not any(rein.compute_bitmask()) and not rein.is_accepting())
    if never or any(bad in word for bad in demand.lacks for word in (*demand.holds, demand.ends)):
        raise ConditionError(f"no text can keep what is demanded ({_told(demand)}): its parts contradict each other")


def _told(demand: Demand) -> str:
    """The parts of a demand that are set."""
    plain = Demand()
    return ", ".join(f"{name}={value!r}" for name, value in vars(demand).items() if value != getattr(plain, name))


def _tokenizer(opened: Opened) -> Any:
    """The base's tokenizer as llguidance reads it, made once: it takes about a second."""
    if opened not in _known:
        package("llguidance")
        hub = package("llguidance.hf")
        _known[opened] = hub.from_tokenizer(opened.tokenizer, n_vocab=len(opened.table), eos_token=sorted(opened.ends))
    return _known[opened]
