"""A server that writes, as part of a model: without data, and beside the columns of a table."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import genloop
from genloop.core.errors import ConfigError, DataError
from genloop.engine import blank, outline
from genloop.engine.units import Unit
from genloop.interfaces.cli import app

pytest.importorskip("openai")


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server that answers with a sentence about the word that it was told; `heard` holds the conversations."""
    monkeypatch.setenv("GENLOOP_CACHE", str(tmp_path / "cache"))
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer({"data": [{"id": "small"}]})

        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append("\n".join(message["content"] for message in request["messages"]))
            word = "good" if '"pos"' in heard[-1].splitlines()[-1] else "bad"
            text = f"it was {word} tea, cup {request['seed'] % 97}"
            self.answer({"model": "small", "choices": [{"message": {"content": text}, "finish_reason": "stop"}]})

        def answer(self, told):
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts):
            pass

    inner = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=inner.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{inner.server_address[1]}/v1", heard
    inner.shutdown()
    inner.server_close()
    thread.join()


def reviews(rows=200):
    names = ["pos" if row % 2 else "neg" for row in range(rows)]
    texts = [f"guest {row} found the tea {'good' if row % 2 else 'bad'} on day {row * 7 % 31}" for row in range(rows)]
    return pa.table({"label": names, "text": texts})


def test_a_model_without_data_writes_is_saved_and_says_that_it_learnt_nothing(server, tmp_path):
    url, heard = server
    model = genloop.fit(family="remote", settings={"endpoint": url, "about": "notes on tea"})
    assert model.run.rows == 0 and blank.NOTE in model.run.notes and model.origin.split.holdout_rows == 0
    model.save(tmp_path / "a.genloop")
    again = genloop.load(tmp_path / "a.genloop")
    texts = again.sample(5, given=["text contains tea"], seed=3).to_arrow().column("text").to_pylist()
    assert len(set(texts)) > 1 and all("tea" in text for text in texts)
    assert "notes on tea" in heard[-1] and '["tea"]' in heard[-1]
    assert again.sample(5, given=["text contains tea"], seed=3).to_arrow().column("text").to_pylist() == texts


def test_a_model_without_data_is_judged_by_data_that_are_named(server):
    model = genloop.fit(family="remote", settings={"endpoint": server[0]})
    made = model.sample(30, seed=1)
    with pytest.raises(DataError, match=r"fitted without data.*with --data FILE"):
        model.score(made)
    card = model.score(made, data=reviews().select(["text"]))
    assert any("it saw none of the rows that it is judged by" in note for note in card.data.notes)
    assert "text_lengths" in card.scores and card.data.rows["train"] == 0


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"family": "trees"}, "only a family that writes by itself"),
        ({}, "only a family that writes by itself"),
        ({"family": "transformer"}, "--family transformer learns from data"),
        ({"family": "remote", "drop": ["a"], "settings": {"endpoint": "http://127.0.0.1:9/v1"}}, "cannot heed --drop"),
    ],
)
def test_without_data_only_what_needs_none_can_be_asked(asked, message):
    with pytest.raises(ConfigError, match=message):
        genloop.fit(**asked)


def test_beside_columns_the_server_gets_the_rows_cells_and_aggregates_of_the_texts(server):
    url, heard = server
    model = genloop.fit(
        reviews(), family="remote", kinds={"text": "text", "label": "category"}, settings={"endpoint": url}
    )
    made = model.sample(20, seed=2).to_arrow()
    assert set(made.column("label").to_pylist()) == {"pos", "neg"}
    for row in made.to_pylist():
        assert ("good" if row["label"] == "pos" else "bad") in row["text"]
    told = heard[-1]
    assert "English" in told and '"values": ["neg", "pos"]' in told
    assert "guest 7 found" not in "".join(heard), "a row was sent"
    told = json.dumps(model.learnt.parts[-1].head)
    assert "tea" in told and "guest 7" not in told


def test_aggregates_hold_nothing_that_few_rows_carry():
    table = reviews(60).append_column("name", pa.array(["ann"] * 3 + ["bob"] * 57))
    schema = genloop.engine.preview(table, kinds={"text": "text", "label": "category", "name": "category"}).schema
    units = tuple(Unit(columns, {}) for columns in schema.units)
    told = outline.read(units, table, "text", floor=5)
    assert told["columns"][1] == {"name": "name", "kind": "category", "values": ["bob"]}
    assert told["language"] == "en" and len(told["lengths"]) == 3 and "tea" in told["keywords"]


def test_the_command_line_fits_and_samples_without_data(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (done.stderr, done.exception)
        return done.stdout

    url = server[0]
    assert "No rows to learn from" in run("fit", "--endpoint", url, "--served-model", "small", "--dry-run")
    said = run("fit", "-o", "r.genloop", "--family", "remote", "--endpoint", url, "--served-model", "small")
    assert "Learnt from no rows" in said and "genloop sample r.genloop -n 10 -o made.jsonl" in said
    run("sample", "r.genloop", "-o", "made.jsonl")
    assert (tmp_path / "made.jsonl").read_text(encoding="utf-8").count("tea") == 10


def test_a_secret_in_the_address_is_refused_before_a_run_folder_is_written(tmp_path):
    own = {"endpoint": "http://me:sk-1@127.0.0.1:9/v1"}
    with pytest.raises(ConfigError, match="no user, password or query"):
        genloop.fit(reviews(), family="remote", settings=own, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
