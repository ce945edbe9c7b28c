"""Randomness is an argument: named streams from one seed, so that adding a stream never moves another."""

import zlib

import numpy as np

from genloop.core.errors import ConfigError


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator for the named purpose, independent of every other name under the same seed.

    Raises:
        ConfigError: the seed is negative.
    """
    if seed < 0:
        raise ConfigError(f"--seed is a whole number from 0 on, found {seed}")
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence([seed & 0xFFFFFFFF, seed >> 32, *words]))
