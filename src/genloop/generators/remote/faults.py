"""What can go wrong with a request: whether asking again may help, and how long to wait before.

Waits grow twofold with jitter (exponential back-off, Brooker 2015) and never undercut what the server asks for.
"""

import email.utils
import json
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
_SHOWN = 300


class Fault(Exception):
    """A request failed. `again`: asking again may help, not before `after` seconds; `refused`: the server does not
    know a field of the request; `absent`: nobody listens at a port of this machine.
    """

    def __init__(
        self, message: str, *, again: bool, after: float | None = None, refused: bool = False, absent: bool = False
    ) -> None:
        super().__init__(message)
        self.again, self.after, self.refused, self.absent = again, after, refused, absent


def wait(turn: int, after: float | None, rng: np.random.Generator) -> float:
    """Seconds before request number `turn` (from 0) is sent again."""
    own = min(FIRST_WAIT * 2.0**turn, LONGEST_WAIT) * rng.uniform(0.5, 1.0)
    return float(max(own, after or 0.0))


def asked_wait(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds that a Retry-After header asks for, given as a number or a date."""
    for name, share in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            seconds = float(value) / share
        except ValueError:
            continue
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    try:
        date: datetime = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(date.timestamp() - (time.time() if now is None else now), 0.0)


def of_status(status: int, said: str, headers: Mapping[str, str], endpoint: str, variable: str) -> Fault:
    """What an answer with an error's status means."""
    told = f": {said}" if said else ""
    if status in (401, 403):
        return Fault(
            f"{endpoint} refuses the key (status {status}{told}); put a valid one into the environment variable "
            f"{variable}",
            again=False,
        )
    if status == 404:
        return Fault(
            f"{endpoint} knows no such path or model (status 404{told}); does the address end in /v1, and is "
            "--served-model right?",
            again=False,
        )
    if 300 <= status < 400:
        where = headers.get("location", "another address")[:_SHOWN]
        return Fault(f"{endpoint} sends on to {where}; name that as --endpoint if you trust it", again=False)
    if status == 429 and "insufficient_quota" in said:
        return Fault(f"{endpoint}: the account's quota is used up (status 429{told})", again=False)
    if status in (400, 422):
        return Fault(f"{endpoint} refuses the request (status {status}{told})", again=False, refused=True)
    again = status in (408, 409, 425, 429) or status >= 500
    return Fault(f"{endpoint} answered with status {status}{told}", again=again, after=asked_wait(headers))


def told(body: object) -> str:
    """What an error's body says, whichever field it stands in."""
    if isinstance(body, str):
        return "a page" if body.lstrip()[:1] == "<" else body
    if not isinstance(body, dict):
        return ""
    named = [body[name] for name in ("message", "detail", "error", "code") if body.get(name)]
    return "; ".join(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in named)


def shown(text: str, secret: str | None) -> str:
    """The beginning of what a server said, in one line, without the key if it repeats it."""
    line = " ".join(text.split())
    return (line.replace(secret, "[key]") if secret else line)[:_SHOWN]
