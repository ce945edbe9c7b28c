"""Where tensors live and how many threads work on them."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from genloop.core.errors import ConfigError

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1


def choose(name: str = "auto") -> torch.device:
    """The device of that name; "auto" takes the first CUDA device, else the processor.

    Raises:
        ConfigError: the name is unknown or the device is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise ConfigError(f"--device {name!r}: expected auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"--device {name!r}: no CUDA device is available; use --device cpu")
    return device


def again(name: str) -> torch.device:
    """The device of that name where this machine has it, else what "auto" takes: a model draws where it did not learn.

    Raises:
        ConfigError: the name is unknown.
    """
    away = name.startswith("cuda") and not torch.cuda.is_available()
    return choose("auto" if away else name)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use `count` threads inside the block, and keep freed memory for the next step.

    A training step frees and asks for the same few large tensors again; handing them back to the system each time
    costs up to half of the step in page faults.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, count))
    _keep_memory()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _keep_memory() -> None:
    """Tell the GNU allocator to hold on to freed blocks; elsewhere nothing happens."""
    if sys.platform != "linux":
        return
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(MMAP_THRESHOLD, 1 << 30)
        tune(TRIM_THRESHOLD, (1 << 31) - 1)
