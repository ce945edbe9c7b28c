"""A real server: `transformers serve` on a tiny model that is made here, started on a free port and stopped again."""

import json
import os
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save_file

from genloop.core.demand import Demand, Form
from genloop.core.errors import ConditionError, ConfigError
from genloop.core.protocols import Batch, Task
from genloop.core.texts import Message, Wish
from genloop.generators import remote
from genloop.generators.remote import desk as desks

for _package in ("openai", "torch", "transformers", "fastapi", "uvicorn"):
    if find_spec(_package) is None:
        pytest.skip(f"{_package} is not installed", allow_module_level=True)
tokenizers = pytest.importorskip("tokenizers")
Tokenizer, decoders, models, pre_tokenizers = (
    getattr(tokenizers, name) for name in ("Tokenizer", "decoders", "models", "pre_tokenizers")
)
pytestmark = pytest.mark.neural
PATIENCE = 120.0  # seconds for a start on a busy machine; some six on an idle core


def build(folder: Path) -> None:
    """A decoder of random weights over bytes, as a folder of transformers."""
    names = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    own = Tokenizer(models.BPE(vocab={name: place for place, name in enumerate(names)}, merges=[]))
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    own.decoder = decoders.ByteLevel()
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<answer>"
    marks = {"bos_token": "<s>", "eos_token": "</s>", "chat_template": template}
    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    about = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": len(names), "hidden_size": 16,
        "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
        "max_position_embeddings": 4096, **ends,
    }  # fmt: skip
    inner = {"self_attn.q_proj": (16, 16), "self_attn.k_proj": (8, 16), "self_attn.v_proj": (8, 16),
             "self_attn.o_proj": (16, 16), "mlp.gate_proj": (32, 16), "mlp.up_proj": (32, 16),
             "mlp.down_proj": (16, 32), "input_layernorm": (16,), "post_attention_layernorm": (16,)}  # fmt: skip
    shapes = {f"model.layers.0.{name}": shape for name, shape in inner.items()}
    shapes |= {"model.embed_tokens": (len(names), 16), "model.norm": (16,), "lm_head": (len(names), 16)}
    rng = np.random.default_rng(0)
    arrays = {f"{name}.weight": rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    folder.mkdir()
    own.save(str(folder / "tokenizer.json"))
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})
    for name, told in {
        "config": about,
        "tokenizer_config": {"tokenizer_class": "PreTrainedTokenizerFast", **marks},
        "generation_config": {"do_sample": True, **ends},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of the server, and the name of its model."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "home" / "hub").mkdir(parents=True)
    own = {"HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    room = {**os.environ, **own, "CUDA_VISIBLE_DEVICES": ""}
    build(folder / "tiny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("transformers"), "serve", folder / "tiny", "--device", "cpu"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], env=room, stdout=log, stderr=log
        )
        try:
            _wait(server, port, folder / "log")
            yield f"http://127.0.0.1:{port}/v1", str(folder / "tiny")
        finally:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None and time.monotonic() < until, log.read_text(encoding="utf-8")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def weights(served, monkeypatch, tmp_path):
    monkeypatch.setenv("GENLOOP_CACHE", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    told = {"endpoint": served[0], "served": served[1], "most_tokens": 12, "cut": True, "tries": 2}
    return remote.fit(Task(Batch(np.zeros((0, 0), np.uint16), ()), 0, told))


def test_a_real_server_writes_streams_and_replies_and_the_same_seed_repeats_it(weights):
    given = pa.table({"text": pa.nulls(3, pa.string()), "label": ["pos", "neg", None]})

    def make(seed):
        return remote.sample(weights, given, np.random.default_rng(seed), Demand(most=200), Wish())

    made = make(1)
    assert len(set(made)) > 1 and all(isinstance(text, str) and text for text in made) and made == make(1)
    assert desks.load(weights).purse.read > 0, "the server counts, and what it counts is kept"
    talk = [Message("system", "You write."), Message("user", "你好")]
    assert "".join(remote.stream(weights, talk, np.random.default_rng(2), Wish()))
    assert len(remote.reply(weights, [talk, talk], np.random.default_rng(3), Demand(), Wish())) == 2


def test_a_real_server_that_knows_no_forms_is_asked_without_and_what_it_says_is_checked(weights):
    given = pa.table({"text": pa.nulls(1, pa.string())})
    with pytest.raises(ConditionError, match=r"2 answers of .* broke what was demanded.*does not keep its choices"):
        remote.sample(weights, given, np.random.default_rng(0), Demand(form=Form("choices", ("yes",))), Wish())
    assert "extra_body" in desks.load(weights).unknown
    begun = remote.sample(weights, given, np.random.default_rng(0), Demand(begins="早餐"), Wish())
    assert begun[0].startswith("早餐")


def test_a_real_server_that_is_pinned_to_another_model_says_so(served):
    told = {"endpoint": served[0], "served": "another", "retries": 0}
    with pytest.raises((ConfigError, ConnectionError), match=r"pinned to .*requested .another"):
        remote.fit(Task(Batch(np.zeros((0, 0), np.uint16), ()), 0, told))
