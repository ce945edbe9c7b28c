"""Device, threads and precision."""

import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError  # noqa: E402
from genloop.runtime import device, precision  # noqa: E402

pytestmark = pytest.mark.neural


def test_the_processor_is_taken_by_name_and_where_nothing_better_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.choose("cpu").type == device.choose("auto").type == "cpu"


def test_a_card_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.choose("auto").type == "cuda"
    assert device.choose("cuda:1").index == 1


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="no CUDA device is available; use --device cpu"):
        device.choose("cuda")
    for name in ("abacus", "meta", "mps"):  # torch knows the last two
        with pytest.raises(ConfigError, match=f"--device '{name}': expected auto, cpu, cuda or cuda:N"):
            device.choose(name)


def test_a_model_that_learnt_on_a_card_draws_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.again("cuda:1").type == device.again("cuda").type == device.again("auto").type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.again("cuda:1").index == 1 and device.again("cpu").type == "cpu"


def test_threads_are_set_inside_and_put_back_after() -> None:
    before = torch.get_num_threads()
    with device.threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_other_systems_keep_their_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.sys, "platform", "darwin")
    monkeypatch.setattr(device.ctypes, "CDLL", lambda name: pytest.fail("asked for a C library"))
    with device.threads(1):
        assert torch.get_num_threads() == 1


@pytest.mark.parametrize(
    ("float32", "bfloat16", "wanted"),
    [(1.0, 0.5, torch.bfloat16), (1.0, 0.95, torch.float32), (1.0, 3.0, torch.float32)],
)
def test_the_half_sized_format_is_taken_only_where_it_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, float32: float, bfloat16: float, wanted: torch.dtype
) -> None:
    seconds = {torch.float32: float32, torch.bfloat16: bfloat16}
    monkeypatch.setattr(precision, "_seconds", lambda kind, device: seconds[kind])
    assert precision.choose("auto", torch.device("cpu")) == wanted


def test_a_named_format_is_not_measured_and_the_probe_takes_time() -> None:
    cpu = torch.device("cpu")
    assert precision.choose("float32", cpu) == torch.float32
    assert precision.choose("bfloat16", cpu) == torch.bfloat16
    assert precision._seconds(torch.float32, cpu) > 0
