"""Drawing many texts at once from open weights, token by token, with what the network remembers kept between steps.

Rows that ended leave the batch a few at a time. One uniform number a row and step decides, so that a seed repeats.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.errors import DataError
from genloop.core.protocols import Weights
from genloop.core.texts import Wish
from genloop.generators.pretrained import base as bases
from genloop.generators.pretrained import network
from genloop.generators.pretrained.config import package
from genloop.generators.pretrained.network import Opened
from genloop.generators.pretrained.rein import Rein
from genloop.nn.blend import Blend, Trail
from genloop.nn.choice import RECENT, choose
from genloop.nn.scripts import BEGIN
from genloop.runtime import device

CHUNK = 32  # rows at a time: logits over a large vocabulary take a quarter of a megabyte each
FULL = 0.85  # rows that ended are carried along until so few still go on
_opened: "WeakKeyDictionary[Weights, Opened]" = WeakKeyDictionary()


def load(weights: Weights) -> Opened:
    """The base with the model's matrices added to it, once for each Weights object.

    Raises:
        SourceNotFound, ModelFileError, MissingExtra: the base is gone, is not the one it was, or cannot be opened.
    """
    if weights not in _opened:
        head = weights.head
        base = bases.again(head["base"])
        home = str(device.again(head["settings"]["device"]))
        opened = network.load(base, head["settings"]["precision"], home)
        if weights.arrays:
            network.fill(network.adapt(opened, head["lora"]["rank"], head["lora"]["alpha"]), weights.arrays)
            network.merge(opened)
        _opened[weights] = opened
    return _opened[weights]


def write(
    opened: Opened,
    prompts: Sequence[list[int]],
    rng: np.random.Generator,
    wish: Wish,
    reins: Sequence[Rein | None],
    blend: Blend | None = None,
    begun: Sequence[int] = (),
) -> list[list[int]]:
    """The tokens that follow each prompt, without the end.

    The `blend` speaks beside the network, of texts that began with these tokens.
    """
    made: list[list[int]] = [[] for _ in prompts]
    for first in range(0, len(prompts), CHUNK):
        part = slice(first, first + CHUNK)
        rows = prompts[part]
        beside = None if blend is None else trail(blend, begun, len(rows))
        for row, token in follow(opened, rows, rng, wish, reins[part], beside):
            made[first + row].append(token)
    return [tokens[:-1] if tokens and tokens[-1] in opened.ends else tokens for tokens in made]


def trail(blend: Blend, begun: Sequence[int], rows: int) -> Trail:
    """So many texts that began with these tokens, of whom the blend knows how they go on."""
    found = Trail(blend, shown=False)
    found.past.start([np.array([blend.counts.vocabulary + BEGIN, *begun])] * rows)
    return found


@torch.inference_mode()
def follow(
    opened: Opened,
    prompts: Sequence[list[int]],
    rng: np.random.Generator,
    wish: Wish,
    reins: Sequence[Rein | None],
    beside: Trail | None = None,
) -> Iterator[tuple[int, int]]:
    """The new tokens of the rows as they are drawn: (row, token), an end among them.

    Raises:
        DataError: a prompt is longer than the base can hold.
    """
    longest = max(map(len, prompts))
    if longest >= opened.places:
        raise DataError(f"a prompt has {longest} tokens; the base holds {opened.places}, its answer among them")
    most = min(wish.most, opened.places - longest)
    reader = Reader(opened, prompts, beside)
    recent = np.full((len(prompts), RECENT), -1, np.int64)
    held, going = np.arange(len(prompts)), np.ones(len(prompts), bool)
    logits = reader.read()
    for step in range(most):
        chance = torch.from_numpy(rng.random(len(prompts), dtype=np.float32)[held]).to(logits.device)
        last = torch.from_numpy(recent[held]).to(logits.device) if wish.repetition != 1 else None
        drawn = choose(logits, chance, wish, recent=last, allowed=_allowed(reins, held, going, logits)).cpu().numpy()
        for place in np.flatnonzero(going).tolist():
            row, rein = int(held[place]), reins[int(held[place])]
            drawn[place] = token = int(drawn[place]) if rein is None else rein.take(int(drawn[place]))
            recent[row] = np.append(recent[row, 1:], token)
            going[place] = token not in opened.ends and not (wish.stop and _stops(opened, recent[row], wish.stop))
            yield row, token
        if not going.any() or step + 1 == most:
            return
        if going.mean() < FULL:
            kept = np.flatnonzero(going)
            held, drawn, going = held[kept], drawn[kept], going[kept]
            reader.keep(torch.from_numpy(kept))
        logits = reader.more(torch.from_numpy(drawn))


def _stops(opened: Opened, recent: Int[np.ndarray, " last"], stop: Sequence[str]) -> bool:
    """Whether one of these strings stands in the last tokens of a row; no token spells less than a byte."""
    last = recent[-max(len(word.encode()) for word in stop) - 1 :]
    text = opened.decode(last[last >= 0].tolist())
    return any(word in text for word in stop)


class Reader:
    """The network in the midst of some rows, which begin with their prompts, the shorter ones padded in front."""

    def __init__(self, opened: Opened, prompts: Sequence[list[int]], beside: Trail | None = None) -> None:
        self.opened, self.beside = opened, beside
        sizes = np.array([max(1, len(prompt)) for prompt in prompts])
        inputs, mask = np.zeros((len(prompts), sizes.max()), np.int64), np.zeros((len(prompts), sizes.max()), np.int64)
        for row, prompt in enumerate(prompts):
            own = prompt or [min(opened.ends)]
            inputs[row, -len(own) :] = own
            mask[row, -len(own) :] = 1
        self.even = bool(mask.all())
        self.inputs = torch.from_numpy(inputs).to(opened.device)
        self.mask = torch.from_numpy(mask).to(opened.device)
        self.memory: Any = package("transformers").DynamicCache(config=opened.model.config)

    def read(self) -> Float[Tensor, "rows tokens"]:
        """What comes after the prompts."""
        return self._mixed(self._run(self.inputs, (self.mask.cumsum(1) - 1).clamp(min=0)))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token; what comes next."""
        if self.beside is not None:
            self.beside.past.go(tokens)
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], 1)
        return self._mixed(self._run(tokens[:, None].to(self.mask.device), self.mask.sum(1, keepdim=True) - 1))

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        if self.beside is not None:
            self.beside.past.keep(places)
        own = places.to(self.mask.device)
        self.mask = self.mask[own]
        self.memory.batch_select_indices(own)

    def _mixed(self, logits: Float[Tensor, "rows tokens"]) -> Float[Tensor, "rows tokens"]:
        """With what speaks beside the network, which stands in the processor's memory."""
        return logits if self.beside is None else self.beside.mixed(logits.cpu()).log_().to(logits.device)

    def _run(self, tokens: Tensor, places: Tensor) -> Float[Tensor, "rows tokens"]:
        more = {} if self.even else {"attention_mask": self.mask, "position_ids": places}
        state = self.opened.body(input_ids=tokens, past_key_values=self.memory, use_cache=True, **more)
        return self.opened.following(state.last_hidden_state[:, -1])


def _allowed(reins: Sequence[Rein | None], held: np.ndarray, going: np.ndarray, logits: Tensor) -> Tensor | None:
    """Which tokens may come next in each row."""
    if all(rein is None for rein in reins):
        return None
    found = np.ones(tuple(logits.shape), bool)
    for place in np.flatnonzero(going).tolist():
        rein = reins[int(held[place])]
        own = None if rein is None else rein.allowed()
        if own is not None:
            found[place] = own
    return torch.from_numpy(found).to(logits.device)
