"""The shape of a text is the text with every digit as "0": a column of numbers or dates has few shapes, so that
spellings are recognised once a shape in Python and cells are read once a shape in numpy.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 64  # bytes of a text that may be a number or time
KEPT = 200  # characters of a text that are looked at
_DIGITS = np.arange(256, dtype=np.uint8)
_DIGITS[ord("0") : ord("9") + 1] = ord("0")
_FULL_WIDTH = {**{chr(0xFF10 + i): str(i) for i in range(10)}, **dict(zip("．，－＋％：／　", ".,-+%:/ ", strict=True))}
_SPACES = {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"}
_TO_FULL_WIDTH = str.maketrans({narrow: wide for wide, narrow in _FULL_WIDTH.items() if narrow.isdigit()})


def bare(text: pa.Array) -> pa.Array:
    """The texts without blanks around them, full-width digits and signs as their ASCII twins."""
    text = pc.utf8_trim_whitespace(text)
    data = _bytes(text).tobytes() if len(text) else b""
    for table, mark in ((_FULL_WIDTH, (b"\xef\xbc", b"\xe3\x80\x80")), (_SPACES, (b"\xc2\xa0", b"\xe2"))):
        if any(part in data for part in mark):
            for wide, narrow in table.items():
                text = pc.replace_substring(text, pattern=wide, replacement=narrow)
    return pc.utf8_trim_whitespace(text)


def widen(text: str) -> str:
    """The text with full-width digits."""
    return text.translate(_TO_FULL_WIDTH)


def has_full_width(text: pa.Array) -> pa.Array:
    """True where a text holds a full-width digit."""
    if not len(text) or b"\xef\xbc" not in _bytes(text).tobytes():
        return pa.array(np.zeros(len(text), bool))
    return pc.fill_null(pc.match_substring_regex(text, "[\uff10-\uff19]"), False)


def encode(text: pa.Array) -> tuple[np.ndarray, list[str]]:
    """Per text the number of its shape (-1: missing or longer than any number or time), and the shapes."""
    if not len(text):
        return np.zeros(0, np.int64), []
    shaped = pa.StringArray.from_buffers(
        len(text), text.buffers()[1], pa.py_buffer(_DIGITS[_all_bytes(text)]), text.buffers()[0], -1, text.offset
    )
    shaped = pc.if_else(pc.less_equal(pc.binary_length(shaped), LONGEST), shaped, pa.scalar(None, pa.string()))
    coded = shaped.dictionary_encode()
    return pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


def matrix(text: pa.Array, rows: np.ndarray, width: int) -> np.ndarray:
    """The bytes of the given rows, which are all `width` bytes long, as rows x width."""
    starts = offsets(text)[rows].astype(np.int64)
    found: np.ndarray = _all_bytes(text)[starts[:, None] + np.arange(width)]
    return found


def first_bytes(text: pa.Array, rows: np.ndarray, skip: np.ndarray) -> np.ndarray:
    """Of each row the byte after the first `skip` bytes."""
    found: np.ndarray = _all_bytes(text)[offsets(text)[rows].astype(np.int64) + skip]
    return found


def offsets(text: pa.Array) -> np.ndarray:
    """Where each text begins among the bytes; one more than there are texts."""
    return np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]


def cut(text: pa.Array) -> pa.Array:
    """The texts, of long ones the beginning: enough to tell what they are, and no document is copied."""
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    return pc.utf8_slice_codeunits(text, 0, KEPT) if longest > 4 * KEPT else text


def hashes(text: pa.Array) -> np.ndarray:
    """A 64-bit hash of each text; the same text has the same hash everywhere.

    Of texts longer than `KEPT` characters the beginning, the end and the length count.
    """
    lengths = pc.fill_null(pc.utf8_length(text), 0)
    if (pc.max(lengths).as_py() or 0) <= KEPT:
        return _hashes(text)
    begin, end = pc.utf8_slice_codeunits(text, 0, KEPT), pc.utf8_slice_codeunits(text, -KEPT, None)
    long = pc.greater(lengths, KEPT).to_numpy(zero_copy_only=False)
    both = mix(_hashes(begin) + mix(_hashes(end) + lengths.to_numpy(zero_copy_only=False).astype(np.uint64)))
    return np.where(long, both, _hashes(begin))


def _hashes(text: pa.Array) -> np.ndarray:
    starts = offsets(text).astype(np.int64)
    lengths = np.diff(starts)
    data = _bytes(text)
    place = np.arange(len(data), dtype=np.int64) - np.repeat(starts[:-1] - starts[0], lengths)
    mixed = mix(data.astype(np.uint64) + (place.astype(np.uint64) << np.uint64(8)))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    ends = starts - starts[0]
    return mix(sums[ends[1:]] - sums[ends[:-1]] + lengths.astype(np.uint64))


def mix(values: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): equal inputs give equal, unequal ones unrelated outputs."""
    z = values + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _all_bytes(text: pa.Array) -> np.ndarray:
    data = text.buffers()[2]
    return np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)


def _bytes(text: pa.Array) -> np.ndarray:
    starts = offsets(text)
    return _all_bytes(text)[starts[0] : starts[-1]]
