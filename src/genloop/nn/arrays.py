"""Stored arrays put into a network."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from genloop.core.errors import ModelFileError

N = TypeVar("N", bound=nn.Module)


def fill(network: N, arrays: Mapping[str, np.ndarray], whose: str) -> N:
    """The network with these arrays in it; those of its arrays that hold no number are not stored.

    Raises:
        ModelFileError: an array is missing, or has another size than the network asks for.
    """
    state = {name: array for name, array in network.state_dict().items() if not array.numel()}
    state |= {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ModelFileError(f"the arrays of this {whose} do not fit its head: {error}") from error
    return network
