"""Places: shared points stay exact, others are drawn within cells, both coordinates obey conditions."""

import json

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp

from genloop.codecs import atlas, place
from genloop.core.conditions import read
from genloop.core.errors import ConditionError, SchemaError
from genloop.core.schema import Column

COLUMNS = [Column("lat", "place", decimals=4, partner="lon"), Column("lon", "place", decimals=4, partner="lat")]


def table(lat, lon):
    return pa.table({"lat": pa.array(lat, pa.float64()), "lon": pa.array(lon, pa.float64())})


def frozen_of(records, floor=5, tokens=1000):
    return place.freeze(COLUMNS, place.fit(COLUMNS, records), floor=floor, tokens=tokens)


def made(frozen, records, allowed=None, seed=0):
    codes = place.encode(frozen, records)
    out = place.decode(frozen, codes, np.random.default_rng(seed), allowed=allowed)
    return np.stack([out["lat"].to_numpy(), out["lon"].to_numpy()], axis=1)


def towns(rows=8000, seed=0):
    """Three towns of different breadth, and an airport that 200 rows share."""
    rng = np.random.default_rng(seed)
    centre = np.array([[40.7, -74.0], [-33.9, 151.2], [31.2, 121.5]])[rng.integers(0, 3, rows)]
    spot = np.round(centre + rng.normal(0, [0.05, 0.2], (rows, 2)), 4)
    spot[:200] = [40.6398, -73.7789]
    return table(spot[:, 0], spot[:, 1])


def test_interleaving_is_its_own_inverse_and_sorts_squares():
    units = np.random.default_rng(0).integers(0, 2**32 - 1, (1000, 2))
    assert np.array_equal(atlas.separate(atlas.interleave(units)), units)
    assert atlas.interleave(np.array([[0, 1], [1, 0], [1, 1], [2, 0]])).tolist() == [1, 2, 3, 8]


def test_a_place_that_many_rows_share_comes_back_exactly():
    records = towns()
    assert (made(frozen_of(records), records)[:200] == [40.6398, -73.7789]).all()


def test_places_of_one_row_are_not_stored_and_come_back_near():
    records = towns()
    frozen = frozen_of(records)
    assert frozen["points"] == place._units(["lat", "lon"], records)[0][:1].tolist()
    assert min(frozen["cell_rows"]) >= 5
    out, real = made(frozen, records), np.stack([records["lat"].to_numpy(), records["lon"].to_numpy()], axis=1)
    assert np.median(np.abs(out - real)[200:], axis=0).max() < 0.05
    exact = {tuple(row) for row in real[200:]} & {tuple(row) for row in out[200:]}
    assert len(exact) < 0.01 * len(real)


def test_made_places_follow_both_margins():
    records, fresh = towns(), towns(seed=1)
    out = made(frozen_of(records), records)
    for side, name in enumerate(("lat", "lon")):
        assert ks_2samp(out[200:, side], fresh[name].to_numpy()[200:]).pvalue > 0.001


def test_drawn_places_keep_their_decimals():
    records = towns()
    out = made(frozen_of(records), records)
    assert np.array_equal(np.round(out, 4), out)


def test_where_one_coordinate_is_missing_both_come_out_missing():
    records = table([1.0] * 9 + [None, 1.0, None], [2.0] * 9 + [3.0, None, None])
    frozen = frozen_of(records)
    out = made(frozen, records)
    assert (out[:9] == [1.0, 2.0]).all() and np.isnan(out[9:]).all()


@pytest.mark.parametrize("records", [table([], []), table([None] * 9, [None] * 9), table([1, 2, 3], [1, 2, 3])])
def test_too_few_places_come_out_missing(records):
    frozen = frozen_of(records)
    (field,) = place.fields(frozen)
    assert field.size == 1 and field.missing
    assert np.isnan(made(frozen, records)).all()


def test_only_points_send_the_other_rows_to_the_nearest():
    records = table([0.0] * 9 + [10.0] * 9 + [9.0], [0.0] * 9 + [10.0] * 9 + [9.0])
    assert made(frozen_of(records), records)[-1].tolist() == [10.0, 10.0]


def test_tokens_stay_within_their_fields():
    records = towns()
    frozen = frozen_of(records, tokens=50)
    codes = place.encode(frozen, records)
    assert (codes.max(axis=0) < [field.size for field in place.fields(frozen)]).all()


@pytest.mark.parametrize(
    "conditions",
    [["lat>=0"], ["lat=31.1..31.25", "lon<121.5"], ["lon=-74.01..-74", "lat!=40.6398"], ["lat in 40.6398|40.7123"]],
)
def test_conditions_are_kept_exactly(conditions):
    records = towns()
    frozen = frozen_of(records)
    allowed = place.allow(frozen, [read(text) for text in conditions])
    out = made(frozen, records, allowed)
    lat, lon = out[:, 0], out[:, 1]
    holds = {
        "lat>=0": lat >= 0,
        "lat=31.1..31.25": (lat >= 31.1) & (lat <= 31.25),
        "lon<121.5": lon < 121.5,
        "lon=-74.01..-74": (lon >= -74.01) & (lon <= -74),
        "lat!=40.6398": lat != 40.6398,
        "lat in 40.6398|40.7123": np.isin(lat, [40.6398, 40.7123]),
    }
    assert all(holds[text].all() for text in conditions)


def test_a_range_takes_its_share_of_the_rows():
    records = towns()
    frozen = frozen_of(records)
    allowed = place.allow(frozen, [read("lat>=0")])
    rows = atlas.read(frozen).rows
    wanted = np.mean(records["lat"].to_numpy() >= 0)
    assert (allowed.share[0] * rows).sum() / rows.sum() == pytest.approx(wanted, abs=0.01)


def test_a_box_without_places_is_refused_with_the_box_that_exists():
    frozen = frozen_of(towns())
    with pytest.raises(ConditionError, match=r"its places have lat from -34\.\d to 40\.\d and lon from -74"):
        place.allow(frozen, [read("lat>80")])
    with pytest.raises(ConditionError, match="lat is missing"):
        place.allow(frozen, [read("lat is missing")])


def test_a_latitude_alone_is_refused():
    with pytest.raises(SchemaError, match="--kind lat=number"):
        place.fit(COLUMNS[:1], table([1.0], [1.0]))


def test_the_state_survives_json():
    frozen = frozen_of(towns(500))
    assert json.loads(json.dumps(frozen)) == frozen
