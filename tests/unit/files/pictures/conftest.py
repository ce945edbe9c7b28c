"""Small pictures to write and read back."""

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from genloop.core import pixels
from genloop.files.clean import clean
from genloop.files.profile import look
from genloop.files.read import read

LABEL = {
    "made": "true", "software": "genloop 0.1", "model": "abc", "run": "r<1>&\"",
    "source_type": "trainedAlgorithmicMedia", "notice": "made by a model", "名": "数",
}  # fmt: skip


@pytest.fixture
def label():
    """A label with letters that XML and Latin-1 do not take as they are."""
    return dict(LABEL)


@pytest.fixture
def drawn():
    """A maker of smooth random pictures, uint8: rows x height x width x channels."""

    def make(rows=6, height=8, width=10, channels=1, seed=0):
        rng = np.random.default_rng(seed)
        return rng.integers(0, 256, (rows, height, width, channels), dtype=np.uint8)

    return make


@pytest.fixture
def save():
    """Writes one picture with Pillow."""

    def write(path, array, **options):
        path.parent.mkdir(parents=True, exist_ok=True)
        array = np.asarray(array)
        image = Image.fromarray(array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array)
        image.save(path, **options)
        return path

    return write


@pytest.fixture
def opened():
    """Reads, profiles and cleans: the source, the profile, and all cleaned rows."""

    def open_all(path, **options):
        source = read(path)
        profile = look(source, **options)
        parts = [clean(pa.table(batch), profile.schema) for batch in source.batches(4)]
        return source, profile, pa.concat_tables([part.records for part in parts]), parts

    return open_all


@pytest.fixture
def table():
    """A made table of pictures with a class and more columns."""

    def make(array, **columns):
        return pa.table({"image": pixels.write(array), **{name: pa.array(values) for name, values in columns.items()}})

    return make
