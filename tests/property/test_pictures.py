"""Pictures of any size come back exactly through every lossless way out and in again."""

import io

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from genloop.codecs import image as codec
from genloop.core import pixels
from genloop.core.schema import Column
from genloop.files.pictures import decode, geometry, marks, png, pnm

SIDES = st.integers(1, 40)
PICTURES = st.tuples(st.integers(1, 4), SIDES, SIDES, st.sampled_from([1, 3, 4])).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)
WORDS = st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4)


@given(PICTURES, WORDS)
@settings(deadline=None, max_examples=60)
def test_png_is_exact_for_us_and_for_others_whatever_its_label(pictures, label):
    for picture in pictures:
        data = png.encode(picture, marks.chunks(label))
        found, reasons = decode.read([data], picture.shape)
        assert reasons == [None] and np.array_equal(found[0], picture)
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(np.asarray(image).reshape(picture.shape), picture)
        head = decode.heads([data])[0]
        assert (head.height, head.width) == picture.shape[:2]


@given(PICTURES)
@settings(deadline=None, max_examples=60)
def test_cells_and_tensors_are_exact(pictures):
    assert np.array_equal(pnm.decode_all(pnm.encode(pictures)), pictures)
    column = pixels.write(pictures)
    assert np.array_equal(pixels.read(column), pictures)
    assert np.array_equal(pixels.read(column.slice(1)), pictures[1:])


@given(PICTURES, st.data())
@settings(deadline=None, max_examples=60)
def test_the_codec_gives_back_what_it_took(pictures, data):
    present = data.draw(arrays.arrays(bool, len(pictures)))
    records = pa.table({"x": pixels.write(pictures, present)})
    column = (Column("x", "image", shape=pictures.shape[1:]),)
    frozen = codec.freeze(column, codec.fit(column, records), floor=5, tokens=10)
    found = codec.encode(frozen, records)
    assert np.array_equal(found[present], pictures[present]) and not found[~present].any()
    back = codec.decode(frozen, found, np.random.default_rng(0))
    assert np.array_equal(codec.encode(frozen, back), found)


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=200)
def test_no_bytes_break_the_reader(data):
    for start in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"II*\0",
        b"BM",
        b"P6 2 2 255\n",
        b"RIFF0000WEBP",
    ):
        _, reasons = decode.read([start + data], (4, 4, 1))
        assert reasons[0] is None or reasons[0]
        decode.heads([start + data])


@given(st.integers(1, 5_000), st.integers(1, 5_000), SIDES, SIDES, st.sampled_from(geometry.FITS))
def test_the_part_taken_lies_inside_and_has_the_goals_form(width, height, wide, tall, fit):
    left, top, right, bottom = geometry.box((width, height), (wide, tall), fit)
    assert 0 <= left < right <= width + 1e-9 and 0 <= top < bottom <= height + 1e-9
    if fit == "crop":
        assert abs((right - left) * tall - (bottom - top) * wide) < 1e-6 * width * height + 1e-6
    across, down = geometry.inside((width, height), (wide, tall))
    assert 1 <= across <= wide and 1 <= down <= tall
