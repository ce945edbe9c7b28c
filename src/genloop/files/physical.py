"""The Arrow type that a schema remembers as text, and tests on it."""

import re

import pyarrow as pa

from genloop.core.errors import SchemaError

_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]")
_DECIMAL = re.compile(r"decimal(32|64|128|256)\((\d+), (-?\d+)\)")
_MORE = {
    "date64[ms]": pa.date64(),
    "float": pa.float32(),
    "halffloat": pa.float16(),
    "string_view": pa.string_view(),
    "binary_view": pa.binary_view(),
}


def read(text: str) -> pa.DataType:
    """The Arrow type whose `str` is `text`; nested and unknown types are held as text.

    Raises:
        SchemaError: a decimal's precision is out of Arrow's range.
    """
    if text in _MORE:
        return _MORE[text]
    if zoned := _ZONED.fullmatch(text):
        return pa.timestamp(zoned[1], tz=zoned[2])
    if exact := _DECIMAL.fullmatch(text):
        try:
            return {"32": pa.decimal32, "64": pa.decimal64, "128": pa.decimal128, "256": pa.decimal256}[exact[1]](
                int(exact[2]), int(exact[3])
            )
        except ValueError as error:
            raise SchemaError(f"physical type {text!r} is none of Arrow's: {error}") from error
    try:
        return pa.type_for_alias(text)
    except ValueError:
        return pa.string()


def plain(array: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One contiguous array: chunks joined, dictionaries decoded, large and view strings as plain strings."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string()) if is_text(array.type) and array.type != pa.string() else array


def value_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values: a dictionary's own type is looked through."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_text(kind: pa.DataType) -> bool:
    """Whether values are character strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_bytes(kind: pa.DataType) -> bool:
    """Whether values are runs of bytes."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether values are integers, floats or decimals."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def is_time(kind: pa.DataType) -> bool:
    """Whether values are dates, times of day or timestamps."""
    return bool(pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_timestamp(kind))
