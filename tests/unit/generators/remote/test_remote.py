"""A server writes texts: what it is told, and that every answer is checked, kept and paid for once."""

import asyncio
import json
import time

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.generators.remote.conftest import plain, say

pytest.importorskip("openai")

from genloop.core.demand import Demand, Form
from genloop.core.errors import ConditionError, ConfigError, MissingExtra, ServerError
from genloop.core.families import RawTextFamily
from genloop.core.protocols import Batch, Task
from genloop.core.texts import Message, Wish
from genloop.generators import remote


def sample(weights, rows=1, demand=None, seed=0, **columns):
    given = pa.table({"text": pa.nulls(rows, pa.string()), **columns})
    return remote.sample(weights, given, np.random.default_rng(seed), demand or Demand(), Wish())


def asked(server, place=-1):
    return "\n".join(message["content"] for message in server.requests[place]["messages"])


def test_it_is_a_family_of_raw_texts():
    assert isinstance(remote, RawTextFamily) and remote.FORM == "raw" and remote.NAME == "remote"


def test_each_row_gets_a_text_and_the_server_is_told_the_other_cells(server, fitted):
    server.script = [say("  good\n"), say("bad")]
    made = sample(fitted(together=1), 2, label=["pos", None], stars=[5, 1])
    assert made == ["good", "bad"]
    assert '{"label": "pos", "stars": 5}' in asked(server, 0) and '{"stars": 1}' in asked(server, 1)
    assert server.requests[0]["model"] == "small" and server.requests[0]["stream"] is True
    assert server.requests[0]["seed"] != server.requests[1]["seed"]


def test_fitting_notes_down_who_writes_and_never_the_key(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-123")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-mine")
    task = Task(Batch(np.zeros((0, 0), np.uint16), ()), 0, {"endpoint": server.url, "served": "large"})
    server.script = [say("ready", model="large")]
    weights = remote.fit(task)
    assert weights.head["settings"]["served"] == "large" and weights.head["answered"] == "large"
    assert server.headers[0]["authorization"] == "Bearer sk-secret-123"
    assert not any("org-of-mine" in value for value in server.headers[0].values())
    assert "sk-secret" not in json.dumps(weights.head) and not weights.arrays


def test_a_model_that_the_server_lacks_is_refused_with_those_it_has(server, fitted):
    with pytest.raises(ConfigError, match="has no model 'huge'; it has small, large"):
        fitted(served="huge")
    with pytest.raises(ConfigError, match=r"name the model that shall write with --served-model NAME.*small, large"):
        fitted(served="")
    server.models = plain(200, json.dumps({"data": [{"id": "small"}]}))
    assert fitted(served="").head["settings"]["served"] == "small"
    server.models = plain(404, "{}")
    assert fitted(served="unlisted").head["settings"]["served"] == "unlisted"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"endpoint": ""}, "needs a server: --endpoint"),
        ({"endpoint": "127.0.0.1:8000"}, "is no address"),
        ({"endpoint": "http://me:sk-1@host/v1"}, "must hold no user, password or query"),
        ({"endpoint": "me:sk-1@host/v1"}, "must hold no user, password or query"),
        ({"endpoint": "http://host/v1?key=sk-1"}, "must hold no user, password or query"),
        ({"endpoint": "http://host:99999/v1"}, "is no address"),
        ({"key": "sk-12345"}, "NAME of an environment variable"),
        ({"key": "UNSET_KEY"}, "the environment variable UNSET_KEY is not set"),
        ({"tries": 0}, "tries=0: expected more than 0"),
        ({"cost_cap": 1.0}, "cost_cap needs price_in and price_out"),
        ({"wrong": 1}, "unknown setting wrong"),
    ],
)
def test_wrong_settings_are_named_and_secrets_in_them_not_repeated(server, fitted, settings, message):
    with pytest.raises(ConfigError, match=message) as found:
        fitted(**settings)
    assert "sk-1" not in str(found.value) and not server.requests


