"""The training loop on a toy learner: exact resume, stopping, watching, averaging, and the golden curve."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError  # noqa: E402
from genloop.core.protocols import Batch, Log, Progress, Task, Weights  # noqa: E402
from genloop.optimisation.train import events, loop, train  # noqa: E402

pytestmark = pytest.mark.neural

SHARES = (0.4, 0.25, 0.15, 0.1, 0.07, 0.03)
ROWS = np.random.default_rng(0).choice(6, (640, 2), p=SHARES).astype(np.uint16)
HELD = np.random.default_rng(1).choice(6, (400, 2), p=SHARES).astype(np.uint16)
NOTHING = Batch(ROWS[:0], ())


class Toy(torch.nn.Module):
    """Independent fields of six tokens, with noise on the training loss so that randomness counts."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(2, 6))
        self.broken_from: float = math.inf
        self.calls = 0

    def loss(self, rows: torch.Tensor, rng: torch.Generator | None) -> torch.Tensor:
        """Nats per row."""
        self.calls += rng is not None
        noise = 0.0 if rng is None else torch.randn(2, 6, generator=rng) * 0.1
        chosen = (self.logits + noise).log_softmax(1)[torch.arange(2), rows]
        broken = math.nan if self.calls > self.broken_from and rng is not None else 0.0
        return -chosen.sum(1).mean() + broken

    def decay(self, name: str) -> float:
        """Every array decays once."""
        return 1.0


def _train(learner: Toy | None = None, settings: dict[str, Any] | None = None, **task: Any) -> Weights:
    rows, held = task.pop("rows", ROWS), task.pop("held", HELD)
    values = {"batch": 64, "learning_rate": 0.05, "average": 0.9, **(settings or {})}
    return train(learner or Toy(), rows, held, Task(NOTHING, **{"seed": 7, "steps": 120, **task}), values)


def test_the_best_average_reaches_the_entropy_of_the_data() -> None:
    counts = [np.bincount(column, minlength=6) / len(ROWS) for column in ROWS.T]
    entropy = -sum(float((share * np.log(share)).sum()) for share in counts)
    weights = _train(held=ROWS, steps=200)
    assert weights.head["held_loss"] == pytest.approx(entropy, abs=0.002)
    assert weights.head["reason"] in ("finished", "stalled")
    assert weights.arrays["logits"].dtype == np.float32


def test_the_same_steps_and_seed_repeat_the_run_bit_by_bit_and_another_seed_does_not() -> None:
    first, second, other = _train(), _train(), _train(seed=8)
    np.testing.assert_array_equal(first.arrays["logits"], second.arrays["logits"])
    assert (first.arrays["logits"] != other.arrays["logits"]).any()


def test_the_loss_curve_is_the_recorded_one() -> None:
    golden = [(0, 3.58352), (25, 3.10632), (50, 3.05557), (75, 3.0558), (100, 3.05711), (120, 3.05703)]
    curve = [(step, held) for step, _, _, held in _train().head["curve"]]
    assert [step for step, _ in curve] == [step for step, _ in golden]
    np.testing.assert_allclose([value for _, value in curve], [value for _, value in golden], atol=2e-4)


@pytest.mark.parametrize("breaks", [1, 30, 60, 110])
def test_a_run_broken_off_and_resumed_equals_one_that_was_not(tmp_path: Path, breaks: int) -> None:
    whole = _train()
    asked = iter(range(10_000))
    part = _train(checkpoint=str(tmp_path), stop=lambda: next(asked) >= breaks)
    assert part.head["reason"] == "stopped"
    assert part.head["steps"] == breaks
    resumed = _train(checkpoint=str(tmp_path))
    np.testing.assert_array_equal(resumed.arrays["logits"], whole.arrays["logits"])
    assert resumed.head["best_step"] == whole.head["best_step"]
    assert resumed.head["steps"] == whole.head["steps"]
    again = _train(checkpoint=str(tmp_path))
    np.testing.assert_array_equal(again.arrays["logits"], whole.arrays["logits"])


def test_a_checkpoint_holds_no_rows_and_no_pickle(tmp_path: Path) -> None:
    _train(checkpoint=str(tmp_path))
    files = [path.name for path in tmp_path.iterdir()]
    assert files == ["training.safetensors"]
    assert (tmp_path / files[0]).stat().st_size < 4000 < ROWS.nbytes * 2


def test_a_log_keeps_every_held_out_loss_and_changes_nothing(tmp_path: Path) -> None:
    logged = _train(log=Log(str(tmp_path)))
    np.testing.assert_array_equal(logged.arrays["logits"], _train().arrays["logits"])
    assert (tmp_path / events.FILE).read_bytes().count(b"held_out_loss") == len(logged.head["curve"])


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    _train(checkpoint=str(tmp_path), steps=5)
    with pytest.raises(DataError, match="belongs to other data, settings or seed"):
        _train(checkpoint=str(tmp_path), steps=5, seed=8)
    with pytest.raises(DataError, match="belongs to other data, settings or seed"):
        _train(checkpoint=str(tmp_path), steps=5, rows=ROWS[1:])


