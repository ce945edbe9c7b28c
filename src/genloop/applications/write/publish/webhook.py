"""A webhook: the article as JSON, signed (HMAC-SHA256 over time and body), under a key that makes repeats harmless."""

import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from genloop.applications.write import extras, web
from genloop.applications.write.publish import markdown, pages
from genloop.applications.write.publish.piece import Piece
from genloop.applications.write.publish.receipt import Receipt
from genloop.core.errors import OutputError

_TWICE = 2


class Webhook:
    """A server of one's own that takes articles. `read` is an address with {id} where they can be read back."""

    def __init__(self, url: str, key: str, *, secret: str | None, read: str, timeout: float) -> None:
        self._url, self.key, self._read = url, key, read
        self._secret = None if secret is None else secret.encode()
        self._client: Any = web.client(url, timeout=timeout)

    def publish(self, piece: Piece) -> Receipt:
        """The article sent, then read back where `read` says how, or compared with what the answer echoes."""
        approval = hashlib.sha256(f"{piece.approved} {piece.digest}".encode()).hexdigest()[:32]
        answer = self._send({"event": "publish", **payload(piece)}, f"{piece.id}-{approval}")
        echoed = answer if self._read == "" else self._get(piece.id)
        if self._read and not echoed:
            raise OutputError(f"{self.key}: the article {piece.id!r} cannot be read back from {self._read}")
        for name, wanted in (("digest", piece.digest), ("made_by_ai", True), ("label", dict(piece.record))):
            if (name in echoed or self._read) and echoed.get(name) != wanted:
                raise OutputError(f"{self.key}: the article {piece.id!r} came back with another {name} than was sent")
        place = str(answer.get("url") or answer.get("link") or self._url)
        return Receipt(piece.id, self.key, "created", place, read_back="digest" in echoed)

    def withdraw(self, name: str) -> Receipt:
        """The server is told that the article is withdrawn."""
        self._send({"event": "withdraw", "id": name}, f"{name}-withdraw-{secrets.token_hex(8)}")
        return Receipt(name, self.key, "withdrawn", self._url, read_back=False)

    def stands(self, name: str) -> bool:
        """Taken as true: only the server knows."""
        return True

    def _send(self, values: dict[str, Any], key: str) -> dict[str, Any]:
        body = json.dumps(values, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        moment = str(int(time.time()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key,
            "X-Genloop-Timestamp": moment,
        }
        if self._secret is not None:
            headers["X-Genloop-Signature"] = sign(self._secret, moment, body)
        for left in reversed(range(_TWICE)):
            answer = self._call("POST", self._url, last=not left, content=body, headers=headers)
            if answer is not None:
                return answer
        raise AssertionError("unreachable")

    def _get(self, name: str) -> dict[str, Any]:
        return self._call("GET", self._read.replace("{id}", name), last=True) or {}

    def _call(self, verb: str, url: str, *, last: bool, **more: Any) -> dict[str, Any] | None:
        """The answer as JSON; None where another try may help.

        Raises:
            OutputError: the server refuses, or fails at the last try.
        """
        httpx = extras.load("httpx")
        try:
            answer = self._client.request(verb, url, **more)
        except httpx.HTTPError as error:
            if not last:
                return None
            what = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
            raise OutputError(f"{self.key} {what}; the article is kept, run again to retry") from error
        if answer.status_code >= 500 and not last:
            return None
        if not answer.is_success:
            raise OutputError(f"{self.key} answered {answer.status_code}; the article is kept, run again to retry")
        try:
            found = answer.json()
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def payload(piece: Piece) -> dict[str, Any]:
    """The article as the server gets it."""
    return {
        "id": piece.id,
        "title": piece.title,
        "language": piece.tongue,
        "description": piece.about,
        "approved": piece.approved,
        "html": pages.body(piece),
        "markdown": markdown.render(piece),
        "made_by_ai": True,
        "notice": piece.line,
        "label": dict(piece.record),
        "digest": piece.digest,
    }


def sign(secret: bytes, moment: str, body: bytes) -> str:
    """The signature of a body at a moment, as the header has it."""
    return "sha256=" + hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
