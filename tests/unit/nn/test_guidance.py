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
    """A writer whose logits are its rows' codes."""

    vocabulary, context = 3, 8

    def __init__(self, given):
        codes = np.where(given.codes == UNKNOWN, 5, given.codes).astype(np.float32)
        self.logits = torch.from_numpy(np.repeat(codes, 3, 1))

    def read(self, rows, own):
        return self.logits[torch.from_numpy(own)]

    def more(self, tokens):
        return self.logits

    def keep(self, places):
        self.logits = self.logits[places]


def given(codes, fields=FIELDS):
    return Batch(np.array(codes, np.uint16).reshape(len(codes), -1), fields)


def test_what_is_given_is_told_beyond_what_is_not():
    pen = guided(Pen, given([0, 1, 1]), Wish(guidance=3.0))
    assert isinstance(pen, Guided) and (pen.vocabulary, pen.context) == (3, 8)
    assert pen.read([], np.arange(3))[:, 0].tolist() == [5 + 3 * (0 - 5), 5 + 3 * (1 - 5), 5 + 3 * (1 - 5)]
    pen.keep(torch.tensor([0]))
    assert pen.more(torch.zeros(1, dtype=torch.long))[:, 0].tolist() == [-10]


def test_what_a_token_tells_of_what_is_given_is_its_mutual_information():
    told, free = torch.randn(2, 4, 7, generator=torch.Generator().manual_seed(0))
    tokens = torch.tensor([0, 3, 6, 2])
    pen = Guided(Fixed(told), Fixed(free), 2.0)
    pen.read([], np.arange(4))
    expected = (told.log_softmax(1) - free.log_softmax(1)).gather(1, tokens[:, None])[:, 0]
    assert torch.allclose(pen.tells(tokens), expected, atol=1e-6)
    pen.keep(torch.tensor([2]))
    pen.more(tokens[2:3])
    assert torch.allclose(pen.tells(tokens[2:3]), expected[2:3], atol=1e-6)


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
