"""Texts with a latent: the bound against an exact sum, the remedies, a whole tiny run, rewriting, the way between.

The toy needs its latent: a text repeats one of eight words, and the writer reads next to nothing of what it wrote.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError, ModelFileError  # noqa: E402
from genloop.core.families import TextFamily  # noqa: E402
from genloop.core.protocols import UNKNOWN, Batch, Field, Task, Weights  # noqa: E402
from genloop.core.texts import END, Texts, Wish  # noqa: E402
from genloop.generators.vae import texts as family  # noqa: E402
from genloop.generators.vae.texts.config import Config  # noqa: E402
from genloop.generators.vae.texts.draw import bound, load  # noqa: E402
from genloop.generators.vae.texts.loss import Objective, above, weight  # noqa: E402
from genloop.generators.vae.texts.network import Network, Shape  # noqa: E402
from genloop.nn import reading  # noqa: E402
from genloop.nn.cells import WHOLE  # noqa: E402
from genloop.nn.condition import Given  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural
WORDS, VOCABULARY = 8, 12
FIELDS = (Field("class", 2, ordered=False), Field("half", 2, ordered=False))
SETTINGS: Mapping[str, Any] = {
    "vocabulary": VOCABULARY, "width": 32, "latent": 4, "tokens": 256, "average": 0.95, "learning_rate": 0.02,
    "backwards": 0.3, "dropout": 0.0, "hidden": 0.9, "free_bits": 0.3, "cycle": 40, "cycles": 2, "longest": 16,
}  # fmt: skip


def word(text: int) -> int:
    return 2 + text % WORDS


def corpus(rows: int, seed: int = 0) -> Batch:
    """Texts that say one word again and again, six times in class 0, eight times in class 1; of which half it is."""
    rng = np.random.default_rng(seed)
    kind, said = rng.integers(0, 2, rows), rng.integers(0, WORDS, rows)
    made = [[word(text)] * (6 + 2 * own) + [END] for own, text in zip(kind.tolist(), said.tolist(), strict=True)]
    return Batch(np.stack([kind, said % 2], 1).astype(np.uint16), FIELDS, texts=Texts.of(made))


@pytest.fixture(scope="module")
def weights() -> Weights:
    return family.fit(Task(corpus(400), 1, SETTINGS, steps=150, trainer=train))


def _of(rows: list[list[int]], kind: int = 0) -> Batch:
    return Batch(np.array([[kind, UNKNOWN]] * len(rows), np.uint16), FIELDS, texts=Texts.of(rows))


def _each() -> Batch:
    """One text of each word."""
    return _of([[word(text)] * 6 + [END] for text in range(WORDS)])


def test_the_family_satisfies_its_protocol_and_learns(weights: Weights) -> None:
    assert isinstance(family, TextFamily)
    json.dumps(weights.head)
    assert weights.head["training"]["held_loss"] < 0.7


def test_the_posterior_did_not_collapse_where_the_latent_is_needed(weights: Weights) -> None:
    means = family.encode(weights, corpus(200, seed=2))
    assert (means.var(0) > 0.01).sum() >= 2
    held = corpus(100, seed=3)
    network = load(weights)
    assert held.texts is not None
    with torch.inference_mode():
        told = network.told(Given.of(held))
        own = reading.score(
            network, held, WHOLE, told + network.meaning(torch.from_numpy(family.encode(weights, held)))
        )
        other = np.random.default_rng(0).standard_normal((len(held), 4), np.float32)
        chance = reading.score(network, held, WHOLE, told + network.meaning(torch.from_numpy(other)))
    assert own.mean() < 0.5 * chance.mean()


def test_at_no_strength_a_text_comes_back_and_at_full_strength_it_is_a_fresh_draw(weights: Weights) -> None:
    batch = _each()
    assert batch.texts is not None
    rng, wish = np.random.default_rng(0), Wish(most=20)
    same = family.rewrite(weights, batch, 0.0, rng, wish)
    kept = [row for row in range(WORDS) if set(same[row].tolist()) == {word(row), END}]
    assert len(kept) > WORDS // 2
    many = batch.take(np.zeros(40, int))
    shares = [
        np.mean([word(0) in made[row] for row in range(40)])
        for made in (family.rewrite(weights, many, strength, rng, wish) for strength in (0.2, 1.0))
    ]
    assert shares[0] > 0.8 > 0.5 > shares[1]


def test_the_wished_column_decides_what_the_latent_leaves_open(weights: Weights) -> None:
    texts = [[word(text)] * 6 + [END] for text in range(WORDS)]
    short, long = (
        family.rewrite(weights, _of(texts, kind), 0.0, np.random.default_rng(0), Wish(most=20)) for kind in (0, 1)
    )
    assert long.lengths.mean() > short.lengths.mean() + 0.5


def test_the_ends_of_the_way_are_the_reconstructions_and_its_length_is_the_steps(weights: Weights) -> None:
    batch = _each()
    first, second = batch.take(np.array([0, 1])), batch.take(np.array([4, 5]))
    rng, wish = np.random.default_rng(0), Wish(most=20)
    way = family.between(weights, first, second, 5, rng, wish)
    ends = [family.rewrite(weights, own, 0.0, rng, wish) for own in (first, second)]
    assert len(way) == 5
    assert all(np.array_equal(way[place].tokens, end.tokens) for place, end in zip((0, -1), ends, strict=True))


def test_draws_follow_the_columns_and_the_seed(weights: Weights) -> None:
    asked = Batch(np.array([[0, UNKNOWN]] * 40 + [[1, UNKNOWN]] * 40, np.uint16), FIELDS)
    first, again = (family.sample(weights, asked, np.random.default_rng(3), Wish(most=20)) for _ in range(2))
    assert np.array_equal(first.tokens, again.tokens)
    assert first.lengths[40:].mean() > first.lengths[:40].mean() + 0.5
    assert len({int(first[row][0]) for row in range(80)}) >= WORDS - 2
    one = asked.take(np.array([0]))
    alone = family.sample(weights, one, np.random.default_rng(5), Wish(most=20))
    assert list(family.stream(weights, one, np.random.default_rng(5), Wish(most=20))) == alone[0].tolist()


def test_with_guidance_the_columns_speak_louder_and_what_is_not_given_says_nothing(weights: Weights) -> None:
    asked = Batch(np.array([[0, UNKNOWN]] * 200 + [[1, UNKNOWN]] * 200, np.uint16), FIELDS)

    def apart(guidance: float) -> float:
        made = family.sample(weights, asked, np.random.default_rng(3), Wish(most=20, guidance=guidance))
        return float(made.lengths[200:].mean() - made.lengths[:200].mean())

    assert apart(3.0) > apart(1.0) + 0.2
    nothing = Batch(np.full((20, 2), UNKNOWN, np.uint16), FIELDS)
    plain, led = (
        family.sample(weights, nothing, np.random.default_rng(3), Wish(most=20, guidance=by)) for by in (1.0, 3.0)
    )
    assert np.array_equal(plain.tokens, led.tokens)
    one, loud = asked.take(np.array([0])), Wish(most=20, guidance=3.0)
    alone = family.sample(weights, one, np.random.default_rng(5), loud)
    assert list(family.stream(weights, one, np.random.default_rng(5), loud)) == alone[0].tolist()


def test_codes_are_drawn_from_texts_and_known_ones_stay(weights: Weights) -> None:
    held = corpus(200, seed=4)
    hidden = dataclasses.replace(held, codes=np.full_like(held.codes, UNKNOWN))
    assert (family.infer(weights, hidden, np.random.default_rng(0)) == held.codes).mean(0)[1] > 0.8
    assert (family.infer(weights, held, np.random.default_rng(0)) == held.codes).all()


def test_the_bound_lies_above_the_exact_value_and_grows_towards_it() -> None:
    """With a latent of one number, -log p(text) is an integral that a fine sum gives exactly."""
    batch, drawn = corpus(12, seed=5), torch.Generator().manual_seed(0)
    network = Network(Shape(VOCABULARY, "lstm", 32, 1, 32, latent=1, readers=1, longest=16), batch, drawn)
    with torch.no_grad():
        network.leave.weight.normal_(generator=drawn)
        network.widen.weight *= 6
        network.code.weight *= 0.2
        network.code.bias[1] = 0.2
    places = np.linspace(-5, 5, 61)
    with torch.inference_mode():
        told = network.told(Given.of(batch))
        logs = [
            -reading.score(network, batch, WHOLE, told + network.meaning(torch.full((len(batch), 1), place)))
            - place**2 / 2
            - math.log(2 * math.pi) / 2
            for place in places.tolist()
        ]
    exact = -np.logaddexp.reduce(np.array(logs), 0) - math.log(places[1] - places[0])
    rng = np.random.default_rng(0)
    elbo = np.mean([bound(network, batch, 1, rng) for _ in range(15)], 0)
    some = np.mean([bound(network, batch, 8, rng) for _ in range(5)], 0)
    many = bound(network, batch, 100, rng)
    assert elbo.mean() > some.mean() > many.mean() - 1e-3
    assert (elbo > exact - 0.05).all()
    np.testing.assert_allclose(many, exact, atol=0.5)
    assert np.abs(many - exact).mean() < 0.2


def test_the_score_is_the_bound_of_as_many_draws_as_are_set_and_always_the_same(weights: Weights) -> None:
    batch = corpus(20, seed=6)
    first = family.score(weights, batch)
    assert np.array_equal(first, family.score(weights, batch))
    own = bound(load(weights), batch, 8, np.random.default_rng(0))
    np.testing.assert_allclose(first, own)
    with pytest.raises(DataError, match="hold no texts"):
        family.score(weights, Batch(batch.codes, FIELDS))


def test_the_weight_of_the_latents_cost_rises_in_each_cycle_and_then_stays() -> None:
    config = Config(vocabulary=5, cycle=20, cycles=2)
    found = [weight(step, config) for step in (0, 5, 10, 19, 20, 25, 35, 40, 1000)]
    assert found == [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 1.0]
    assert weight(0, dataclasses.replace(config, cycles=0)) == 1.0


def test_free_bits_cost_the_same_whatever_lies_below_them_and_have_no_slope_there() -> None:
    apart = torch.tensor([[0.1, 2.0], [0.3, 4.0]], requires_grad=True)
    found = above(apart, 0.5)
    assert found.item() == pytest.approx(0.5 + 3.0)
    found.backward()
    assert apart.grad is not None
    assert apart.grad.tolist() == [[0.0, 0.5], [0.0, 0.5]]


def test_tokens_are_hidden_from_the_writer_but_neither_marks_nor_ends_nor_codes(weights: Weights) -> None:
    network = load(weights)
    objective = Objective(network, Config(**{**SETTINGS, "hidden": 0.5}))
    inputs = torch.tensor([VOCABULARY, END, VOCABULARY + 3] * 50 + [4] * 400)
    shown = objective.shown(inputs, torch.Generator().manual_seed(0))
    assert torch.equal(shown[:150], inputs[:150])
    assert 0.4 < float((shown[150:] != 4).float().mean()) < 0.6
    assert torch.equal(objective.shown(inputs, None), inputs)


def test_held_out_rows_are_measured_by_the_whole_bound_whatever_the_step(weights: Weights) -> None:
    objective = Objective(load(weights), Config(**SETTINGS)).eval()
    marked = corpus(300, seed=7)
    assert marked.texts is not None
    own = [np.concatenate([[VOCABULARY], marked.texts[row]]) for row in range(300)]
    rows = dataclasses.replace(marked, texts=Texts.of(own))
    before = float(objective.loss(rows, None))
    objective.moved.fill_(999)
    assert float(objective.loss(rows, None)) == before
    asked = len(marked.texts.tokens)
    one = np.mean([bound(load(weights), marked, 1, np.random.default_rng(seed)).sum() for seed in range(10)])
    assert before == pytest.approx(one / asked, rel=0.15)


def test_a_text_longer_than_is_read_still_has_a_bound_and_comes_back(weights: Weights) -> None:
    long = _of([[word(1)] * 40 + [END]])
    assert np.isfinite(family.score(weights, long)).all()
    assert len(family.rewrite(weights, long, 0.0, np.random.default_rng(0), Wish(most=12))) == 1


def test_bad_settings_strengths_ways_and_weights_are_refused(weights: Weights) -> None:
    for wrong, message in (
        ({"vocabulary": 0}, "vocabulary=0: expected the codec's number of tokens"),
        ({"latent": 0}, "latent=0: expected more than 0"),
        ({"hidden": 1.0}, "hidden=1.0: expected a share from 0 to below 1"),
        ({"free_bits": -1}, "free_bits=-1: expected at least 0"),
    ):
        with pytest.raises(ConfigError, match=message):
            family.Config(**{**SETTINGS, **wrong})
    rng, batch = np.random.default_rng(0), _each()
    with pytest.raises(ConfigError, match=r"from 0 \(as it is\) to 1 \(a new text\), found 2"):
        family.rewrite(weights, batch, 2.0, rng, Wish())
    with pytest.raises(ConfigError, match="at least 2 steps, found 1"):
        family.between(weights, batch, batch, 1, rng, Wish())
    with pytest.raises(DataError, match="from 8 texts to 1"):
        family.between(weights, batch, batch.take(np.array([0])), 3, rng, Wish())
    with pytest.raises(ConfigError, match="learnt by a training loop"):
        family.fit(Task(batch, 0, SETTINGS))
    broken = Weights(weights.head, {**weights.arrays, "table": np.zeros((3, 3), np.float32)})
    with pytest.raises(ModelFileError, match="do not fit its head"):
        family.sample(broken, batch, rng, Wish())
