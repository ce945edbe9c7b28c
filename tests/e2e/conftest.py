"""A small business table and the command line in a folder of its own."""

import contextlib

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from genloop.interfaces.cli import app


@pytest.fixture(scope="session")
def orders():
    """1,500 orders: a key, a time, categories of which one determines another, a sum, missing values, a heavy tail."""
    rng = np.random.default_rng(7)
    rows = 1500
    city = rng.choice(["Aachen", "Bonn", "Lyon", "Nice", "Graz"], rows, p=[0.4, 0.25, 0.15, 0.12, 0.08])
    land = pd.Series(city).map({"Aachen": "DE", "Bonn": "DE", "Lyon": "FR", "Nice": "FR", "Graz": "AT"})
    net = np.round(np.exp(rng.normal(3 + 0.4 * (city == "Nice"), 0.6, rows)), 2)
    freight = np.round(rng.choice([0, 4.9, 9.9], rows, p=[0.5, 0.3, 0.2]), 2)
    ordered = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D")
    sent = ordered + pd.to_timedelta(rng.integers(0, 9, rows), unit="D")
    rating = pd.Series(rng.integers(1, 6, rows), dtype="Int64").where(rng.random(rows) > 0.2)
    return pd.DataFrame(
        {
            "order_id": [f"A-{number:06d}" for number in rng.permutation(rows) + 100],
            "ordered": ordered.strftime("%Y-%m-%d"),
            "sent": sent.strftime("%Y-%m-%d"),
            "city": city,
            "land": land,
            "net": net,
            "freight": freight,
            "total": np.round(net + freight, 2),
            "rating": rating,
        }
    )


@pytest.fixture(scope="session")
def shop(orders, tmp_path_factory):
    """A folder with orders.csv and a model of it, fitted once by the command line."""
    folder = tmp_path_factory.mktemp("shop")
    orders.to_csv(folder / "orders.csv", index=False)
    done = genloop(folder, "fit", "orders.csv", "-o", "orders.genloop", "--threads", "1")
    assert done.exit_code == 0, (done.stderr, done.exception)
    return folder


def genloop(folder, *words):
    """The command line in that folder, in this process."""
    with contextlib.chdir(folder):
        return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "160"})


@pytest.fixture(scope="session")
def call():
    """The command line as a function: call(folder, *words)."""
    return genloop
