"""Every kind of picture file becomes pixels, or a reason why not."""

import io
import struct
import zlib

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from genloop.core import pixels
from genloop.core.errors import ConfigError, SchemaError
from genloop.core.schema import Column
from genloop.files.clean import clean, restore
from genloop.files.pictures import decode, geometry, pnm
from genloop.files.profile import look, profile


def _bytes(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _one(data, shape, fit="crop"):
    found, reasons = decode.read([data], shape, fit)
    assert reasons == [None], reasons
    return found[0]


def _grey(height=8, width=10):
    return np.arange(height * width, dtype=np.uint8).reshape(height, width) * 3


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("channels", [1, 3])
def test_lossless_formats_read_exactly(kind, channels):
    array = _grey() if channels == 1 else np.stack([_grey(), 255 - _grey(), _grey() // 2], axis=2)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = _bytes(Image.fromarray(array), kind, **options)
    found = _one(data, (8, 10, channels))
    if kind == "GIF" and channels == 3:
        assert np.abs(found.astype(int) - array).mean() < 20  # 256 colours
    else:
        assert np.array_equal(found.reshape(array.shape), array)


def test_jpeg_reads_nearly():
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    found = _one(_bytes(Image.fromarray(smooth), "JPEG", quality=95), (64, 64, 1))
    assert np.abs(found[..., 0].astype(int) - smooth).max() <= 4


def test_alpha_is_kept_or_laid_on_white():
    array = np.zeros((4, 4, 4), np.uint8)
    array[:2] = (200, 10, 10, 255)
    data = _bytes(Image.fromarray(array))
    assert np.array_equal(_one(data, (4, 4, 4)), array)
    flat = _one(data, (4, 4, 3))
    assert flat[0, 0].tolist() == [200, 10, 10] and flat[3, 3].tolist() == [255, 255, 255]


def test_a_picture_that_is_all_alpha_does_not_vanish():
    array = np.full((4, 4, 4), 255, np.uint8)
    array[1:3, 1:3, 3] = 0  # white, its shape in the alpha alone
    found = _one(_bytes(Image.fromarray(array)), (4, 4, 1))
    assert found.min() == 0 and found.max() == 255


def test_palettes_one_bit_and_cmyk_are_read():
    palette = Image.new("P", (2, 2))
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    palette.putdata([0, 1, 2, 3])
    assert _one(_bytes(palette), (2, 2, 3)).tolist() == [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]]
    clear = _one(_bytes(palette, transparency=1), (2, 2, 4))
    assert clear[0, 1, 3] == 0 and clear[0, 0].tolist() == [255, 0, 0, 255]
    bits = Image.fromarray(np.array([[0, 255], [255, 0]], np.uint8)).convert("1")
    assert _one(_bytes(bits), (2, 2, 1))[..., 0].tolist() == [[0, 255], [255, 0]]
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red = _one(_bytes(ink, "JPEG", quality=100), (8, 8, 3))
    assert red[0, 0, 0] > 230 and red[0, 0, 1] < 30
    both = Image.merge("LA", [Image.new("L", (2, 2), 7), Image.new("L", (2, 2), 255)])
    assert _one(_bytes(both), (2, 2, 1)).tolist() == [[[7], [7]], [[7], [7]]]


def test_sixteen_bits_and_floats_come_to_eight():
    deep = np.array([[0, 257], [65_535, 32_896]], np.uint16)
    assert _one(_bytes(Image.fromarray(deep)), (2, 2, 1))[..., 0].tolist() == [[0, 1], [255, 128]]
    assert _one(_bytes(Image.fromarray(deep), "TIFF"), (2, 2, 1))[..., 0].tolist() == [[0, 1], [255, 128]]
    share = np.array([[0.0, 0.5], [1.0, np.nan]], np.float32)
    assert _one(_bytes(Image.fromarray(share), "TIFF"), (2, 2, 1))[..., 0].tolist() == [[0, 128], [255, 0]]
    wide = np.array([[-100.0, -20.0], [100.0, 100.0]], np.float32)
    assert _one(_bytes(Image.fromarray(wide), "TIFF"), (2, 2, 1))[..., 0].tolist() == [[0, 102], [255, 255]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", [1, 3, 6, 8, 5])
def test_pictures_are_turned_by_their_exif(kind, turn):
    upright = np.zeros((16, 32), np.uint8)
    upright[:8, :16] = 255  # the upper left is bright
    stored = Image.fromarray(upright)
    steps = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270,
             5: Image.Transpose.TRANSPOSE}  # fmt: skip
    if turn != 1:
        stored = stored.transpose(steps[turn])
    exif = Image.Exif()
    exif[0x0112] = turn
    data = _bytes(stored, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    head = decode.heads([data])[0]
    assert (head.height, head.width) == (16, 32)
    found = _one(data, (16, 32, 1))[..., 0]
    assert np.abs(found.astype(int) - upright).mean() < 4


def test_the_first_frame_of_what_moves_is_read_and_stated():
    frames = [Image.new("L", (4, 4), value) for value in (10, 200)]
    data = _bytes(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert _one(data, (4, 4, 1)).max() == 10
    table = pa.table({"x": pa.array([data] * 3)})
    assert any("3 pictures move: the first frame is read" in note for note in profile(table)["x"].notes)
    apng = _bytes(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert decode.heads([apng])[0].moving


def _bomb(width, height):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


BAD = {
    "an empty file": b"",
    "an SVG drawing": b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a PDF document": b"%PDF-1.4\n\x93\x8c",
    "a text": "这不是图片 this is no picture at all".encode(),
    "more than 120,000,000 pixels": _bomb(40_000, 40_000),
    "13,000 x 12,000 pixels, more than 120,000,000": _bomb(13_000, 12_000),
    "damaged": _bytes(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)), "JPEG")[:900],
    "damaged: ": b"\x89PNG\r\n\x1a\n\0\0\0\0",
    "damaged:": b"P5 4 4 255\nabc",
}


@pytest.mark.parametrize("reason", BAD)
def test_what_is_no_picture_says_why(reason):
    found, reasons = decode.read([BAD[reason]], (4, 4, 1))
    assert reasons[0].startswith(reason) and not found.any()
    assert decode.heads([BAD[reason]])[0] is None or reason.startswith("damaged")


def test_damaged_pictures_are_counted_listed_and_missing():
    good = [_bytes(Image.new("L", (4, 4), value)) for value in range(8)]
    cells = [good[0], BAD["an empty file"], *good[1:], None, BAD["a PDF document"]]
    table = pa.table({"x": pa.array(cells), "n": range(len(cells))})
    found = look(table)
    survey = found.pictures["x"]
    assert survey.skipped == (("row 2", "an empty file"), ("row 11", "a PDF document"))
    assert "2 of 10 cannot be read: 1 an empty file; 1 a PDF document" in survey.column.notes
    summary = found.schema.summaries["x"]
    assert (summary.rows, summary.missing, summary.distinct, summary.unreadable) == (11, 1, 8, 2)
    cleaned = clean(table, found.schema)
    assert cleaned.repairs == {"x": 2} and cleaned.skipped == {"x": list(survey.skipped)}
    assert cleaned.records["x"].is_null().to_pylist() == [k in (1, 9, 10) for k in range(11)]
    assert restore(cleaned.records, found.schema)["x"].type == cleaned.records["x"].type


def test_a_missing_file_and_a_file_too_large_are_named(tmp_path, monkeypatch):
    _, reasons = decode.read([str(tmp_path / "gone.png"), str(tmp_path)], (4, 4, 1))
    assert reasons == ["No such file or directory", "cannot be opened: [Errno 22] no regular file"]
    (tmp_path / "large.png").write_bytes(bytes(100))
    monkeypatch.setattr("genloop.files.pictures.cells.MOST_BYTES", 10)
    _, reasons = decode.read([str(tmp_path / "large.png")], (4, 4, 1))
    assert "larger than 0 MB" in reasons[0]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 500), (9_000, 12_000), (33, 21)])
