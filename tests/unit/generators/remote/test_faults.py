"""Servers that are down, slow, broken or lie: what passes is borne with, what does not is told in one line."""

import json
import socket
import time
from email.utils import formatdate

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.generators.remote.conftest import plain, said, say, stream

pytest.importorskip("openai")

from genloop.core.demand import Demand
from genloop.core.errors import ConfigError, ServerError
from genloop.core.texts import Message, Wish
from genloop.generators import remote
from genloop.generators.remote import faults


def sample(weights, rows=1, seed=0):
    given = pa.table({"text": pa.nulls(rows, pa.string())})
    return remote.sample(weights, given, np.random.default_rng(seed), Demand(), Wish())


def cut(handler, request):
    stream(handler, [f"data: {json.dumps(said('half of'))}\n\n"])


def broken(handler, request):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(f"data: {json.dumps(said('half of'))}\n\n".encode())


def garbage(handler, request):
    stream(handler, ['data: {"choices": [{"delta": {"cont\n\n'])


def silent(handler, request):
    time.sleep(1)


def drip(handler, request):
    stream(handler, ["data: ", *"{" * 60], pause=0.05)


def words(handler, request):
    stream(handler, [f"data: {json.dumps(said('and '))}\n\n"] * 60, pause=0.05)


def inside(handler, request):
    stream(handler, [f"data: {json.dumps({'error': {'message': 'out of memory'}})}\n\n"])


def empty(handler, request):
    stream(handler, ['data: {"choices": []}\n\n', "data: [DONE]\n\n"])


PASSING = {
    "429": (plain(429, "{}", Retry_After="0"), "status 429"),
    "500": (plain(500, "oops", "text/plain"), "status 500"),
    "503": (plain(503, "<html>busy</html>", "text/html"), "status 503"),
    "cut": (cut, "the stream was cut"),
    "broken": (broken, "broke off in the midst"),
    "garbage": (garbage, "no whole JSON object"),
    "silent": (silent, "said nothing within 0.3 s|cannot be reached|broke off"),
    "drip": (drip, "said nothing within 0.3 s"),
    "words": (words, "no whole answer within 0.8 s"),
    "inside": (inside, "failed in the midst of its answer: out of memory"),
    "empty": (empty, "without any choice"),
    "cut JSON": (plain(200, '{"choices": [{"mess'), "no whole JSON object"),
    "no choices": (plain(200, '{"choices": []}'), "without any choice"),
    "strange": (plain(200, '{"choices": 7, "usage": [], "model": 3}'), "without any choice"),
}


SHORT = {"silent": {"first": 0.3}, "drip": {"first": 0.3}, "words": {"whole": 0.8}}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_borne_with_and_one_that_stays_is_told(server, fitted, name):
    fault, message = PASSING[name]
    weights = fitted(retries=1, **SHORT.get(name, {}))
    server.script = [fault, say("a text")]
    assert sample(weights) == ["a text"] and len(server.requests) == 2
    server.script = [fault]
    begun = time.monotonic()
    with pytest.raises(ServerError, match=rf"({message}).*asked 2 times.*None of 1 texts was made"):
        sample(weights, seed=1)
    assert len(server.requests) == 4 and time.monotonic() - begun < 10


def test_an_answer_that_breaks_off_is_paid_for_and_counts_towards_the_cap(server, fitted):
    def long(handler, request):
        stream(handler, [f"data: {json.dumps(said('word ' * 60))}\n\n"])

    weights = fitted(retries=9, token_cap=350, most_tokens=100)
    server.script = [long]
    with pytest.raises(ConfigError, match=r"stopped at token_cap=350: \d+ tokens are spent"):
        sample(weights)
    assert 2 <= len(server.requests) <= 3
    weights = fitted(retries=9, token_cap=350, most_tokens=100)
    server.script = [plain(503, "busy")] * 3 + [say("a text")]
    assert sample(weights, seed=1) == ["a text"], "what a server refuses costs nothing"


