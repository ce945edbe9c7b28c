"""Cross-entropy in stretches against the whole one."""

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from genloop.nn import entropy  # noqa: E402

pytestmark = pytest.mark.neural


@pytest.fixture
def parts() -> tuple[torch.Tensor, ...]:
    rng = torch.Generator().manual_seed(0)
    state, table, bias = (torch.randn(*size, generator=rng) for size in ((50, 8), (30, 8), (30,)))
    return state, table, bias, torch.randint(30, (50,), generator=rng)


def test_value_and_gradients_are_those_of_the_whole_cross_entropy(
    parts: tuple[torch.Tensor, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entropy, "STRETCH", 16)
    *own, wanted = [part.clone().requires_grad_(part.is_floating_point()) for part in parts]
    peer = [part.detach().clone().requires_grad_() for part in own]
    mine = entropy.entropy(*own, wanted)
    theirs = functional.cross_entropy(peer[0] @ peer[1].T + peer[2], wanted, reduction="sum")
    (mine / 7).backward()
    (theirs / 7).backward()
    torch.testing.assert_close(mine, theirs)
    for first, second in zip(own, peer, strict=True):
        torch.testing.assert_close(first.grad, second.grad)


def test_nats_at_each_place_sum_to_the_entropy(
    parts: tuple[torch.Tensor, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entropy, "STRETCH", 16)
    found = entropy.nats(*parts)
    torch.testing.assert_close(found.sum(), entropy.entropy(*parts))
    expected = functional.cross_entropy(parts[0] @ parts[1].T + parts[2], parts[3], reduction="none")
    torch.testing.assert_close(found, expected)
