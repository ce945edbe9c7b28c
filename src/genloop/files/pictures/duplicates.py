"""Equal and nearly equal pictures: a hash of the pixels, and 64 bits of what a picture looks like.

The second takes the lowest 8 x 8 coefficients of the discrete cosine transform of the grey picture and keeps, of each,
whether it is above their median (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions").
Re-encoding, scaling, brightness and shifts below a percent move few of the bits; pictures that differ in at most 4 are
called near.
They are found through five bands of 12 or 13 bits: 4 differing bits leave at least one band equal. Plain drawings such
as digits share coarse looks, so a near pair must also look alike at 16 x 16: correlation of at least 0.985.
"""

import hashlib
import math
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int64, UInt8, UInt64

from genloop.core.protocols import Pixels

BITS = 4  # of 64 that may differ
LIKE = 0.985
_BANDS = (13, 13, 13, 13, 12)
_SMALL = 16
THUMBNAIL = (_SMALL, _SMALL, 1)
_MOST_PAIRS = 100_000_000
_MOST_CLOSE = 5_000_000  # pairs with like bits that are kept to be compared
_PAIRS_AT_ONCE = 8_192
_LISTS = pa.list_(pa.int64())
_GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Looks:
    """Per picture its exact hash, its perceptual bits and its grey thumbnail."""

    exact: UInt64[np.ndarray, "rows two"] = field(default_factory=lambda: np.zeros((0, 2), np.uint64))
    bits: UInt64[np.ndarray, " rows"] = field(default_factory=lambda: np.zeros(0, np.uint64))
    small: UInt8[np.ndarray, "rows small"] = field(default_factory=lambda: np.zeros((0, _SMALL**2), np.uint8))


@dataclass(frozen=True)
class Groups:
    """Places of pictures that are equal, and of those that are near but not equal, each group in rising order.

    They are lists in Arrow's memory, for there may be as many places as pictures. `whole` is false where there were too
    many candidates to compare all of them.
    """

    equal: pa.ListArray = field(default_factory=lambda: pa.array([], _LISTS))
    near: pa.ListArray = field(default_factory=lambda: pa.array([], _LISTS))
    whole: bool = True

    @property
    def extra(self) -> int:
        """How many pictures would have to go so that none is equal to another."""
        return len(self.equal.flatten()) - len(self.equal)

    @property
    def close(self) -> int:
        """How many further pictures are near to another."""
        return len(self.near.flatten()) - len(self.near)


def fit(pixels: Pixels) -> Looks:
    """The looks of pictures of one shape."""
    if not len(pixels):
        return Looks()
    flat = np.ascontiguousarray(pixels)
    hashes = [
        hashlib.blake2b(one.data, digest_size=16).digest() for one in flat.reshape(len(flat), math.prod(flat.shape[1:]))
    ]
    exact = np.frombuffer(b"".join(hashes), np.uint64).reshape(-1, 2)
    grey = _grey(flat)
    return Looks(exact, _bits(grey), _thumbnails(grey))


def read(looks: Looks) -> Groups:
    """The groups of equal and of near pictures."""
    if not len(looks.bits):
        return Groups()
    leaders = _leaders(looks.exact)
    parent = np.arange(len(looks.bits))
    single = np.flatnonzero(leaders == parent)  # one of each group of equals stands for it
    pairs, whole = _candidates(looks.bits[single])
    pairs = single[pairs]
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = pairs[start : start + _PAIRS_AT_ONCE]
        for one, other in part[_alike(looks, part[:, 0], part[:, 1])].tolist():
            _unite(parent, one, other)
    while not np.array_equal(up := parent[parent], parent):
        parent = up
    return Groups(_grouped(leaders, np.arange(len(leaders))), _grouped(parent[single], single), whole)


def _grey(pixels: Pixels) -> Float[np.ndarray, "rows height width"]:
    if pixels.shape[3] == 1:
        return pixels[..., 0].astype(np.float32)
    grey: np.ndarray = pixels[..., :3].astype(np.float32) @ _GREY
    if pixels.shape[3] == 4:
        grey = grey + 255 - pixels[..., 3]
    return grey


