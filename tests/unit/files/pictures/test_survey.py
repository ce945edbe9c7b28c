"""What a survey of pictures says beside their shape: those that a model made, whoever labelled them."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import pixels
from genloop.files.pictures import decode, marks, png, single
from genloop.files.profile import look
from genloop.files.read import read


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("side", [16, 200])
def test_made_pictures_are_told_by_their_label(tmp_path, drawn, save, label, ending, side):
    array = drawn(3, side, side, 3)
    save(tmp_path / "real.png", array[0])
    save(tmp_path / f"real{ending}", array[1])
    single.write(array[2], tmp_path / f"made{ending}", label)
    survey = look(read(tmp_path)).pictures["image"]
    assert survey.made == (str(tmp_path / f"made{ending}"),)
    carried = [note for note in survey.column.notes if "label" in note]
    assert [note.split(":")[0] for note in carried] == ["1 picture carries the label of a made one"]


def test_made_pictures_in_cells_are_told_by_their_row(drawn, label):
    array = drawn(4)
    plain = [png.encode(picture) for picture in array]
    cells = [plain[0], None, png.encode(array[1], marks.chunks(label)), plain[2]]
    survey = look(pa.table({"x": pa.array(cells)})).pictures["x"]
    assert survey.made == ("row 3",)


def test_what_other_programs_made_or_changed_is_told_too(drawn):
    kind = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    chunk = marks.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + kind.encode())
    heads = decode.heads([png.encode(drawn()[0], chunk), png.encode(drawn()[0])])
    assert [head is not None and head.made for head in heads] == [True, False]


def test_a_folder_of_real_pictures_says_nothing_of_labels(tmp_path, drawn, save):
    for number, picture in enumerate(drawn(4)):
        save(tmp_path / f"{number}.png", picture)
    survey = look(read(tmp_path)).pictures["image"]
    assert survey.made == () and not any("label" in note for note in survey.column.notes)


def test_tensors_carry_no_label(drawn):
    survey = look(pa.table({"x": pixels.write(drawn())}), kinds={"x": "image"}).pictures["x"]
    assert survey.made == () and np.array_equal(survey.column.shape, (8, 10, 1))
