"""Open weights as a network: opened by transformers without code of theirs, with LoRA matrices of peft beside them.

The frozen weights stand in bf16 where the processor multiplies in it; the thin matrices learn in float32.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError
from torch import Tensor, nn

from genloop.core.errors import ConfigError, ModelFileError, OutputError
from genloop.generators.pretrained.base import Base, check
from genloop.generators.pretrained.config import package
from genloop.generators.pretrained.rows import Marks
from genloop.runtime import device, gguf, packs, precision

ADAPTER = "default"
ONE, SOME = 12, 3  # of tokens in the look whether our own last layer is the base's
LARGE = 32768  # tokens from which on the last layer is what drawing one row waits for
FEW = 3  # rows up to which it is read in eight bits


@dataclass(frozen=True, eq=False)
class Opened:
    """A base in memory: its tokenizer, its network, and how the network's state becomes logits."""

    tokenizer: Any
    model: Any

    @cached_property
    def body(self) -> Any:
        """The network below the last layer."""
        return self.model.get_decoder() if hasattr(self.model, "get_decoder") else self.model.base_model

    @cached_property
    def table(self) -> Float[Tensor, "tokens width"]:
        """The last layer's weights."""
        found: Tensor = self.model.get_output_embeddings().weight.detach()
        return found

    @cached_property
    def eighths(self) -> tuple[Tensor, Tensor] | None:
        """The last layer in eight bits, a scale a token, where that is worth while: a large one in bf16 on a CPU."""
        if self.table.dtype != torch.bfloat16 or self.device.type != "cpu" or len(self.table) < LARGE:
            return None
        scale = self.table.abs().amax(1).float().clamp(min=1e-12) / 127
        parts = range(0, len(scale), LARGE)
        whole = [(self.table[at : at + LARGE].float() / scale[at : at + LARGE, None]).round() for at in parts]
        return torch.cat([part.to(torch.int8) for part in whole]), scale.bfloat16()

    @cached_property
    def curve(self) -> Callable[[Tensor], Tensor]:
        """What the architecture does to its logits: a softened bound, or a scale."""
        config = self.model.config.get_text_config()
        cap = getattr(config, "final_logit_softcapping", None)
        scale = (getattr(config, "logit_scale", None) or 1.0) / (getattr(config, "logits_scaling", None) or 1.0)
        if cap:
            return lambda logits: torch.tanh(logits / cap) * cap
        return lambda logits: logits if scale == 1 else logits * scale

    @cached_property
    def ends(self) -> frozenset[int]:
        """The tokens that end a text."""
        stated = getattr(self.model.generation_config, "eos_token_id", None)
        own = self.model.config.get_text_config().eos_token_id
        found = {self.tokenizer.eos_token_id}
        for some in (stated, own):
            found |= set(some) if isinstance(some, (list, tuple)) else {some}
        return frozenset(int(token) for token in found if token is not None)

    @property
    def places(self) -> int:
        """How many tokens the network can hold."""
        return int(getattr(self.model.config.get_text_config(), "max_position_embeddings", None) or 1 << 20)

    @property
    def device(self) -> torch.device:
        """Where the network stands."""
        return self.table.device

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without marks."""
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def decode(self, tokens: list[int]) -> str:
        """The text of the tokens, without marks."""
        text: str = self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def marks(self, column: str) -> Marks:
        """The fixed pieces of a header."""
        first = self.tokenizer.bos_token_id
        begin = [] if first is None else [int(first)]
        return Marks.of(self.encode, begin, min(self.ends), column)

    def logits(self, state: Float[Tensor, "places width"], table: Tensor | None = None) -> Float[Tensor, "places v"]:
        """What comes next, in float32, over all tokens or those of the table's rows."""
        return self.curve((state @ (self.table if table is None else table).T).float())

    def following(self, state: Float[Tensor, "rows width"]) -> Float[Tensor, "rows v"]:
        """What comes next, for drawing: of few rows read in eight bits, which is what one row waits for."""
        if len(state) > FEW or self.eighths is None:
            return self.logits(state)
        return self.curve(torch._weight_int8pack_mm(state.contiguous(), *self.eighths).float())


