"""One request to a server that speaks the OpenAI protocol: sent by its client, its answer read as a stream and doubted.

The stream is read byte by byte here, so that whatever comes (a page, half a JSON, a drip without end) ends in bounded
time and memory with a `Fault` that says what it was.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx2
import openai

from genloop.generators.remote import faults
from genloop.generators.remote.answer import Answer
from genloop.generators.remote.config import Config
from genloop.generators.remote.faults import Fault

MOST_BYTES = 16 << 20  # of one answer
Hear = Callable[[str], None]


class Wire:
    """The client of one server, in one event loop; `close` at the end."""

    def __init__(self, config: Config, key: str | None) -> None:
        self.config, self.secret = config, key
        self.http = openai.DefaultAsyncHttpxClient(
            trust_env=not config.near,  # a proxy has no business between this machine and itself
            verify=config.address.scheme == "https",  # else no certificate is ever met, and loading them takes time
            follow_redirects=False,
            event_hooks={"request": [self._bare], "response": [_bound]},
            timeout=httpx2.Timeout(config.whole, connect=config.connect),
        )
        self.client = openai.AsyncOpenAI(
            api_key=key or "none",
            base_url=config.endpoint,
            max_retries=0,
            http_client=self.http,
            default_headers={"Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self.client.close()

    async def _bare(self, request: httpx2.Request) -> None:
        """Takes out what the client reads from the environment of itself; the key goes only where there is one."""
        for name in ("openai-organization", "openai-project", *(() if self.secret else ("authorization",))):
            request.headers.pop(name, None)

    async def models(self) -> list[str]:
        """The names of the models that the server lists; empty where it does not say.

        Raises:
            Fault: it cannot be reached or answers otherwise.
        """
        async with self._guarded(), self.client.models.with_streaming_response.list() as response:
            raw = await response.read()
            self._no_page(response, raw)
        try:
            listed = json.loads(raw)["data"]
            return [str(entry["id"]) for entry in listed]
        except (ValueError, KeyError, TypeError) as error:
            raise self._fault("lists its models in a form that is no list of models", again=False) from error

    async def ask(self, body: Mapping[str, Any], hear: Hear = lambda piece: None) -> Answer:
        """The answer to one chat request; `hear` gets each piece as it comes.

        Raises:
            Fault: there is none, in time and in form.
        """
        async with self._guarded(), asyncio.timeout(self.config.first) as clock:
            create: Any = self.client.chat.completions.with_streaming_response.create
            async with create(**body, stream=True) as response:
                found = _Found(self, hear, lambda: clock.reschedule(None))
                if "event-stream" not in response.headers.get("content-type", ""):
                    raw = await response.read()
                    self._no_page(response, raw)
                    found.whole(raw)
                else:
                    async for line in _lines(response.iter_bytes()):
                        if not found.line(line):
                            break
        return found.answer()

    def _guarded(self) -> "_Guard":
        return _Guard(self)

    def _fault(self, said: str, *, again: bool) -> Fault:
        return Fault(f"{self.config.endpoint} {said}", again=again)

    def _no_page(self, response: Any, raw: bytes) -> None:
        kind = response.headers.get("content-type", "")
        if "html" in kind or raw.lstrip()[:1] == b"<":
            raise self._fault(
                "answers with a page, not as an OpenAI-compatible server does; does the address end in /v1?",
                again=False,
            )


class _Guard:
    """Within the block every failure of the network, the client and the clock becomes a `Fault`."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.clock = wire, asyncio.timeout(wire.config.whole)

    async def __aenter__(self) -> None:
        await self.clock.__aenter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        late = False
        try:
            await self.clock.__aexit__(kind, error, trace)
        except TimeoutError:
            late = True
        if late or (isinstance(error, Exception) and not isinstance(error, Fault)):
            raise self._fault(error, late) from error

    def _fault(self, error: BaseException | None, late: bool) -> Fault:
        config, secret = self.wire.config, self.wire.secret
        if late:
            return self.wire._fault(f"gave no whole answer within {config.whole:g} s (setting whole)", again=True)
        cause = None if error is None else error.__cause__
        if isinstance(cause, Fault):
            return cause
        match error:
            case openai.APIStatusError():
                said = faults.shown(faults.told(error.body), secret)
                return faults.of_status(
                    error.status_code, said, error.response.headers, config.endpoint, config.variable
                )
            case TimeoutError():
                said = f"said nothing within {config.first:g} s (setting first)"
            case openai.APITimeoutError() | httpx2.TimeoutException():
                said = f"did not answer in time (settings connect={config.connect:g}, whole={config.whole:g} s)"
            case openai.APIConnectionError():
                why = faults.shown(str(cause or error), secret)
                said = f"cannot be reached ({why}); is the server running there?"
                absent = config.near and isinstance(cause, httpx2.ConnectError)
                return Fault(f"{config.endpoint} {said}", again=True, absent=absent)
            case httpx2.HTTPError() | httpx2.StreamError():
                said = f"broke off in the midst of its answer ({faults.shown(str(error), secret)})"
            case _:
                said = f"gave what the client cannot read ({type(error).__name__}: {faults.shown(str(error), secret)})"
        return self.wire._fault(said, again=True)


