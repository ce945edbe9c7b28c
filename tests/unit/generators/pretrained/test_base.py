"""What is looked at before a base is opened, and how a model finds its base again."""

import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.unit.runtime.test_gguf import tiny

from genloop.core.demand import Demand
from genloop.core.errors import GenloopError, MissingExtra, ModelFileError, OutputError, SourceNotFound
from genloop.core.protocols import Weights
from genloop.core.texts import Message, Wish
from genloop.generators import pretrained as family
from genloop.generators.pretrained import base, config, network
from genloop.runtime import gguf, packs

pytestmark = pytest.mark.neural


def reply(weights: Weights) -> list[str]:
    return family.reply(weights, [[Message("user", "早餐")]], np.random.default_rng(0), Demand(), Wish(most=3))


def test_pickled_weights_are_never_opened(about: Callable[..., Path]) -> None:
    folder = about()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(
        ModelFileError, match=r"holds its weights pickled \(pytorch_model.bin\): such files can run code"
    ):
        base.find(str(folder))
    with pytest.raises(ModelFileError, match=r"holds its weights pickled \(pytorch_model.bin\)"):
        base.find(str(folder / "pytorch_model.bin"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"auto_map": {"AutoModelForCausalLM": "evil.Model"}},
            "asks for code of its own .* runs no code that comes with",
        ),
        ({"architectures": ["BertModel"], "model_type": "bert"}, "is BertModel, which does not write texts from left"),
        (
            {"is_encoder_decoder": True, "architectures": ["T5ForConditionalGeneration"]},
            "is T5ForConditionalGeneration",
        ),
        (
            {"model_type": "never-heard-of"},
            r"is of the architecture 'never-heard-of', which the installed transformers [\d.]+ does not know; take",
        ),
        ({"num_hidden_layers": 3}, "lacks 9 of the weights that its config.json asks for"),
        (
            {"hidden_size": 64},
            r"cannot be opened as 'llama': expected weights of the shapes that config.json says .* bring the whole",
        ),
    ],
)
def test_a_folder_that_is_no_decoder_that_opens_here_is_refused(
    values: dict[str, object], told: str, about: Callable[..., Path]
) -> None:
    with pytest.raises(ModelFileError, match=told):
        family.adopt(str(about(**values)))


def test_missing_and_damaged_parts_are_told(about: Callable[..., Path], tmp_path: Path) -> None:
    folder = about()
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelFileError, match=r"config.json is damaged or says no model_type"):
        base.find(str(folder))
    (folder / "config.json").unlink()
    with pytest.raises(ModelFileError, match=r"has weights but no config.json"):
        base.find(str(folder))
    (folder / "model.safetensors").unlink()
    with pytest.raises(SourceNotFound, match="holds no weights: expected"):
        base.find(str(folder))
    for name in ("a.gguf", "b.gguf"):
        (folder / name).write_bytes(b"GGUF")
    with pytest.raises(ModelFileError, match=r"holds 2 GGUF files; name one of them: a.gguf, b.gguf"):
        base.find(str(folder))


def test_weights_that_were_cut_short_are_told(about: Callable[..., Path]) -> None:
    folder = about()
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match=r"is damaged: expected [\d,]+ bytes, found [\d,]+ bytes; fetch it again"):
        family.adopt(str(folder))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (pickle.dumps({"weight": 1}), "found a pickle, which can run code and is never opened; take the safetensors"),
        (b"PK\x03\x04" + bytes(60), "found a zip archive or a pickle, which can run code"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "found a pointer of git-lfs in place of the"),
        (b"<!DOCTYPE html><html><body>404 Not Found</body></html>", "found a web page; fetch it again"),
        (b"", "found nothing"),
        (b"garbage of no known form at all", "found 31 bytes of something else; fetch it again"),
        ((2).to_bytes(8, "little") + b"{}" + b"more", "is damaged: expected 10 bytes, found 14 bytes"),
        ((8).to_bytes(8, "little") + b'{"a": 1}', "expected a header that says where its weights lie"),
    ],
)
def test_weights_that_are_something_else_are_never_opened(
    data: bytes, told: str, about: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = about()
    (folder / "model.safetensors").write_bytes(data)
    monkeypatch.setattr(network, "load", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(ModelFileError, match=r"model\.safetensors.*" + re.escape(told)):
        family.adopt(str(folder))


def test_a_damaged_tokenizer_and_absent_shards_are_told(about: Callable[..., Path]) -> None:
    folder = about()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-2.safetensors"}}')
    with pytest.raises(ModelFileError, match=r"lacks model-2.safetensors, which model.safetensors.index.json names"):
        base.find(str(folder))
    (folder / "model.safetensors.index.json").unlink()
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelFileError, match=r"tokenizer.json holds no tokenizer: expected JSON with its model; fetch"):
        base.find(str(folder))
    (folder / "tokenizer.json").write_text('{"model"')
    with pytest.raises(ModelFileError, match=r"tokenizer.json is damaged: expected the tokenizer as JSON; fetch it"):
        base.find(str(folder))


def test_a_model_answers_only_on_the_base_that_it_was_taught_on(
    about: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = about()
    weights = family.adopt(str(folder), precision="float32")
    again = Weights(json.loads(json.dumps(weights.head)), {})
    arrays = load_file(folder / "model.safetensors")
    arrays["model.norm.weight"] = arrays["model.norm.weight"] * 1.01
    moved = folder / "moved"
    moved.mkdir()
    for path in folder.glob("*.*"):
        (moved / path.name).write_bytes(path.read_bytes())
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        ModelFileError, match=r"model.safetensors has changed \(sha256 [0-9a-f]{12}, taught on [0-9a-f]{12}"
    ):
        reply(again)
    monkeypatch.setenv(base.VARIABLE, str(moved))
    assert reply(again) == reply(weights)
    (moved / "tokenizer_config.json").unlink()
    with pytest.raises(ModelFileError, match=r"tokenizer_config.json is missing"):
        reply(Weights(again.head, {}))
    monkeypatch.setenv(base.VARIABLE, str(folder / "nowhere"))
    with pytest.raises(
        SourceNotFound, match=r"the base of this model is gone: .*nowhere; bring it back, or name where"
    ):
        reply(Weights(again.head, {}))


def test_a_pack_that_is_not_installed_names_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingExtra, match="'gemma3-270m' is not installed; run: genloop models add gemma3-270m"):
        base.find("gemma3-270m")


