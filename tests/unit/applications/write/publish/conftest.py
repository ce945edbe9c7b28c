"""Servers on this machine that behave like the ones that articles are published to, with faults on request."""

import base64
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from genloop.applications.write.draft import Draft, Section
from genloop.applications.write.publish.piece import Piece

LABEL = {
    "software": "genloop 0.1.0",
    "model": "f" * 64,
    "run": "abc",
    "seed": "0",
    "created": "2026-11-22T10:00:00+00:00",
}
EVIL = '<script>alert("x")</script> & "quotes" </article>'


class Handler(BaseHTTPRequestHandler):
    """Hands every request to the server's `answer`, once the planned faults are through."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        world = self.server.world
        world.log.append((self.command, self.path, dict(self.headers), body))
        fault = world.faults.pop(0) if world.faults else None
        if fault == "slow":
            time.sleep(1.0)
            fault = None
        if fault == "late":  # does it, but the answer is lost
            world.answer(self.command, self.path, self.headers, body)
            time.sleep(1.0)
            return
        status, found = (fault, {"message": f"fault {fault}"}) if fault else world.answer(
            self.command, self.path, self.headers, body
        )  # fmt: skip
        data = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.do_GET()


@pytest.fixture
def serve():
    """A function that starts a server with a world: `answer(verb, path, headers, body)`, `log` and `faults`."""
    started = []

    def start(world):
        world.log, world.faults = [], []
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads, server.world = True, world
        server.handle_error = lambda *args: None  # clients that went away
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        started.append(server)
        world.url = f"http://127.0.0.1:{server.server_port}"
        return world

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


class Blog:
    """WordPress' posts over REST as far as authors use them: search by slug, create, update, read."""

    user, password, strips = "anna", "abcd efgh ijkl", False

    def __init__(self):
        self.posts = {}

    def answer(self, verb, path, headers, body):
        wanted = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if headers.get("Authorization") != wanted:
            return 401, {"code": "incorrect_password", "message": "<strong>Error:</strong> wrong application password"}
        parts = urlsplit(path)
        found = re.fullmatch(r"/wp-json/wp/v2/posts(?:/(\d+))?", parts.path)
        if not found:
            return 404, {"message": "No route was found"}
        number = int(found[1]) if found[1] else None
        if verb == "GET" and number is None:
            asked = parse_qs(parts.query)
            return 200, [p for p in self.posts.values() if p["slug"] == asked["slug"][0]]
        if verb == "GET":
            return (200, self.posts[number]) if number in self.posts else (404, {"message": "Invalid post ID."})
        told = json.loads(body)
        post = self.posts.setdefault(number or len(self.posts) + 11, {})
        number = number or len(self.posts) + 10
        for name in ("title", "content", "excerpt"):
            if name in told:
                raw = re.sub(r' data-genloop="[^"]*"', "", told[name]) if self.strips else told[name]
                post[name] = {"raw": raw, "rendered": raw}
        post |= {name: told[name] for name in ("slug", "status") if name in told}
        post |= {"id": number, "link": f"{self.url}/{post['slug']}"}
        return 201, post


@pytest.fixture
def blog(serve):
    return serve(Blog())


@pytest.fixture
def piece_of():
    """A maker of approved articles as they are published."""

    def build(
        title="The harbour hotel",
        text="Rooms are quiet.\n\n- one\n- **two**",
        language="en",
        name=None,
        template="article",
        **more,
    ):
        name = name or "the-harbour-hotel"
        sections = (Section("Rooms", text), Section("", EVIL))
        return Piece.of(
            Draft(name, title, language, template, status="approved", sections=sections, label=LABEL,
                  approved="2026-11-22T11:00:00+00:00", **more)
        )  # fmt: skip

    return build


@pytest.fixture
def world():
    """A maker of plain worlds."""
    return SimpleNamespace
