"""Linear layers in eight bits for drawing: weights by the row, what comes in by its range at that moment.

Drawing reads all weights for every token, so a quarter of the bytes is most of the time of few rows; processors with
products of eight-bit numbers gain on many rows too. Whether it pays is measured on this machine. Processors without
such products (VNNI) add two of them in sixteen bits, which overflow: there, what comes in takes seven bits.
"""

import copy
import functools
import time
import warnings
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import linear

from genloop.nn.author import Author
from genloop.nn.linear import Linear

GAIN = 1.1


class Quick:
    """A linear layer whose weights are eight-bit steps of a scale for each row.

    No module: a module's call and its being looked up cost as much as the product of one row. What comes in takes seven
    bits where it is `narrow`, by itself where eight overflow.
    """

    def __init__(
        self, weight: Float[Tensor, "out width"], bias: Float[Tensor, " out"] | None, narrow: bool | None = None
    ) -> None:
        self.narrow = _overflows() if narrow is None else narrow
        scales = weight.detach().abs().amax(1).clamp(min=1e-12).double() / 127
        zeros = torch.zeros(len(weight), dtype=torch.long)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            steps = torch.quantize_per_channel(weight.detach().float(), scales, zeros, 0, torch.qint8)
            self.packed: Any = torch.ops.quantized.linear_prepack(
                steps, None if bias is None else bias.detach().float()
            )

    def __call__(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows out"]:
        """The layer's output in float32, about."""
        found: Tensor = torch.ops.quantized.linear_dynamic.default(x, self.packed, self.narrow)
        return found


def serve(network: Author, name: str) -> Author:
    """A copy of the network for drawing; with "auto" in eight bits where they measure faster here."""
    if name == "float32" or (name == "auto" and not _faster(network.width)):
        return network
    served = copy.deepcopy(network)
    served.kind = torch.float32
    for part in list(served.modules()):
        for child, layer in list(part.named_children()):
            if isinstance(layer, Linear) and layer is not served.behind:
                delattr(part, child)
                setattr(part, child, Quick(layer.weight, layer.bias))
    served.quick = Quick(served.table[: served.vocabulary], served.shares)
    return served


@functools.cache
def _overflows() -> bool:
    """Whether eight bits on both sides add up wrongly on this machine: 64 ones times ones are 64."""
    ones = torch.ones(1, 64)
    return abs(float(Quick(ones, None, narrow=False)(ones)) - 64) > 1


def _faster(width: int) -> bool:
    """Whether eight bits pay for a layer of this width on this machine, tried for a few rows."""
    if not any(engine != "none" for engine in torch.backends.quantized.supported_engines):
        return False
    weight, x = torch.ones(4 * width, width), torch.ones(16, width)
    quick = Quick(weight, None)
    return GAIN * _seconds(quick, x) < _seconds(lambda seen: linear(seen, weight), x)


def _seconds(layer: Any, x: Tensor) -> float:
    found = []
    for _ in range(8):
        began = time.perf_counter()
        layer(x)
        found.append(time.perf_counter() - began)
    return min(found)
