"""Shares of network, counts and past: the likeliest ones, kept, and drawn from as they are scored."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch, Weights  # noqa: E402
from genloop.core.texts import END, Texts  # noqa: E402
from genloop.nn import blend as blending  # noqa: E402
from genloop.nn.blend import Blend, Blended  # noqa: E402
from genloop.nn.counts import Counts, before  # noqa: E402
from genloop.nn.past import foreseen  # noqa: E402
from genloop.nn.scripts import Names, Script  # noqa: E402

pytestmark = pytest.mark.neural
VOCABULARY = 14


def _texts(seed, rows):
    """Texts that each say some phrase of their own again and again."""
    rng = np.random.default_rng(seed)
    return Texts.of([[*np.tile(rng.integers(2, VOCABULARY, 6), 4).tolist(), END] for _ in range(rows)])


def _script(texts):
    marked = Texts.of([[VOCABULARY, *texts[row].tolist()] for row in range(len(texts))])
    batch = Batch(codes=np.zeros((len(texts), 0), np.uint16), fields=(), texts=marked)
    return Script.of(batch, Names(VOCABULARY, ()), np.zeros(len(texts), bool), np.zeros((len(texts), 0), bool))


@pytest.fixture(scope="module")
def script():
    return _script(_texts(1, 40))


@pytest.fixture(scope="module")
def network(script):
    return np.random.default_rng(2).uniform(0.02, 0.2, len(script.wanted))


@pytest.fixture(scope="module")
def blend(script, network):
    return Blend.fit(Counts.count(_texts(0, 60), VOCABULARY), network, script)


def test_the_shares_are_those_that_make_the_texts_likeliest(blend, script, network):
    np.testing.assert_allclose(blend.shares.sum(1), 1)
    assert blend.shares[0, 2] == 0  # nothing was said yet
    _, seen = foreseen(script)

    def worth(shares):  # -log p, and what speaks for the network alone
        nats = Blend(blend.counts, shares).nats(-np.log(network), script)
        return np.array([nats[seen == some].sum() - 10 * np.log(shares[some, 0]) for some in range(blending.SEEN)])

    for one, other in ((0, 1), (1, 2), (2, 0)):
        for step in (0.02, -0.02):
            moved = blend.shares.copy()
            moved[:, one] += step
            moved[:, other] -= step
            fits = (moved > 0).all(1)
            assert (worth(np.where(fits[:, None], moved, blend.shares)) >= worth(blend.shares) - 1e-2).all()
    nats = blend.nats(-np.log(network), script)
    assert nats.sum() < 0.95 * -np.log(network).sum()


def test_the_past_speaks_where_it_foresees(script, network):
    counts = Counts.count(_texts(0, 60), VOCABULARY)
    assert Blend.fit(counts, network, script).shares[1:, 2].max() > 0.3
    sure = Blend.fit(counts, np.full(len(network), 0.99), script)
    assert sure.shares[:, 0].min() > 0.95


def test_what_was_never_seen_is_left_to_the_network(network):
    few = _script(Texts.of([[2, 3, END]]))
    blend = Blend.fit(Counts.count(_texts(0, 60), VOCABULARY), network[: len(few.wanted)], few)
    assert blend.shares[2:].tolist() == [[1, 0, 0], [1, 0, 0]]


class _Even:
    """A writer of even chances."""

    vocabulary, context = VOCABULARY, None

    def read(self, rows, own):
        return torch.zeros(len(rows), VOCABULARY)

    def more(self, tokens):
        return torch.zeros(len(tokens), VOCABULARY)

    def keep(self, places):
        pass


def test_a_text_is_drawn_with_the_chances_that_it_is_scored_with(blend):
    texts = _texts(5, 3)
    script = _script(texts)
    nats = blend.nats(np.full(len(script.wanted), np.log(VOCABULARY)), script)
    writer, found = Blended(_Even(), blend), []
    chances = writer.read([np.array([VOCABULARY])] * 3, np.arange(3))
    for at in range(len(texts[0])):
        torch.testing.assert_close(chances.sum(1), torch.ones(3))
        tokens = torch.tensor([int(texts[row][at]) for row in range(3)])
        found.append(-chances[torch.arange(3), tokens].log())
        chances = writer.more(tokens)
    np.testing.assert_allclose(torch.stack(found, 1).reshape(-1).numpy(), nats, rtol=1e-5)
    writer.keep(torch.tensor([2]))
    assert writer.more(torch.tensor([4])).shape == (1, VOCABULARY)


def test_a_row_shorter_than_the_others_is_counted_from_its_own_beginning(blend):
    writer = Blended(_Even(), blend)
    both = writer.read([np.array([VOCABULARY]), np.array([VOCABULARY, 5, 6, 5])], np.arange(2))
    alone = writer.read([np.array([VOCABULARY])], np.arange(1))
    torch.testing.assert_close(both[:1], alone)
    two = before(np.array([VOCABULARY, 5, 6, 5]), np.arange(4), VOCABULARY)[-1:]
    network, counts, past = blend.shares[2]
    expected = network / VOCABULARY + counts * blend.counts.after(two)[0]
    expected[6] += past
    torch.testing.assert_close(both[1], expected.float())


def test_the_blend_is_read_back_from_what_is_stored(blend, script, network):
    stored = blend.stored(Weights({"kept": 1}, {"own": np.ones(2)}))
    found = blending.of(stored)
    assert stored.head["kept"] == 1 and "own" in stored.arrays and found is not None
    np.testing.assert_allclose(found.nats(-np.log(network), script), blend.nats(-np.log(network), script))
    assert blending.of(Weights({}, {})) is None
