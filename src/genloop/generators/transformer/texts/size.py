"""How large a network the amount of text and the time allow."""

from dataclasses import replace

from genloop.generators.transformer.texts.config import Config

SHORT, TINY = 100.0, 40_000


def size(config: Config, tokens: int, seconds: float | None) -> Config:
    """The settings with the sizes that were left open."""
    small = tokens < TINY or (seconds is not None and seconds <= SHORT)
    width, layers, step = (192, 4, 2048) if small else (256, 6, 4096)
    if tokens < TINY:
        step = 1024
    return replace(config, width=config.width or width, layers=config.layers or layers, tokens=config.tokens or step)
