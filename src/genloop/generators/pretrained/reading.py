"""What open weights say about texts that are there: nats of their tokens, rows of about one length at a time."""

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from genloop.generators.pretrained.network import Opened
from genloop.nn.lines import WASTE

STRETCH = 256  # places whose logits over all tokens are in memory at once
TOGETHER = 2048  # tokens, padding included, that run through the network at once
Shown = tuple[list[int], int]  # a row's tokens, and where its text begins


def run(opened: Opened, shown: list[Shown]) -> tuple[Float[Tensor, "places width"], Int[Tensor, " places"], np.ndarray]:
    """The states before each token of the texts, those tokens, and which row each belongs to."""
    sizes = [len(tokens) for tokens, _ in shown]
    inputs = np.zeros((len(shown), max(sizes)), np.int64)
    mask, asked = np.zeros(inputs.shape, np.int64), np.zeros(inputs.shape, bool)
    for place, (tokens, first) in enumerate(shown):
        inputs[place, : len(tokens)] = tokens
        mask[place, : len(tokens)] = 1
        asked[place, max(first, 1) - 1 : len(tokens) - 1] = True
    where = opened.device
    padded = {} if mask.all() else {"attention_mask": torch.from_numpy(mask).to(where)}
    ids = torch.from_numpy(inputs).to(where)
    state = opened.body(input_ids=ids, use_cache=False, **padded).last_hidden_state
    chosen = torch.from_numpy(asked).to(where)
    wanted = ids.roll(-1, 1)[chosen]
    return state[chosen], wanted, np.repeat(np.arange(len(shown)), asked.sum(1))


@torch.no_grad()
def nats(opened: Opened, shown: list[Shown]) -> tuple[Float64[np.ndarray, " tokens"], Int64[np.ndarray, " rows"]]:
    """-log p of each token of the rows' texts over all tokens, row by row, and how many tokens each row has."""
    found: list[list[float]] = [[] for _ in shown]
    for group in together(shown):
        state, wanted, owner = run(opened, [shown[place] for place in group])
        for first in range(0, len(wanted), STRETCH):
            part = slice(first, first + STRETCH)
            logits = opened.logits(state[part])
            own = logits.logsumexp(1) - logits.gather(1, wanted[part, None])[:, 0]
            for row, value in zip(group[owner[part]].tolist(), own.double().tolist(), strict=True):
                found[row].append(value)
    return np.array([value for row in found for value in row]), np.array([len(row) for row in found])


def together(shown: list[Shown]) -> list[np.ndarray]:
    """Places of rows of about one length, so that little of what runs at once is padding."""
    sizes = np.array([len(tokens) for tokens, _ in shown])
    order, found, first = np.argsort(-sizes, kind="stable"), [], 0
    while first < len(order):
        longest = max(1, int(sizes[order[first]]))
        like = int(np.searchsorted(-sizes[order], -longest * (1 - WASTE), side="right"))
        last = max(first + 1, min(like, first + TOGETHER // longest))
        found.append(order[first:last])
        first = last
    return found
