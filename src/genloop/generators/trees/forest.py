"""One column given its parents: a few trees, the slices of training tokens they sort, and how far slices are believed.

A draw takes one tree at random, so a forest is the mixture of its trees. What is stored of the training rows is, per
leaf, how many of its rows (five at least) carry which token.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, Int64, UInt16

from genloop.core.protocols import Field
from genloop.generators.trees import loss, mixture
from genloop.generators.trees.config import Config
from genloop.generators.trees.network import Tree, grow, leaves, sizes, starts
from genloop.generators.trees.wavelet import Code, fano, offsets, zeros

GOLDEN = (5**0.5 - 1) / 2
Parents = UInt16[np.ndarray, "fields rows"]


@dataclass(frozen=True)
class Sorted:
    """One tree with the tokens it sorted: node v holds tokens[start[v] : start[v] + size[v]].

    `rank[f]` is the order in which this tree met the values of an unordered parent f.
    """

    tree: Tree
    size: Int32[np.ndarray, " nodes"]
    tokens: UInt16[np.ndarray, " rows"]
    rank: dict[int, UInt16[np.ndarray, " tokens"]]


@dataclass(frozen=True)
class Forest:
    """p(column | parents): `parents` are field numbers, `strength` the weight of the larger slice per code level."""

    parents: tuple[int, ...]
    mass: Int32[np.ndarray, " tokens"]
    strength: Float[np.ndarray, " levels"]
    trees: tuple[Sorted, ...]

    @cached_property
    def code(self) -> Code:
        """The digits of the column's tokens."""
        return fano(self.mass)


def fit(
    codes: Parents,
    field: int,
    fields: tuple[Field, ...],
    parents: tuple[int, ...],
    *,
    config: Config,
    seed: np.random.SeedSequence,
    stop: Callable[[], bool] = lambda: False,
) -> Forest:
    """The forest for `field`, learnt from all rows of `codes` but those set aside to choose the strengths.

    When `stop()` turns true, the trees grown so far are the forest: one at least.
    """
    rng = np.random.default_rng(seed)
    tokens = codes[field]
    mass = np.bincount(tokens, minlength=fields[field].size).astype(np.int32)
    code = fano(mass)
    aside = np.sort(rng.permutation(tokens.size)[: min(config.max_aside, int(config.aside * tokens.size))])
    held = np.zeros(tokens.size, bool)
    held[aside] = True
    chances = np.zeros((aside.size, code.path.shape[1], loss.GRID.size))
    trees: list[Sorted] = []
    while len(trees) < config.trees and not (trees and stop()):
        trees.append(_tree(codes, field, fields, parents, held, code, chances, config=config, rng=rng))
    reached = (code.path[tokens[aside]] >= 0).sum(axis=1)
    chosen = loss.strengths(chances / len(trees), reached)
    return Forest(parents, mass, loss.GRID[chosen], tuple(trees))


def _tree(
    codes: Parents,
    field: int,
    fields: tuple[Field, ...],
    parents: tuple[int, ...],
    held: Bool[np.ndarray, " rows"],
    code: Code,
    chances: Float[np.ndarray, "aside levels grid"],
    *,
    config: Config,
    rng: np.random.Generator,
) -> Sorted:
    """Grows one tree without the held rows, adds its opinion on them to `chances`, then sorts them in."""
    seen = np.flatnonzero(~held)
    if seen.size > config.max_rows:
        seen = rng.choice(seen, config.max_rows, replace=False)
    aside = np.flatnonzero(held)
    rows = np.concatenate([seen, aside])
    tokens = codes[field][rows]
    targets = loss.features(tokens, fields[field].size, fields[field].ordered, config.targets, rng)
    inputs = codes[list(parents)][:, rows]
    rank = _ranks(
        inputs, [fields[p] for p in parents], targets @ rng.standard_normal(targets.shape[1], dtype=np.float32)
    )
    for f, table in rank.items():
        inputs[f] = table[inputs[f]]
    bag = rng.permutation(seen.size)[: max(1, int(config.bag * seen.size))].astype(np.int32)
    tree = grow(inputs, targets, bag, min_leaf=config.min_leaf, min_gain=config.min_gain)
    leaf = leaves(inputs, tree.feature, tree.threshold, tree.left)
    if aside.size:
        known = _sort(tree, leaf[: seen.size], tokens[: seen.size], rank)
        offset = offsets(known.tokens, code)
        counts = zeros(known.tokens, code.path, offset)
        place = (tree.feature, tree.threshold, tree.left, starts(known.size, tree.feature, tree.left), known.size)
        own = tokens[seen.size :]
        mixture.grid(inputs[:, seen.size :], *place, counts, offset, code.path, loss.GRID, own, chances)
    return _sort(tree, leaf, tokens, rank)


