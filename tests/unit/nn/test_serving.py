"""Layers in eight bits against the exact ones."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch, Field  # noqa: E402
from genloop.core.texts import Wish  # noqa: E402
from genloop.generators.transformer.texts.draw import Reader  # noqa: E402
from genloop.generators.transformer.texts.network import Network, Shape  # noqa: E402
from genloop.nn import serving, writing  # noqa: E402
from genloop.nn.serving import Quick, serve  # noqa: E402

pytestmark = pytest.mark.neural
GIVEN = Batch(np.zeros((6, 1), np.uint16), (Field("class", 2, ordered=False),))


@pytest.fixture
def network() -> Network:
    rng = torch.Generator().manual_seed(0)
    network = Network(Shape(40, 64, 2, 2, 1, 16), GIVEN, rng).eval().requires_grad_(False)
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1, generator=rng)
    return network


def test_a_layer_of_eight_bits_is_near_the_exact_one() -> None:
    rng = torch.Generator().manual_seed(0)
    weight, bias, x = (torch.randn(*size, generator=rng) for size in ((30, 64), (30,), (50, 64)))
    weight[3] = 0
    apart = Quick(weight, bias)(x) - (x @ weight.T + bias)
    assert float(apart.abs().max()) < 0.02 * float((x @ weight.T).abs().max())


@pytest.mark.parametrize("narrow", [None, True])
def test_the_largest_numbers_do_not_overflow(narrow: bool | None) -> None:
    ones = torch.ones(3, 256)
    assert float((Quick(ones, None, narrow)(ones) - 256).abs().max()) < 1


def test_a_served_network_says_about_the_same_and_leaves_the_exact_one_alone(network: Network) -> None:
    quick = serve(network, "int8")
    assert network.quick is None
    assert isinstance(quick.quick, Quick)  # the head, too: it is a third of the work of few rows
    rows = [np.array([40, 5, 6, 7])] * 6
    with torch.inference_mode():
        exact, about = (Reader(own, GIVEN).read(rows, np.arange(6)) for own in (network, quick))
    assert not torch.equal(exact, about)
    assert float((exact.softmax(1) - about.softmax(1)).abs().max()) < 0.03
    made = writing.write(lambda own: Reader(quick, GIVEN.take(own)), 6, np.random.default_rng(0), Wish(most=30))
    assert len(made) == 6


@pytest.mark.parametrize("faster", [True, False])
def test_eight_bits_serve_where_they_measure_faster(
    network: Network, faster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_faster", lambda width: faster)
    assert (serve(network, "auto") is not network) == faster
    assert serve(network, "float32") is network


def test_the_measurement_takes_the_quicker_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_seconds", lambda layer, x: 1.0 if isinstance(layer, Quick) else 2.0)
    assert serving._faster(64)
    monkeypatch.setattr(serving, "_seconds", lambda layer, x: 2.0 if isinstance(layer, Quick) else 2.1)
    assert not serving._faster(64)
