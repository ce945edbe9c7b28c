"""The whole way as a user goes it: a CSV file, a model, made rows under conditions and rules, a card."""

import json
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pandas as pd
import pytest

import genloop


@pytest.fixture(scope="module")
def made(shop, call):
    """As many made orders as real ones."""
    done = call(shop, "sample", "orders.genloop", "-n", "1500", "-o", "made.csv")
    assert done.exit_code == 0, done.stderr
    return pd.read_csv(shop / "made.csv")


def test_made_rows_look_like_the_real_ones(made, orders):
    assert list(made.columns) == list(orders.columns) and len(made) == len(orders)
    for name in ("city", "freight", "rating"):
        real, fake = (table[name].value_counts(normalize=True, dropna=False) for table in (orders, made))
        assert real.sub(fake, fill_value=0).abs().sum() / 2 < 0.08
    assert abs(np.log(made.net).mean() - np.log(orders.net).mean()) < 0.08
    nice = [table[table.city == "Nice"].net.median() for table in (orders, made)]
    assert abs(np.log(nice[1] / nice[0])) < 0.2


def test_rules_hold_in_every_made_row(made, orders):
    assert (made.ordered <= made.sent).all()
    assert np.allclose(made.net + made.freight, made.total, atol=0.005)
    assert set(zip(made.city, made.land, strict=True)) <= set(zip(orders.city, orders.land, strict=True))


def test_keys_are_fresh_unique_and_of_the_same_pattern(made, orders):
    assert made.order_id.is_unique and made.order_id.str.fullmatch(r"A-\d{6}").all()
    assert not set(made.order_id) & set(orders.order_id)


def test_making_rows_loads_no_package_that_it_does_not_need(shop):
    code = (
        "import sys, contextlib\n"
        "from genloop.interfaces.cli import app\n"
        "with contextlib.suppress(SystemExit): app(sys.argv[1:])\n"
        "unneeded = {'sqlalchemy', 'openpyxl', 'pandas', 'duckdb', 'lightgbm', 'sklearn', 'torch'}\n"
        "sys.exit(', '.join(unneeded & set(sys.modules)) or 0)"
    )
    words = [str(shop / "orders.genloop"), "-n", "50", "-o", str(shop / "few.parquet")]
    done = subprocess.run([sys.executable, "-c", code, "sample", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(shop / "few.parquet")) == 50


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (["land=FR"], lambda t: t.land == "FR"),
        (["total>=60", "city in Nice|Lyon"], lambda t: (t.total >= 60) & t.city.isin(["Nice", "Lyon"])),
        (["ordered=2024-02-01..2024-02-29"], lambda t: t.ordered.str.startswith("2024-02")),
        (["rating is missing"], lambda t: t.rating.isna()),
        (["rating is present", "net<20"], lambda t: t.rating.notna() & (t.net < 20)),
        (["city!=Aachen"], lambda t: t.city != "Aachen"),
    ],
)
def test_conditions_hold_in_every_row_and_rules_too(shop, given, holds):
    table = genloop.load(shop / "orders.genloop").sample(120, given=given, seed=3).to_pandas()
    assert len(table) == 120 and holds(table).all(), table[~holds(table)].head()
    assert np.allclose(table.net.astype(float) + table.freight.astype(float), table.total.astype(float), atol=0.005)
    assert (table.ordered <= table.sent).all()


def test_conditions_follow_the_real_conditionals(shop, orders):
    table = genloop.load(shop / "orders.genloop").sample(600, given="land=FR", seed=5).to_pandas()
    real = orders[orders.land == "FR"]
    assert abs((table.city == "Nice").mean() - (real.city == "Nice").mean()) < 0.1
    assert abs(table.net.astype(float).median() / real.net.median() - 1) < 0.2


def test_conditions_that_a_rule_forbids_are_refused_with_the_pair(shop, call):
    done = call(shop, "sample", "orders.genloop", "--given", "land=FR", "--given", "city=Bonn")
    assert done.exit_code == 1 and "city=Bonn and land=FR" in done.stderr and "city -> land" in done.stderr


def test_partial_rows_are_completed_by_what_they_say(shop, monkeypatch):
    monkeypatch.setattr("genloop.generators.trees.family.REHEARSAL_ROWS", 4_000)
    partial = pd.DataFrame({"land": ["FR"] * 40 + ["AT"] * 20, "total": [None] * 40 + [33.3] * 20})
    table = genloop.load(shop / "orders.genloop").sample(complete=partial).to_pandas()
    assert table.land.tolist() == partial.land.tolist()
    assert set(table.city[:40]) == {"Nice", "Lyon"} and set(table.city[40:]) == {"Graz"}
    assert (table.total[40:].astype(float) == 33.3).all()