def test_the_usual_key_does_not_travel_unencrypted_to_another_machine(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-usual")
    monkeypatch.setenv("OWN_KEY", "own")
    far = {"endpoint": "http://far.example/v1"}
    assert remote.Config(**far).read_key() is None
    assert remote.Config(**far, key="OWN_KEY").read_key() == "own"
    assert remote.Config("https://far.example/v1").read_key() == "sk-usual"
    assert remote.Config("http://localhost:1/v1").read_key() == "sk-usual"


def test_a_text_that_breaks_the_demand_is_asked_for_again_and_told_why(server, fitted):
    server.script = [say("nothing"), say("早餐不错")]
    made = sample(fitted(), demand=Demand(holds=("早餐",), lacks=("晚餐",), most=8))
    assert made == ["早餐不错"]
    assert '"早餐"' in asked(server, 0) and "晚餐" in asked(server, 0) and "8" in asked(server, 0)
    assert "请注意" in asked(server, 1) and "'早餐' is not in it" in asked(server, 1)


@pytest.mark.parametrize(
    ("demand", "answer", "message"),
    [
        (Demand(holds=("tea",)), "coffee", "'tea' is not in it"),
        (Demand(lacks=("tea",)), "some tea", "'tea' is in it"),
        (Demand(least=10), "short", "it has 5 characters"),
        (Demand(most=2, unit="words"), "one two three", "it has 3 words"),
        (Demand(form=Form("choices", ("yes", "no"))), "perhaps", "does not keep its choices"),
        (Demand(form=Form("regex", r"[0-9]{4}")), "12345", "does not keep its regex"),
        (Demand(form=Form("schema", {"type": "object", "required": ["a"]})), '{"b": 1}', "does not keep its schema"),
        (Demand(), "", "it is empty"),
    ],
)
def test_a_demand_that_is_never_met_is_named_after_a_bounded_number_of_tries(server, fitted, demand, answer, message):
    if demand.form is not None and demand.form.kind == "schema":
        pytest.importorskip("jsonschema")
    weights = fitted(tries=3)
    server.script = [say(answer)]
    with pytest.raises(ConditionError, match=f"3 answers of small for text 1 all broke.*{message}"):
        sample(weights, demand=demand)
    assert len(server.requests) == 3


def test_answers_that_were_cut_are_refused_unless_they_are_wanted(server, fitted):
    strict, loose = fitted(tries=2), fitted(tries=2, cut=True)
    server.script = [say("half a sen", finish="length")]
    with pytest.raises(ConditionError, match=r"cut off at 1,024 tokens \(the fit"):
        sample(strict)
    assert sample(loose) == ["half a sen"]


def test_forms_are_asked_for_in_the_servers_own_ways_and_unwrapped(server, fitted):
    pytest.importorskip("jsonschema")
    weights = fitted()
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    server.script = [say('<think>well</think>```json\n{"a": 1}\n```'), say('"yes".'), say("1234")]
    assert sample(weights, demand=Demand(form=Form("schema", schema))) == ['{"a": 1}']
    assert server.requests[0]["response_format"]["json_schema"]["schema"] == schema
    assert sample(weights, demand=Demand(form=Form("choices", ("yes", "no")))) == ["yes"]
    assert server.requests[1]["guided_choice"] == ["yes", "no"]
    assert sample(weights, demand=Demand(form=Form("regex", "[0-9]+"))) == ["1234"]
    assert server.requests[2]["guided_regex"] == "[0-9]+"


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_does_not_know_a_field_is_asked_without_it_and_still_checked(server, fitted, status):
    known = {"model", "messages", "stream", "temperature", "max_tokens"}

    def narrow(handler, request):
        extra = sorted(set(request) - known)
        told = {"error": {"message": f"unsupported fields: {extra}"}}
        (plain(status, json.dumps(told)) if extra else say("no" if len(server.requests) < 5 else "yes"))(
            handler, request
        )

    weights = fitted()
    server.script = [narrow]
    assert sample(weights, demand=Demand(form=Form("choices", ("yes",)))) == ["yes"]
    before = len(server.requests)
    assert sample(weights, seed=1) == ["yes"] and len(server.requests) == before + 1


def test_newer_names_of_the_bound_are_understood(server, fitted):
    weights = fitted()
    wrong = plain(400, json.dumps({"error": {"message": "use 'max_completion_tokens' instead of max_tokens"}}))
    server.script = [wrong, say("a text")]
    assert sample(weights) == ["a text"]
    assert server.requests[-1]["max_completion_tokens"] == 1024 and "max_tokens" not in server.requests[-1]


def test_given_beginnings_and_ends_stand_in_the_text_once(server, fitted):
    weights = fitted(together=1)
    server.script = [say("was clean."), say("The room was clean."), say("room was"), say("很干净")]
    begun = Demand(begins="The room")
    assert sample(weights, 2, begun) == ["The room was clean.", "The room was clean."]
    assert sample(weights, 1, Demand(begins="The room", ends="clean.")) == ["The room was clean."]
    assert sample(weights, 1, Demand(begins="房间", ends="。")) == ["房间很干净。"]


def test_the_same_command_is_paid_once_and_another_seed_asks_again(server, fitted, tmp_path):
    weights = fitted()
    assert sample(weights, 3) == sample(fitted(), 3) and not server.requests
    sample(weights, 3, seed=1)
    assert len(server.requests) == 3
    kept = list((tmp_path / "cache" / "answers").glob("*.answer"))
    assert len(kept) == 6 and all(path.stat().st_mode & 0o77 == 0 for path in kept)
    for path in kept:
        path.write_text("{", encoding="utf-8")
    assert sample(weights, 3) == ["a made text"] * 3 and len(server.requests) == 6


def test_without_the_cache_nothing_is_kept(server, fitted, tmp_path):
    sample(fitted(cache=False), 2)
    assert not (tmp_path / "cache").exists()


def test_the_cap_of_tokens_stops_with_what_was_made_kept(server, fitted):
    weights = fitted(token_cap=700, most_tokens=100, together=2)
    server.script = [say("a text", used=(50, 90))]
    with pytest.raises(ConfigError, match=r"stopped at token_cap=700.*kept: the same command") as stopped:
        sample(weights, 30)
    made = len(stopped.value.made)
    assert 2 <= made <= 5 and len(server.requests) == made
    more = fitted(token_cap=7_000, most_tokens=100, together=2)
    assert len(sample(more, 30)) == 30 and len(server.requests) == 30 - made


def test_the_cap_of_money_counts_what_the_server_says_it_used(server, fitted):
    weights = fitted(cost_cap=0.5, price_in=1_000.0, price_out=2_000.0, most_tokens=50, cache=False, together=1)
    server.script = [say("a text", used=(100, 25))]
    with pytest.raises(ConfigError, match=r"stopped at cost_cap=0.5: 0.\d+ is spent.*`made`") as stopped:
        sample(weights, 30)
    assert 1 <= len(stopped.value.made) <= 3


def test_no_more_requests_run_at_once_than_allowed(server, fitted):
    def slow(handler, request):
        time.sleep(0.05)
        say("a text")(handler, request)

    weights = fitted(together=3)
    server.script = [slow]
    assert len(sample(weights, 9)) == 9 and server.most == 3


def test_replies_go_on_with_conversations(server, fitted):
    weights = fitted()
    server.script = [say("第一"), say("包含茶的回答")]
    prompts = [[Message("system", "You help."), Message("user", "你好")]]
    assert remote.reply(weights, prompts, np.random.default_rng(0), Demand(holds=("茶",)), Wish()) == ["包含茶的回答"]
    first = server.requests[0]["messages"]
    assert first[0] == {"role": "system", "content": "You help."} and first[1]["content"].startswith("你好\n")


def test_a_stream_comes_piece_by_piece_and_can_be_left(server, fitted):
    weights = fitted()
    server.script = [say("ab")]
    talk = [Message("user", "hello")]
    assert list(remote.stream(weights, talk, np.random.default_rng(0), Wish())) == ["a", "b"]
    pieces = remote.stream(weights, talk, np.random.default_rng(1), Wish(temperature=0.5))
    assert next(pieces) == "a"
    pieces.close()
    assert server.requests[1]["temperature"] == 0.5


def test_strings_to_stop_at_are_told_to_the_server_and_kept_to_where_it_does_not(server, fitted):
    weights, stop = fitted(), ("。", "5", "4", "3", "2")
    server.script = [say("很好。下次")]
    talk = [Message("user", "hello")]
    rng = np.random.default_rng(0)
    assert remote.reply(weights, [talk], rng, Demand(), Wish(stop=stop)) == ["很好。"]
    assert "".join(remote.stream(weights, talk, rng, Wish(stop=stop))) == "很好。"
    assert [request["stop"] for request in server.requests] == [["。", "5", "4", "3"]] * 2  # a server takes four
    remote.reply(weights, [talk], rng, Demand(), Wish())
    assert "stop" not in server.requests[-1]


def test_another_model_than_at_the_fit_is_told(server, fitted):
    weights = fitted()
    server.script = [say("a text", model="small-2026-01")]
    assert sample(weights) == ["a text"]
    server.script = [say("a text", model="cheap")]
    with pytest.raises(ServerError, match=r"was asked for small and answered as 'cheap'.*fit again"):
        sample(weights, seed=1)


def test_texts_are_made_within_a_running_event_loop_too(server, fitted):
    weights = fitted()

    async def inside():
        return sample(weights)

    assert asyncio.run(inside()) == ["a made text"]


def test_the_server_is_told_aggregates_and_no_row(server, fitted):
    profile = {
        "language": "zh", "script": "simplified", "lengths": [10, 40, 200], "keywords": ["酒店", "早餐"],
        "columns": [{"name": "label", "kind": "category", "values": ["neg", "pos"]}],
    }  # fmt: skip
    sample(fitted(profile=profile, about="酒店评论"), label=["pos"])
    told = asked(server)
    assert (
        "中文 (简体字)" in told and "10 到 200" in told and "酒店评论" in told and '"早餐"' in told and '"neg"' in told
    )


def test_without_the_client_the_command_that_adds_it_is_told(server, fitted, monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="openai")

    monkeypatch.setattr("genloop.core.extras.import_module", absent)
    with pytest.raises(MissingExtra, match=r"pip install 'genloop\[remote\]'"):
        fitted()


def test_settings_are_refused_before_anything_is_read():
    remote.check({"endpoint": "http://127.0.0.1:1/v1", "device": "cpu"})
    with pytest.raises(ConfigError, match="no user, password or query"):
        remote.check({"endpoint": "http://me:sk-1@127.0.0.1/v1"})


def test_halves_of_characters_and_strange_cells_are_told_as_they_can_be(server, fitted):
    assert sample(fitted(), label=["a\ud800b".encode("utf-16", "surrogatepass").decode("utf-16", "replace")])
    talk = [[Message("user", "half \ud83d of it")]]
    assert remote.reply(fitted(), talk, np.random.default_rng(0), Demand(), Wish()) == ["a made text"]
    assert server.requests[-1]["messages"][0]["content"] == "half ? of it"
    assert sample(fitted(), 0) == []
