"""Sizes from the amount of text and the time."""

import pytest

from genloop.core.config import read
from genloop.core.errors import ConfigError
from genloop.generators.transformer.texts.config import Config
from genloop.generators.transformer.texts.size import DECAY, DROPOUT, size


@pytest.mark.parametrize(
    ("tokens", "seconds", "kind", "expected"),
    [
        (1_000_000, None, "float32", (256, 6, 4096)),
        (1_000_000, 600.0, "float32", (256, 6, 4096)),
        (1_000_000, 150.0, "float32", (192, 4, 2048)),
        (1_000_000, 150.0, "bfloat16", (256, 6, 4096)),
        (1_000_000, 60.0, "bfloat16", (192, 4, 2048)),
        (5_000, 600.0, "bfloat16", (192, 4, 1024)),
    ],
)
def test_little_text_or_time_takes_a_smaller_network(
    tokens: int, seconds: float | None, kind: str, expected: tuple[int, int, int]
) -> None:
    found = size(Config(vocabulary=99), tokens, seconds, kind)
    assert (found.width, found.layers, found.tokens) == expected


def test_what_is_set_stays() -> None:
    found = size(Config(vocabulary=99, width=64, tokens=300), 5_000, 60.0)
    assert (found.width, found.layers, found.tokens) == (64, 4, 300)


@pytest.mark.parametrize(("name", "ends"), [("dropout", DROPOUT), ("weight_decay", DECAY)])
def test_texts_that_are_seen_more_often_hold_the_network_back(name: str, ends: tuple[float, float]) -> None:
    by_time = [getattr(size(Config(vocabulary=99), 500_000, time), name) for time in (60.0, 600.0, 1200.0, 6000.0)]
    assert by_time[0] == by_time[1] == ends[0] < by_time[2] < by_time[3] == ends[1]
    by_epochs = [getattr(size(Config(vocabulary=99, epochs=some), 500_000, None), name) for some in (2.0, 6.0, 30.0)]
    assert by_epochs[0] == ends[0] < by_epochs[1] < by_epochs[2] == ends[1]
    assert getattr(size(Config(vocabulary=99, **{name: 0.0}), 1_000, 600.0), name) == 0.0
    slow, fast = (getattr(size(Config(vocabulary=99), 500_000, 1200.0, kind), name) for kind in ("float32", "bfloat16"))
    assert ends[0] < slow < fast  # the same time on a slower machine shows the texts less often


@pytest.mark.parametrize("wrong", [1.0, -0.1, "a", True])
def test_a_dropout_that_is_no_share_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match="dropout"):
        read(Config, {"vocabulary": 99, "dropout": wrong})