def test_the_card_is_whole_and_says_that_no_rule_is_broken(shop, made, call):
    done = call(shop, "score", "orders.genloop", "made.csv", "-o", "card.json")
    assert done.exit_code == 0, done.stderr
    card = genloop.Card.load(shop / "card.json")
    assert card["rules"].value == 1.0 and {rule["violations"] for rule in card["rules"].detail["rules"]} == {0}
    assert {s.section for s in card.data.scores} >= {"fidelity", "diversity", "originality", "privacy", "rules"}
    assert card["c2st"].value < 0.65


def test_a_model_and_its_card_hold_no_real_row(shop, made, orders, call):
    call(shop, "score", "orders.genloop", "made.csv", "-o", "card.html")
    with zipfile.ZipFile(shop / "orders.genloop") as archive:
        stored = "".join(archive.read(name).decode("latin-1") for name in archive.namelist())
    stored += (shop / "card.html").read_text(encoding="utf-8") + (shop / "orders.genloop.schema.json").read_text()
    assert not [key for key in orders.order_id if key in stored]
    rare = orders.net.value_counts()
    lonely = [f"{value:.2f}" for value in rare[rare < 5].index if value > 100]
    numbers = {token.strip() for token in stored.replace("[", ",").replace("]", ",").split(",")}
    assert not set(lonely) & numbers


def test_one_seed_gives_one_file(shop, call):
    for name in ("one.csv", "two.csv"):
        call(shop, "sample", "orders.genloop", "-n", "200", "-o", name, "--seed", "11")
    assert (shop / "one.csv").read_bytes() == (shop / "two.csv").read_bytes()


def test_two_fits_with_one_seed_make_the_same_rows(shop, call, tmp_path):
    done = call(shop, "fit", "orders.csv", "-o", tmp_path / "again.genloop", "--threads", "1")
    assert done.exit_code == 0, done.stderr
    one, two = (genloop.load(path).sample(50) for path in (shop / "orders.genloop", tmp_path / "again.genloop"))
    assert one.to_arrow().equals(two.to_arrow())


def test_an_interrupt_keeps_the_best_so_far_or_says_that_there_is_none(shop, tmp_path):
    table = pd.concat([pd.read_csv(shop / "orders.csv")] * 40)
    table.to_csv(tmp_path / "big.csv", index=False)
    words = [sys.executable, "-m", "genloop", "fit", "big.csv", "-o", "big.genloop", "--threads", "1"]
    work = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 90
    while not (tmp_path / "big.genloop.run" / "run.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    work.send_signal(signal.SIGINT)
    said, told = work.communicate(timeout=90)
    assert work.returncode == 130
    if (tmp_path / "big.genloop").exists():
        assert "kept" in said + told
        assert len(genloop.load(tmp_path / "big.genloop").sample(10)) == 10
    else:
        assert told.splitlines()[-1].startswith("stopped before")


def test_new_rows_make_a_newer_model(shop, call, tmp_path):
    pd.read_csv(shop / "orders.csv").tail(700).to_csv(tmp_path / "new.csv", index=False)
    done = call(tmp_path, "fit", "new.csv", "-o", "newer.genloop", "--from", shop / "orders.genloop", "--threads", "1")
    assert done.exit_code == 0, done.stderr
    assert len(genloop.load(tmp_path / "newer.genloop").sample(20)) == 20


def test_the_label_names_model_and_run(shop, call):
    call(shop, "sample", "orders.genloop", "-n", "10", "-o", "labelled.csv")
    label = json.loads((shop / "labelled.csv.genloop.json").read_text())
    found = json.loads(call(shop, "inspect", "orders.genloop", "--json").stdout)
    assert label["model"] == found["identity"] and label["run"] == found["run"]["identity"]


def test_without_torch_trees_learn_make_and_judge(shop, tmp_path):
    code = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.split('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "import genloop\n"
        f"model = genloop.fit({str(shop / 'orders.csv')!r}, threads=1)\n"
        "card = model.score(model.sample(500))\n"
        "assert card['c2st'].value < 0.7\n"
        "card.save('card.html')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
