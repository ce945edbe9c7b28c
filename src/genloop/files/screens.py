"""Which few columns could make a formula, told from a handful of rows: small sums, products and ratios, all at once.

A sum a + b - c = 0 must vanish on every row up to rounding, so pairs are matched with singles and pairs by value. A
product or ratio with an unknown scale must have the same logarithm on every row, so pairs are matched by differences
of logarithms. Only columns that are present and not zero on all the rows take part. Chance matches are expected: what
passes here is verified elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int64

_CHUNK = 512
_MOST_UNCERTAIN = 0.1  # relative; a coarser number says too little about a ratio
_MOST_MATCHES = 4000

Terms = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Candidate:
    """A formula without its scale (None: to be fitted): `column` = scale * numerator / denominator."""

    column: str
    form: Literal["sum", "product"]
    numerator: Terms
    denominator: Terms = ()
    scale: float | None = None

    @property
    def columns(self) -> frozenset[str]:
        """The columns it speaks of; mirrored versions of one formula share them."""
        return frozenset((self.column, *(name for _, name in (*self.numerator, *self.denominator))))


@dataclass(frozen=True)
class _Side:
    """Values of several expressions on the rows, what rounding may move each by, and the columns each speaks of."""

    values: Float[np.ndarray, "terms rows"]
    errors: Float[np.ndarray, "terms rows"]
    terms: list[Terms]


def sums(
    names: list[str], values: Float[np.ndarray, "names rows"], half: Float[np.ndarray, " names"]
) -> Iterator[Candidate]:
    """Columns that are a sum or difference of two or three others on all the rows."""
    singles = _Side(values, np.broadcast_to(half[:, None], values.shape), [((1.0, name),) for name in names])
    pairs = _paired(singles)
    flipped = _Side(-pairs.values, pairs.errors, [tuple((-sign, name) for sign, name in t) for t in pairs.terms])
    for left, right in chain(_match(pairs, singles), _match(pairs, pairs, once=True), _match(pairs, flipped)):
        equation = (*left, *((-sign, name) for sign, name in right))
        if len({name for _, name in equation}) == len(equation):
            yield from _solutions(equation)


def ratios(
    names: list[str], values: Float[np.ndarray, "names rows"], half: Float[np.ndarray, " names"]
) -> Iterator[Candidate]:
    """Columns whose ratio to a product, a ratio, or a ratio with a sum of others is the same on all the rows."""
    errors = np.broadcast_to(half[:, None], values.shape)
    plain = _Side(values, errors, [((1.0, name),) for name in names])
    singles, totals = _logs(plain), _logs(_paired(plain))
    products, quotients = _joined(singles, 1), _joined(singles, -1)
    powers = chain(
        _varying(singles, singles, once=True),
        _varying(products, singles),
        _varying(products, products, once=True),
        _varying(products, quotients),
    )
    for left, right in powers:
        yield from _powers((*left, *((-power, name) for power, name in right)))
    for total, right in chain(_varying(totals, singles), _varying(totals, products), _varying(totals, quotients)):
        yield from _with_sum(total, right)


def _paired(singles: _Side) -> _Side:
    """Sums and differences of every two expressions."""
    first, second = np.triu_indices(len(singles.terms), 1)
    values, errors = singles.values, singles.errors[first] + singles.errors[second]
    pairs = list(zip(first, second, strict=True))
    added = [(*singles.terms[i], *singles.terms[j]) for i, j in pairs]
    taken = [(*singles.terms[i], (-1.0, singles.terms[j][0][1])) for i, j in pairs]
    return _Side(
        np.concatenate([values[first] + values[second], values[first] - values[second]]),
        np.concatenate([errors, errors]),
        added + taken,
    )


def _logs(side: _Side) -> _Side:
    """Logarithms of sizes with relative errors, less the expressions that are too uncertain for a ratio."""
    size = np.abs(side.values)
    relative = np.divide(side.errors, size, out=np.full(size.shape, np.inf), where=size > 0)
    sure = np.flatnonzero((relative <= _MOST_UNCERTAIN).all(axis=1))
    return _Side(np.log(size[sure]), relative[sure], [side.terms[i] for i in sure])


def _joined(singles: _Side, sign: int) -> _Side:
    """Logarithms of products (sign 1, every two) or quotients (sign -1, every ordered two) of single columns."""
    count = len(singles.terms)
    first, second = np.triu_indices(count, 1) if sign > 0 else np.nonzero(~np.eye(count, dtype=bool))
    return _Side(
        singles.values[first] + sign * singles.values[second],
        singles.errors[first] + singles.errors[second],
        [(*singles.terms[i], (float(sign), singles.terms[j][0][1])) for i, j in zip(first, second, strict=True)],
    )


def _varying(left: _Side, right: _Side, *, once: bool = False) -> Iterator[tuple[Terms, Terms]]:
    """Pairs whose logarithms differ by the same constant on all rows."""
    return _match(_steps(left), _steps(right), once=once)


def _steps(side: _Side) -> _Side:
    """From the first row to each other: an unknown constant drops out."""
    return _Side(side.values[:, 1:] - side.values[:, :1], side.errors[:, 1:] + side.errors[:, :1], side.terms)


def _match(left: _Side, right: _Side, *, once: bool = False) -> Iterator[tuple[Terms, Terms]]:
    """Expressions left and right that agree on all rows; `once` when both sides are the same list."""
    found = 0
    for start in range(0, len(left.terms), _CHUNK):
        rows = slice(start, start + _CHUNK)
        first, second = np.nonzero(_agree(left, right, rows, 0))
        for at in range(1, left.values.shape[1]):
            near = _near(left, right, first + start, second, at)
            first, second = first[near], second[near]
        for i, j in zip((first + start).tolist(), second.tolist(), strict=True):
            if not once or i < j:
                yield left.terms[i], right.terms[j]
                found += 1
                if found >= _MOST_MATCHES:
                    return


def _agree(left: _Side, right: _Side, rows: slice, at: int) -> Bool[np.ndarray, "left right"]:
    gap = np.abs(left.values[rows, at][:, None] - right.values[None, :, at])
    room = left.errors[rows, at][:, None] + right.errors[None, :, at]
    return np.asarray(gap <= room * 1.01 + 1e-9 * np.abs(left.values[rows, at])[:, None] + 1e-12)


def _near(
    left: _Side, right: _Side, first: Int64[np.ndarray, " pairs"], second: Int64[np.ndarray, " pairs"], at: int
) -> Bool[np.ndarray, " pairs"]:
    gap = np.abs(left.values[first, at] - right.values[second, at])
    room = left.errors[first, at] + right.errors[second, at]
    return np.asarray(gap <= room * 1.01 + 1e-9 * np.abs(left.values[first, at]) + 1e-12)


def _solutions(equation: Terms) -> Iterator[Candidate]:
    """Every column of a vanishing sum as the sum of the others; one with only plus signs alone, where there is one."""
    solved = [
        Candidate(name, "sum", tuple((-s * sign, n) for s, n in equation if n != name), scale=1.0)
        for sign, name in equation
    ]
    totals = [candidate for candidate in solved if all(sign > 0 for sign, _ in candidate.numerator)]
    yield from totals or solved


def _powers(equation: Terms) -> Iterator[Candidate]:
    """Every column of a constant product of powers +1 and -1 as a product over a product of the others."""
    if len({name for _, name in equation}) < len(equation):
        return
    for power, name in equation:
        others = [(-p * power, n) for p, n in equation if n != name]
        above = tuple((1.0, n) for p, n in others if p > 0)
        if above:
            yield Candidate(name, "product", above, tuple((1.0, n) for p, n in others if p < 0))


def _with_sum(total: Terms, powers: Terms) -> Iterator[Candidate]:
    """`total` goes with a column, a product or a quotient: those of their columns that a ratio of sums can give."""
    summed = {name for _, name in total}
    for power, name in powers:
        others = tuple((1.0, other) for _, other in powers if other != name)
        signs = [other_power for other_power, other in powers if other != name]
        if name in summed or any(sign < 0 for sign in signs):
            continue
        if power > 0:
            yield Candidate(name, "sum", total, others)
        else:
            yield Candidate(name, "sum", others, total)
