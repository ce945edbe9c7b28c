"""Pictures of one shape: an Arrow tensor column, seen as one NumPy array without a copy, and the other way round."""

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from genloop.core.protocols import Pixels


def is_tensor(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds pictures: a tensor of uint8 with height, width and channels."""
    return isinstance(kind, pa.FixedShapeTensorType) and kind.value_type == pa.uint8() and len(kind.shape) == 3


def write(pixels: Pixels, present: Bool[np.ndarray, " rows"] | None = None) -> pa.ExtensionArray:
    """The pictures as a tensor column over the same memory; missing where `present` is false."""
    rows, *shape = pixels.shape
    size = int(np.prod(shape))
    flat = np.ascontiguousarray(pixels).reshape(-1)
    values = pa.Array.from_buffers(pa.uint8(), rows * size, [None, pa.py_buffer(flat)])
    gone = 0 if present is None else rows - int(np.count_nonzero(present))
    bits = None
    if present is not None and gone:
        bits = pa.py_buffer(np.packbits(present, bitorder="little").tobytes())
    kind = pa.fixed_shape_tensor(pa.uint8(), shape)
    storage = pa.Array.from_buffers(kind.storage_type, rows, [bits], null_count=gone, children=[values])
    return pa.ExtensionArray.from_storage(kind, storage)


def read(column: pa.ChunkedArray | pa.Array) -> Pixels:
    """The pictures of a tensor column, over its memory where it is one chunk; missing ones are black."""
    parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    shape = tuple(column.type.shape)
    if len(parts) == 1:
        return _one(parts[0], shape)
    whole = np.empty((len(column), *shape), np.uint8)
    at = 0
    for part in parts:
        whole[at : at + len(part)] = _one(part, shape)
        at += len(part)
    return whole


def _one(part: pa.ExtensionArray, shape: tuple[int, ...]) -> Pixels:
    storage, size = part.storage, int(np.prod(shape))
    flat = storage.values.to_numpy(zero_copy_only=True)
    pixels: np.ndarray = flat[storage.offset * size : (storage.offset + len(storage)) * size].reshape(-1, *shape)
    if storage.null_count:
        pixels = pixels.copy()
        pixels[storage.is_null().to_numpy(zero_copy_only=False)] = 0
    return pixels
