"""A webhook on this machine: signed, repeatable, read back, and every fault told."""

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from genloop.applications.write.publish.webhook import Webhook
from genloop.core.errors import OutputError


class Hook:
    """Takes articles under their idempotency key and gives them back."""

    def __init__(self):
        self.taken, self.lies = {}, False

    def answer(self, verb, path, headers, body):
        if verb == "GET":
            found = [own for own in self.taken.values() if path == f"/articles/{own['id']}"]
            return (200, {**found[-1], "made_by_ai": not self.lies}) if found else (404, {})
        self.taken.setdefault(headers["Idempotency-Key"], json.loads(body))
        return 202, {"url": f"{self.url}/articles/{json.loads(body)['id']}"}


@pytest.fixture
def hook(serve):
    return serve(Hook())


def hooked(hook, read=True, timeout=5.0):
    return Webhook(
        f"{hook.url}/in", "webhook", secret="key", read=f"{hook.url}/articles/{{id}}" if read else "", timeout=timeout
    )


def test_the_article_arrives_signed_and_labelled(hook, piece_of):
    piece = piece_of()
    receipt = hooked(hook).publish(piece)
    verb, path, headers, body = hook.log[0]
    signed = hmac.new(b"key", headers["X-Genloop-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Genloop-Signature"] == f"sha256={signed}" and (verb, path) == ("POST", "/in")
    told = json.loads(body)
    assert told["made_by_ai"] is True and told["label"] == dict(piece.record) and told["notice"] == piece.line
    assert receipt.read_back and receipt.place == f"{hook.url}/articles/the-harbour-hotel"


def test_the_same_article_has_the_same_key_and_a_changed_one_another(hook, piece_of):
    for piece in (piece_of(), piece_of(), piece_of(text="Other.")):
        hooked(hook).publish(piece)
    assert len(hook.taken) == 2


def test_what_comes_back_changed_is_refused(hook, piece_of):
    hook.lies = True
    with pytest.raises(OutputError, match="came back with another made_by_ai than was sent"):
        hooked(hook).publish(piece_of())


def test_without_an_address_to_read_from_the_receipt_says_so(hook, piece_of):
    assert hooked(hook, read=False).publish(piece_of()).read_back is False


def test_an_article_that_cannot_be_read_back_is_told(hook, piece_of):
    hook.faults[:] = [None, 404]
    with pytest.raises(OutputError, match="answered 404"):
        hooked(hook).publish(piece_of())


def test_a_failing_server_is_asked_again_under_the_same_key(hook, piece_of):
    hook.faults[:] = ["late"]
    hooked(hook, timeout=0.4).publish(piece_of())
    assert len(hook.taken) == 1
    hook.faults[:] = [500, 500]
    with pytest.raises(OutputError, match="answered 500; the article is kept"):
        hooked(hook).publish(piece_of(text="Other."))
    hook.faults[:] = [401]
    with pytest.raises(OutputError, match="answered 401"):
        hooked(hook).publish(piece_of(text="Third."))


def test_an_article_approved_anew_and_a_second_withdrawal_are_no_repeats(hook, piece_of):
    first = piece_of()
    for piece in (first, first, replace(first, approved="2026-11-23T09:00:00+00:00")):
        hooked(hook).publish(piece)
    assert len(hook.taken) == 2
    for _ in range(2):
        hooked(hook).withdraw(first.id)
    assert len(hook.taken) == 4


def test_a_server_that_is_not_there_is_told(piece_of):
    gone = Webhook("http://127.0.0.1:9/in", "webhook", secret=None, read="", timeout=1)
    with pytest.raises(OutputError, match="cannot be reached"):
        gone.publish(piece_of())


def test_a_withdrawal_is_told(hook):
    assert hooked(hook).withdraw("the-harbour-hotel").did == "withdrawn"
    assert json.loads(hook.log[0][3]) == {"event": "withdraw", "id": "the-harbour-hotel"}
