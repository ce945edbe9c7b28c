"""Settings are refused on construction, with the flag to change."""

import pytest

from genloop.core.errors import GenloopError
from genloop.engine.settings import Settings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"minutes": 1, "steps": 5}, "--minutes and --steps exclude each other"),
        ({"minutes": 0}, "--minutes must be above 0"),
        ({"steps": 0}, "--steps must be at least 1"),
        ({"floor": 4}, "--floor must be at least 5, found 4"),
        ({"threads": 0}, "--threads must be at least 1"),
        ({"holdout": 0.7}, "--holdout is a share"),
        ({"picture_memory": -1}, "--picture-memory is a number of megabytes from 0 on, found -1"),
        ({"seed": -1}, "--seed is a whole number"),
        ({"rules": "nowhere.json"}, r"--rules is auto, off or a file of rules; there is no file 'nowhere\.json'"),
        ({"kinds": {"a": "colour"}}, "--kind a=colour: unknown kind; expected one of number, category"),
        ({"keys": ("a",), "drop": ("a",)}, "column a is named by --drop and by --key, --kind or --given"),
    ],
)
def test_a_setting_out_of_range_is_refused(values, message):
    with pytest.raises(GenloopError, match=message):
        Settings(**values)


def test_time_and_threads_do_not_tell_runs_apart():
    assert Settings(minutes=1, threads=2, picture_memory=0).decisive() == Settings(minutes=2).decisive()
    assert Settings(seed=1).decisive() != Settings(seed=2).decisive()
