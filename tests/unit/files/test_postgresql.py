"""A real PostgreSQL server, started for these tests on loopback: reading and writing through SQLAlchemy."""

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from genloop.core.errors import DataError, OutputError, SourceNotFound
from genloop.files.read import read, reopen
from genloop.files.sql import connect, parse_url
from genloop.files.write import read_label, write, writer

_FOLDERS = [os.environ.get("PG_BIN", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
_SEARCH = os.pathsep.join([*filter(None, _FOLDERS), os.environ.get("PATH", "")])
_INITDB, _PG_CTL = shutil.which("initdb", path=_SEARCH), shutil.which("pg_ctl", path=_SEARCH)
pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(not (_INITDB and _PG_CTL), reason="PostgreSQL's initdb and pg_ctl are not on this machine"),
]
PASSWORD = secrets.token_hex(8)


def _account():
    """PostgreSQL refuses to run as root: there its own account runs it."""
    if os.geteuid() != 0:
        return None
    return next((entry for entry in pwd.getpwall() if entry.pw_name in ("postgres", "nobody")), None)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The URL of a server that lives as long as this module's tests."""
    pytest.importorskip("psycopg")
    folder = tmp_path_factory.mktemp("pg")
    account, port = _account(), _free_port()
    home = Path("/tmp") / f"genloop-pg-{secrets.token_hex(4)}"  # a short path: sockets have a limit of 107 letters
    home.mkdir(mode=0o700)
    secret = home / "password"
    secret.write_text(PASSWORD)
    if account is not None:
        for path in (home, secret):
            os.chown(path, account.pw_uid, account.pw_gid)
    run = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account is not None else {}
    run |= {"check": True, "stdout": subprocess.DEVNULL, "cwd": home, "stdin": subprocess.DEVNULL}
    init = [_INITDB, "-D", home / "data", "-U", "me", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "-N"]
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
    try:
        subprocess.run([*init, "--locale=C"], **run)
        subprocess.run([_PG_CTL, "-D", home / "data", "-o", options, "-l", home / "log", "-w", "start"], **run)
        yield f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([_PG_CTL, "-D", home / "data", "-m", "immediate", "stop"], **(run | {"check": False}))
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def filled(server):
    engine = connect(parse_url(server))
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                """CREATE TABLE orders (id bigint, 城市 text, price numeric(10, 2), at timestamptz, day date,
                       ok boolean, tags text[], info jsonb, huge numeric(40, 0), x double precision)"""
            )
        )
        connection.execute(
            sa.text(
                r"""INSERT INTO orders SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE '北京' END, i / 4.0,
                       '2024-01-01 08:00:00+08'::timestamptz + i * interval '1 hour', '2024-01-01'::date + i,
                       i % 2 = 0, ARRAY['a', 'b'], '{"k": 1}', 1e30 + i, i / 8.0
                    FROM generate_series(1, 12000) AS i"""
            )
        )
        connection.execute(sa.text("CREATE SEQUENCE counter"))
        connection.execute(sa.text("CREATE SCHEMA shop"))
        connection.execute(sa.text("CREATE VIEW shop.cheap AS SELECT id, price FROM orders WHERE id <= 3 ORDER BY id"))
    engine.dispose()
    return server


def _rows(source):
    return pa.Table.from_batches(list(source.batches())).to_pylist()


def test_a_table_streams_with_its_types(filled):
    source = read(filled, table="orders")
    found = _rows(source)
    assert len(found) == 12_000
    assert next(row for row in found if row["id"] == 2) == {
        "id": 2,
        "城市": "北京",
        "price": "0.50",
        "at": datetime(2024, 1, 1, 2, tzinfo=UTC),
        "day": date(2024, 1, 3),
        "ok": True,
        "tags": '["a", "b"]',
        "info": '{"k": 1}',
        "huge": "1000000000000000000000000000002",
        "x": 0.25,
    }


def test_a_query_a_view_of_a_schema_and_the_only_table_read(filled):
    query = "SELECT id::text AS id, '%' || price AS p, ':x' AS c FROM orders WHERE id < 3 ORDER BY id"
    assert _rows(read(filled, query=query)) == [
        {"id": "1", "p": "%0.25", "c": ":x"},
        {"id": "2", "p": "%0.50", "c": ":x"},
    ]
    assert [row["id"] for row in _rows(read(filled, table="shop.cheap"))] == [1, 2, 3]
    assert _rows(read(f"{filled}?table=orders"))[0].keys() == _rows(read(filled))[0].keys()


def test_a_query_cannot_change_the_database(filled):
    with pytest.raises(DataError, match="read-only transaction"):
        read(filled, query="SELECT nextval('counter')")
    with pytest.raises(DataError, match="refuses the query"):
        read(filled, query="DELETE FROM orders RETURNING id")


def test_a_description_has_no_password_and_opens_again_with_one_from_outside(filled, monkeypatch):
    source = read(filled, table="orders")
    description = source.describe()
    assert PASSWORD not in json.dumps(description)
    assert "PGPASSWORD" in description["reopen"]
    with pytest.raises(SourceNotFound, match="cannot be reached") as caught:
        reopen(description)
    assert PASSWORD not in str(caught.value)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert reopen(description).fingerprint() == source.fingerprint()


def test_wrong_names_and_queries_are_told(filled):
    with pytest.raises(SourceNotFound, match=r"has no table 'order'; it has orders"):
        read(filled, table="order")
    with pytest.raises(DataError, match='refuses the query: relation "nope" does not exist'):
        read(filled, query="SELECT * FROM nope")
    with pytest.raises(DataError, match="gives the columns id and no rows"):
        read(filled, query="SELECT id FROM orders WHERE false")


def test_made_rows_fill_a_table_whole_or_not_at_all(filled):
    place = f"{filled}?table=made_orders"
    table = pa.table(
        {"n": [1, None], "城市": ["北京", None], "x": [0.5, float("nan")], "t": [datetime(2024, 1, 1)] * 2}
    )
    write(table, place, label={"run": "r"})
    assert _rows(read(place))[0] == {"n": 1, "城市": "北京", "x": 0.5, "t": datetime(2024, 1, 1)}
    assert read_label(place) == {"run": "r"}
    with pytest.raises(RuntimeError), writer(place) as sink:
        sink.write(table)
        raise RuntimeError
    write(table.slice(1), place)
    assert len(_rows(read(place))) == 1
    assert read_label(place) is None
    inspector = sa.inspect(connect(parse_url(filled)))
    assert sorted(inspector.get_table_names()) == ["genloop_label", "made_orders", "orders"]


def test_a_table_of_others_and_an_unreachable_server_are_refused(filled):
    with pytest.raises(OutputError, match="table 'orders' exists and was not made by genloop") as caught:
        write(pa.table({"n": [1]}), f"{filled}?table=orders")
    assert PASSWORD not in str(caught.value)
    with pytest.raises(OutputError, match="cannot write"):
        write(pa.table({"n": [1]}), "postgresql://me@127.0.0.1:1/db")
    with pytest.raises(SourceNotFound, match="cannot be reached"):
        read_label("postgresql://me@127.0.0.1:1/db")
