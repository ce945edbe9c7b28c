"""A run folder keeps what a run needs to go on, and no row."""

from pathlib import Path

import pytest

import genloop

pytest.importorskip("torch")


@pytest.mark.neural
def test_a_run_folder_holds_no_real_row(orders, tmp_path):
    folder = tmp_path / "orders.run"
    model = genloop.fit(
        orders, family="transformer", steps=60, threads=1, folder=folder, settings={"hidden": 16, "width": 8}
    )
    kept = [path for path in Path(folder).rglob("*") if path.is_file()]
    assert {path.name for path in kept} > {"run.json"}
    stored = b"".join(path.read_bytes() for path in kept)
    assert not [key for key in orders.order_id if key.encode() in stored]
    assert len(model.sample(20)) == 20


@pytest.mark.neural
def test_steps_repeat_a_run(orders):
    one, two = (
        genloop.fit(orders, family="transformer", steps=40, threads=1, settings={"hidden": 16, "width": 8})
        for _ in range(2)
    )
    assert one.identity == two.identity or one.sample(30).to_arrow().equals(two.sample(30).to_arrow())
