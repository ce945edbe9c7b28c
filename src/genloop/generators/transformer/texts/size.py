"""How large a network the amount of text and the time allow, and how much it is held back in learning."""

from dataclasses import replace

from genloop.generators.transformer.texts.config import Config

SHORT, TINY = 250_000, 40_000  # tokens that the time allows, and tokens of the texts, of a small network
PACE = {"bfloat16": 2_500.0, "float32": 1_400.0}  # tokens that a core learns in a second, about
FEW, MANY = 3.0, 10.0  # passes over the texts up to which nothing holds back, and from which on the most does
DROPOUT, DECAY = (0.0, 0.3), (0.05, 1.5)  # the least and the most


def size(config: Config, tokens: int, seconds: float | None, kind: str = "bfloat16") -> Config:
    """The settings with those that were left open; `kind` is the format of numbers that products take."""
    small = tokens < TINY or (seconds is not None and PACE[kind] * seconds <= SHORT)
    width, layers, step = (192, 4, 2048) if small else (256, 6, 4096)
    if tokens < TINY:
        step = 1024
    passes = config.epochs if seconds is None else min(config.most_epochs, PACE[kind] * seconds / max(tokens, 1))
    often = min(1.0, max(0.0, (passes - FEW) / (MANY - FEW)))
    return replace(
        config,
        width=config.width or width,
        layers=config.layers or layers,
        tokens=config.tokens or step,
        dropout=_between(DROPOUT, often) if config.dropout is None else config.dropout,
        weight_decay=_between(DECAY, often) if config.weight_decay is None else config.weight_decay,
    )


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + share * (ends[1] - ends[0])
