"""A server on loopback that speaks the protocol and answers each request as the test says: rightly or with a fault."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from genloop.core.protocols import Batch, Task, Weights
from genloop.generators import remote


def said(text: str, **more: object) -> dict:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None} | more
    return {"id": "1", "object": "chat.completion.chunk", "model": "small", "choices": [choice]}


def write(
    handler: BaseHTTPRequestHandler, text: str, *, finish: str = "stop", model: str = "small", used=(7, 5)
) -> None:
    """A right answer, streamed in two pieces."""
    middle = len(text) // 2
    usage = {"prompt_tokens": used[0], "completion_tokens": used[1]} if used else None
    chunks = [said(text[:middle]), said(text[middle:]), said("", finish_reason=finish)]
    chunks.append({"choices": [], "usage": usage})
    stream(handler, [f"data: {json.dumps({**chunk, 'model': model})}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"])


def stream(handler: BaseHTTPRequestHandler, parts: list[str], *, pause: float = 0.0) -> None:
    """These parts of a stream, as they are; the connection is then closed."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()
    for part in parts:
        handler.wfile.write(part.encode())
        handler.wfile.flush()
        time.sleep(pause)


def plain(status: int, body: str, kind: str = "application/json", **headers: str) -> Callable:
    """An answer at once."""

    def answer(handler: BaseHTTPRequestHandler, request: dict) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body.encode())), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return answer


def say(text: str, **more: object) -> Callable:
    """A right answer with this text."""
    return lambda handler, request: write(handler, text, **more)


class Server:
    """`script` holds one answer a request, the last one for all that follow; `requests` what was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.script: list[Callable] = [say("a made text")]
        self.models: Callable = plain(200, json.dumps({"object": "list", "data": [{"id": "small"}, {"id": "large"}]}))
        self.requests: list[dict] = []
        self.headers: list[dict] = []
        self.at: list[float] = []
        self.most = self.now = 0
        self.lock = threading.Lock()

    def take(self, handler: BaseHTTPRequestHandler, request: dict) -> None:
        with self.lock:
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            self.requests.append(request)
            self.headers.append({name.lower(): value for name, value in handler.headers.items()})
            self.at.append(time.monotonic())
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            answer(handler, request)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with self.lock:
                self.now -= 1


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.models(self, {})

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            server.take(self, json.loads(self.rfile.read(size)))

        def log_message(self, *parts: object) -> None:
            pass

    inner = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inner.daemon_threads = True
    server = Server(inner.server_address[1])
    thread = threading.Thread(target=inner.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        inner.shutdown()
        inner.server_close()
        thread.join()


@pytest.fixture
def server(monkeypatch, tmp_path) -> Iterator[Server]:
    """The server of one test; no key is set, answers are kept in the test's own folder, and waits are short."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("GENLOOP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("genloop.generators.remote.faults.FIRST_WAIT", 0.01)
    with serving() as found:
        yield found


@pytest.fixture
def fitted(server):
    """A fitted model of that server, with these settings; what fitting asked is forgotten."""

    def fit(**settings: object) -> Weights:
        told = {"endpoint": server.url, "served": "small", "column": "text", "whole": 20.0, **settings}
        script, server.script = server.script, [say("ready")]
        weights = remote.fit(Task(Batch(np.zeros((0, 0), np.uint16), ()), 0, told))
        server.script = script
        server.requests.clear()
        server.headers.clear()
        server.at.clear()
        server.most = 0
        return weights

    return fit
