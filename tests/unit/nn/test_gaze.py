"""Attention with its own way back against autograd's, on rows of unequal and of equal length."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from genloop.nn.gaze import angles, look  # noqa: E402
from genloop.nn.lines import Lines  # noqa: E402

pytestmark = pytest.mark.neural
HEADS, SHARED, EACH = 4, 2, 6
SIZES = ((9, 9, 8, 4, 2, 2), (5, 5, 5))


def _plain(parts: torch.Tensor, sharpness: torch.Tensor, turns: torch.Tensor, lines: Lines) -> torch.Tensor:
    """The same by torch's own norms and attention, row by row."""
    found = []
    for own in parts.split(lines.sizes.tolist()):
        heads, values = own.view(len(own), -1, EACH).split([HEADS + SHARED, SHARED], 1)
        pairs = torch.view_as_complex(functional.layer_norm(heads, (EACH,)).unflatten(2, (-1, 2)))
        queries, keys = torch.view_as_real(pairs * turns[: len(own)]).flatten(2).split([HEADS, SHARED], 1)
        parts_ = (part.transpose(0, 1) for part in (queries * sharpness.exp() / EACH, keys, values))
        seen = functional.scaled_dot_product_attention(*parts_, is_causal=True, scale=1.0, enable_gqa=True)
        found.append(seen.transpose(0, 1).flatten(1))
    return torch.cat(found)


def _given(sizes: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Lines]:
    rng, lines = torch.Generator().manual_seed(0), Lines.of(np.array(sizes))
    parts = torch.randn(sum(sizes), (HEADS + 2 * SHARED) * EACH, dtype=torch.float64, generator=rng)
    sharpness = torch.randn(HEADS, 1, dtype=torch.float64, generator=rng)
    return parts.requires_grad_(), sharpness.requires_grad_(), angles(10, EACH), lines


@pytest.mark.parametrize("sizes", SIZES)
def test_what_is_seen_is_what_plain_attention_sees(sizes: tuple[int, ...]) -> None:
    parts, sharpness, turns, lines = _given(sizes)
    torch.testing.assert_close(
        look(parts, sharpness, turns, lines, SHARED), _plain(parts, sharpness, turns, lines), atol=1e-6, rtol=1e-6
    )
    rough = look(parts.bfloat16(), sharpness.float(), turns, lines, SHARED)
    assert rough.dtype == torch.bfloat16
    assert float((rough - _plain(parts, sharpness, turns, lines)).detach().abs().max()) < 0.05


@pytest.mark.parametrize("sizes", SIZES)
def test_the_way_back_agrees_with_finite_differences(sizes: tuple[int, ...]) -> None:
    parts, sharpness, turns, lines = _given(sizes)
    assert torch.autograd.gradcheck(lambda a, b: look(a, b, turns, lines, SHARED), (parts, sharpness))


def test_keys_and_values_are_kept_by_group() -> None:
    parts, sharpness, turns, lines = _given(SIZES[0])
    kept: list[tuple[int, int, int]] = []

    def keep(first: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        assert keys.shape == values.shape
        kept.append((first, len(keys), keys.shape[2]))

    look(parts, sharpness, turns, lines, SHARED, keep)
    assert kept == [(0, 3, 9), (3, 1, 4), (4, 2, 2)]
