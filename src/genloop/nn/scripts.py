"""What a writer of texts reads and is asked for, place by place: a mark, the tokens, and behind some texts codes.

A long text is learnt in pieces. A piece begins with a mark that says whether the text begins here or went on before;
so does what is drawn beyond the longest context. Filling in the middle is learnt from rows turned round: FILL, how the
text ends, then its mark and what comes before that end (Bavarian et al. 2022, arXiv 2207.14255, in the order suffix,
prefix, middle; we set no mark between prefix and middle, which stay one).

Tokens, marks and codes are numbered into one table: `vocabulary` tokens, BEGIN, ON, HIDDEN (a code that is not told),
FILL where it is learnt, then the codes of each field.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.protocols import UNKNOWN, Batch, Codes, Field
from genloop.core.texts import END, Texts
from genloop.nn.lines import Lines

BEGIN, ON, HIDDEN, FILL = 0, 1, 2, 3  # behind the vocabulary
NONE = -1  # nothing is asked for here


@dataclass(frozen=True)
class Names:
    """How tokens, marks and codes are numbered; FILL is among the marks of those who `fill`."""

    vocabulary: int
    sizes: tuple[int, ...]
    fill: bool = False

    @classmethod
    def of(cls, vocabulary: int, fields: Sequence[Field], fill: bool = False) -> "Names":
        """The numbering for a vocabulary and fields."""
        return cls(vocabulary, tuple(field.size for field in fields), fill)

    @property
    def first(self) -> int:
        """Where the codes begin: behind the tokens and the marks."""
        return self.vocabulary + (FILL if not self.fill else FILL + 1)

    @property
    def starts(self) -> Int[np.ndarray, " fields_and_one"]:
        """Where each field's codes begin among all codes."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    @property
    def total(self) -> int:
        """How many rows the table has."""
        return self.first + int(sum(self.sizes))

    def told(self, codes: Codes) -> Int[np.ndarray, "rows fields"]:
        """The codes' numbers in the table."""
        known = codes != UNKNOWN
        places = self.starts[:-1] + np.where(known, codes, 0)
        return np.where(known, self.first + places, self.vocabulary + HIDDEN)

    def wanted(self, codes: Codes, asked: Bool[np.ndarray, "rows fields"]) -> Int[np.ndarray, "rows fields"]:
        """The codes' numbers among all codes where they are asked for."""
        return np.where(asked & (codes != UNKNOWN), self.starts[:-1] + codes, NONE)


def pieces(texts: Texts, vocabulary: int, context: int) -> tuple[Int[np.ndarray, " pieces"], Texts]:
    """Texts cut into marked rows of at most `context` tokens and the mark; and which text each belongs to."""
    counts = np.maximum(1, -(-texts.lengths // context))
    row = np.repeat(np.arange(len(texts)), counts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    sizes = np.minimum(texts.lengths[row] - number * context, context)
    starts = np.concatenate([[0], np.cumsum(sizes + 1)])
    tokens = np.empty(starts[-1], np.int32)
    tokens[starts[:-1]] = vocabulary + np.where(number == 0, BEGIN, ON)
    inside = np.ones(len(tokens), bool)
    inside[starts[:-1]] = False
    tokens[inside] = texts.tokens
    return row, Texts(tokens, starts)


def turned(texts: Texts, chosen: Bool[np.ndarray, " rows"], at: Float[np.ndarray, " rows"], vocabulary: int) -> Texts:
    """Marked rows, the chosen ones that end and can be cut turned round; `at` is a uniform number for each.

    Of the two places where a text is cut at random only the later one shows, whose distribution is the square root's.
    """
    found = []
    for row in range(len(texts)):
        own = texts[row]
        if chosen[row] and own[-1] == END and len(own) > 3:
            cut = 2 + int(float(at[row]) ** 0.5 * (len(own) - 3))
            own = np.concatenate([[vocabulary + FILL], own[cut:], own[:cut], [END]])
        found.append(own)
    return Texts.of(found)


@dataclass(frozen=True, eq=False)
class View:
    """One sight of a text: its marked tokens, of which the first `known` after the mark were asked for before."""

    row: int
    tokens: Int[np.ndarray, " length"]
    known: int


def windows(texts: Texts, vocabulary: int, context: int) -> list[View]:
    """Every text as it is seen in drawing: whole, and beyond the context with half of it seen again and again."""
    half, found = context // 2, []
    for row in range(len(texts)):
        tokens = texts[row]
        found.append(View(row, np.concatenate([[vocabulary + BEGIN], tokens[:context]]), 0))
        for start in range(context - half, len(tokens) - half, context - half):
            found.append(View(row, np.concatenate([[vocabulary + ON], tokens[start : start + context]]), half))
    return found


@dataclass(frozen=True, eq=False)
class Script:
    """Rows laid end to end, the longest first: what is read at each place, and what is asked for there.

    `rows` are the rows' places in the batch they came from. `text` and `behind` are the places that ask for tokens and
    for codes, `wanted` and `codes` what they ask for.
    """

    rows: Int[np.ndarray, " rows"]
    lines: Lines
    inputs: Int[Tensor, " total"]
    text: Int[Tensor, " asked"]
    wanted: Int[Tensor, " asked"]
    behind: Int[Tensor, " codes"]
    codes: Int[Tensor, " codes"]

    @classmethod
    def of(
        cls, batch: Batch, names: Names, after: Bool[np.ndarray, " rows"], asked: Bool[np.ndarray, "rows fields"]
    ) -> "Script":
        """The script of marked rows; those of `after` that end are followed by their codes, `asked` or told."""
        texts = batch.texts
        assert texts is not None
        lengths, fields = texts.lengths, len(names.sizes)
        after = after & (texts.tokens[texts.starts[1:] - 1] == END) & (fields > 0)
        sizes = lengths - 1 + fields * after
        rows = np.argsort(-sizes, kind="stable")
        told, codes = names.told(batch.codes), names.wanted(batch.codes, asked)
        inputs, wanted = np.full((2, int(sizes.sum())), NONE, np.int64)
        behind = np.zeros(len(inputs), bool)
        stop = 0
        for row in rows.tolist():
            start, stop = stop, stop + int(sizes[row])
            own, middle = texts[row], start + int(lengths[row]) - 1
            inputs[start : middle + bool(after[row])] = own if after[row] else own[:-1]
            wanted[start:middle] = np.where(own[1:] < names.vocabulary, own[1:], NONE)
            if after[row]:
                inputs[middle + 1 : stop] = told[row, :-1]
                wanted[middle:stop] = codes[row]
                behind[middle:stop] = True
        asks = wanted != NONE
        text, places = np.flatnonzero(~behind & asks), np.flatnonzero(behind & asks)
        found = (inputs, text, wanted[text], places, wanted[places])
        return cls(rows, Lines.of(sizes[rows]), *(torch.from_numpy(array) for array in found))

    def to(self, device: torch.device) -> "Script":
        """The script on that device."""
        parts = (self.inputs, self.text, self.wanted, self.behind, self.codes)
        return Script(self.rows, self.lines.to(device), *(part.to(device) for part in parts))


def mask(names: Names) -> Float[Tensor, "fields codes"]:
    """Per field 0 at its own codes and minus infinity at the others'."""
    found = torch.full((len(names.sizes), int(sum(names.sizes))), -torch.inf)
    for field, (start, size) in enumerate(zip(names.starts, names.sizes, strict=False)):
        found[field, start : start + size] = 0
    return found
