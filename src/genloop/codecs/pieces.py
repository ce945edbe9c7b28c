"""Byte pairs: the 256 bytes and the pieces that pairs of tokens merge to; no row gives a piece alone.

Byte-level byte pair encoding (Sennrich et al. 2016, arXiv 1508.07909, over UTF-8 bytes as in Radford et al. 2019)
with the trainer of the `tokenizers` package. What we add: a piece stays only if at least `floor` rows carry it, counted
over the rows themselves; frequency alone would let one row that repeats its secret teach it. Decoding needs no package.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Int64
from scipy import sparse

from genloop.core import extras
from genloop.core.texts import END, MISSING

FIRST_BYTE = max(END, MISSING) + 1
FIRST_PIECE = FIRST_BYTE + 256
_TOGETHER = 1_024  # rows that are encoded at a time
_LONGEST = 24  # characters of a run of letters within which pairs merge
# Han characters, other letters, digits by three, marks and white space are kept apart; no character is left out
_RUNS = (
    rf" ?[\p{{Han}}]{{1,{_LONGEST}}}| ?[[\p{{L}}\p{{M}}]&&[^\p{{Han}}]]{{1,{_LONGEST}}}| ?\p{{N}}{{1,3}}"
    rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]{{1,{_LONGEST}}}|\s{{1,{_LONGEST}}}(?!\S)|\s{{1,{_LONGEST}}}"
)
Pairs = Sequence[Sequence[int]]


def fit(rows: Sequence[str], times: Sequence[int], *, floor: int, vocabulary: int) -> list[list[int]]:
    """The pairs that merge, in their order; row i stands for `times[i]` equal ones; at most `vocabulary` tokens in all.

    Raises:
        MissingExtra: the `tokenizers` package is not installed.
    """
    wanted = vocabulary - 256
    if wanted <= 0 or sum(times) < floor or not any(rows):
        return []
    package = _package()
    learnt = _tokenizer(package, package.models.BPE())
    trainer = package.trainers.BpeTrainer(
        vocab_size=256 + wanted - FIRST_BYTE,
        min_frequency=max(floor, 2),
        show_progress=False,
        initial_alphabet=list(_LETTERS),
    )
    often = [row for row, count in zip(rows, times, strict=True) for _ in range(min(count, floor))]
    learnt.train_from_iterator(_together(often), trainer=trainer, length=len(often))
    merges = json.loads(learnt.to_str())["model"]["merges"]
    tokens = {letter: FIRST_BYTE + byte for byte, letter in enumerate(_LETTERS)}
    pairs: list[list[int]] = []
    for left, right in merges:
        tokens.setdefault(left + right, FIRST_PIECE + len(pairs))
        pairs.append([tokens[left], tokens[right]])
    return _carried(pairs, rows, times, floor)


def encode(pairs: Pairs, rows: Sequence[str]) -> Iterator[list[int]]:
    """The tokens of each row, without an end.

    Raises:
        MissingExtra: the `tokenizers` package is not installed and there are pairs to merge.
    """
    if not pairs:
        yield from ([FIRST_BYTE + byte for byte in row.encode()] for row in rows)
        return
    package = _loaded(tuple(map(tuple, pairs)))
    for group in _together(rows):
        yield from (found.ids for found in package.encode_batch_fast(group, add_special_tokens=False))


def decode(table: Sequence[bytes], tokens: Sequence[int]) -> str:
    """The text of these tokens; bytes that form no character, such as those of one cut short, are left out."""
    return b"".join([table[token] for token in tokens]).decode("utf-8", "ignore")


def spell(pairs: Pairs) -> list[bytes]:
    """The bytes of every token; END and MISSING have none."""
    table = [b""] * FIRST_BYTE + [bytes([byte]) for byte in range(256)]
    for left, right in pairs:
        table.append(table[left] + table[right])
    return table


def _carried(pairs: list[list[int]], rows: Sequence[str], times: Sequence[int], floor: int) -> list[list[int]]:
    """The pairs whose piece stands in at least `floor` rows. A piece has no more rows than its parts have."""
    size = FIRST_PIECE + len(pairs)
    ids = [np.unique(np.asarray(found, np.int64)) for found in encode(pairs, rows)]
    ends = np.cumsum([len(found) for found in ids])
    held = sparse.csr_array(
        (np.ones(int(ends[-1]), np.int32), np.concatenate(ids), np.r_[0, ends]), shape=(len(rows), size)
    )
    count = _count(held @ _parts(pairs), np.asarray(times, np.int64))
    new = {token: token for token in range(FIRST_PIECE)}
    kept: list[list[int]] = []
    for place, (left, right) in enumerate(pairs):
        if count[FIRST_PIECE + place] >= floor and left in new and right in new:
            new[FIRST_PIECE + place] = FIRST_PIECE + len(kept)
            kept.append([new[left], new[right]])
    return kept


def _parts(pairs: Pairs) -> Any:
    """Which tokens each token is built from, itself among them, as a sparse matrix of ones."""
    built: list[set[int]] = [{token} for token in range(FIRST_PIECE)]
    for place, (left, right) in enumerate(pairs):
        built.append({FIRST_PIECE + place} | built[left] | built[right])
    ends = np.cumsum([len(parts) for parts in built])
    columns = np.fromiter((part for parts in built for part in sorted(parts)), np.int64, int(ends[-1]))
    return sparse.csr_array((np.ones(len(columns), np.int32), columns, np.r_[0, ends]), shape=(len(built), len(built)))


def _count(held: Any, times: Int64[np.ndarray, " rows"]) -> Int64[np.ndarray, " tokens"]:
    """In how many rows each token stands."""
    weight = np.repeat(times, np.diff(held.indptr))
    return np.bincount(held.indices, weight, minlength=held.shape[1]).astype(np.int64)


def _alphabet() -> list[str]:
    """The letter that stands for each byte: itself where it prints, else one of those from 256 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, others = {byte: chr(byte) for byte in plain}, 256
    for byte in range(256):
        if byte not in letters:
            letters[byte], others = chr(others), others + 1
    return [letters[byte] for byte in range(256)]


_LETTERS = _alphabet()


@lru_cache(maxsize=8)
def _loaded(pairs: tuple[tuple[int, ...], ...]) -> Any:
    package = _package()
    names = ["\0end", "\0missing", *_LETTERS]  # a text never spells the first two: its bytes have other letters
    merges: list[tuple[str, str]] = []
    for left, right in pairs:
        merges.append((names[left], names[right]))
        names.append(names[left] + names[right])
    vocabulary = {name: token for token, name in enumerate(names)}
    return _tokenizer(package, package.models.BPE(vocab=vocabulary, merges=merges))


def _tokenizer(package: ModuleType, model: Any) -> Any:
    built = package.Tokenizer(model)
    runs = package.pre_tokenizers.Split(package.Regex(_RUNS), behavior="isolated")
    letters = package.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    built.pre_tokenizer = package.pre_tokenizers.Sequence([runs, letters])
    return built


def _together(rows: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(rows)
    while group := list(islice(rest, _TOGETHER)):
        yield group


def _package() -> ModuleType:
    return extras.load("tokenizers", "learning text", "text")
