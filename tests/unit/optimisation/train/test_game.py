"""The loop on a toy game of two players: moves, averages, looks, the alarm and its remedies, time and resuming."""

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch, Log, Pixels, Task, Weights  # noqa: E402
from genloop.optimisation.train import events, train  # noqa: E402

pytestmark = pytest.mark.neural

RNG = np.random.default_rng(0)
ROWS = Batch(np.zeros((64, 0), np.uint16), (), RNG.integers(0, 200, (64, 2, 2, 1), dtype=np.uint8))


class Part(torch.nn.Module):
    """One number."""

    def __init__(self) -> None:
        super().__init__()
        self.level = torch.nn.Parameter(torch.zeros(1))


class Toy(torch.nn.Module):
    """The critic follows the pictures' mean, the generator follows the critic; `scene` tells what is drawn when."""

    players = ("critic", "generator")

    def __init__(self, *, broken: frozenset[int] = frozenset(), narrow: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.critic, self.generator = Part(), Part()
        self.register_buffer("moves", torch.zeros(()))
        self.broken, self.narrow = broken, narrow
        self.asked: list[str] = []
        self.heard: list[str] = []
        self.looks = 0

    def loss(self, rows: Batch, rng: torch.Generator, player: str) -> torch.Tensor:
        """Squared distance of each player to what it follows."""
        assert rows.pixels is not None
        self.asked.append(player)
        if player == "critic":
            self.moves += 1
            aim = torch.tensor(rows.pixels.mean() / 255, dtype=torch.float32) + torch.randn((), generator=rng) * 0.01
            fault = math.nan if int(self.moves) in self.broken else 0.0
            return (self.critic.level - aim).square().sum() + fault
        return (self.generator.level - self.critic.level).square().sum()

    def decay(self, name: str) -> float:
        """Nothing decays."""
        return 0.0

    def averaged(self, name: str) -> bool:
        """Only the generator."""
        return name.startswith("generator")

    def remedy(self, name: str) -> None:
        """Note what was asked for."""
        self.heard.append(name)

    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """Real pictures, or all alike at the looks that are to be narrow."""
        if len(given) == 64:
            self.looks += 1
        made = np.resize(ROWS.pixels if ROWS.pixels is not None else 0, (len(given), 2, 2, 1)).astype(np.uint8)
        return np.zeros_like(made) if self.looks in self.narrow else made


def _train(learner: Toy | None = None, settings: dict[str, Any] | None = None, **task: Any) -> Weights:
    values = {"batch": 32, "learning_rate": 0.02, "schedule": "flat", "warmup": 4, "average": 0.9, **(settings or {})}
    return train(learner or Toy(), ROWS, ROWS, Task(ROWS, **{"seed": 1, "steps": 150, **task}), values)


def test_players_move_in_turn_and_reach_what_they_follow() -> None:
    learner = Toy()
    weights = _train(learner)
    assert learner.asked[:4] == ["critic", "generator", "critic", "generator"]
    assert ROWS.pixels is not None
    for name in ("critic.level", "generator.level"):
        assert float(weights.arrays[name][0]) == pytest.approx(ROWS.pixels.mean() / 255, abs=0.03)


def test_each_player_moves_only_its_own_weights_at_its_own_rate() -> None:
    weights = _train(steps=1, settings={"warmup": 1, "rates": {"critic": 0.5}})
    assert abs(float(weights.arrays["critic.level"][0])) == pytest.approx(0.01, rel=0.01)
    still = _train(steps=1, settings={"warmup": 1, "rates": {"critic": 1e-9}})
    assert float(still.arrays["generator.level"][0]) == pytest.approx(0.0, abs=0.021)


def test_a_game_broken_off_and_resumed_equals_one_that_was_not(tmp_path: Path) -> None:
    asked = iter(range(1000))
    _train(checkpoint=str(tmp_path), stop=lambda: next(asked) >= 110)
    resumed, whole = _train(checkpoint=str(tmp_path)), _train()
    np.testing.assert_array_equal(resumed.arrays["generator.level"], whole.arrays["generator.level"])
    assert [point[0] for point in resumed.head["watch"]][:2] == [0, 100]
    assert {path.name for path in tmp_path.iterdir()} == {"training.safetensors"}


def test_the_judge_gives_the_curve_its_values_and_the_best_is_kept_when_the_end_is_clearly_worse() -> None:
    values = iter([9.0, 3.0, 4.0, 5.0])
    weights = _train(judge=lambda draw: next(values) + 0 * draw(8).size)
    assert [point[3] for point in weights.head["curve"]] == [9.0, 3.0, 4.0, 5.0]
    assert [point[0] for point in weights.head["curve"]] == [0, 100, 125, 150]
    assert (weights.head["held_loss"], weights.head["best_step"]) == (3.0, 100)
    near = iter([9.0, 3.0, 3.1, 3.2])
    assert _train(judge=lambda draw: next(near)).head["best_step"] == 150


def test_a_log_keeps_the_curve_and_shows_pictures_and_changes_nothing(tmp_path: Path) -> None:
    shown: list[tuple[Pixels, int]] = []
    log = Log(str(tmp_path / "log"), ROWS.take(np.arange(5)), lambda made, step: shown.append((made, step)))
    logged, plain = _train(log=log), _train()
    np.testing.assert_array_equal(logged.arrays["generator.level"], plain.arrays["generator.level"])
    assert [made.shape for made, _ in shown] == [(5, 2, 2, 1)] * len(logged.head["curve"])
    assert [step for _, step in shown] == [point[0] for point in logged.head["curve"]]
    said = (tmp_path / "log" / events.FILE).read_bytes()
    assert said.count(b"spread") == len(logged.head["curve"]) and b"judge" not in said and b"held_out" not in said


def test_a_collapse_asks_for_remedies_in_their_order() -> None:
    learner = Toy(narrow=frozenset(range(2, 100)))
    weights = _train(learner, steps=700)
    assert [name for _, name, _ in weights.head["remedies"]] == ["rate", "penalty", "augmentation", "back"]
    assert learner.heard == ["penalty", "augmentation"]
    assert "the spread of what is made fell from 1.00 to 0.00" in weights.head["remedies"][0][2]
    assert weights.head["failed"].startswith("it failed to learn: made pictures differ from one another by 0%")
    assert "try more time" in weights.head["failed"]


def test_a_game_that_does_well_hears_no_alarm() -> None:
    weights = _train()
    assert weights.head["remedies"] == []
    assert weights.head["failed"] is None
    assert weights.head["held_loss"] is None


def test_a_judge_that_never_improves_is_a_failure_with_a_reason() -> None:
    weights = _train(judge=lambda draw: 7.0)
    assert weights.head["failed"].startswith("it failed to learn: the judge's value went from 7 to 7")


def test_a_game_that_is_worse_look_after_look_ends_early_with_its_best() -> None:
    values = iter([9.0, 3.0, *[4.0] * 100])
    weights = _train(steps=5000, judge=lambda draw: next(values))
    assert weights.head["reason"] == "gained no more"
    assert (weights.head["best_step"], weights.head["stalled_step"]) == (100, 605)
    assert weights.head["steps"] == 605 + math.ceil(605 * 0.2)
    steady = iter([9.0, 3.0, *[3.3] * 100])
    assert _train(steps=800, judge=lambda draw: next(steady)).head["reason"] == "finished"


def test_a_broken_loss_goes_back_to_the_best_and_a_loss_that_keeps_breaking_ends_the_run() -> None:
    mended = _train(Toy(broken=frozenset({20})))
    assert mended.head["reason"] == "finished"
    assert mended.head["remedies"] == [[19, "back", "the loss was nan at step 19"]]
    hopeless = _train(Toy(broken=frozenset(range(20, 200))))
    assert hopeless.head["reason"] == "the loss was nan at step 22; kept the best before it"
    assert np.isfinite(hopeless.arrays["generator.level"]).all()


class _Clock:
    """Time that only passes when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


class _Slow(Toy):
    """A game whose steps take a tenth of a second."""

    def __init__(self, clock: _Clock) -> None:
        super().__init__()
        self.clock = clock

    def loss(self, rows: Batch, rng: torch.Generator, player: str) -> torch.Tensor:
        """The toy's loss, after a while."""
        self.clock.now += 0.05
        return super().loss(rows, rng, player)


def test_a_flat_run_fixes_its_length_when_it_begins_to_fall_and_the_same_steps_repeat_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = _Clock(monkeypatch)
    timed = _train(_Slow(clock), {"most_epochs": 1e5}, steps=None, max_seconds=30.0)
    assert 270 < timed.head["steps"] <= 300
    assert timed.head["steps"] == timed.head["planned_steps"]
    assert timed.head["reason"] == "finished"
    again = _train(settings={"most_epochs": 1e5}, steps=timed.head["steps"])
    np.testing.assert_array_equal(timed.arrays["generator.level"], again.arrays["generator.level"])
