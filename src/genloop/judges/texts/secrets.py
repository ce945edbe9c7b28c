"""Secrets that learnt texts hold and made ones might give away: long numbers, addresses, accounts.

Carlini et al. 2019, arXiv 1802.08232, asked whether a model gives out what it saw once; here what fewer learnt texts
hold than the floor is looked for in made ones, and beside it in held-out ones, which can hold it by chance only.
"""

import re
from collections.abc import Iterable, Sequence

_PATTERNS = {
    "e-mail": re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    "address": re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；）)]+"),
    "number": re.compile(r"(?<!\d)\+?\d(?:[ -]?\d){5,}(?!\d)"),
    "account": re.compile(
        r"(?<![\w@])@[A-Za-z0-9_]{4,}|(?<![A-Za-z0-9])(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Z])[A-Z0-9]{6,}"
    ),
}
_JOINS = re.compile(r"[ -]")


def read(text: str) -> dict[str, str]:
    """Every secret of a text with its kind; numbers without the signs that join their digits."""
    found: dict[str, str] = {}
    for kind, pattern in _PATTERNS.items():
        for secret in pattern.findall(text):
            plain = _JOINS.sub("", secret) if kind == "number" else secret.lower().rstrip(".,;:!?")
            found.setdefault(plain, kind)
    return found


def rare(texts: Iterable[str], floor: int) -> dict[str, str]:
    """The secrets that fewer texts hold than the floor."""
    held: dict[str, int] = {}
    kinds: dict[str, str] = {}
    for text in texts:
        for secret, kind in read(text).items():
            held[secret] = held.get(secret, 0) + 1
            kinds[secret] = kind
    return {secret: kinds[secret] for secret, count in held.items() if count < floor}


def told(texts: Sequence[str], known: dict[str, str]) -> list[list[str]]:
    """The kinds of the known secrets that each text gives away."""
    return [[known[secret] for secret in read(text) if secret in known] for text in texts]
