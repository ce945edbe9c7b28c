"""A second device in plain Python, which refuses what a graphics card refuses; and every family learning on it.

usage: python elsewhere.py KIND [--base FOLDER] FAMILY ...

Tensors that live "elsewhere" are wrappers whose numbers lie on the processor. An operation that meets tensors of both
devices raises an error, and so do draws with the other device's generator, numpy, and texts from such tensors: all
that would end a lesson on a graphics card, on a machine without one. It registers a backend with torch, which stays
for the rest of a process, hence a script.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

NAME = "elsewhere"
ATEN = torch.ops.aten
CROSSING = {ATEN.copy_.default, ATEN._to_copy.default}
INDEXED = {ATEN.index.Tensor, ATEN.index_put_.default, ATEN.index_put.default}  # places may come from the processor
PlainGenerator = torch.Generator
WORDS = ["the", "cat", "dog", "saw", "sat", "on", "by", "a", "red", "old", "mat", "lake", "small", "green", "tree"]


class Module(_DummyBackendModule):
    """What torch asks a backend's module for."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]

    def get_rng_state(self, device: Any = None) -> torch.Tensor:
        return torch.get_rng_state()

    def set_rng_state(self, state: torch.Tensor, device: Any = None) -> None:
        pass


class Generator(PlainGenerator):
    """A generator that says where it draws."""

    def __new__(cls, device: Any = "cpu") -> "Generator":
        found = PlainGenerator.__new__(cls, "cpu")
        found.away = torch.device(device).type == NAME
        return found

    def __init__(self, device: Any = "cpu") -> None:
        pass

    @property
    def device(self) -> torch.device:
        return torch.device(NAME, 0) if self.away else torch.device("cpu")


class Away(torch.Tensor):
    """A tensor elsewhere: sizes and type on the outside, the numbers within."""

    __torch_function__ = torch._C._disabled_torch_function_impl
    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> "Away":
        found = torch.Tensor._make_wrapper_subclass(
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            device=f"{NAME}:0",
        )  # fmt: skip
        found.inner = inner
        return found

    def __init__(self, inner: torch.Tensor) -> None:
        pass

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return operate(func, args, kwargs or {})


class Operations(TorchDispatchMode):
    """Sees operations that no tensor elsewhere takes part in, such as making one there."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return operate(func, args, kwargs or {})


def operate(func: Any, args: Any, kwargs: Any) -> Any:
    """The operation on the numbers within, where all of its tensors are on one device."""
    asked = kwargs.get("device")
    found = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    away = [leaf for leaf in found if isinstance(leaf, Away)]
    here = [leaf for leaf in found if not isinstance(leaf, Away) and leaf.dim()]
    if away and here and func not in CROSSING and not (func in INDEXED and isinstance(args[0], Away)):
        raise RuntimeError(f"{func}: tensors on two devices")
    to = isinstance(args[0], Away) if func is ATEN.copy_.default else bool(away)
    to = to if asked is None else torch.device(asked).type == NAME
    Operations.count += to

    def within(leaf: Any) -> Any:
        if isinstance(leaf, torch.device):
            return torch.device("cpu") if leaf.type == NAME else leaf
        return leaf.inner if isinstance(leaf, Away) else leaf

    args, kwargs = tree_map(within, (args, kwargs))
    made = func(*args, **kwargs)
    if not to:
        return made
    known = {id(leaf.inner): leaf for leaf in away}

    def without(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        return known[id(leaf)] if id(leaf) in known else Away(leaf)

    return tree_map(without, made)


class Calls(TorchFunctionMode):
    """Refuses draws by a generator of the other device, and brings what never reaches the operations."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        away = bool(args) and isinstance(args[0], Away)
        if func is torch.tensor and "device" in kwargs:
            where = kwargs.pop("device")
            return func(*args, **kwargs).to(where)
        if func is torch.Tensor.new_tensor and away:
            return torch.tensor(args[1], dtype=kwargs.get("dtype", args[0].dtype)).to(args[0].device)
        if func is torch.Tensor.tolist:
            return func(args[0].cpu())
        if func is torch.Tensor.__getitem__ and away:
            wanted = args[1] if isinstance(args[1], tuple) else (args[1],)
            args = (args[0], tuple(_places(own) for own in wanted))
        if getattr(func, "__name__", "") in ("lstm", "gru"):
            return _cells(func, args, kwargs)
        found = func(*args, **kwargs)
        rng = kwargs.get("generator")
        if isinstance(rng, Generator) and isinstance(found, torch.Tensor) and rng.away != isinstance(found, Away):
            raise RuntimeError(f"{func.__name__}: a generator on {rng.device} for a tensor on {found.device}")
        return found


def _places(own: Any) -> Any:
    if isinstance(own, list):
        return torch.tensor(own, dtype=None if own else torch.long)
    return torch.from_numpy(own) if isinstance(own, np.ndarray) else own


def _cells(func: Any, args: Any, kwargs: Any) -> Any:
    """Fused cells, which have no other kernel."""
    devices = {leaf.device for leaf in tree_leaves(args) if isinstance(leaf, torch.Tensor)}
    if len(devices) > 1:
        raise RuntimeError(f"{func.__name__}: tensors on two devices")
    brought = tree_map(lambda leaf: leaf.cpu() if isinstance(leaf, torch.Tensor) else leaf, args)
    return tuple(part.to(devices.copy().pop()) for part in func(*brought, **kwargs))


def data(kind: str, folder: Path) -> Any:
    """Few rows with two labels: a table, texts or pictures."""
    rng = np.random.default_rng(0)
    label = rng.choice(["bad", "good"], 160)
    if kind == "tables":
        return pd.DataFrame({"label": label, "size": rng.normal(size=160), "count": rng.integers(0, 9, 160)})
    if kind == "texts":
        texts = [" ".join(rng.choice(WORDS, int(size))) + "." for size in rng.integers(5, 25, 160)]
        return pd.DataFrame({"label": label, "text": texts})
    for number, name in enumerate(label):
        (folder / name).mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (16, 16), np.uint8)).save(folder / name / f"{number}.png")
    return folder


def learn(rows: Any, family: str, settings: dict[str, Any]) -> int:
    """How many operations took place elsewhere in two steps and five rows."""
    before = Operations.count
    with Operations(), Calls():
        learnt = genloop.fit(rows, family=family, settings=settings, steps=2, seed=0, threads=1)
        made = learnt.sample(5, seed=1)
    assert made.rows == 5
    return Operations.count - before


if __name__ == "__main__":
    _setup_privateuseone_for_python_backend(NAME, backend_module=Module())
    torch.Generator = Generator
    torch.inference_mode = torch.no_grad  # wrappers of tensors that count no versions are refused
    from PIL import Image

    import genloop
    from genloop.runtime import device

    device.choose = lambda name="auto": torch.device("cpu") if name == "cpu" else torch.device(NAME, 0)
    asked = argparse.ArgumentParser()
    asked.add_argument("kind")
    asked.add_argument("--base")
    asked.add_argument("families", nargs="+")
    words = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        given = data(words.kind, Path(folder))
        for name in words.families:
            count = learn(given, name, {} if words.base is None else {"base": words.base})
            sys.stdout.write(f"{name} {count}\n")