def _bits(grey: Float[np.ndarray, "rows height width"]) -> UInt64[np.ndarray, " rows"]:
    low = _cosines(grey.shape[1]) @ grey @ _cosines(grey.shape[2]).T
    flat = low.reshape(len(low), -1)
    above = flat > np.median(flat[:, 1:], axis=1, keepdims=True) + 1e-3
    above[:, 0] = grey.mean(axis=(1, 2)) > 127.5
    bits: np.ndarray = np.packbits(above, axis=1, bitorder="little").view(np.uint64)[:, 0]
    return bits


def _cosines(length: int) -> Float[np.ndarray, "eight length"]:
    waves = np.arange(8)[:, None] * (np.arange(length) + 0.5)[None, :]
    basis: np.ndarray = np.cos(np.pi / length * waves).astype(np.float32)
    return basis


def _thumbnails(grey: Float[np.ndarray, "rows height width"]) -> UInt8[np.ndarray, "rows small"]:
    """The means of 16 x 16 areas."""
    small = _areas(grey.shape[1]) @ grey @ _areas(grey.shape[2]).T
    flat: np.ndarray = np.clip(np.rint(small), 0, 255).astype(np.uint8).reshape(len(grey), -1)
    return flat


def _areas(length: int) -> Float[np.ndarray, "small length"]:
    """Each of 16 areas as weights over a row of pixels: the share of the pixel that lies in it."""
    edges = np.linspace(0, length, _SMALL + 1)
    left, right = edges[:-1, None], edges[1:, None]
    pixel = np.arange(length)[None, :]
    share = np.clip(np.minimum(right, pixel + 1) - np.maximum(left, pixel), 0, None)
    weights: np.ndarray = (share / share.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def _candidates(bits: UInt64[np.ndarray, " rows"]) -> tuple[Int64[np.ndarray, "pairs two"], bool]:
    """Pairs of places whose bits differ in at most `BITS`, and whether none was passed over."""
    found: list[np.ndarray] = [np.zeros((0, 2), np.int64)]
    left, room, start = _MOST_PAIRS, _MOST_CLOSE, 0
    for width in _BANDS:
        key = (bits >> np.uint64(start)) & np.uint64((1 << width) - 1)
        start += width
        order = np.argsort(key, kind="stable")
        key = key[order]
        active, step = np.arange(len(order)), 0
        while len(active) and left > 0 and room > 0:  # each place with the next of its band, the one after, ...
            step += 1
            active = active[active + step < len(order)]
            active = active[key[active] == key[active + step]]
            left -= len(active)
            one, other = order[active], order[active + step]
            close = np.bitwise_count(bits[one] ^ bits[other]) <= BITS
            if close.any():
                room -= int(close.sum())
                found.append(np.sort(np.stack([one[close], other[close]], axis=1), axis=1))
    return np.unique(np.concatenate(found), axis=0), left > 0 and room > 0


def _alike(looks: Looks, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Places of the pairs whose thumbnails correlate; two plain areas are alike when they are equally bright."""
    first, second = (looks.small[places].astype(np.float32) for places in (one, other))
    means = np.abs(first.mean(axis=1) - second.mean(axis=1))
    first, second = (part - part.mean(axis=1, keepdims=True) for part in (first, second))
    norms = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    plain = norms < _SMALL**2
    alike = np.where(plain, means < 4, (first * second).sum(axis=1) >= LIKE * norms)
    return np.flatnonzero(alike)


def _unite(parent: np.ndarray, one: int, other: int) -> None:
    first, second = _root(parent, one), _root(parent, other)
    parent[max(first, second)] = min(first, second)


def _root(parent: np.ndarray, place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


def _leaders(exact: UInt64[np.ndarray, "rows two"]) -> Int64[np.ndarray, " rows"]:
    """The first place that has the same hash."""
    order = np.lexsort((exact[:, 1], exact[:, 0]))
    begins = np.ones(len(order), bool)
    begins[1:] = (exact[order[1:]] != exact[order[:-1]]).any(axis=1)
    leaders = np.empty(len(order), np.int64)
    leaders[order] = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
    return leaders


def _grouped(leaders: Int64[np.ndarray, " rows"], places: Int64[np.ndarray, " rows"]) -> pa.ListArray:
    """Places with one leader, where there are at least two."""
    order = np.argsort(leaders, kind="stable")
    begins = np.flatnonzero(np.diff(leaders[order], prepend=-1))
    sizes = np.diff(begins, append=len(order))
    shared = np.repeat(sizes > 1, sizes)
    ends = np.concatenate([[0], np.cumsum(sizes[sizes > 1])])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(places[order[shared]]))