LASTING = {
    "401": (plain(401, '{"error": {"message": "wrong key sk-mine-9"}}'), "refuses the key.*OPENAI_API_KEY"),
    "404": (plain(404, "{}"), "no such path or model.*--served-model"),
    "301": (plain(301, "", Location="http://elsewhere/v1"), "sends on to http://elsewhere/v1"),
    "quota": (plain(429, '{"error": {"message": "no", "code": "insufficient_quota"}}'), "quota is used up"),
    "detail": (plain(400, '{"detail": [{"msg": "bad messages"}]}'), "status 400: .*bad messages"),
    "page": (plain(200, "<!doctype html><p>Welcome", "text/html"), "answers with a page.*end in /v1"),
    "bare page": (plain(200, "<html>Welcome"), "answers with a page"),
    "long wait": (plain(429, "{}", Retry_After="3600"), "asks to wait 3,600 s, longer than the setting patience=120"),
    "zipped": (plain(200, "x", Content_Encoding="gzip"), "compresses its answer"),
    "huge": (plain(200, '{"a": "' + "x" * (17 << 20)), "goes beyond 16 MB"),
}


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_cannot_pass_is_told_and_not_waited_for(server, fitted, monkeypatch, name):
    fault, message = LASTING[name]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-9")
    weights = fitted()
    server.script = [fault]
    with pytest.raises(ServerError, match=message) as found:
        sample(weights)
    assert len(server.requests) <= 2 and "sk-mine-9" not in str(found.value)


def test_a_server_that_is_down_is_told_and_what_came_before_is_kept(server, fitted):
    weights = fitted(together=1, retries=0)
    server.script = [say("one"), say("two"), plain(500, "down")]
    with pytest.raises(ServerError, match="2 of 4 texts were made and are kept") as found:
        sample(weights, 4)
    assert found.value.made == ["one", "two"]
    server.script = [say("three"), say("four")]
    assert sample(weights, 4) == ["one", "two", "three", "four"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ServerError, match=r"cannot be reached.*is the server running there\?"):
        fitted(endpoint=url, retries=1)


@pytest.mark.parametrize("served", ["", "small"])
def test_a_port_that_nobody_listens_at_is_tried_once_more_at_the_fit(fitted, monkeypatch, served):
    waits = []
    monkeypatch.setattr(faults, "wait", lambda turn, after, rng: waits.append(turn) or 0.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ServerError, match=r"is the server running there\?; asked twice$"):
        fitted(endpoint=url, served=served)
    assert waits == [0]


def test_a_page_in_place_of_the_list_of_models_is_told_at_the_fit(server, fitted):
    server.models = plain(200, "<html>Welcome", "text/html")
    with pytest.raises(ServerError, match=r"answers with a page.*end in /v1"):
        fitted()
    server.models = plain(200, '{"data": [3]}')
    with pytest.raises(ServerError, match="no list of models"):
        fitted()


def test_the_wait_that_the_server_asks_for_is_kept_by_all_requests(server, fitted):
    weights = fitted(together=1)
    server.script = [plain(429, "{}", Retry_After="0.4"), say("a text")]
    sample(weights, 3)
    assert server.at[1] - server.at[0] >= 0.4


def test_what_was_heard_of_a_stream_is_not_told_twice(server, fitted):
    weights = fitted()
    server.script = [cut, say("whole")]
    pieces = remote.stream(weights, [Message("user", "hello")], np.random.default_rng(0), Wish())
    assert next(pieces) == "half of"
    with pytest.raises(ServerError, match="the stream was cut"):
        next(pieces)
    server.script = [plain(500, ""), say("whole")]
    assert "".join(remote.stream(weights, [Message("user", "hi")], np.random.default_rng(0), Wish())) == "whole"


def test_a_server_without_streams_is_understood(server, fitted):
    weights = fitted()
    whole = {"model": "small", "choices": [{"message": {"content": "a text"}, "finish_reason": "stop"}]}
    server.script = [plain(200, json.dumps(whole))]
    assert sample(weights) == ["a text"]


def test_waits_double_with_jitter_and_never_undercut_the_servers_wish():
    rng = np.random.default_rng(0)
    waits = [[faults.wait(turn, None, rng) for _ in range(200)] for turn in range(12)]
    for turn, own in enumerate(waits):
        most = min(0.5 * 2**turn, 30.0)
        assert most / 2 <= min(own) < max(own) <= most
    assert faults.wait(0, 7.0, rng) == 7.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": formatdate(1_000_010, usegmt=True)}, 10.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Mon, 01 Jan 2024 00:00:00 +9999999999999999"}, None),
        ({"retry-after": "-3"}, 0.0),
        ({}, None),
    ],
)
def test_the_header_that_asks_to_wait_is_a_number_or_a_date(headers, seconds):
    assert faults.asked_wait(headers, now=1_000_000.0) == seconds
