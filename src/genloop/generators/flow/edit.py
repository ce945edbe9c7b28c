"""Changing pictures along the flow: back to their noise, near them, between two, and inside a hole.

Backwards the flow turns a picture into the noise that makes it; from a time between, the same noise level that is
added to the picture is taken away again (SDEdit, Meng et al. 2021, arXiv 2108.01073). A hole in a picture is filled by
doing so again and again with less and less noise, and putting the known places back each time.
"""

import numpy as np
import torch
from torch import Tensor

from genloop.core.errors import DataError
from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.flow.draw import Flow, load
from genloop.nn.condition import Given

INVERTING = 32  # evaluations of a path that must come back to where it began
ROUNDS = (0.95, 0.8, 0.65, 0.5, 0.35, 0.2)
TRIES = 4
GUIDANCE = 1.15


def invert(weights: Weights, pixels: Pixels, given: Batch, *, coder: Coder | None = None) -> np.ndarray:
    """The noise of each picture, rows x channels x height x width of the flow's own numbers."""
    flow = _gentle(weights, evaluations=INVERTING)
    noise: np.ndarray = _noise(flow, pixels, given, coder).cpu().numpy()
    return noise


def vary(
    weights: Weights,
    pixels: Pixels,
    strength: float,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
) -> Pixels:
    """Pictures like these: noise of the given strength is added, then taken away.

    Raises:
        DataError: the strength is not from 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise DataError(f"vary strength={strength}: expected from 0 (the same picture) to 1 (a new one)")
    if strength == 0:
        return pixels.copy()
    flow = _gentle(weights)
    state = _shaken(flow, flow.frame.into(pixels, coder).to(flow.device), strength, given, rng)
    return flow.frame.back(state, coder)


def morph(
    weights: Weights, first: Pixels, second: Pixels, share: float, given: Batch, *, coder: Coder | None = None
) -> Pixels:
    """Pictures between the two: their noises are turned into one another along the sphere, then followed forwards."""
    flow = _gentle(weights, evaluations=INVERTING)
    begin, end = (_noise(flow, pixels, given, coder) for pixels in (first, second))
    return flow.frame.back(flow.follow(between(begin, end, share), flow.path(), Given.of(given, flow.device)), coder)


def inpaint(
    weights: Weights,
    pixels: Pixels,
    mask: np.ndarray,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
) -> Pixels:
    """The pictures with the places where `mask` (rows x height x width) is true made anew; the rest stays exactly.

    Of several tries the one that agrees best with the known places is kept, picture by picture.

    Raises:
        DataError: the mask's size is not the pictures'.
    """
    if mask.shape != pixels.shape[:3]:
        raise DataError(
            f"mask of {mask.shape}: expected {pixels.shape[:3]}, one place for each of the pictures' places"
        )
    flow, hole = _gentle(weights), mask[..., None].astype(bool)
    best, error = pixels.copy(), np.full(len(pixels), np.inf)
    for _ in range(TRIES):
        made, missed = _filled(flow, pixels, hole, given, rng, coder)
        better = missed < error
        best[better], error[better] = made[better], missed[better]
    return best


def _gentle(weights: Weights, **changes: int) -> Flow:
    """The flow under little guidance all the way: an edit mostly walks the late part, and has a picture to keep to."""
    return load(weights, {"guidance": min(GUIDANCE, load(weights).config.guidance), "guided": 0.0, **changes})


def between(first: Tensor, second: Tensor, share: float) -> Tensor:
    """The point on the arc from the first to the second (straight where they point the same way)."""
    one, other = first.flatten(1), second.flatten(1)
    cosine = torch.nn.functional.cosine_similarity(one, other).clamp(-1, 1)
    angle = cosine.arccos().clamp(1e-4, torch.pi - 1e-4).view(-1, *(1,) * (first.dim() - 1))
    parts = ((1 - share) * angle).sin() * first + (share * angle).sin() * second
    return parts / angle.sin()


def _noise(flow: Flow, pixels: Pixels, given: Batch, coder: Coder | None) -> Tensor:
    state = flow.frame.into(pixels, coder).to(flow.device)
    return flow.follow(state, flow.path(1.0, 0.0), Given.of(given, flow.device))


def _shaken(flow: Flow, state: Tensor, strength: float, given: Batch, rng: np.random.Generator) -> Tensor:
    """The state after noise of `strength` has been put in and taken out."""
    time = 1 - strength
    mixed = (1 - time) * flow.noise(len(state), rng) + time * state
    return flow.follow(mixed, flow.path(time, 1.0), Given.of(given, flow.device))


def _filled(
    flow: Flow, pixels: Pixels, hole: np.ndarray, given: Batch, rng: np.random.Generator, coder: Coder | None
) -> tuple[Pixels, np.ndarray]:
    """One filling, and by how much the flow's own picture misses the known places at the end."""
    known = np.where(hole, 0, pixels)
    counts = np.maximum((~hole).sum((1, 2), keepdims=True), 1)
    state = np.where(hole, known.sum((1, 2), keepdims=True) // counts, pixels).astype(np.uint8)
    made = state
    for strength in ROUNDS:
        code = flow.frame.into(state, coder).to(flow.device)
        made = flow.frame.back(_shaken(flow, code, strength, given, rng), coder)
        state = np.where(hole, made, pixels)
    away = np.where(hole, 0.0, made.astype(np.float32) - pixels)
    return state, np.square(away).sum((1, 2, 3))