class _Found:
    """What has come of an answer so far."""

    def __init__(self, wire: Wire, hear: Hear, begun: Callable[[], None]) -> None:
        self.wire, self.hear, self.begun = wire, hear, begun
        self.pieces: list[str] = []
        self.finish, self.model = "", None
        self.read = self.written = -1
        self.choices = self.done = False

    def line(self, line: bytes) -> bool:
        """One line of the stream; false at its end."""
        if not line.startswith(b"data:"):
            return True
        raw = line[5:].strip()
        if raw == b"[DONE]":
            self.done = True
            return False
        self.take(self._object(raw), "delta")
        return True

    def whole(self, raw: bytes) -> None:
        """An answer that came at once, because the server knows no streams."""
        self.take(self._object(raw), "message")
        self.done = True

    def take(self, found: dict[str, Any], part: str) -> None:
        """One object of the protocol."""
        if found.get("error"):
            said = found["error"]
            said = said.get("message", said) if isinstance(said, dict) else said
            raise self._lie(f"failed in the midst of its answer: {faults.shown(str(said), self.wire.secret)}")
        self.model = found["model"] if isinstance(found.get("model"), str) else self.model
        usage = found.get("usage")
        if isinstance(usage, dict):
            self.read, self.written = (_count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens"))
        choices = found.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return
        self.choices = True
        own = choices[0].get(part)
        piece = own.get("content") if isinstance(own, dict) else None
        if isinstance(own, dict) and any(own[name] for name in own if name != "role"):
            self.begun()
        if isinstance(piece, str) and piece:
            self.pieces.append(piece)
            self.hear(piece)
        self.finish = str(choices[0].get("finish_reason") or self.finish)

    def answer(self) -> Answer:
        """The answer, when it is whole."""
        if not self.choices:
            raise self._lie("gave an answer without any choice in it")
        if not self.finish and not self.done:
            raise self._lie("broke off in the midst of its answer (the stream was cut)")
        if self.finish == "content_filter":
            raise Fault(f"{self.wire.config.endpoint} withheld its answer (content_filter)", again=False)
        return Answer("".join(self.pieces), self.finish or "stop", self.read, self.written, self.model)

    def _object(self, raw: bytes) -> dict[str, Any]:
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            begun = faults.shown(raw[:80].decode("utf-8", "replace"), self.wire.secret)
            raise self._lie(f"sent what is no whole JSON object: {begun!r}")
        return found

    def _lie(self, said: str) -> Fault:
        return Fault(f"{self.wire.config.endpoint} {said}", again=True)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else -1


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of an answer up to a bound."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self.stream:
            size += len(part)
            if size > MOST_BYTES:
                raise Fault(f"the server's answer goes beyond {MOST_BYTES >> 20} MB", again=False)
            yield part

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self.stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    """Bounds every answer, an error's too; none may be compressed, because a few bytes could then hold any number."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Fault("the server compresses its answer although it was asked not to", again=False)
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
    if rest:
        yield rest
