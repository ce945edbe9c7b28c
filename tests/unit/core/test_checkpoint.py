"""A model file comes back as it was written, and whatever else is handed in is refused with a reason."""

import hashlib
import json
import zipfile

import numpy as np
import pytest

from genloop.core import checkpoint
from genloop.core.checkpoint import Checkpoint
from genloop.core.errors import ModelFileError, OutputError, SourceNotFound


@pytest.fixture
def whole():
    return Checkpoint(
        documents={"model": {"name": "é 数", "floor": 5}},
        arrays={"stages/0": {"leaf": np.arange(12, dtype=np.uint16).reshape(3, 4), "zeros": np.zeros(100_000)}},
        texts={"stages/0-tree": "tree\nleaf=1\n"},
    )


@pytest.fixture
def path(tmp_path, whole):
    checkpoint.save(whole, tmp_path / "m.genloop")
    return tmp_path / "m.genloop"


def rewrite(path, change):
    """The zip with its members (a mapping of name to bytes) changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in members.items():
            method = zipfile.ZIP_DEFLATED if name == "bomb.json" else zipfile.ZIP_STORED
            archive.writestr(name, raw, compress_type=method)


def edit_manifest(path, change):
    def edit(members):
        manifest = json.loads(members["manifest.json"])
        change(manifest, members)
        members["manifest.json"] = json.dumps(manifest).encode()

    rewrite(path, edit)


def add(name, raw):
    def change(manifest, members):
        members[name] = raw
        manifest["members"][name] = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}

    return change


def test_what_was_saved_is_loaded(path, whole):
    found = checkpoint.load(path)
    assert found.documents == whole.documents and found.texts == whole.texts
    for name, array in whole.arrays["stages/0"].items():
        np.testing.assert_array_equal(found.arrays["stages/0"][name], array)


def test_the_same_content_has_the_same_hash(tmp_path, whole):
    first, second = (checkpoint.save(whole, tmp_path / name) for name in ("a.genloop", "b.genloop"))
    assert first == second and len(first) == 64


def test_only_json_safetensors_and_text_are_in_the_file(path):
    with zipfile.ZipFile(path) as archive:
        assert {name.rsplit(".", 1)[1] for name in archive.namelist()} == {"json", "safetensors", "txt"}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(path, share):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(ModelFileError, match=r"m\.genloop.*(damaged|cut short)"):
        checkpoint.load(path)


def test_flipped_bytes_never_pass(path):
    raw = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.integers(0, len(raw), 200):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :])
        try:
            found = checkpoint.load(path)
        except ModelFileError:
            refused += 1
        else:  # bytes of the zip that carry no content (times, attributes)
            assert found.documents["model"]["floor"] == 5
    assert refused > 150


def test_a_changed_member_is_refused(path):
    rewrite(path, lambda members: members.update({"model.json": members["model.json"].replace(b"5", b"1")}))
    with pytest.raises(ModelFileError, match=r"model\.json does not match its hash"):
        checkpoint.load(path)


def test_a_newer_format_is_refused_with_what_to_do(path):
    edit_manifest(path, lambda manifest, _: manifest.update(version=checkpoint.VERSION + 1))
    with pytest.raises(ModelFileError, match=r"newer genloop.*update genloop"):
        checkpoint.load(path)


@pytest.mark.parametrize("name", ["../up.json", "/etc/x.json", "a/../../x.json", "C:x.json", "run.pkl", "Ä.json"])
def test_a_name_that_leaves_the_file_or_is_unknown_is_refused(path, name):
    edit_manifest(path, add(name, b"{}"))
    with pytest.raises(ModelFileError, match="no name that a model file may hold"):
        checkpoint.load(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(path, monkeypatch):
    edit_manifest(path, add("bomb.json", b" " * 5_000_000))
    monkeypatch.setattr(checkpoint, "_member", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(ModelFileError, match=r"bomb\.json would unpack to 5,000,000 bytes"):
        checkpoint.load(path)


def test_sizes_beyond_the_bounds_are_refused(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 1000)
    with pytest.raises(ModelFileError, match="more than the bound"):
        checkpoint.load(path)
    monkeypatch.setattr(checkpoint, "MAX_MEMBERS", 1)
    with pytest.raises(ModelFileError, match="claims 3 members"):
        checkpoint.load(path)
    monkeypatch.setattr(checkpoint, "MAX_MANIFEST_BYTES", 10)
    with pytest.raises(ModelFileError, match="the manifest claims"):
        checkpoint.load(path)


def test_members_that_the_manifest_does_not_state_are_refused(path):
    rewrite(path, lambda members: members.update({"extra.json": b"{}"}))
    with pytest.raises(ModelFileError, match=r"extra\.json is not as the manifest states"):
        checkpoint.load(path)


def test_a_missing_member_is_named(path):
    rewrite(path, lambda members: members.pop("model.json"))
    with pytest.raises(ModelFileError, match=r"missing.*model\.json"):
        checkpoint.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "manifest is not readable"),
        (b"{", "manifest is not readable"),
        (b'{"version": 1, "members": {"a.json": {"bytes": "x", "sha256": ""}}}', "not that of a genloop model"),
        (b'{"format": "other", "version": 1, "members": {}}', "not that of a genloop model"),
    ],
)
def test_a_foreign_manifest_is_refused(path, content, message):
    rewrite(path, lambda members: members.update({"manifest.json": content}))
    with pytest.raises(ModelFileError, match=message):
        checkpoint.load(path)


def test_another_zip_and_no_zip_are_told_apart(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x.txt", "x")
    with pytest.raises(ModelFileError, match=r"a zip but no model file"):
        checkpoint.load(tmp_path / "a.zip")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ModelFileError, match="no whole model file"):
        checkpoint.load(tmp_path / "b.csv")
    with pytest.raises(SourceNotFound, match=r"no model file .*c\.genloop"):
        checkpoint.load(tmp_path / "c.genloop")


@pytest.mark.parametrize("name", ["bad.json", "bad.safetensors", "bad.txt"])
def test_content_that_is_not_what_its_name_says_is_refused(path, name):
    edit_manifest(path, add(name, b"\xff\xfe{"))
    with pytest.raises(ModelFileError, match=f"the member {name} is not readable"):
        checkpoint.load(path)


def test_on_failure_the_old_file_stays(path, whole, monkeypatch):
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OutputError, match=r"m\.genloop: No space left on device"):
        checkpoint.save(whole, path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_interrupt_leaves_nothing_behind(path, whole, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "writestr", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(whole, path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_folder_that_does_not_exist_is_named(tmp_path, whole):
    with pytest.raises(OutputError, match=r"cannot write the model file .*nowhere"):
        checkpoint.save(whole, tmp_path / "nowhere" / "m.genloop")


def test_a_member_name_of_our_own_is_checked(tmp_path):
    with pytest.raises(ValueError, match="may be called"):
        checkpoint.save(Checkpoint(documents={"../x": 1}), tmp_path / "m.genloop")
