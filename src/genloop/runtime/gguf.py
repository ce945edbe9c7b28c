"""A GGUF file opened once and kept as the folder of bf16 safetensors that everything else reads.

Quantised weights are multiplied out; nothing in the file can run. Opening takes minutes, reading the folder seconds.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from genloop.core import extras
from genloop.core.errors import ModelFileError

MAGIC = b"GGUF"
_NEEDED = ("torch", "transformers", "gguf", "accelerate")


def convert(path: Path, folder: Path) -> None:
    """Write the weights and the tokenizer of the GGUF file at `path` into `folder`, as transformers reads them.

    Raises:
        MissingExtra: transformers or gguf is not installed.
        ModelFileError: the file is no GGUF, is damaged, or holds an architecture that transformers does not open.
    """
    check(path)
    ready()
    torch, transformers = _package("torch"), _package("transformers")
    how = {"gguf_file": path.name, "local_files_only": True, "trust_remote_code": False}
    with silent(transformers):
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, **how)
            plain = transformers.GgufConfig(dequantize=True)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                path.parent, dtype=torch.bfloat16, quantization_config=plain, **how
            )
        except Exception as error:  # whatever a damaged or unknown file makes the reader say
            raise ModelFileError(
                f"{path} cannot be opened as weights that write texts: expected a whole GGUF file of an architecture "
                f"that transformers {transformers.__version__} reads; fetch it again, or take the model as safetensors "
                f"({type(error).__name__}; --debug shows where)"
            ) from error
        packed = getattr(model, "hf_quantizer", None)
        if packed is not None:  # the weights are plain by now; only the note that they were not is left
            packed.remove_quantization_config(model)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def ready() -> None:
    """Refuse where a package that opens such files is not installed.

    Raises:
        MissingExtra: so.
    """
    for name in _NEEDED:
        _package(name)


def check(path: Path) -> None:
    """Refuse what is no GGUF file.

    Raises:
        ModelFileError: its first bytes are others.
    """
    with path.open("rb") as file:
        first = file.read(len(MAGIC))
    if first != MAGIC:
        raise ModelFileError(f"{path} is no GGUF file: it begins with {first!r}, expected {MAGIC!r}")


@contextlib.contextmanager
def silent(transformers: ModuleType) -> Iterator[None]:
    """Keeps transformers from writing warnings and bars to the terminal meanwhile."""
    log = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # bars of other packages
            yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()


def _package(name: str) -> ModuleType:
    os.environ["HF_HUB_OFFLINE"] = "1"
    return extras.load(name, "opening GGUF", "weights")
