"""Texts as rows of tokens of different lengths, end to end in one array, and what is wished of texts to be made."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int32, Int64

END, MISSING = 0, 1  # the two tokens that every codec of texts has: a text ends, a row has none
_THOUGHTS = re.compile(
    r"\A(?:\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|(?:(?!<think(?:ing)?>).)*?</think(?:ing)?>)\s*", re.S
)


@dataclass(frozen=True)
class Texts:
    """Rows of tokens: row i is `tokens[starts[i]:starts[i + 1]]`. A whole text ends with END."""

    tokens: Int32[np.ndarray, " total"]
    starts: Int64[np.ndarray, " rows_and_one"]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int] | np.ndarray]) -> "Texts":
        """These rows, laid end to end."""
        sizes = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        parts = [np.asarray(row, np.int32) for row in rows]
        tokens = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        return cls(tokens, np.concatenate([[0], np.cumsum(sizes)]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> Int32[np.ndarray, " length"]:
        return self.tokens[self.starts[row] : self.starts[row + 1]]

    @property
    def lengths(self) -> Int64[np.ndarray, " rows"]:
        """How many tokens each row has."""
        return np.diff(self.starts)

    def take(self, rows: np.ndarray | slice) -> "Texts":
        """The rows at these places."""
        places = np.arange(len(self))[rows]
        sizes = self.lengths[places]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        at = np.repeat(self.starts[places] - starts[:-1], sizes) + np.arange(starts[-1])
        return Texts(self.tokens[at], starts)


@runtime_checkable
class Guide(Protocol):
    """What may come next in each text, token by token; always bounded: at last it allows END alone."""

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """Which tokens may come next in this row; None: all."""

    def follow(self, row: int, token: int) -> None:
        """This row goes on with that token."""

    def begin(self, row: int) -> None:
        """This row is written anew from its beginning."""


@dataclass(frozen=True)
class Wish:
    """How texts are drawn. `begun` holds how each begins (continuation), `guide` what may come next.

    `ends` holds how each is to end, for weights that `fills` says have learnt it: what is drawn then comes before it.

    `temperature` divides the logits; of the tokens, those of the likeliest `top_p` of the mass stay, and of these the
    ones at least `min_p` as likely as the likeliest; `repetition` divides what a token's logit is above the lowest
    allowed one for each time that it came among the last 64. No text has more than `most` tokens. With `guidance` above
    1 what is given speaks louder, at twice the work, and a text that speaks against it is drawn again, twice at most. A
    text ends right after the first of the strings `stop` in it; families that draw tokens are stopped by the engine,
    those that take texts as they are stop by themselves.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition: float = 1.0
    most: int = 1024
    guidance: float = 1.0
    stop: tuple[str, ...] = ()
    begun: Texts | None = None
    ends: Texts | None = None
    guide: Guide | None = None


USUAL = Wish(guidance=2.0)  # unless somebody says otherwise: nothing cut, and what is given a little louder


def stopped(text: str, stop: Sequence[str], begun: int = 0) -> str:
    """The text up to the end of the first of these strings that ends behind the `begun` first characters, else all."""
    places = ((text.find(word, max(begun - len(word) + 1, 0)), len(word)) for word in stop)
    return text[: min((at + size for at, size in places if at >= 0), default=len(text))]


def until(pieces: Iterable[str], stop: Sequence[str], begun: int = 0) -> Iterator[str]:
    """The pieces of a text up to the first of these strings."""
    text = ""
    for piece in pieces:
        whole = stopped(text + piece, stop, begun)
        yield whole[len(text) :]
        if len(whole) < len(text) + len(piece) or any(whole.endswith(word) for word in stop if len(whole) > begun):
            return
        text = whole


def spoken(answer: str) -> str:
    """An answer without the thoughts before it; many a template opens them itself, so that only their end comes."""
    return _THOUGHTS.sub("", answer)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: who speaks, and what."""

    role: Literal["system", "user", "assistant"]
    text: str
