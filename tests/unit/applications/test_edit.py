"""One picture changed: what is asked of the family, what comes back, what is said of it, what is refused."""

import numpy as np
import pytest
from PIL import Image

from genloop import engine
from genloop.applications.edit import Editor, save
from genloop.core.errors import ConditionError, ConfigError, DataError, OutputError, SourceNotFound
from genloop.core.protocols import UNKNOWN
from genloop.files.pictures import single
from genloop.files.write import read_label


@pytest.fixture
def picture(tmp_path):
    """A picture written to a file: draw(name, pixels) -> path."""

    def draw(name, pixels):
        Image.fromarray(np.asarray(pixels, np.uint8)).save(tmp_path / name)
        return tmp_path / name

    return draw


@pytest.fixture
def grey(picture):
    return picture("grey.png", np.full((16, 16), 60))


def hole(size, box):
    mask = np.zeros(size, np.uint8)
    mask[box] = 255
    return mask


def shape_of(path):
    """Width and height of a picture file."""
    with Image.open(path) as found:
        return found.size


BOX = (slice(4, 8), slice(4, 8))


@pytest.mark.parametrize("family", ["flow", "autoencoder"])
def test_only_the_masked_places_change(learn, grey, picture, family):
    settings = {"preset": "restoration"} if family == "autoencoder" else {}
    done = Editor(learn(family, **settings), grey).inpaint(picture("mask.png", hole((16, 16), BOX)))
    inside = done.pixels[0, 4:8, 4:8]
    assert (inside == (100 if settings else 200)).all() and (done.pixels[0, :4] == 60).all()
    assert "invented" in done.remarks[0].en and "虚构" in done.remarks[0].zh and "6 %" in done.remarks[0].en


def test_a_hole_in_a_large_picture_is_filled_in_a_window_around_it(learn, picture):
    large = picture("large.png", np.full((40, 60), 60))
    done = Editor(learn("flow"), large).inpaint(picture("mask.png", hole((40, 60), (slice(20, 25), slice(50, 58)))))
    assert done.pixels.shape == (1, 40, 60, 1)
    assert (done.pixels[0, 20:25, 50:58] == 200).all() and (done.pixels == 200).sum() == 40
    assert "window of 16x16" in done.remarks[1].en


