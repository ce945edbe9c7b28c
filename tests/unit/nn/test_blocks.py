"""Network blocks against plain loops, and their one-group paths against the batched ones."""

import pytest

torch = pytest.importorskip("torch")

from genloop.nn.mixing import Mixing  # noqa: E402
from genloop.nn.mlp import Residual  # noqa: E402

pytestmark = pytest.mark.neural


def _stirred(module: torch.nn.Module) -> torch.nn.Module:
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in module.parameters():
            weight += torch.randn(weight.shape, generator=rng) * 0.1
    return module


def test_mixing_adds_up_what_each_known_field_says_to_each_target() -> None:
    rng = torch.Generator().manual_seed(0)
    mixing = _stirred(Mixing(3, 4, 5, rng))
    embedded = torch.randn(6, 3, 4, generator=rng)
    seen = (torch.rand(3, 6, 3, generator=rng) < 0.5).float()
    with torch.no_grad():
        state = mixing(embedded.flatten(1), seen)
        for target in range(3):
            for row in range(6):
                wanted = mixing.bias[target, 0].clone()
                for source in range(3):
                    if seen[target, row, source]:
                        wanted += embedded[row, source] @ mixing.weight[target, source * 4 : source * 4 + 4]
                        wanted += mixing.known[target, source]
                torch.testing.assert_close(state[target, row], wanted)


def test_mixing_one_target_from_some_sources_equals_the_batched_row() -> None:
    rng = torch.Generator().manual_seed(0)
    mixing = _stirred(Mixing(3, 4, 5, rng))
    embedded = torch.randn(6, 3, 4, generator=rng)
    seen = torch.zeros(3, 6, 3)
    seen[:, :3, 0], seen[:, 2:, 2] = 1, 1
    sources = torch.tensor([0, 2])
    with torch.no_grad():
        one = mixing.one(1, embedded[:, sources], seen[1][:, sources], sources)
        torch.testing.assert_close(one, mixing(embedded.flatten(1), seen)[1])


def test_a_residual_block_starts_as_the_identity_and_keeps_groups_apart() -> None:
    rng = torch.Generator().manual_seed(0)
    block = Residual(3, 8, rng)
    x = torch.randn(3, 5, 8, generator=rng)
    with torch.no_grad():
        torch.testing.assert_close(block(x), x)
        _stirred(block)
        whole = block(x)
        for group in range(3):
            torch.testing.assert_close(block.one(group, x[group]), whole[group])
        changed = x.clone()
        changed[1] += 1
        moved = (block(changed) != whole).flatten(1).any(1)
    assert moved.tolist() == [False, True, False]
