"""Equal and nearly equal texts: a hash of the characters, and MinHash signatures of what a text says.

Texts are equal when they have the same letters and digits, whatever the spaces, marks and capitals. The near ones are
looked for among the signatures (Broder 1997, "On the resemblance and containment of documents") by locality-sensitive
hashing in bands, by the `datasketch` package; what shares a band is compared by its true Jaccard similarity.
Shingles are runs of five characters in Chinese and of three words in what has spaces.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Int64, UInt32

from genloop.core import extras
from genloop.core.errors import MissingExtra

LIKE = 0.8  # Jaccard similarity of the shingles from which two texts are near
_HASHES = 64
_MOST_SHINGLES = 1_024  # of one text, those with the lowest hashes
_LONGEST = 100_000  # characters of a text whose shingles are taken
_MOST_TEXTS = 100_000  # among which near ones are looked for
_MOST_TRIED = 50  # candidates that one text is compared with
_PLAIN = re.compile(r"[\W_]+")
_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]|[^\W_]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Look:
    """Of one text its exact hash and the hashes of its shingles, sorted."""

    exact: bytes
    shingles: UInt32[np.ndarray, " shingles"]


@dataclass(frozen=True)
class Groups:
    """Places of texts that are equal, and of those that are near but not equal, each group in rising order.

    `whole` is false where near texts were not looked for among all of them, and `why` says why.
    """

    equal: list[list[int]] = field(default_factory=list)
    near: list[list[int]] = field(default_factory=list)
    whole: bool = True
    why: str = ""

    @property
    def extra(self) -> int:
        """How many texts would have to go so that none is equal to another."""
        return sum(len(group) - 1 for group in self.equal)

    @property
    def close(self) -> int:
        """How many further texts are near to another."""
        return sum(len(group) - 1 for group in self.near)

    @property
    def spare(self) -> Int64[np.ndarray, " places"]:
        """The places of all texts but the first of each group: what can go."""
        return np.unique(np.array([at for group in (*self.equal, *self.near) for at in group[1:]], np.int64))


def fit(text: str) -> Look:
    """The look of one text."""
    plain = _PLAIN.sub("", text).casefold() or " ".join(text.split())  # a text of emoji alone is what it is
    exact = blake2b(plain.encode("utf-8", "replace"), digest_size=16).digest()
    units = _UNIT.findall(text[:_LONGEST].casefold())
    wide = sum(map(bool, map(_WIDE.match, units))) > 0.5 * len(units)
    size, glue = (5, "") if wide else (3, " ")
    runs = {glue.join(units[at : at + size]) for at in range(max(len(units) - size + 1, 1))}
    hashes = np.fromiter((zlib.crc32(run.encode("utf-8", "replace")) for run in runs), np.uint32, len(runs))
    return Look(exact, np.unique(hashes)[:_MOST_SHINGLES] if units else np.zeros(0, np.uint32))


def read(looks: Sequence[Look]) -> Groups:
    """The groups of equal and of near texts; near ones only where the `datasketch` package is installed."""
    first: dict[bytes, int] = {}
    equal: dict[int, list[int]] = {}
    for place, look in enumerate(looks):
        leader = first.setdefault(look.exact, place)
        equal.setdefault(leader, []).append(place)
    same = [group for group in equal.values() if len(group) > 1]
    single = [place for place in equal if len(looks[place].shingles)]
    try:
        package = _package()
    except MissingExtra as error:
        return Groups(same, [], False, str(error))
    near = _near(package, looks, single[:_MOST_TEXTS])
    if len(single) > _MOST_TEXTS:
        return Groups(same, near, False, f"near ones were looked for among the first {_MOST_TEXTS:,} different texts")
    return Groups(same, near)


def alike(first: Look, second: Look) -> float:
    """The Jaccard similarity of two texts' shingles, estimated from the lowest hashes where there are many."""
    whole = np.union1d(first.shingles, second.shingles)[:_MOST_SHINGLES]  # the lowest of both are a fair sample
    both = np.isin(whole, first.shingles, assume_unique=True) & np.isin(whole, second.shingles, assume_unique=True)
    return float(both.mean()) if len(whole) else 0.0


def _near(package: ModuleType, looks: Sequence[Look], places: Iterable[int]) -> list[list[int]]:
    index = package.MinHashLSH(threshold=LIKE - 0.1, num_perm=_HASHES)
    model = package.MinHash(num_perm=_HASHES, hashfunc=_itself)
    groups: dict[int, list[int]] = {}
    leader: dict[int, int] = {}
    for place in places:
        signature = model.copy()
        signature.update_batch(looks[place].shingles.tolist())
        for other in sorted(index.query(signature))[:_MOST_TRIED]:
            if alike(looks[place], looks[other]) >= LIKE:
                leader[place] = leader.get(other, other)
                groups.setdefault(leader[place], [leader[place]]).append(place)
                break
        else:
            index.insert(place, signature)
    return list(groups.values())


def _itself(value: Any) -> Any:
    return value


def _package() -> ModuleType:
    return extras.load("datasketch", "finding near duplicates", "text")
