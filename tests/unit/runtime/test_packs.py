import json
import os

import numpy as np
import pytest

from genloop.core.errors import ConfigError, MissingExtra, ModelFileError, OutputError
from genloop.runtime import packs


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))


def kept():
    return packs.keep("photos", {"a": np.arange(6.0).reshape(2, 3)}, source="x.whl", sha256="00", licence="MIT")


def test_a_kept_pack_is_found_read_listed_and_removed():
    assert packs.find("photos") is None
    found = kept()
    assert packs.read("photos")["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert packs.installed() == (found,)
    assert kept() == found
    assert packs.remove("photos").name == "photos"
    assert packs.installed() == ()
    assert not list((packs.home() / "packs").iterdir())


def test_a_process_of_the_same_number_that_was_killed_is_in_nobodys_way():
    (packs.home() / "packs" / f".photos.{os.getpid()}").mkdir(parents=True)  # containers count from 1
    assert kept() == packs.describe("photos")


def test_the_data_folder_follows_the_environment(monkeypatch, tmp_path):
    assert packs.home() == tmp_path / "home"
    monkeypatch.delenv(packs.HOME_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "shared"))
    assert packs.home() == tmp_path / "shared" / "genloop"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert packs.home().parts[-3:] == (".local", "share", "genloop")


def test_an_unknown_pack_names_the_known_ones():
    with pytest.raises(ConfigError, match="no model pack 'faces'; there are: gemma3-270m, photos, words"):
        packs.find("faces")


def test_what_is_not_installed_says_how_to_add_it():
    for call in (packs.read, packs.describe, packs.remove):
        with pytest.raises(MissingExtra, match="run: genloop models add words"):
            call("words")


def test_damaged_packs_are_refused():
    kept()
    folder = packs.find("photos")
    raw = (folder / "arrays.safetensors").read_bytes()
    (folder / "arrays.safetensors").write_bytes(raw[:-1] + b"\x01")
    with pytest.raises(ModelFileError, match=r"does not match its hash; run: genloop models remove photos"):
        packs.read("photos")
    (folder / "pack.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"pack.json is damaged"):
        packs.describe("photos")
    raw = b"no tensors"
    (folder / "arrays.safetensors").write_bytes(raw)
    head = {"name": "photos", "source": "", "source_sha256": "", "licence": "", "megabytes": 0}
    head["arrays_sha256"] = packs._hash(folder / "arrays.safetensors")
    (folder / "pack.json").write_text(json.dumps(head), encoding="utf-8")
    with pytest.raises(ModelFileError, match="cannot be read"):
        packs.read("photos")


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot write the pack to .*GENLOOP_HOME names another folder"):
        kept()