def test_a_folder_is_taken_as_a_pack_by_name(llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path))

    def write(folder: Path) -> None:
        for path in llama.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())

    packs.put("gemma3-270m", write, source="x.whl", sha256="0" * 64, licence="Gemma Terms of Use")
    found = base.find("gemma3-270m")
    assert found.pack == "gemma3-270m"
    assert base.again(found.head).folder == tmp_path / "packs" / "gemma3-270m"
    assert packs.installed()[0].licence == "Gemma Terms of Use"


def test_bounded_logits_are_computed_as_the_base_does(gemma: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = network.load(base.find(str(gemma)), "float32")
    tokens = torch.arange(2, 9)[None]
    state = opened.body(tokens, use_cache=False).last_hidden_state[0]
    assert torch.allclose(opened.logits(state), opened.model(tokens).logits[0], atol=1e-4)
    monkeypatch.setattr(network.Opened, "curve", property(lambda self: lambda logits: logits * 3))
    with pytest.raises(ModelFileError, match="computes its logits in a way that genloop does not know"):
        network.load(base.find(str(gemma)), "float32")


def test_a_gguf_file_is_made_plain_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    tiny(tmp_path / "own.gguf")
    weights = family.adopt(str(tmp_path / "own.gguf"), precision="float32")
    assert weights.head["base"]["gguf"] == "own.gguf"
    assert list(weights.head["base"]["files"]) == ["own.gguf"]
    first = reply(weights)
    monkeypatch.setattr(gguf, "convert", None)
    assert reply(Weights(weights.head, {})) == first
    assert reply(family.adopt(str(tmp_path), precision="float32")) == first


def test_a_gguf_file_that_cannot_be_opened_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    (tmp_path / "own.gguf").write_bytes(b"GGUF and no more")
    with pytest.raises(ModelFileError, match="cannot be opened as weights that write texts"):
        family.adopt(str(tmp_path / "own.gguf"))
    assert list((tmp_path / "home" / "opened").iterdir()) == []
    (tmp_path / "file").touch()
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(OutputError, match=r"cannot keep the opened weights in .*; GENLOOP_HOME names another folder"):
        family.adopt(str(tmp_path / "own.gguf"))


def test_a_gguf_file_that_another_process_opened_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    tiny(tmp_path / "own.gguf")
    convert = gguf.convert

    def twice(path: Path, folder: Path) -> None:
        convert(path, folder)
        convert(path, packs.home() / "opened" / base.find(str(path)).files[path.name][:24])

    monkeypatch.setattr(gguf, "convert", twice)
    assert reply(family.adopt(str(tmp_path / "own.gguf"), precision="float32"))


@pytest.mark.parametrize(
    ("missing", "called"),
    [("torch", "PyTorch"), ("transformers", "the package transformers"), ("gguf", "the package gguf")],
)
def test_a_package_that_is_not_installed_is_named_with_its_command(
    missing: str, called: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=f"{missing}.nn")

    monkeypatch.setattr("genloop.core.extras.import_module", refuse)
    with pytest.raises(
        MissingExtra, match=rf"needs {called}, which is not installed; run: pip install 'genloop\[weights\]'"
    ):
        config.part("draw")


def test_no_network_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    config.package("transformers")
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_every_refusal_is_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GIF89a")
    with pytest.raises(GenloopError, match="is no GGUF file: it begins with b'GIF8'"):
        family.adopt(str(tmp_path / "model.gguf"))