def test_sizes_from_one_pixel_to_a_hundred_million_come_to_one_shape(height, width):
    data = _bytes(Image.new("L", (width, height), 90), "JPEG" if height > 100 else "PNG")
    for fit in geometry.FITS:
        found = _one(data, (16, 16, 1), fit)
        assert np.abs(found.astype(int) - 90).max() <= 1


def test_crop_pad_and_stretch_differ_as_they_say():
    wide = np.full((10, 30), 50, np.uint8)
    wide[:, 10:20] = 200
    data = _bytes(Image.fromarray(wide))
    assert _one(data, (10, 10, 1), "crop").min() > 190
    padded = _one(data, (30, 30, 1), "pad")[..., 0]
    assert padded[0, 15] == padded[15, 0] == 50 and padded[15, 15] == 200
    assert _one(data, (10, 10, 1), "stretch")[5, 0, 0] < 60
    clear = np.zeros((10, 30, 4), np.uint8)
    clear[..., 3] = 255
    assert _one(_bytes(Image.fromarray(clear)), (30, 30, 4), "pad")[0, 0].tolist() == [0, 0, 0, 0]


def test_the_invisible_colour_does_not_bleed_on_scaling():
    array = np.zeros((16, 16, 4), np.uint8)
    array[:, :8] = (255, 0, 0, 255)
    array[:, 8:] = (0, 255, 0, 0)  # green, but not visible
    found = _one(_bytes(Image.fromarray(array)), (8, 8, 4))
    assert found[..., 1][found[..., 3] > 8].max() == 0


