"""What the machine can do is read without importing what is optional."""

import json
from pathlib import Path

from genloop.runtime import machine


def test_this_machine_has_cores_memory_and_versions():
    found = machine.read().to_dict()
    assert found["cores"] >= 1 and found["memory_gb"] > 0.1 and json.dumps(found)


def test_a_missing_extra_comes_with_its_command(monkeypatch):
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: None)
    assert {extra.version for extra in machine.read().extras} == {None}
    assert machine.read().extras[0].command == "pip install 'genloop[neural]'"


def test_where_nothing_can_be_read_nothing_is_claimed(monkeypatch):
    def fail(*_args, **_more):
        raise OSError

    monkeypatch.setattr(machine, "_installed", lambda package: None)
    monkeypatch.setattr(Path, "read_text", fail)
    assert machine.read().bf16 is False and machine.read().memory_gb > 0
    monkeypatch.setattr(machine.os, "sysconf", fail)
    assert machine.read().memory_gb == 0