def test_a_damaged_checkpoint_is_refused_with_what_to_do(tmp_path: Path) -> None:
    _train(checkpoint=str(tmp_path), steps=5)
    file = tmp_path / "training.safetensors"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(DataError, match=r"cannot be read .*; remove it to start afresh"):
        _train(checkpoint=str(tmp_path), steps=5)


def test_a_stop_at_once_gives_the_weights_it_began_with() -> None:
    weights = _train(stop=lambda: True)
    assert weights.head["steps"] == 0
    assert (weights.arrays["logits"] == 0).all()


def test_a_loss_that_breaks_ends_the_run_with_the_best_so_far() -> None:
    learner = Toy()
    learner.broken_from = 40
    weights = _train(learner, held=ROWS)
    assert weights.head["reason"] == "the loss was nan at step 40; kept the best before it"
    assert np.isfinite(weights.arrays["logits"]).all()


def test_held_out_loss_that_no_longer_falls_cuts_the_run_short() -> None:
    opposite = np.zeros((50, 2), np.uint16)
    weights = _train(rows=np.full((640, 2), 5, np.uint16), held=opposite, steps=2000)
    assert weights.head["reason"] == "stalled"
    assert weights.head["best_step"] == 0
    assert weights.head["steps"] == math.ceil(4 * (2000 // 24) * 1.2)


def test_a_time_budget_becomes_a_number_of_steps_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    weights = _train(_Slow(clock, 0.1), steps=None, max_seconds=100.0, settings={"most_epochs": 1000.0})
    assert clock.now < 100
    assert weights.head["reason"] in ("finished", "stalled")
    assert 700 < weights.head["planned_steps"] < 950


def test_a_run_slower_than_it_was_timed_leaves_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    learner = _Slow(clock, 0.1, slower_after=60)
    weights = _train(learner, steps=None, max_seconds=100.0, settings={"most_epochs": 1000.0, "patience": 100})
    assert weights.head["reason"] == "time"
    assert weights.head["steps"] < weights.head["planned_steps"]
    assert 80 < clock.now < 101


def test_without_budget_the_epochs_decide_and_with_one_they_are_the_most() -> None:
    assert _train(steps=None, settings={"epochs": 3.0}).head["planned_steps"] == 60
    assert _train(steps=None, settings={"epochs": 3.0, "most_steps": 20}).head["planned_steps"] == 20
    weights = _train(steps=None, max_seconds=30.0, settings={"most_epochs": 2.0})
    assert weights.head["planned_steps"] == 40


def test_timing_leaves_no_trace_in_the_result() -> None:
    weights = _train(steps=None, max_seconds=30.0, settings={"most_epochs": 2.0})
    np.testing.assert_array_equal(weights.arrays["logits"], _train(steps=40).arrays["logits"])


def test_progress_rises_to_one_and_carries_the_score() -> None:
    seen: list[Progress] = []
    _train(report=seen.append, steps=60)
    assert [event.share for event in seen] == sorted(event.share for event in seen)
    assert seen[-1].share == 1.0
    scores = [event.score for event in seen if event.score is not None]
    assert len(scores) >= 3
    assert "held-out loss" in seen[-1].note


def test_every_row_comes_once_an_epoch() -> None:
    rows = np.arange(640, dtype=np.uint16).reshape(320, 2) % 6
    run = loop.Run(Toy(), rows, HELD, Task(NOTHING, seed=1, steps=5), loop.Config(batch=32))
    first = np.concatenate([run._picked(step) for step in range(10)])
    assert sorted(first.tolist()) == list(range(320))
    second = np.concatenate([run._picked(step) for step in range(10, 20)])
    assert (first != second).any()


def test_no_rows_and_unknown_settings_are_refused() -> None:
    with pytest.raises(DataError, match="no rows to train on"):
        _train(rows=ROWS[:0])
    with pytest.raises(ConfigError, match="unknown setting speed"):
        _train(settings={"speed": 3})


class _Clock:
    """A clock that only learners move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(loop.time, "monotonic", lambda: self.now)


class _Slow(Toy):
    """A toy whose every loss takes the given seconds of the clock, three times as long after some calls."""

    def __init__(self, clock: _Clock, seconds: float, *, slower_after: float = math.inf) -> None:
        super().__init__()
        self.clock, self.seconds, self.slower_after = clock, seconds, slower_after

    def loss(self, rows: torch.Tensor, rng: torch.Generator | None) -> torch.Tensor:
        """The toy's loss, later."""
        self.clock.now += self.seconds * (3 if self.calls > self.slower_after else 1)
        return super().loss(rows, rng)
