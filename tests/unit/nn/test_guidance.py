"""Guided writers: logits go beyond those that are told nothing, and nothing is paid where there is nothing to tell."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import UNKNOWN, Batch, Field  # noqa: E402
from genloop.core.texts import Wish  # noqa: E402
from genloop.nn.guidance import Guided, guided  # noqa: E402

pytestmark = pytest.mark.neural
FIELDS = (Field("class", 2, ordered=False),)


class Pen:
    """A writer whose logits rise from token to token by its rows' codes."""

    vocabulary, context = 3, 8

    def __init__(self, given):
        codes = np.where(given.codes == UNKNOWN, 5, given.codes).astype(np.float32)
        self.logits = torch.from_numpy(codes.sum(1, keepdims=True) * np.arange(3, dtype=np.float32))

    def read(self, rows, own):
        return self.logits[torch.from_numpy(own)]

    def more(self, tokens):
        return self.logits

    def keep(self, places):
        self.logits = self.logits[places]


def chances(logits):
    return logits.softmax(1)


def given(codes, fields=FIELDS):
    return Batch(np.array(codes, np.uint16).reshape(len(codes), -1), fields)


def test_what_is_given_is_told_beyond_what_is_not():
    pen = guided(Pen, given([0, 1, 1]), Wish(guidance=3.0))
    assert isinstance(pen, Guided) and (pen.vocabulary, pen.context) == (3, 8)
    rises = torch.tensor([5 + 3 * (0 - 5), 5 + 3 * (1 - 5), 5 + 3 * (1 - 5)])[:, None] * torch.arange(3)
    assert torch.allclose(chances(pen.read([np.zeros(1)] * 3, np.arange(3))), chances(rises.float()), atol=1e-6)
    pen.keep(torch.tensor([0]))
    assert torch.allclose(chances(pen.more(torch.zeros(1, dtype=torch.long))), chances(rises[:1].float()), atol=1e-6)


def test_what_a_token_tells_of_what_is_given_is_its_mutual_information():
    told, free = torch.randn(2, 4, 7, generator=torch.Generator().manual_seed(0))
    tokens = torch.tensor([0, 3, 6, 2])
    pen = Guided(Fixed(torch.cat([told, free])), 4, 2.0)
    whole = chances(free + 2 * (told - free))
    assert torch.allclose(chances(pen.read([np.zeros(1)] * 4, np.arange(4))), whole, atol=1e-6)
    expected = (told.log_softmax(1) - free.log_softmax(1)).gather(1, tokens[:, None])[:, 0]
    assert torch.allclose(pen.tells(tokens), expected, atol=1e-6)
    pen.keep(torch.tensor([2]))
    assert torch.allclose(chances(pen.more(tokens[2:3])), whole[2:3], atol=1e-6)
    assert torch.allclose(pen.tells(tokens[2:3]), expected[2:3], atol=1e-6)
    pen.keep(torch.tensor([0]))
    assert len(pen.more(tokens[2:3])) == 1


class Fixed(Pen):
    """A writer whose logits are these."""

    def __init__(self, logits):
        self.logits = logits


@pytest.mark.parametrize(
    ("batch", "weight"),
    [(given([0, 1]), 1.0), (given([UNKNOWN, UNKNOWN]), 3.0), (Batch(np.zeros((2, 0), np.uint16), ()), 3.0)],
)
def test_one_writer_does_where_there_is_nothing_to_tell(batch, weight):
    assert isinstance(guided(Pen, batch, Wish(guidance=weight)), Pen)
