"""First look at a column of text: what its cells spell, counted over all of them by their shapes."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genloop.files import calendar, missing, shapes

SHAPES = 5_000  # numbers and times have fewer; a column with more is text, and further shapes are not counted apart
SAMPLE, SAMPLED = 250, 1_000  # texts a batch and in all that are looked at one by one, for guesses only
NAMED = {
    "image": r".+\.(?:jpe?g|png|gif|bmp|webp|tiff?|heic|svg)",
    "audio": r".+\.(?:wav|mp3|flac|ogg|opus|m4a|aac|wma)",
    "music": r".+\.(?:midi?|musicxml|mxl|abc)",
    "video": r".+\.(?:mp4|m4v|avi|mov|mkv|webm|wmv)",
    "events": r"\[.*[\[{].*\]",
    "uuid": r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?",
    "hash": r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})",
    "e-mail": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
    "phone": (
        r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}|\+\d{1,3}[- ]?(?:\(?\d{1,4}\)?[- ]?){2,5}\d{2,4}"
        r"|\(\d{3}\) ?\d{3}-\d{4}"
    ),
    "web address": r"https?://\S+",
    "internet address": r"\d{1,3}(?:\.\d{1,3}){3}",
}
_NAMED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in NAMED.items()}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Spellings:
    """Mergeable counts of one column of text.

    `shapes` counts cells a shape, `led` those whose first digit is 0; `missing` are cells missing in any kind of
    column. `named`, `classes` (letters as A and a) and the lengths come from `sampled` texts.
    """

    cells: int = 0
    missing: int = 0
    wide: int = 0
    shapes: Mapping[str, int] = field(default_factory=dict)
    led: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, calendar.Tally] = field(default_factory=dict)
    sampled: int = 0
    named: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    characters: int = 0
    words: int = 0

    @property
    def present(self) -> int:
        """Cells that hold something."""
        return self.cells - self.missing

    @property
    def missing_among_numbers(self) -> int:
        """Cells, further to `missing`, that mean missing where numbers or times are expected."""
        return sum(self.shapes.get(spelling, 0) for spelling in missing.AMONG_NUMBERS - missing.ALWAYS)


def fit(text: pa.Array, sample: int = SAMPLE) -> Spellings:
    """The counts of one batch of texts, `sample` of which are looked at one by one."""
    coded = shapes.cut(text).dictionary_encode()
    weights = np.bincount(coded.indices.drop_null().to_numpy(), minlength=len(coded.dictionary))
    kept = pc.invert(missing.find(coded.dictionary))
    distinct, weights = coded.dictionary.filter(kept), weights[kept.to_numpy(zero_copy_only=False)]
    bare = shapes.bare(distinct)
    codes, found = shapes.encode(bare)
    known = codes >= 0
    counts = np.bincount(codes[known], weights[known], len(found)).astype(np.int64)
    looked = bare.take(np.linspace(0, len(bare) - 1, min(sample, len(bare))).astype(np.int64)).to_pylist()
    return Spellings(
        cells=len(text),
        missing=len(text) - int(weights.sum()),
        wide=int(weights[shapes.has_full_width(distinct).to_numpy(zero_copy_only=False)].sum()),
        shapes=_cap(dict(zip(found, counts.tolist(), strict=True))),
        led=_led(bare, codes, found, weights),
        times=calendar.fit(bare, codes, found, weights),
        sampled=len(looked),
        named=Counter(name for one in looked for name, pattern in _NAMED.items() if pattern.fullmatch(one)),
        classes=Counter(_class(one) for one in looked),
        characters=sum(len(one) for one in looked),
        words=sum(1 + one.count(" ") + len(re.findall("[\u4e00-\u9fff]", one)) // 2 for one in looked),
    )


def merge(first: Spellings, second: Spellings) -> Spellings:
    """The counts of both shards."""
    return Spellings(
        cells=first.cells + second.cells,
        missing=first.missing + second.missing,
        wide=first.wide + second.wide,
        shapes=_cap(_sum(first.shapes, second.shapes)),
        led=_sum(first.led, second.led),
        times=calendar.merge(first.times, second.times),
        sampled=first.sampled + second.sampled,
        named=_sum(first.named, second.named),
        classes=_cap(_sum(first.classes, second.classes)),
        characters=first.characters + second.characters,
        words=first.words + second.words,
    )


def is_citizen_number(text: str) -> bool:
    """Whether a text is a Chinese citizen number (GB 11643: 17 digits and a check digit, ISO 7064 MOD 11-2)."""
    if re.fullmatch(r"\d{17}[\dXx]", text) is None:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[-1].upper()


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    total = Counter(first)
    total.update(second)
    return dict(total)


def _cap(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts; of too many the most frequent, which numbers and times are among when the column holds them."""
    if len(counts) <= SHAPES:
        return dict(counts)
    return dict(Counter(counts).most_common(SHAPES))


def _led(bare: pa.Array, codes: np.ndarray, found: list[str], weights: np.ndarray) -> dict[str, int]:
    """Per shape of a number with two digits or more, how many cells begin with the digit 0."""
    lead = np.array([_lead(shape) for shape in found] + [-1])[codes] if found else np.zeros(0, np.int64)
    rows = np.flatnonzero(lead >= 0)
    if not len(rows):
        return {}
    zero = rows[shapes.first_bytes(bare, rows, lead[rows]) == ord("0")]
    counts = np.bincount(codes[zero], weights[zero], len(found)).astype(np.int64)
    return {shape: int(n) for shape, n in zip(found, counts, strict=True) if n}


def _lead(shape: str) -> int:
    place = re.match(r"[^0]*(?=0[0., ']*0)", shape)
    return -1 if place is None or len(shape) > 32 else len(place[0].encode())


def _class(text: str) -> str:
    if is_citizen_number(text):
        return "citizen number"
    return re.sub("[a-z]", "a", re.sub("[A-Z]", "A", re.sub(r"\d", "0", text[: shapes.LONGEST])))
