"""Streams: one seed gives one result, and a seed is no negative number."""

import pytest

from genloop.core.errors import ConfigError
from genloop.core.seed import stream


def test_streams_depend_on_seed_and_name_alone():
    assert stream(2**70, "a").random() == stream(2**70, "a").random() != stream(0, "a").random()


def test_a_negative_seed_is_refused():
    with pytest.raises(ConfigError, match="--seed is a whole number from 0 on, found -1"):
        stream(-1, "a")
