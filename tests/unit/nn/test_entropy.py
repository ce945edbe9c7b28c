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


def test_a_draw_of_the_other_tokens_gives_the_sum_and_the_gradient_over_all_of_them_on_average() -> None:
    rng = torch.Generator().manual_seed(0)
    state, table, bias = (torch.randn(*size, generator=rng) for size in ((40, 4), (300, 4), (300,)))
    state, wanted = state / 3, torch.randint(20, (40,), generator=rng)  # chances as near one another as learnt ones
    whole = (state @ table.T + bias).exp().sum(1)
    sums, slopes = [], []
    for seed in range(200):
        own = table.clone().requires_grad_()
        few, level, asked = entropy.fewer(own, bias, wanted, 100, torch.Generator().manual_seed(seed))
        assert len(few) == len(level) == len(torch.unique(wanted)) + 100
        torch.testing.assert_close(few[asked], own[wanted])
        logits = state @ few.T + level
        sums.append(logits.detach().exp().sum(1))
        entropy.entropy(state, few, level, asked).backward()
        slopes.append(own.grad)
    every = torch.stack(sums)
    assert ((every.mean(0) - whole).abs() < 4 * every.std(0) / len(every) ** 0.5).all(), "within what chance does"
    full = table.clone().requires_grad_()
    entropy.entropy(state, full, bias, wanted).backward()
    found = torch.stack(slopes).mean(0)
    assert float((found - full.grad).norm() / full.grad.norm()) < 0.05
    assert not torch.equal(sums[0], sums[1])


def test_few_others_stand_for_themselves_and_nothing_is_drawn(parts: tuple[torch.Tensor, ...]) -> None:
    _, table, bias, wanted = parts
    rng = torch.Generator().manual_seed(0)
    before = rng.get_state()
    for others in (0, 15):
        found = entropy.fewer(table, bias, wanted, others, rng)
        assert found[0] is table and found[1] is bias and found[2] is wanted
    assert torch.equal(rng.get_state(), before)


def test_tokens_are_left_out_where_fewer_than_half_are_left() -> None:
    table, wanted, rng = torch.randn(100, 4), torch.arange(10), torch.Generator().manual_seed(0)
    assert len(entropy.fewer(table, table[:, 0], wanted, 39, rng)[0]) == 49
    assert len(entropy.fewer(table, table[:, 0], wanted, 40, rng)[0]) == 100
