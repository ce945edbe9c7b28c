"""Sizes from the amount of text and the time."""

import pytest

from genloop.generators.transformer.texts.config import Config
from genloop.generators.transformer.texts.size import size


@pytest.mark.parametrize(
    ("tokens", "seconds", "expected"),
    [
        (1_000_000, None, (256, 6, 4096)),
        (1_000_000, 600.0, (256, 6, 4096)),
        (1_000_000, 60.0, (192, 4, 2048)),
        (5_000, 600.0, (192, 4, 1024)),
    ],
)
def test_little_text_or_time_takes_a_smaller_network(
    tokens: int, seconds: float | None, expected: tuple[int, int, int]
) -> None:
    found = size(Config(vocabulary=99), tokens, seconds)
    assert (found.width, found.layers, found.tokens) == expected


def test_what_is_set_stays() -> None:
    found = size(Config(vocabulary=99, width=64, tokens=300), 5_000, 60.0)
    assert (found.width, found.layers, found.tokens) == (64, 4, 300)