@pytest.mark.parametrize(
    ("sizes", "asked", "goal"),
    [
        ([(28, 28)] * 5, None, (28, 28)),
        ([(20, 50)] * 5, None, (20, 50)),
        ([(100, 100)] * 5, None, (64, 64)),
        ([(40, 60), (33, 50), (45, 45)], None, (32, 32)),
        ([(5, 5), (3, 9)], None, (16, 16)),
        ([(28, 28)] * 140 + [(29, 28)], None, (28, 28)),
        ([(28, 28)] * 3 + [(9_000, 20), (1, 1)], None, (28, 28)),
        ([(28, 28)] * 3 + [(40, 40)] * 3, None, (16, 16)),
        ([(2, 2)] * 3 + [(40, 40)] * 2, None, (16, 16)),
        ([(100, 100)] * 3 + [(40, 40)] * 2, None, (64, 64)),
        ([(28, 28)] * 5, "64", (64, 64)),
        ([(28, 28)] * 5, "48x32 pad", (48, 32)),
    ],
)
def test_the_shape_is_the_pictures_own_or_a_stated_one(sizes, asked, goal):
    cells = [_bytes(Image.new("RGB", (width, height), (k * 9, 1, 2))) for k, (height, width) in enumerate(sizes)]
    column = profile(pa.table({"x": pa.array(cells)}), pictures=asked)["x"]
    assert column.shape == (*goal, 3)
    assert column.formats == ("PNG", "pad" if asked and "pad" in asked else "crop")
    own = set(sizes) == {goal}
    assert (f"{goal[0]} x {goal[1]} RGB, the size of all pictures" in column.notes) == own
    assert own or any(note.endswith(("centre-cropped", "padded")) for note in column.notes)
    most = 2 * sizes.count(goal) > len(sizes) and not own
    assert any(note.startswith(f"{goal[0]} x {goal[1]} RGB, the size of most: ") for note in column.notes) == most


def test_a_picture_of_another_size_is_fitted_to_the_commonest():
    usual = [_bytes(Image.new("L", (28, 28), shade)) for shade in range(0, 240, 20)]
    odd = np.zeros((30, 28), np.uint8)
    odd[[0, -1]] = 255  # what a centre-crop takes off
    table = pa.table({"x": pa.array([*usual, _bytes(Image.fromarray(odd))])})
    schema = profile(table)
    assert (
        "28 x 28 grey, the size of most: pictures of 30 x 28 (height x width) are scaled and centre-cropped"
        in schema["x"].notes
    )
    learnt = pixels.read(clean(table, schema).records["x"])
    assert [int(one.max()) for one in learnt] == [*range(0, 240, 20), 0]


