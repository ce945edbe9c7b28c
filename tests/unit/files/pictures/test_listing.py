"""What names say of pictures, and what a name costs."""

import hashlib
import tracemalloc

import pyarrow as pa

from genloop.files.pictures import listing


def _nothing(name):
    raise FileNotFoundError(name)


def test_names_are_in_order_and_their_folders_in_shortest_form():
    names = listing.pack(["b/2.png", "a/x/1.png", "./c/3.png", "4.png", "猫/5.png", "b//6.png"])
    assert names.to_pylist() == sorted(names.to_pylist())
    found = listing.read(names, _nothing, "here")
    said = dict(zip(found.names.to_pylist(), found.about["class"].to_pylist(), strict=True))
    assert said == {
        "b/2.png": "b", "a/x/1.png": "a/x", "./c/3.png": "c", "4.png": None, "猫/5.png": "猫", "b//6.png": "b",
    }  # fmt: skip


def test_the_digest_is_that_of_all_values_spelt_out():
    about = {"class": pa.array(["猫", None, "it's"]), "price": pa.array([1, None, 3])}
    for said in (about, {}, {"price": about["price"]}):
        spelt = repr({name: column.to_pylist() for name, column in said.items()})
        found = listing.Listing(listing.pack(["1.png", "2.png", "3.png"]), said).digest()
        assert found == hashlib.sha256(spelt.encode()).digest()


def test_a_name_costs_its_own_bytes_and_few_more():
    files, before = 50_000, pa.total_allocated_bytes()
    listing.read(listing.pack(["a/0.png"]), _nothing, "here")  # loads what is loaded once
    tracemalloc.start()
    try:
        found = listing.read(listing.pack(f"c{n % 10}/{n}.png" for n in range(files)), _nothing, "here")
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.names) == files and kept < 4 * files and most < 80 * files
    assert pa.total_allocated_bytes() - before < 32 * files
