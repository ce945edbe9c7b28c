"""A made file says that it was made."""

import json
from datetime import UTC, datetime

from genloop.trust import label


def test_a_label_names_model_run_and_time_in_small_json():
    found = label.label(
        model="abc", run="r-1", version="0.1.0", seed=7, created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    assert found["made"] == "true" and found["model"] == "abc" and found["run"] == "r-1" and found["seed"] == "7"
    assert found["created"] == "2026-01-02T03:04:05+00:00" and found["software"] == "genloop 0.1.0"
    assert len(json.dumps(found)) < 1000 and all(isinstance(value, str) for value in found.values())


def test_a_label_reads_as_one_line_and_its_absence_as_none():
    found = label.label(model="abc", run="r-1", version="0.1.0", seed=7)
    assert label.read(found) == "made by genloop 0.1.0, model abc, run r-1"
    hashed = label.label(model="0123456789abcdef", run="r-1", version="0.1.0", seed=7)
    assert label.read(hashed) == "made by genloop 0.1.0, model 0123456789ab, run r-1"
    assert label.read(None) is None and label.read({"other": "x"}) is None
