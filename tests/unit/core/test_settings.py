"""Settings read and checked."""

import dataclasses

import numpy as np
import pytest

from genloop.core import config
from genloop.core.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class _Settings:
    mode: str = "fast"
    batch: int = 8
    rate: float = 0.1
    share: float = 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "odd"}, "toy setting mode='odd': expected one of fast, slow"),
        ({"batch": 1}, "toy setting batch=1: expected at least 2"),
        ({"rate": 0.0}, "toy setting rate=0.0: expected more than 0"),
        ({"share": 1.0}, "toy setting share=1.0: expected a share from 0 to below 1"),
        ({"share": float("nan")}, "toy setting share=nan: expected a share from 0 to below 1"),
    ],
)
def test_what_is_out_of_range_is_named_with_what_was_expected(change, message):
    ranges = {"among": {"mode": ("fast", "slow")}, "least": {"batch": 2}, "above": ("rate",), "shares": ("share",)}
    config.check(_Settings(), "toy", **ranges)
    with pytest.raises(ConfigError) as caught:
        config.check(_Settings(**change), "toy", **ranges)
    assert str(caught.value) == message


@dataclasses.dataclass(frozen=True)
class _Chosen:
    preset: str = "plain"
    rate: float = 0.1
    sizes: tuple[int, ...] = (1,)


def test_settings_stand_over_their_presets_over_the_defaults():
    presets = {"plain": {}, "large": {"rate": 0.5, "sizes": (3, 4)}}
    assert config.resolve(_Chosen, "toy", presets, {}) == _Chosen()
    assert config.resolve(_Chosen, "toy", presets, {"preset": "large"}) == _Chosen("large", 0.5, (3, 4))
    assert config.resolve(_Chosen, "toy", presets, {"preset": "large", "sizes": [9]}) == _Chosen("large", 0.5, (9,))
    with pytest.raises(ConfigError, match="toy preset 'huge': expected one of plain, large"):
        config.resolve(_Chosen, "toy", presets, {"preset": "huge"})
    with pytest.raises(ConfigError, match="unknown setting colour; known: preset, rate, sizes"):
        config.resolve(_Chosen, "toy", presets, {"colour": "red"})


@dataclasses.dataclass(frozen=True)
class _Typed:
    name: str = "a"
    count: int = 1
    rate: float = 0.5
    kept: bool = False


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"count": "many"}, "setting count='many': expected a whole number"),
        ({"count": 1.5}, "setting count=1.5: expected a whole number"),
        ({"count": True}, "setting count=True: expected a whole number"),
        ({"rate": "fast"}, "setting rate='fast': expected a number"),
        ({"name": 3}, "setting name=3: expected a text"),
        ({"kept": 1}, "setting kept=1: expected true or false"),
    ],
)
def test_a_setting_of_another_type_is_refused(setting, message):
    with pytest.raises(ConfigError) as caught:
        config.checker(_Typed)(setting)
    assert str(caught.value) == message


def test_a_whole_number_is_a_number_whoever_counted_it():
    assert config.read(_Typed, {"rate": 1, "count": np.int64(3), "kept": True}) == _Typed("a", 3, 1, True)


def test_a_checker_adds_what_the_engine_knows():
    config.checker(_Typed, name="b")({"count": 2})
    with pytest.raises(ConfigError, match="unknown setting wurst; known: count, kept, name, rate"):
        config.checker(_Typed, name="b")({"wurst": 1})
