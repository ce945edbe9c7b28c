"""Draws for what is decided on the processor, in a lesson that is learnt elsewhere."""

import torch


def near(rng: torch.Generator) -> torch.Generator:
    """A generator of the processor: `rng` where it is one, else one that it seeds."""
    if rng.device.type == "cpu":
        return rng
    return torch.Generator().manual_seed(int(torch.randint(2**62, (), generator=rng, device=rng.device)))
