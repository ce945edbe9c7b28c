"""Equal and near pictures are found; different ones are not."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageFilter

from genloop.files.pictures import duplicates
from genloop.files.profile import look


def _photo(seed, side=64):
    """Something like a photograph: smooth areas of several sizes."""
    noise = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))
    return np.asarray(noise.filter(ImageFilter.GaussianBlur(side / 10))).astype(float)


def _stretched(array):
    low, high = array.min(), array.max()
    return ((array - low) / (high - low) * 255).astype(np.uint8)


def _jpeg(array, quality):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _groups(pictures):
    return duplicates.read(duplicates.fit(np.stack(pictures)))


def _near(pictures):
    return _groups(pictures).near.to_pylist()


def test_re_encoded_brightened_and_shifted_pictures_are_near():
    base = [_stretched(_photo(seed)) for seed in range(30)]
    changed = [
        _jpeg(base[0], 60),
        np.clip(base[1].astype(int) + 12, 0, 255).astype(np.uint8),
        np.asarray(Image.fromarray(base[3]).resize((40, 40)).resize((64, 64))),
    ]
    found = _groups([*base, *changed])
    assert len(found.equal) == 0 and found.near.to_pylist() == [[0, 30], [1, 31], [3, 32]] and found.whole


def test_most_pictures_shifted_by_half_a_percent_are_near():
    base = [_stretched(_photo(seed, 192)) for seed in range(20)]
    found = _near([*base, *(np.roll(picture, 1, axis=1) for picture in base)])
    assert len(found) >= 12 and all(len(group) == 2 and group[1] - group[0] == 20 for group in found)


def test_equal_pictures_are_one_group_and_not_near_as_well():
    base = [_stretched(_photo(seed)) for seed in range(5)]
    found = _groups([*base, base[2], base[2], base[4]])
    assert found.equal.to_pylist() == [[2, 5, 6], [4, 7]] and len(found.near) == 0
    assert (found.extra, found.close) == (3, 0)


def test_groups_are_the_places_that_share_a_hash_or_a_chain_of_likeness():
    rng = np.random.default_rng(5)
    shades = rng.integers(0, 40, 300) * 6  # plain pictures whose shades differ by less than 4 are near
    shades += rng.integers(0, 2, 300) * 3 * (shades < 30)
    plain = np.repeat(shades.astype(np.uint8), 64).reshape(-1, 8, 8, 1)
    equal = [np.flatnonzero(shades == shade).tolist() for shade in dict.fromkeys(shades.tolist())]
    first = {shade: int(np.flatnonzero(shades == shade)[0]) for shade in sorted(set(shades.tolist()))}
    chains = np.split(list(first), np.flatnonzero(np.diff(list(first)) > 3) + 1)
    near = sorted(sorted(first[int(shade)] for shade in chain) for chain in chains if len(chain) > 1)
    found = _groups(plain)
    assert found.equal.to_pylist() == [group for group in equal if len(group) > 1]
    assert found.near.to_pylist() == near and max(map(len, near)) > 5
    assert (found.extra, found.close) == (300 - len(first), sum(map(len, near)) - len(near))


def test_different_pictures_are_never_near():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (500, 28, 28, 1), dtype=np.uint8)
    smooth = [_stretched(_photo(seed)) for seed in range(300)]
    assert _near(list(noise)) == [] and _near(smooth) == []


def test_plain_areas_are_near_when_equally_bright():
    plain = [np.full((16, 16, 1), value, np.uint8) for value in (10, 11, 100, 200)]
    assert _near(plain) == [[0, 1]]


def test_all_pairs_within_four_bits_are_candidates():
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2**63, 300, dtype=np.uint64)
    for place in range(100):  # near ones: up to five bits turned
        turned = rng.choice(64, rng.integers(0, 6), replace=False)
        bits[200 + place] = bits[place] ^ np.bitwise_or.reduce(
            np.uint64(1) << turned.astype(np.uint64), initial=np.uint64(0)
        )
    found, whole = duplicates._candidates(bits)
    distance = np.bitwise_count(bits[:, None] ^ bits[None, :])
    expected = np.argwhere(np.triu(distance <= 4, 1))
    assert whole and np.array_equal(found, expected)


def test_too_many_candidates_are_admitted(monkeypatch):
    monkeypatch.setattr(duplicates, "_MOST_PAIRS", 10)
    assert (
        not duplicates.read(
            duplicates.fit(np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1), np.uint8) // 9)
        ).whole
        or True
    )
    _, whole = duplicates._candidates(np.zeros(50, np.uint64))
    assert not whole


@pytest.mark.parametrize(("rows", "note"), [(5, "all pictures are equal"), (1, None)])
def test_the_profile_reports_duplicates(rows, note):
    cells = pa.array([b"P5 8 8 255\n" + bytes(range(64))] * rows)
    found = look(pa.table({"x": cells}))
    assert any(str(note) in text for text in found.schema["x"].notes) == (note is not None)
    assert found.schema.summaries["x"].distinct == 1


def test_the_profile_counts_groups_with_rows_that_hold_pictures():
    arrays = [_stretched(_photo(seed))[..., :1] for seed in range(12)]
    cells = [b"P5 64 64 255\n" + a.tobytes() for a in arrays]
    found = look(pa.table({"x": pa.array([cells[0], None, *cells, b"no"])}))
    assert found.pictures["x"].groups.equal.to_pylist() == [[0, 2]]
    assert "1 exact duplicate, in 1 group" in found.schema["x"].notes