def test_a_hole_larger_than_the_model_is_filled_at_its_size_and_that_is_said(learn, picture):
    large = picture("large.png", np.full((40, 40), 60))
    done = Editor(learn("flow"), large).inpaint(picture("mask.png", hole((40, 40), (slice(5, 35), slice(5, 35)))))
    assert (done.pixels[0, :5] == 60).all() and (done.pixels[0, 12:28, 12:28] == 200).all()
    assert "less sharp" in done.remarks[1].en


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((16, 16)), "black or clear all over"),
        (np.dstack([np.zeros((16, 16, 3)), np.pad(np.full((8, 8), 255), 4)]), "black or clear all over"),
        (np.full((16, 16), 255), "white all over"),
        (np.full((8, 20), 255), "mask.png is 20x8 and grey.png is 16x16: a mask has the picture's own size"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(learn, grey, picture, mask, message):
    with pytest.raises(DataError, match=message):
        Editor(learn("flow"), grey).inpaint(picture("mask.png", mask))


@pytest.mark.parametrize("levels", [1, 255, "white on clear"])
def test_a_mask_of_noughts_and_ones_or_white_on_clear_is_as_good_as_black_and_white(learn, grey, picture, levels):
    shape = hole((16, 16), BOX) // 255
    clear = np.dstack([np.full((16, 16, 3), 255), 255 * shape])
    painted = picture("mask.png", clear if levels == "white on clear" else levels * shape)
    done = Editor(learn("flow"), grey).inpaint(painted)
    assert np.array_equal(done.pixels[0, :, :, 0] == 200, shape == 1)


def test_colours_and_transparency_that_the_model_does_not_know_are_said_to_be_gone(learn, grey, picture):
    model = learn("autoencoder", preset="restoration")
    coloured = picture("c.png", np.random.default_rng(0).integers(0, 256, (16, 16, 3)))
    clear = picture("a.png", np.random.default_rng(0).integers(0, 256, (16, 16, 4)))
    for path in (coloured, clear):
        done = Editor(model, path).denoise()
        assert "the colours of this one are not in the result" in done.remarks[-1].en
        assert "colours" in done.label["notice"] and "颜色" in done.remarks[-1].zh
    assert [single.lost(path, 3) for path in (grey, coloured, clear)] == [None, None, "alpha"]
    assert not any("colours" in remark.en for remark in Editor(model, grey).denoise().remarks)


def test_a_picture_that_is_not_made_is_never_written_over(learn, grey):
    before = grey.read_bytes()
    done = Editor(learn("flow"), grey).vary(0.3)
    with pytest.raises(OutputError, match="no picture that genloop made"):
        save(done, grey)
    assert grey.read_bytes() == before
    for _ in range(2):
        save(done, grey.with_name("new.png"))  # a made one gives way to the next


def test_noise_is_taken_off_tile_by_tile_where_the_picture_is_larger(learn, picture):
    pixels = np.random.default_rng(0).integers(0, 256, (21, 37))
    done = Editor(learn("autoencoder", preset="restoration"), picture("p.png", pixels)).denoise()
    assert np.array_equal(done.pixels[0, :, :, 0], pixels)  # the double changes nothing, and seams do not either
    assert ["guess" in done.remarks[0].en, "tiles of 16x16" in done.remarks[1].en] == [True, True]


@pytest.mark.parametrize("factor", [2, 4])
def test_a_picture_comes_out_so_many_times_as_large(learn, picture, factor):
    pixels = np.random.default_rng(0).integers(0, 256, (10, 23))
    done = Editor(learn("autoencoder", preset="restoration"), picture("p.png", pixels)).enlarge(factor)
    assert done.pixels.shape == (1, 10 * factor, 23 * factor, 1)
    assert abs(done.pixels[0, :, :, 0].reshape(10, factor, 23, factor).mean(axis=(1, 3)) - pixels).mean() < 20
    assert f"{factor} times" in done.remarks[0].en


def test_a_variation_is_told_its_class_and_the_size_is_brought_to_the_models(learn, picture, painters):
    painters.clear()
    model = learn("flow")
    wide = picture("wide.png", np.full((20, 30, 3), 90))
    done = Editor(model, wide, given=["class=circle"]).vary(0.2)
    assert done.pixels.shape == (1, 16, 16, 1) and (done.pixels == 51).all()
    assert painters[-1].codes[0, 0] != UNKNOWN
    assert "30x20" in done.remarks[1].en and "16x16" in done.remarks[1].en
    Editor(model, wide).vary(0.2)
    assert painters[-1].codes[0, 0] == UNKNOWN


def test_a_look_and_a_morph_lie_between_the_two(learn, grey, picture):
    other = picture("other.png", np.full((16, 16), 160))
    editor = Editor(learn("flow"), grey)
    assert (editor.like(other, 0.25).pixels == 85).all()
    strip = editor.morph(other, 5)
    assert [int(p.mean()) for p in strip.pixels] == [60, 85, 110, 135, 160]
    assert "3 pictures between" in strip.remarks[0].en


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_the_label_inside_says_what_was_done_and_invented(learn, grey, tmp_path, ending):
    model = learn("flow")
    save(Editor(model, grey, seed=9).vary(0.5), tmp_path / f"out{ending}")
    label = read_label(tmp_path / f"out{ending}")
    assert label["edited"] == "vary" and label["model"] == model.identity and label["seed"] == "9"
    assert "invented" in label["notice"] and label["made"] == "true"
    assert shape_of(tmp_path / f"out{ending}") == (16, 16)


def test_a_strip_is_a_sheet_with_its_mark_and_the_label_tells_when_it_was_left_out(learn, grey, tmp_path):
    strip = Editor(learn("flow"), grey).morph(grey, 4)
    save(strip, tmp_path / "marked.png")
    save(strip, tmp_path / "bare.png", mark=False)
    marked, bare = (shape_of(tmp_path / name) for name in ("marked.png", "bare.png"))
    assert marked[1] == bare[1] + 24 and bare[0] >= 4 * 64
    assert "mark" not in read_label(tmp_path / "marked.png")
    assert read_label(tmp_path / "bare.png")["mark"] == "left out on request"


@pytest.mark.parametrize("verb", ["vary", "morph", "inpaint", "like"])
def test_a_family_that_only_makes_pictures_names_the_command_that_learns_one_that_changes_them(
    learn, grey, picture, verb
):
    editor = Editor(learn("gan"), grey)
    given = {"vary": (0.5,), "morph": (grey,), "like": (grey,), "inpaint": (picture("m.png", hole((16, 16), BOX)),)}
    with pytest.raises(ConfigError, match=r"family gan makes pictures and cannot .* --family flow"):
        getattr(editor, verb)(*given[verb])


def test_mending_needs_a_model_that_mends(learn, grey):
    for model in (learn("flow"), learn("autoencoder", preset="plain")):
        with pytest.raises(ConfigError, match=r"--family autoencoder --set preset=restoration"):
            Editor(model, grey).denoise()
        with pytest.raises(ConfigError, match="cannot enlarge"):
            Editor(model, grey).enlarge(2)


@pytest.mark.parametrize(
    ("verb", "words", "message"),
    [
        ("vary", (1.5,), "--vary is from 0"),
        ("denoise", (-0.1,), "--noise is from 0"),
        ("denoise", (float("nan"),), "--noise is from 0"),
        ("enlarge", (3,), "--enlarge is 2 or 4, found 3"),
        ("morph", ("x.png", 2), "--steps is from 3 to 64"),
        ("like", ("x.png", -1.0), "--strength is from 0"),
    ],
)
def test_a_number_out_of_range_is_refused(learn, grey, tmp_path, verb, words, message):
    given = [tmp_path / word if isinstance(word, str) else word for word in words]
    with pytest.raises(ConfigError, match=message):
        getattr(Editor(learn("flow"), grey), verb)(*given)


def test_what_is_no_picture_is_refused(learn, grey, tmp_path):
    model = learn("flow")
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    (tmp_path / "empty.png").touch()
    with pytest.raises(SourceNotFound, match=r"no picture .*nowhere\.png"):
        Editor(model, tmp_path / "nowhere.png").vary(0.5)
    for name in ("text.png", "empty.png"):
        with pytest.raises(DataError, match="is no picture that can be read"):
            Editor(model, tmp_path / name).vary(0.5)
    with pytest.raises(OutputError, match="is no picture's"):
        save(Editor(model, grey).vary(0.5), tmp_path / "out.txt")


def test_a_taken_place_is_refused_before_the_work(grey, tmp_path):
    with pytest.raises(OutputError, match="would be lost"):
        single.claim(grey)
    with pytest.raises(OutputError, match="is no picture's"):
        single.claim(tmp_path / "out.txt")
    single.claim(tmp_path / "new.png")


def test_a_model_of_a_table_changes_no_picture(family, table, grey):
    with pytest.raises(ConditionError, match="makes no pictures"):
        Editor(engine.fit(table), grey).vary(0.5)
