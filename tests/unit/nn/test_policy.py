"""The policy gradient: its slope against the closed form, its leash, and what it moves a tiny writer to."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError  # noqa: E402
from genloop.core.protocols import Batch, Task  # noqa: E402
from genloop.core.texts import END, Texts, Wish  # noqa: E402
from genloop.generators import recurrent  # noqa: E402
from genloop.generators.transformer import texts as decoder  # noqa: E402
from genloop.generators.transformer.texts.network import Network, Shape  # noqa: E402
from genloop.nn.condition import Given  # noqa: E402
from genloop.nn.policy import Policy, advantages  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural
ROWS = Batch(np.zeros((4, 0), np.uint16), ())
TEXTS = Texts.of([[2, 3, END], [4, END], [2, 2, 3, END], [5, END]])


def network(seed=0):
    made = Network(Shape(6, 16, 1, 2, 1, 8), ROWS, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for part in (made.leave.weight, made.shares):
            part.copy_(torch.randn(part.shape, generator=torch.Generator().manual_seed(seed + 1)))
    return made


def policy(own, reference, rewards, leash):
    return Policy(own, reference, lambda rows, rng: TEXTS, lambda texts, rows: rewards, group=2, leash=leash)


def slopes(learner):
    learner.zero_grad()
    learner.loss(ROWS.take(np.arange(2)), torch.Generator().manual_seed(0)).backward()
    return {name: part.grad.clone() for name, part in learner.network.named_parameters() if part.grad is not None}


def log_chances(own):
    """Of every token of every text, one text after the other, without the layout that the product uses."""
    found = []
    for row in range(len(TEXTS)):
        whole = Batch(np.zeros((1, 0), np.uint16), (), texts=Texts.of([TEXTS[row]]))
        script = policy(own, own, None, 0.0)._script(whole)
        state = own(script.inputs, own.told(Given.of(whole)), script.lines)
        found.append(torch.log_softmax(own.logits(state), -1).gather(1, script.wanted[:, None])[:, 0])
    return found


def test_a_group_s_rewards_are_measured_in_deviations_from_its_mean():
    assert advantages(np.array([1.0, 3.0, 5.0, 5.0]), 2).tolist() == [-1.0, 1.0, 0.0, 0.0]


def test_the_slope_is_that_of_grpo():
    own, reference, rewards, leash = network(0), network(0), np.array([1.0, 3.0, 0.0, -2.0]), 0.3
    with torch.no_grad():
        reference.shares.add_(torch.linspace(-1, 1, 6))
    found = slopes(policy(own, reference, rewards, leash))
    own.zero_grad()
    gain = advantages(rewards, 2)
    total, count = torch.zeros(()), 0
    for row, (new, old) in enumerate(zip(log_chances(own), log_chances(reference), strict=True)):
        ratio = (old.detach() - new).exp()
        kl = ratio - (old.detach() - new) - 1
        surrogate = (new - new.detach()).exp() * float(gain[row])
        total, count = total - (surrogate - leash * kl).sum(), count + len(new)
    (total / count).backward()
    for name, part in own.named_parameters():
        if part.grad is not None:
            assert torch.allclose(found[name], part.grad, atol=1e-5), name


def test_equal_rewards_and_no_distance_move_nothing():
    own = network(0)
    found = slopes(policy(own, copy.deepcopy(own), np.ones(4), 0.5))
    assert max(float(part.abs().max()) for part in found.values()) < 1e-6


def test_held_out_rows_give_the_judge_s_mean():
    own = network(0)
    learner = policy(own, own, np.array([1.0, 2.0, 3.0, 6.0]), 0.1)
    assert float(learner.loss(ROWS, None)) == -3.0


def corpus(rows):
    rng = np.random.default_rng(0)
    made = [[*rng.integers(2, 6, 4).tolist(), END] for _ in range(rows)]
    return Batch(np.zeros((rows, 0), np.uint16), (), texts=Texts.of(made))


SETTINGS = {
    decoder: {"vocabulary": 6, "width": 16, "layers": 1, "heads": 2, "shared": 1, "tokens": 128, "context": 16,
              "precision": "float32"},
    recurrent: {"vocabulary": 6, "width": 16, "layers": 1, "tokens": 128},
}  # fmt: skip


@pytest.mark.parametrize("family", [decoder, recurrent])
def test_a_writer_is_moved_to_what_is_rewarded_and_the_leash_holds_it(family):
    weights = family.fit(Task(corpus(300), 1, SETTINGS[family], steps=40, trainer=train))

    def reward(texts, rows):
        return np.array([np.mean(texts[row] == 3) for row in range(len(texts))])

    rows = Batch(np.zeros((200, 0), np.uint16), ())
    shares = []
    for leash in (0.0, 5.0):
        settings = {"rows": 8, "group": 8, "leash": leash, "learning_rate": 0.01, "longest": 8, "held": 32}
        moved = family.coach(weights, Task(rows, 2, settings, steps=25, trainer=train), reward)
        made = family.sample(moved, rows, np.random.default_rng(0), Wish(most=8))
        shares.append(float(np.mean(made.tokens[made.tokens != END] == 3)))
        assert "coaching" in moved.head and moved.head["shape"] == weights.head["shape"]
    before = family.sample(weights, rows, np.random.default_rng(0), Wish(most=8))
    base = float(np.mean(before.tokens[before.tokens != END] == 3))
    assert shares[0] > base + 0.2 and shares[0] > shares[1] + 0.1


def test_settings_out_of_range_are_refused():
    family = decoder.fit(Task(corpus(80), 1, SETTINGS[decoder], steps=2, trainer=train))
    with pytest.raises(ConfigError, match="coaching setting group=1: expected at least 2"):
        decoder.coach(family, Task(ROWS, 0, {"group": 1}, trainer=train), lambda texts, rows: np.zeros(len(rows)))
    with pytest.raises(ConfigError, match="leash=-1: expected 0 or more"):
        decoder.coach(family, Task(ROWS, 0, {"leash": -1}, trainer=train), lambda texts, rows: np.zeros(len(rows)))
    with pytest.raises(ConfigError, match="pass Task"):
        decoder.coach(family, Task(ROWS, 0), lambda texts, rows: np.zeros(len(rows)))
