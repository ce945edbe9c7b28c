"""Dropout: the share, the mean, the generator."""

import pytest
import torch

from genloop.nn.dropout import thin

pytestmark = pytest.mark.neural


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_the_share_is_left_out_and_the_mean_stays(kind: torch.dtype) -> None:
    x = torch.ones(400, 250, dtype=kind)
    found = thin(x, 0.2, torch.Generator().manual_seed(0))
    assert found.dtype == kind
    assert float((found == 0).float().mean()) == pytest.approx(0.2, abs=0.005)
    assert float(found.float().mean()) == pytest.approx(1.0, abs=0.01)
    assert len(found.unique()) == 2


def test_nothing_is_left_out_without_a_generator_or_a_share() -> None:
    x = torch.randn(7, 5)
    assert thin(x, 0.5, None) is x
    assert thin(x, 0.0, torch.Generator()) is x


def test_slopes_pass_where_numbers_stay() -> None:
    x = torch.randn(9, 11, requires_grad=True)
    found = thin(x, 0.5, torch.Generator().manual_seed(1))
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert torch.allclose(x.grad * x, found)


def test_the_same_generator_leaves_out_the_same() -> None:
    x = torch.randn(33, 3)
    one, other, third = (thin(x, 0.3, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(one, other)
    assert not torch.equal(one, third)
