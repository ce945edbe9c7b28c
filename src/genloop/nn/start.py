"""Fresh weights from a generator that is handed in, so that no global seed decides how a network begins.

Uniform with a variance of 2 / fan-in, as rectified layers ask for (He et al. 2015, arXiv 1502.01852);
biases are zero, embeddings normal. A layer marked by `still` begins at zero: the end of a residual block, for example.
"""

import math

import torch
from torch import Tensor, nn


def begin(module: nn.Module, rng: torch.Generator) -> None:
    """Redraw every layer inside the module; parameters that belong to no layer stay as they are."""
    for part in module.modules():
        weight, bias = getattr(part, "weight", None), getattr(part, "bias", None)
        if isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=1 / math.sqrt(part.embedding_dim), generator=rng)
        elif isinstance(part, nn.Linear | nn.Conv2d) and isinstance(weight, Tensor):
            bound = 0.0 if getattr(part, "still", False) else math.sqrt(6 / max(1, weight[0].numel()))
            nn.init.uniform_(weight, -bound, bound, generator=rng)
            if isinstance(bias, Tensor):
                nn.init.zeros_(bias)


def still(layer: nn.Module) -> nn.Module:
    """The layer, marked to begin at zero."""
    layer.still = True  # type: ignore[assignment]
    return layer