def _sort(
    tree: Tree,
    leaf: Int32[np.ndarray, " rows"],
    tokens: UInt16[np.ndarray, " rows"],
    rank: dict[int, UInt16[np.ndarray, " tokens"]],
) -> Sorted:
    """Tokens in the order of their leaves, and by value within a leaf, so that no row keeps its place."""
    size = sizes(leaf, tree.feature, tree.left)
    first = starts(size, tree.feature, tree.left)
    return Sorted(tree, size, tokens[np.lexsort((tokens, first[leaf]))], rank)


def _ranks(
    inputs: Parents, fields: list[Field], direction: Float32[np.ndarray, " rows"]
) -> dict[int, UInt16[np.ndarray, " tokens"]]:
    """Unordered parents' values in the order of their mean `direction` (Breiman et al. 1984, section 4.2)."""
    ranks = {}
    for f, (column, field) in enumerate(zip(inputs, fields, strict=True)):
        if not field.ordered:
            count = np.bincount(column, minlength=field.size)
            mean = np.bincount(column, direction, minlength=field.size) / (count + 1.0)
            rank = np.empty(count.size, np.uint16)
            rank[np.argsort(mean, kind="stable")] = np.arange(count.size)
            ranks[f] = rank
    return ranks


def draw(forest: Forest, codes: Parents, rng: np.random.Generator) -> UInt16[np.ndarray, " rows"]:
    """One token a row of `codes` ("fields rows") given its parents there."""
    out = np.empty(codes.shape[1], np.uint16)
    for rows, place, counts, offset, code, strength in _parts(forest, codes, rng):
        out[rows] = mixture.draw(*place, counts, offset, code.child, strength, *_even(place, rng))
    return out


def _even(
    place: tuple[np.ndarray, ...], rng: np.random.Generator
) -> tuple[Float[np.ndarray, " rows"], Int64[np.ndarray, " rows"]]:
    """One uniform number a row, spread evenly over the rows of every node of the tree; and the rows sorted by leaf.

    Rows of one node stand together when sorted by leaf, and the multiples of the golden ratio fill any such stretch
    evenly (Weyl 1916). Every row still sees a uniform number, but together the rows do not clump as independent draws
    would, and clumps give made tables away.
    """
    parents, feature, threshold, left, first, _ = place
    rows = parents.shape[1]
    leaf = leaves(parents, feature, threshold, left)
    uniform = np.empty(rows)
    even = (rng.random() + GOLDEN * np.arange(rows)) % 1.0
    turn = np.argsort(first[leaf] + rng.random(rows))
    uniform[turn] = even
    return uniform, turn


def chance(
    forest: Forest, codes: Parents, tokens: UInt16[np.ndarray, " rows"], rng: np.random.Generator
) -> Float[np.ndarray, " rows"]:
    """The chance of each row's token under one tree of the forest, drawn at random: an unbiased estimate."""
    out = np.empty(codes.shape[1])
    for rows, place, counts, offset, code, strength in _parts(forest, codes, rng):
        out[rows] = mixture.chance(*place, counts, offset, code.path, strength, tokens[rows])
    return out


def spread(forest: Forest, codes: Parents, rng: np.random.Generator) -> Float[np.ndarray, "rows tokens"]:
    """The chance of every token under one tree of the forest, drawn at random."""
    out = np.empty((codes.shape[1], forest.mass.size))
    for rows, place, counts, offset, code, strength in _parts(forest, codes, rng):
        out[rows] = mixture.spread(*place, counts, offset, code.child, strength, forest.mass.size)
    return out


Part = tuple[Int32[np.ndarray, " some"], tuple[np.ndarray, ...], np.ndarray, np.ndarray, Code, np.ndarray]


def _parts(forest: Forest, codes: Parents, rng: np.random.Generator) -> Iterator[Part]:
    """Rows dealt out to the trees, with what the kernels of `mixture` need for each tree."""
    code = forest.code
    strength = forest.strength[code.level] if code.level.size else forest.strength
    which = rng.integers(0, len(forest.trees), codes.shape[1])
    for number, part in enumerate(forest.trees):
        rows = np.flatnonzero(which == number).astype(np.int32)
        if rows.size == 0:
            continue
        inputs = codes[list(forest.parents)][:, rows]
        for f, table in part.rank.items():
            inputs[f] = table[inputs[f]]
        offset = offsets(part.tokens, code)
        first = starts(part.size, part.tree.feature, part.tree.left)
        place = (inputs, part.tree.feature, part.tree.threshold, part.tree.left, first, part.size)
        yield rows, place, zeros(part.tokens, code.path, offset), offset, code, strength
