"""Codes as whole numbers."""

import pytest
import torch

from genloop.nn.quantise import Book, Scalars
from genloop.nn.start import begin

LEVELS = (8, 5, 2)


def test_every_number_of_fsq_comes_back_from_its_values():
    scalars = Scalars(LEVELS)
    numbers = torch.arange(80).view(4, 20)
    values = scalars.decode(numbers)
    assert scalars.size == 80 and values.shape == (4, 20, 3)
    assert values.min() == -1 and values.max() == 1 and len(values.view(-1, 3).unique(dim=0)) == 80
    inside = torch.atanh(values * 0.8)  # short of the bound, where atanh has an end
    assert torch.equal(scalars.encode(inside), numbers)


def test_fsq_rounds_each_part_to_the_nearest_of_evenly_spaced_levels():
    near, cost = Scalars((3,))(torch.tensor([[-3.0], [-0.2], [0.1], [0.2], [5.0]]))
    assert near.flatten().tolist() == [-1, 0, 0, 0, 1] and cost == 0


def test_a_generator_rounds_to_either_neighbour_as_often_as_it_is_near():
    scalars, place = Scalars((5,)), 2.25  # a quarter of the way from the third value to the fourth
    x = torch.full((40_000, 1), 2 * (place + 0.5) / 5 - 1).atanh()
    codes = scalars.encode(x, torch.Generator().manual_seed(0))
    assert codes.unique().tolist() == [2, 3] and codes.float().mean().item() == pytest.approx(place, abs=0.01)
    near, _ = scalars(x, torch.Generator().manual_seed(0))
    assert torch.allclose(near, scalars.decode(codes))


def test_the_gradient_passes_rounding_straight():
    x = torch.tensor([[0.3, -0.4, 0.1]], requires_grad=True)
    Scalars(LEVELS)(x)[0].sum().backward()
    slope = (1 - torch.tanh(x.detach()) ** 2) * torch.tensor([8 / 7, 5 / 4, 2.0])
    assert torch.allclose(x.grad, slope)


def test_vq_takes_the_nearest_entry():
    book = Book(16, 4)
    begin(book, torch.Generator().manual_seed(1))
    x = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(2))
    near, cost = book(x)
    brute = (x[..., None, :] - book.entries.weight).square().sum(-1).argmin(-1)
    assert torch.equal(book.encode(x), brute)
    assert torch.allclose(near, book.decode(brute), atol=1e-6)
    assert cost.item() == pytest.approx(1.25 * (x - book.decode(brute)).square().mean().item(), rel=1e-5)


def test_vq_moves_its_entries_to_the_codes_and_a_quarter_as_much_the_codes_to_them():
    book = Book(2, 1)
    with torch.no_grad():
        book.entries.weight.copy_(torch.tensor([[0.0], [1.0]]))
    x = torch.tensor([[0.2]], requires_grad=True)
    book(x)[1].backward()
    assert book.entries.weight.grad.flatten().tolist() == pytest.approx([-0.4, 0])
    assert x.grad.item() == pytest.approx(0.1)
