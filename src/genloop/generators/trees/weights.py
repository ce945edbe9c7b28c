"""Forests to named arrays and back: one group of arrays a field, trees laid end to end."""

from collections.abc import Callable
from typing import Any

import numpy as np

from genloop.core.errors import ModelFileError
from genloop.core.protocols import Field, Weights
from genloop.generators.trees.forest import Forest, Sorted
from genloop.generators.trees.network import Tree
from genloop.generators.trees.sample import Chain


def save(chain: Chain, fields: tuple[Field, ...], settings: dict[str, Any], *, exact: bool = False) -> Weights:
    """The chain as a JSON-able head and arrays; `exact` keeps every bit of it, at twice the bytes for strengths."""
    arrays: dict[str, np.ndarray] = {}
    parents: list[list[int] | None] = []
    for number, forest in enumerate(chain.forests):
        parents.append(None if forest is None else list(forest.parents))
        if forest is not None:
            arrays |= pack(number, forest, exact=exact)
    head = {
        "order": list(chain.order),
        "parents": parents,
        "fields": [[f.name, f.size, f.ordered, f.missing] for f in fields],
        "settings": settings,
    }
    return Weights(head, arrays)


def pack(number: int, forest: Forest, *, exact: bool = False) -> dict[str, np.ndarray]:
    """The arrays of one field's forest, named after its number."""
    trees = forest.trees
    ranks = [rank for part in trees for _, rank in sorted(part.rank.items())]
    named = {
        "mass": forest.mass,
        "strength": forest.strength.astype(float if exact else np.float32),
        "nodes": np.array([part.size.size for part in trees], np.int32),
        "feature": np.concatenate([part.tree.feature for part in trees]),
        "threshold": np.concatenate([part.tree.threshold for part in trees]),
        "left": np.concatenate([part.tree.left for part in trees]),
        "size": np.concatenate([part.size for part in trees]),
        "tokens": np.concatenate([part.tokens for part in trees]),
        "rank": np.concatenate([*ranks, np.zeros(0, np.uint16)]).astype(np.uint16),
    }
    return {f"{number}.{name}": array for name, array in named.items()}


def load(
    weights: Weights, seen: Callable[[tuple[Field, ...], int], tuple[Field, ...]] = lambda fields, number: fields
) -> tuple[Chain, tuple[Field, ...]]:
    """The chain that `save` wrote; `seen` says how the forest of a field sees the fields.

    Raises:
        ModelFileError: arrays are missing or do not fit together.
    """
    head = weights.head
    try:
        fields = tuple(Field(*entry) for entry in head["fields"])
        forests = tuple(
            None if parents is None else unpack(number, tuple(parents), seen(fields, number), weights.arrays)
            for number, parents in enumerate(head["parents"])
        )
        return Chain(tuple(head["order"]), forests), fields
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ModelFileError(
            f"the trees in this model do not fit together ({error}); it is damaged, fit again"
        ) from error


def unpack(number: int, parents: tuple[int, ...], fields: tuple[Field, ...], arrays: dict[str, np.ndarray]) -> Forest:
    """The forest that `pack` laid out; `KeyError`, `IndexError` or `ValueError` where arrays do not fit together."""
    part = {
        name: arrays[f"{number}.{name}"]
        for name in ("mass", "strength", "nodes", "feature", "threshold", "left", "size", "tokens", "rank")
    }
    ends = np.cumsum(part["nodes"])
    trees, token_at, rank_at = [], 0, 0
    for a, b in zip(ends - part["nodes"], ends, strict=True):
        tree = Tree(part["feature"][a:b], part["threshold"][a:b], part["left"][a:b])
        _check(tree, len(parents))
        size = part["size"][a:b]
        rank = {}
        for f, parent in enumerate(parents):
            if not fields[parent].ordered:
                rank[f] = part["rank"][rank_at : rank_at + fields[parent].size]
                rank_at += fields[parent].size
        trees.append(Sorted(tree, size, part["tokens"][token_at : token_at + size[0]], rank))
        token_at += int(size[0])
    if token_at != part["tokens"].size or rank_at != part["rank"].size or part["mass"].size != fields[number].size:
        raise ValueError(f"sizes of field {number} disagree")
    return Forest(parents, part["mass"], part["strength"].astype(float), tuple(trees))


def _check(tree: Tree, parents: int) -> None:
    """Bounds that keep the compiled kernels inside their arrays whatever a file says."""
    inner = tree.feature >= 0
    numbers = np.arange(tree.feature.size)
    if (tree.feature >= parents).any() or (tree.left[inner] <= numbers[inner]).any():
        raise ValueError("a tree points backwards")
    if (tree.left[inner] + 1 >= tree.feature.size).any():
        raise ValueError("a tree points outside itself")
