"""Which floating-point format multiplies matrices faster here, measured in a few milliseconds."""

import time

import torch


def choose(name: str, device: torch.device) -> torch.dtype:
    """The named format; "auto" takes bfloat16 only where a short probe shows it a fifth faster than float32."""
    if name != "auto":
        return torch.float32 if name == "float32" else torch.bfloat16
    slow, fast = (min(_seconds(kind, device) for _ in range(5)) for kind in (torch.float32, torch.bfloat16))
    return torch.bfloat16 if fast < slow / 1.2 else torch.float32


def _seconds(kind: torch.dtype, device: torch.device) -> float:
    """Seconds for one batched product of the size that a small network's layers have."""
    left = torch.ones(4, 512, 256, dtype=kind, device=device)
    right = torch.ones(4, 256, 128, dtype=kind, device=device)
    began = time.perf_counter()
    float(torch.bmm(left, right).sum())
    return time.perf_counter() - began
