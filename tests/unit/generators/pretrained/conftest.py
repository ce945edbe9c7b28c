"""A tiny base of each kind, made here: a decoder of random weights with a tokenizer trained on the texts below."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("peft")
pytest.importorskip("llguidance")

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

PLACES, FOODS = ["房间", "大堂", "泳池", "花园"], ["早餐", "晚餐", "咖啡", "面条"]
GOOD, BAD = ["很好", "干净", "喜欢"], ["很差", "太脏", "失望"]
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system turn') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<answer>{% endif %}"
)


def reviews(rows: int, seed: int = 0) -> pa.Table:
    """Reviews whose label decides their words."""
    rng = np.random.default_rng(seed)
    labels = [("neg", "pos")[int(label)] for label in rng.integers(0, 2, rows)]
    texts = []
    for label in labels:
        words = GOOD if label == "pos" else BAD
        parts = [f"{rng.choice(PLACES)}{rng.choice(words)}", f"{rng.choice(FOODS)}{rng.choice(words)}"]
        texts.append("，".join(parts) + "。")
    return pa.table({"label": labels, "stars": pa.array(rng.integers(1, 6, rows)), "text": texts})


def tokenizer(template: str | None = None) -> "transformers.PreTrainedTokenizerFast":
    """Byte-level pieces of the reviews."""
    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    own.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=alphabet,
        show_progress=False,
        max_token_length=6,
    )
    own.train_from_iterator(reviews(200).column("text").to_pylist(), trainer)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=own, bos_token="<s>", eos_token="</s>")
    if template:
        fast.chat_template = template
    return fast


def build(folder: Path, kind: str = "llama", template: str | None = None) -> Path:
    """A whole base in that folder."""
    own = tokenizer(template)
    shape = {
        "vocab_size": len(own), "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 256, "bos_token_id": 0,
        "eos_token_id": 1, "pad_token_id": 1,
    }  # fmt: skip
    if kind == "gemma3":
        about = transformers.Gemma3TextConfig(**shape, head_dim=16, sliding_window=32, final_logit_softcapping=20.0)
    else:
        about = transformers.LlamaConfig(**shape)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(about)
    _teach(model, own, 30 if kind == "gemma3" else 150)
    model.save_pretrained(folder)
    own.save_pretrained(folder)
    return folder


def _teach(model: "torch.nn.Module", own: "transformers.PreTrainedTokenizerFast", steps: int) -> None:
    """What a base knows before anybody brings texts: that labels go with words. Its order and marks are other ones."""
    rng = np.random.default_rng(0)
    moves = torch.optim.AdamW(model.parameters(), 0.01)
    for _ in range(steps):
        rows = [own("<s>" + _known(rng) + "</s>")["input_ids"][:40] for _ in range(16)]
        tokens = torch.tensor([row + [1] * (40 - len(row)) for row in rows])
        logits = model(tokens[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        moves.zero_grad()
        loss.backward()
        moves.step()


def _known(rng: np.random.Generator) -> str:
    label, words = [("neg", BAD), ("pos", GOOD)][int(rng.integers(2))]
    parts = [f"{rng.choice(words)}{rng.choice([*FOODS, *PLACES])}" for _ in range(3)]
    return f"label: {label}\n" * int(rng.random() < 0.9) + "text:\n" + "".join(parts)


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> None:
    transformers.utils.logging.disable_progress_bar()


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder in the manner of Llama."""
    return build(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder in the manner of Gemma 3, with a window, bounded logits and a chat template."""
    return build(tmp_path_factory.mktemp("gemma"), "gemma3", TEMPLATE)


@pytest.fixture
def about(llama: Path, tmp_path: Path):
    """A copy of the base whose config.json can be changed."""

    def change(**values: object) -> Path:
        for path in llama.iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes())
        config = json.loads((tmp_path / "config.json").read_text())
        config.update(values)
        (tmp_path / "config.json").write_text(json.dumps(config))
        return tmp_path

    return change
