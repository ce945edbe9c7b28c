"""Rows of Python values become Arrow columns of the narrowest type that holds every value of every chunk."""

import gc
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest

from genloop.core.errors import OutputError
from genloop.files import spool
from genloop.files.spool import Spool


def _column(*cells):
    found = pa.Table.from_batches(list(Spool(["c"], [(cell,) for cell in cells]).batches()))["c"]
    return str(found.type), found.to_pylist()


@pytest.mark.parametrize(
    ("cells", "kind", "expected"),
    [
        ((1, None, 3), "int64", [1, None, 3]),
        ((1, 2.5), "double", [1.0, 2.5]),
        ((True, None), "bool", [True, None]),
        ((True, 2), "string", ["True", "2"]),
        ((2**63, 1), "string", [str(2**63), "1"]),
        ((2**60, 0.5), "string", [str(2**60), "0.5"]),
        (("", "x", None), "string", [None, "x", None]),
        ((None, None), "string", [None, None]),
        ((Decimal("1.50"), Decimal("NaN")), "string", ["1.50", None]),
        ((Decimal("1E+3"),), "string", ["1000"]),
        ((b"x", memoryview(b"y")), "large_binary", [b"x", b"y"]),
        ((b"x", "y"), "string", ["78", "y"]),
        ((time(1, 2), None), "time64[us]", [time(1, 2), None]),
        ((timedelta(hours=1),), "string", ["1:00:00"]),
        (([1, "甲"], {"a": None}), "string", ['[1, "甲"]', json.dumps({"a": None})]),
        ((UUID(int=1),), "string", [str(UUID(int=1))]),
        ((date(2024, 1, 2), None), "date32[day]", [date(2024, 1, 2), None]),
        ((date(2024, 1, 2), datetime(2024, 1, 2, 3)), "timestamp[us]", [datetime(2024, 1, 2), datetime(2024, 1, 2, 3)]),
        (
            (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)),
            "string",
            ["2024-01-01 00:00:00+00:00", "2024-01-01 00:00:00"],
        ),
        (
            (datetime(2024, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), None),
            "timestamp[us, tz=UTC]",
            [datetime(2024, 1, 1, tzinfo=UTC), None],
        ),
    ],
)
@pytest.mark.parametrize("chunk", [1, 100])
def test_a_column_gets_the_type_that_fits_all_its_cells(monkeypatch, cells, kind, expected, chunk):
    monkeypatch.setattr(spool, "_CHUNK", chunk)
    assert _column(*cells) == (kind, expected)


def test_the_temporary_folder_goes_with_the_spool():
    kept = Spool(["a"], [(1,), (2,)])
    folder = Path(kept._folder)
    assert folder.is_dir() and folder.stat().st_mode & 0o077 == 0
    del kept
    gc.collect()
    assert not folder.exists()


def test_a_full_temporary_folder_is_told(monkeypatch):
    def full(*where):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.pa, "OSFile", full)
    with pytest.raises(OutputError, match=r"cannot write the temporary folder .*No space left.*TMPDIR names another"):
        Spool(["a"], [(1,)])