def load(base: Base, kind: str = "auto", where: str = "auto") -> Opened:
    """The base, opened from files that cannot run anything.

    Raises:
        ModelFileError: weights are missing or damaged, or the architecture is unknown or no decoder.
    """
    transformers = package("transformers")
    place = device.choose(where)
    folder = _folder(base)
    how = {"local_files_only": True, "trust_remote_code": False}
    with gguf.silent(transformers):
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **how)
            model, told = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=precision.choose(kind, place), use_safetensors=True, output_loading_info=True, **how
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, ImportError) as error:
            raise ModelFileError(_refusal(transformers, folder, error)) from error
    missing = sorted(told["missing_keys"])
    if missing:
        raise ModelFileError(
            f"{folder} lacks {len(missing)} of the weights that its config.json asks for ({', '.join(missing[:3])}); "
            "bring the whole model"
        )
    opened = Opened(tokenizer, model.to(place).eval().requires_grad_(False))
    _look(opened, folder)
    return opened


def _refusal(transformers: Any, folder: Path, error: Exception) -> str:
    """Why the library could not open the folder, in our words; its own stand in the traceback."""
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = about["model_type"]
    if kind not in transformers.CONFIG_MAPPING:
        return (
            f"{folder} is of the architecture {kind!r}, which the installed transformers {transformers.__version__} "
            "does not know; take a model of another one, or a newer transformers"
        )
    return (
        f"{folder} cannot be opened as {kind!r}: expected weights of the shapes that config.json says and a tokenizer "
        f"that belongs to them, as they were published together; bring the whole folder again "
        f"({type(error).__name__}; --debug shows where)"
    )


def _folder(base: Base) -> Path:
    """Where the base stands as safetensors; a GGUF file is opened once and its plain form kept in the data folder.

    Raises:
        OutputError: the data folder cannot be written.
    """
    if base.gguf is None:
        return base.folder
    target = packs.home() / "opened" / base.files[base.gguf][:24]
    try:
        if not _is_opened(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as place:
                part = Path(place) / "model"
                gguf.convert(base.folder / base.gguf, part)
                part.replace(target)
    except OSError as error:
        if not _is_opened(target):  # else another process was faster
            raise OutputError(
                f"cannot keep the opened weights in {target}: {error.strerror or error}; {packs.HOME_VARIABLE} names "
                "another folder"
            ) from error
    check(target)
    return target


def _is_opened(folder: Path) -> bool:
    return (folder / "config.json").is_file()


@torch.inference_mode()
def _look(opened: Opened, folder: Path) -> None:
    """Whether the last layer is as `Opened` computes it, and the tokenizer has what is needed."""
    if not opened.ends:
        raise ModelFileError(f"{folder}: neither tokenizer nor config.json says which token ends a text")
    tokens = torch.arange(SOME, device=opened.device)[None] + min(ONE, len(opened.table) - SOME)
    theirs = opened.model(tokens, use_cache=False).logits[0].float()
    ours = opened.logits(opened.body(tokens, use_cache=False).last_hidden_state[0])
    if not torch.allclose(ours, theirs, atol=0.05, rtol=0.05):
        raise ModelFileError(
            f"{folder}: {type(opened.model).__name__} computes its logits in a way that genloop does not know; take "
            "another architecture"
        )


def adapt(opened: Opened, rank: int, alpha: float) -> dict[str, nn.Parameter]:
    """Puts thin matrices beside every linear layer inside the blocks; those that learn, by name."""
    peft = package("peft")
    settings = peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules="all-linear", bias="none")
    peft.inject_adapter_in_model(settings, opened.model, adapter_name=ADAPTER)
    learnt = {name: weight for name, weight in opened.model.named_parameters() if weight.requires_grad}
    if not learnt:
        raise ConfigError(f"{type(opened.model).__name__} has no linear layer that could be adapted")
    for weight in learnt.values():
        weight.data = weight.data.float()
    return learnt


def fill(learnt: Mapping[str, nn.Parameter], arrays: Mapping[str, np.ndarray]) -> None:
    """Puts a model's arrays into the thin matrices.

    Raises:
        ModelFileError: they belong to another base or rank.
    """
    for name, weight in learnt.items():
        array = arrays.get(name)
        if array is None or array.shape != tuple(weight.shape):
            raise ModelFileError(f"the model's matrix {name} is missing or of another shape than the base asks for")
        with torch.no_grad():
            weight.copy_(torch.from_numpy(array))


@torch.no_grad()
def merge(opened: Opened) -> None:
    """Adds the thin matrices to the weights beside them and takes them away: the plain architecture is left."""
    layers = package("peft.tuners.lora")
    found = [(name, part) for name, part in opened.model.named_modules() if isinstance(part, layers.LoraLayer)]
    for name, part in found:
        part.merge(safe_merge=False, adapter_names=[ADAPTER])
        above, _, own = name.rpartition(".")
        setattr(opened.model.get_submodule(above), own, part.get_base_layer())
    if hasattr(opened.model, "peft_config"):
        del opened.model.peft_config
    opened.model._hf_peft_config_loaded = False
