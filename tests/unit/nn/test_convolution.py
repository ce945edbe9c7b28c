"""Blocks of convolutions: sizes, padding that crops back, and settled normalisation."""

import pytest

torch = pytest.importorskip("torch")

from genloop.nn.convolution import BatchNorm, Down, Style, Up, crop, pad  # noqa: E402

pytestmark = pytest.mark.neural


@pytest.mark.parametrize("style", ["shuffle", "transposed"])
def test_up_doubles_and_down_halves_the_sides(style: Style) -> None:
    x = torch.randn(2, 4, 6, 10)
    assert Up(4, 3, style)(x).shape == (2, 3, 12, 20)
    assert Down(4, 8, style)(x).shape == (2, 8, 3, 5)
    assert Down(4, 8, style, fold=True)(x).shape == (2, 8, 3, 5)


def test_padding_repeats_edges_and_crops_back() -> None:
    x = torch.arange(15.0).view(1, 1, 3, 5)
    wide = pad(x, 6, 8)
    assert wide.shape == (1, 1, 6, 8)
    assert float(wide[0, 0, 0, 0]) == 0.0
    assert float(wide[0, 0, -1, -1]) == 14.0
    torch.testing.assert_close(crop(wide, 3, 5), x)
    assert pad(x, 3, 5) is x


def test_normalisation_settles_on_the_statistics_that_passed() -> None:
    norm = BatchNorm(2)
    x = torch.randn(500, 2, 3, 3, generator=torch.Generator().manual_seed(0)) * 3 + 1
    torch.testing.assert_close(norm(x).mean((0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    norm.gather()
    norm(x)
    norm.settle()
    torch.testing.assert_close(norm.mean, x.mean((0, 2, 3)))
    one = norm(x[:1])
    torch.testing.assert_close(one, (x[:1] - norm.mean[:, None, None]) / (norm.variance[:, None, None] + 1e-5).sqrt())
