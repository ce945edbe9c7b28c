"""Rows of any kind: taking, showing and naming them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch, Field, Part  # noqa: E402
from genloop.optimisation.train.rows import digest, shown, take  # noqa: E402

pytestmark = pytest.mark.neural

PIXELS = np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1)
BATCH = Batch(np.arange(6, dtype=np.uint16)[:, None], (Field("a", 6, False),), PIXELS)


def test_batches_and_arrays_are_taken_alike() -> None:
    part, whole = take(BATCH, slice(4, 9)), take(BATCH, np.array([5, 0]))
    assert isinstance(part, Batch)
    assert isinstance(whole, Batch)
    assert part.codes[:, 0].tolist() == [4, 5]
    assert whole.codes[:, 0].tolist() == [5, 0]
    rows = take(PIXELS, slice(4, 9))
    assert len(rows) == 2


def test_a_learner_is_shown_a_batch_as_it_is_and_arrays_as_tensors() -> None:
    home = torch.device("cpu")
    assert shown(BATCH, home) is BATCH
    assert shown(BATCH.codes, home).dtype == torch.int64  # type: ignore[union-attr]
    assert shown(PIXELS / 2, home).dtype == torch.float32  # type: ignore[union-attr]


def test_another_pixel_or_condition_is_another_run() -> None:
    other = Batch(BATCH.codes, BATCH.fields, PIXELS + 1)
    told = Batch(BATCH.codes, BATCH.fields, PIXELS, np.zeros((6, 2), np.float32))
    names = {digest(rows, ()) for rows in (BATCH, other, told)} | {digest(BATCH, (1,))}
    assert len(names) == 4


def test_a_part_takes_and_is_named_as_its_rows_without_copying_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genloop.optimisation.train.rows.HASHED_ROWS", 2)
    places = np.array([5, 0, 3, 1])
    part, taken = Part(BATCH, places), BATCH.take(places)
    assert len(part) == 4
    own = take(part, slice(1, 3))
    assert isinstance(own, Batch)
    assert own.codes[:, 0].tolist() == [0, 3]
    assert digest(part, (7,)) == digest(taken, (7,))
    assert digest(part, (7,)) != digest(Part(BATCH, places[::-1]), (7,))
    assert part.batch.pixels is PIXELS