def test_those_that_cannot_be_read_are_not_counted_as_pictures():
    good = [_bytes(Image.new("L", (4, 4), value)) for value in range(9)]
    table = pa.table({"x": pa.array([*good, BAD["damaged"]])})
    assert profile(table, kinds={"x": "image"})["x"].reason == "9 pictures (PNG, JPEG)"
    equal = profile(pa.table({"x": pa.array([good[0], good[0], BAD["damaged"]])}))["x"]
    assert "all pictures are equal: there is nothing to learn but one" in equal.notes


@pytest.mark.parametrize(("text", "message"), [("wide", "'wide' says nothing about pictures"), ("0", "out of range")])
def test_an_unknown_geometry_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        geometry.read(text)
    assert geometry.read("Centre-crop, 32") == geometry.Geometry(32, 32, "crop")


def test_channels_follow_what_most_pictures_have():
    def shape(*images):
        return profile(pa.table({"x": pa.array([_bytes(image) for image in images])}))["x"]

    grey, colour = Image.new("L", (4, 4), 3), Image.new("RGB", (4, 4), (9, 8, 7))
    clear, opaque = Image.new("RGBA", (4, 4), (9, 8, 7, 99)), Image.new("RGBA", (4, 4), (9, 8, 7, 255))
    assert shape(grey, grey).shape == (4, 4, 1)
    assert shape(grey, colour).shape == (4, 4, 3)
    assert shape(clear, clear, colour).shape == (4, 4, 4)
    few = shape(clear, colour, colour)
    assert few.shape == (4, 4, 3) and "transparency is laid on white" in few.notes
    kept = shape(opaque, opaque)
    assert kept.shape == (4, 4, 3) and "opaque: alpha is left out" in kept.notes
    mostly = shape(*[grey] * 40, colour)
    assert mostly.shape == (4, 4, 1) and "1 coloured picture is read as grey" in mostly.notes


def test_arrays_in_cells_read_without_pillow_and_as_one(drawn, monkeypatch):
    monkeypatch.setattr(decode, "Image", None)
    for channels in (1, 3, 4):
        array = drawn(5, 3, 4, channels)
        cells = pnm.encode(array)
        assert np.array_equal(pnm.decode_all(cells.slice(1, 3)), array[1:4])
        assert np.array_equal(_one(cells[2].as_py(), (3, 4, channels)), array[2])
        column = Column("x", "image", shape=(3, 4, channels))
        assert np.array_equal(pixels.read(clean(pa.table({"x": cells}), _schema(column)).records["x"]), array)


def _schema(column):
    from_json = profile(pa.table({"x": pa.array([b"P5 1 1 255\n7"])}))
    return from_json.replace([column])


def test_mixed_cells_are_not_read_as_one():
    cells = [b"P5 1 2 255\nab", b"P5 2 1 255\nab"]
    assert pnm.decode_all(pa.array(cells, pa.large_binary())) is None
    assert pnm.decode_all(pa.array([cells[0], None], pa.large_binary())) is None
    assert pnm.decode_all(pa.array([cells[0], b"P5"], pa.large_binary())) is None
    assert pnm.decode_all(pa.array([b"zz"], pa.large_binary())) is None


def test_a_column_without_shape_is_refused():
    with pytest.raises(SchemaError, match="has no shape; profile the table again"):
        clean(pa.table({"x": pa.array([b"z"])}), _schema(Column("x", "image")))


def test_tensors_pass_through_cleaning(drawn):
    table = pa.table({"x": pixels.write(drawn())})
    schema = profile(table, kinds={"x": "image"})
    assert schema["x"].shape == (8, 10, 1)
    assert clean(table, schema).records["x"].equals(table["x"])
