"""Pictures by how unlike the learnt ones they are: names, order, what cannot be read, and who cannot tell."""

import zipfile
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from genloop import engine
from genloop.core import registry
from genloop.core.errors import ConditionError, ConfigError, DataError


def anomaly(weights, pixels):
    """The brighter the more unlike; beyond the middle of the scale the share says no more."""
    bright = pixels.mean((1, 2, 3), dtype=np.float32)
    return SimpleNamespace(share=np.minimum(bright / 128, 1), error=bright, code=np.stack([bright, -bright], 1))


@pytest.fixture
def coder(model, monkeypatch):
    """A model whose family tells what is unlike."""
    monkeypatch.setattr(registry.load("generators.image", "autoencoder"), "anomaly", anomaly, raising=False)
    return model("autoencoder")


@pytest.fixture
def folder(tmp_path):
    """Three grey pictures in sub-folders, one in another size and colour, and one that is broken."""
    place = tmp_path / "new"
    (place / "inner").mkdir(parents=True)
    for name, bright in (("dark.png", 10), ("inner/white.png", 250), ("inner/grey.png", 180)):
        Image.fromarray(np.full((16, 16), bright, np.uint8)).save(place / name)
    Image.new("RGB", (40, 20), (100, 100, 100)).save(place / "large.png")
    (place / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return place


def test_the_most_unlike_comes_first_by_its_name_in_the_folder_and_the_unreadable_last(coder, folder):
    found = coder.anomaly(folder).to_pylist()
    assert [row["file"] for row in found] == [
        "inner/white.png", "inner/grey.png", "large.png", "dark.png", "broken.png",
    ]  # fmt: skip
    assert [row["anomaly"] for row in found][:2] == [1.0, 1.0] and found[0]["error"] == 250
    assert found[2]["error"] == pytest.approx(100, abs=1)
    assert found[-1]["anomaly"] is None and found[-1]["error"] is None


def test_features_are_columns_that_are_asked_for(coder, folder):
    assert coder.anomaly(folder).column_names == ["file", "anomaly", "error"]
    found = coder.anomaly(folder, features=True)
    assert found.column_names == ["file", "anomaly", "error", "feature_1", "feature_2"]
    assert found.to_pylist()[0]["feature_2"] == -250


def test_members_of_an_archive_and_rows_of_bytes_have_names_too(coder, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("genloop.engine.anomaly.ROWS", 1)
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder))
    assert coder.anomaly(tmp_path / "new.zip").to_pylist()[0]["file"] == "inner/white.png"
    cells = [(folder / name).read_bytes() for name in ("dark.png", "large.png", "inner/white.png")]
    found = coder.anomaly(pd.DataFrame({"image": cells}))
    assert found.column("file").to_pylist() == ["row 3", "row 2", "row 1"]


def test_sources_without_pictures_and_models_of_tables_are_refused(coder, folder):
    with pytest.raises(DataError, match="the pictures have no column 'image'; found a"):
        coder.anomaly(pd.DataFrame({"a": [1, 2]}))
    table = pd.DataFrame({"a": [1.5, 2.5, 3.0] * 20, "b": ["x", "y", "z"] * 20})
    with pytest.raises(ConditionError, match="learnt no pictures"):
        engine.fit(table, family="independent", holdout=0.0).anomaly(folder)


def test_a_family_that_cannot_tell_is_refused_with_one_that_can(model, folder):
    with pytest.raises(ConfigError, match="a model of the family flow does not tell how unlike"):
        model("flow").anomaly(folder)
