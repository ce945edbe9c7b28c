"""The peer GPT-2: transformers' GPT2LMHeadModel, as large as genloop's decoder, linears in bfloat16 under autocast.

usage: python benchmarks/texts/gpt2.py FOLDER --seconds N [--seed K] [--set rate=0.002 tokens=2048 ...]

It is given what makes it strong here: rows begin where texts begin, batches of similar length (little padding, and few
shapes), attention in float32 (whose way back is several times faster than in bfloat16 on the CPU), fused
AdamW, a cosine over the core-seconds, the best of twelve looks at texts kept aside.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import peers
import torch
from peers import END, Lesson, Pieces, Sequences
from torch.nn import functional
from transformers import AttentionInterface, GPT2Config, GPT2LMHeadModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

STEP, PLACES = 8, 8192  # rows are padded to multiples of STEP: few shapes, for which the library has its kernels ready
DEFAULTS = {
    "width": 256, "layers": 6, "heads": 4, "context": 256, "tokens": 1024, "rate": 0.002, "dropout": 0.0,
    "attention": "whole", "bf16": True,
}  # fmt: skip


def whole(module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any) -> Any:
    """Attention in float32 under autocast."""
    kind = query.dtype
    with torch.autocast("cpu", enabled=False):
        seen, weights = sdpa_attention_forward(module, query.float(), key.float(), value.float(), mask, **options)
    return seen.to(kind), weights


AttentionInterface.register("whole", whole)


class Gpt2:
    """GPT-2 on rows of a bounded length."""

    def __init__(self, pieces: Pieces, settings: dict[str, Any], lesson: Lesson) -> None:
        self.settings = DEFAULTS | settings
        own = self.settings
        lesson.rate = own["rate"]
        config = GPT2Config(
            vocab_size=pieces.size, n_positions=own["context"], n_embd=own["width"], n_layer=own["layers"],
            n_head=own["heads"], resid_pdrop=own["dropout"], embd_pdrop=own["dropout"], attn_pdrop=0.0,
            bos_token_id=END, eos_token_id=END, pad_token_id=None,
        )  # fmt: skip
        self.pieces, self.context = pieces, own["context"]
        config._attn_implementation = own["attention"]
        self.model: Any = GPT2LMHeadModel(config)

    def lessons(self, texts: Sequences, rng: np.random.Generator) -> Iterator[tuple[int, Callable[[], torch.Tensor]]]:
        """Pieces of texts, a batch of similar length after the other."""
        cut = [text[at : at + self.context + 1] for text in texts for at in range(0, len(text) - 1, self.context)]
        sizes = np.array([len(piece) - 1 for piece in cut])
        wide = -(-sizes // STEP) * STEP
        while True:
            order = rng.permutation(len(cut))
            order = order[np.argsort(wide[order], kind="stable")]
            batches = []
            for width in np.unique(wide):
                own, rows = order[wide[order] == width], max(1, self.settings["tokens"] // int(width))
                batches += [(int(width), own[first : first + rows]) for first in range(0, len(own), rows)]
            for place in rng.permutation(len(batches)):
                width, own = batches[place]
                picked = [cut[row] for row in own]
                yield int(sizes[own].sum()), lambda rows=picked, width=width: self._loss(rows, width)

    def _loss(self, rows: Sequences, width: int) -> torch.Tensor:
        box = torch.full((len(rows), width + 1), -100)
        for place, row in enumerate(rows):
            box[place, : len(row)] = torch.from_numpy(row)
        logits = self._logits(box[:, :-1].clamp(min=0))
        return functional.cross_entropy(logits.flatten(0, 1).float(), box[:, 1:].flatten())

    def _logits(self, box: torch.Tensor, asked: Any = ...) -> torch.Tensor:
        """Logits of what comes behind every place; in float32 where they are only measured."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings["bf16"] and self.model.training):
            state = self.model.transformer(input_ids=box, use_cache=False).last_hidden_state
            logits: torch.Tensor = self.model.lm_head(state[asked])
        return logits

    def score(self, texts: Sequences) -> float:
        """Nats; of a long text with half a context seen before each place."""
        half, windows = self.context // 2, []
        for text in texts:
            windows.append((text[: self.context + 1], 0))
            for start in range(half, len(text) - 1 - half, half):
                windows.append((text[start : start + self.context + 1], half))
        windows.sort(key=lambda window: len(window[0]))
        total, first = 0.0, 0
        self.model.eval()
        with torch.inference_mode():
            while first < len(windows):
                last = first + max(1, PLACES // len(windows[min(first + 16, len(windows) - 1)][0]))
                part = windows[first:last]
                total += float(self._nats([own for own, _ in part], [known for _, known in part]).double().sum())
                first = last
        self.model.train()
        return total

    def _nats(self, rows: Sequences, known: list[int]) -> torch.Tensor:
        """The losses of all tokens behind the known ones."""
        box = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        asked = torch.zeros_like(box, dtype=torch.bool)
        for place, (row, before) in enumerate(zip(rows, known, strict=True)):
            box[place, : len(row)] = torch.from_numpy(row)
            asked[place, 1 + before : len(row)] = True
        logits = self._logits(box[:, :-1], asked[:, 1:])
        return functional.cross_entropy(logits, box[asked], reduction="none")

    def write(self, starts: np.ndarray, longest: int) -> list[list[int]]:
        """Texts by `generate`; beyond the context with its last half seen anew."""
        self.model.eval()
        made: list[list[int]] = [[] for _ in starts]
        going = list(range(len(starts)))
        while going:
            still = []
            for first in range(0, len(going), 64):
                rows = going[first : first + 64]
                shown = [[int(starts[row]), *made[row]][-(self.context // 2) :] for row in rows]
                assert len({len(row) for row in shown}) == 1
                seen = torch.tensor(shown)
                found = self.model.generate(
                    seen, attention_mask=torch.ones_like(seen), do_sample=True, top_k=0, top_p=1.0, temperature=1.0,
                    max_new_tokens=self.context - seen.shape[1], eos_token_id=END, pad_token_id=END,
                )  # fmt: skip
                for row, new in zip(rows, found[:, seen.shape[1] :].tolist(), strict=True):
                    made[row] += new[: new.index(END) + 1] if END in new else new
                    if END not in new and len(made[row]) < longest:
                        still.append(row)
            going = still
        return made

    def save(self, folder: Any) -> None:
        """The weights and the tokens, for what measures drawing."""
        self.model.save_pretrained(folder / "gpt2")
        self.pieces.tokenizer.save(str(folder / "gpt2" / "tokenizer.json"))


if __name__ == "__main__":
    peers.run(Gpt2, __doc__)
