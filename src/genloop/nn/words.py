"""Sentences as vectors of 512 numbers, in numpy alone: the multilingual universal sentence encoder of a pack.

Yang et al. 2019, arXiv 1907.04307: pieces of words are embedded, read by convolutions over 2, 3 and 5 of them, summed
over the sentence and passed through a small network. Pieces come from a unigram model (Kudo 2018, arXiv 1804.10959).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from genloop.core.errors import ModelFileError

LENGTH = 512
_WINDOWS = ((2, 0), (3, 1), (5, 2))  # pieces read at a time, and how many of them stand before the own one
_GAP = 2  # empty places between sentences, as many as a window reaches beyond its own place
_TOKENS = 512  # at a time: what fits the processor's cache
_BEGIN, _END, _UNKNOWN = 1, 2, 0
_SPACE = "\u2581"
_LONGEST = 2_000  # characters of a sentence that are read


@dataclass(frozen=True)
class Pieces:
    """The unigram model: score and number of every piece, and how long those of the same two first letters get."""

    scores: dict[str, tuple[float, int]]
    longest: dict[str, int]
    unknown: float

    def split(self, text: str) -> list[int]:
        """The most probable pieces of a text, between a beginning and an end."""
        plain = " ".join(_clean(text)[:_LONGEST].split())
        marked = (_SPACE + plain.replace(" ", _SPACE)) if plain else ""
        best = [0.0] + [-np.inf] * len(marked)
        came: list[tuple[int, int]] = [(0, 0)] * (len(marked) + 1)
        for start in range(len(marked)):
            options = {start + 1: (self.unknown, _UNKNOWN)}
            longest = self.longest.get(marked[start : start + 2], 1)
            for stop in range(start + 1, min(start + longest, len(marked)) + 1):
                known = self.scores.get(marked[start:stop])
                if known is not None:
                    options[stop] = known
            for stop, (score, number) in options.items():
                if best[start] + score > best[stop]:
                    best[stop], came[stop] = best[start] + score, (start, number)
        found, place = [], len(marked)
        while place > 0:
            place, number = came[place]
            found.append(number)
        return [_BEGIN, *(reversed(found) if found else [_UNKNOWN]), _END]


class Words:
    """The encoder of one pack."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        try:
            self.pieces = _pieces(arrays)
            self.table, self.low, self.scale = arrays["table"], arrays["lo"], arrays["scale"]
            self.weights: dict[str, Any] = {name: arrays[name] for name in _names()}
        except KeyError as error:
            raise ModelFileError(f"the pack of words lacks the array {error}; add it again") from error
        self.first, self.first_bias, *stretch = (
            np.concatenate([self.weights[f"{name}{window}"] for window, _ in _WINDOWS], axis=-1)
            for name in ("proj", "proj_b", "ln_g", "ln_b")
        )
        self.first_norm = (stretch[0], stretch[1])
        self.small = float(arrays["eps"].reshape(-1)[0]) if "eps" in arrays else 1e-6

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "rows length"]:
        """One vector of length 1 a text; an empty text has one too."""
        split = {text: self.pieces.split(text) for text in set(texts)}
        order = sorted(split, key=lambda text: len(split[text]))
        found = np.empty((len(order), self.weights["d3"].shape[1]), np.float32)
        first = size = 0
        for place, text in enumerate(order):
            size += len(split[text]) + _GAP
            if size >= _TOKENS or place == len(order) - 1:
                found[first : place + 1] = self._read([split[own] for own in order[first : place + 1]])
                first, size = place + 1, 0
        row = {text: place for place, text in enumerate(order)}
        return found[[row[text] for text in texts]]

    def _read(self, group: list[list[int]]) -> Float32[np.ndarray, "rows length"]:
        """A few sentences, laid out one after another with empty places between them."""
        w = self.weights
        lengths = np.array([len(own) for own in group])
        starts = _GAP + np.concatenate([[0], np.cumsum(lengths + _GAP)[:-1]])
        tokens = np.concatenate([[0] * _GAP, *([*own, *[0] * _GAP] for own in group)]).astype(np.int64)
        there = np.zeros((len(tokens), 1), np.float32)
        for start, length in zip(starts, lengths, strict=True):
            there[start : start + length] = 1
        shard = tokens % len(self.scale)
        x = self.table[tokens] * self.scale[shard, None] + self.low[shard, None]
        read = self._norm(x @ self.first + self.first_bias, self.first_norm) * there
        seen = [x]
        for (window, before), own in zip(_WINDOWS, np.split(read, len(_WINDOWS), axis=1), strict=True):
            for layer in (1, 2):
                more = _slide(own, w[f"w{layer}_{window}"], window, before) + w[f"b{layer}_{window}"]
                own = (np.maximum(more, 0) + own) * there
            seen.append(own)
        mixed = self._norm(np.concatenate(seen, axis=1), (w["ln_g"], w["ln_b"])) * there
        total = np.add.reduceat(mixed, starts, axis=0)  # the gap behind a sentence adds nothing
        count = lengths[:, None].astype(np.float32)
        mean = (total @ w["cnn_W"] + count * w["cnn_b"]) / np.sqrt(count)
        y = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
        z = np.tanh(y @ w["p3"] + np.maximum(y @ w["d2"], 0) @ w["d3"])
        return np.asarray(z / np.sqrt(np.maximum((z * z).sum(axis=1, keepdims=True), self.small)), np.float32)

    def _norm(
        self, x: Float32[np.ndarray, "tokens width"], stretch: tuple[np.ndarray, np.ndarray]
    ) -> Float32[np.ndarray, "tokens width"]:
        apart = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((apart * apart).mean(axis=1, keepdims=True) + self.small)
        return np.asarray(apart / spread * stretch[0] + stretch[1], np.float32)


def _slide(
    x: Float32[np.ndarray, "tokens width"], weight: Float32[np.ndarray, "inputs outputs"], window: int, before: int
) -> Float32[np.ndarray, "tokens outputs"]:
    """A convolution over `window` places, the first of them `before` places ahead."""
    width = x.shape[1]
    around = np.pad(x, ((before, window - 1 - before), (0, 0)))
    parts = (around[k : k + len(x)] @ weight[k * width : (k + 1) * width] for k in range(window))
    return np.asarray(sum(parts), np.float32)


def _clean(text: str) -> str:
    """Compatibility forms made plain, marks of control taken out, every kind of space made one."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        " " if letter.isspace() else letter
        for letter in plain
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf")
    )


def _pieces(arrays: dict[str, np.ndarray]) -> Pieces:
    raw, ends = arrays["piece_bytes"].tobytes(), arrays["piece_ends"].tolist()
    scores = arrays["piece_scores"].tolist()
    starts = [0, *ends[:-1]]
    found = {raw[a:b].decode(): (scores[n], n) for n, (a, b) in enumerate(zip(starts, ends, strict=True)) if n > _END}
    longest: dict[str, int] = {}
    for piece in found:
        longest[piece[:2]] = max(longest.get(piece[:2], 1), len(piece))
    return Pieces(found, longest, min(scores) - 10.0)


def _names() -> list[str]:
    names = ["ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3"]
    own = ("proj{}", "proj_b{}", "ln_g{}", "ln_b{}", "w1_{}", "b1_{}", "w2_{}", "b2_{}")
    return names + [name.format(window) for window, _ in _WINDOWS for name in own]
