"""Whatever cells a table holds, writing it as text and reading it again gives the same cells."""

import csv
import io
import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from genloop.files.read import read
from genloop.files.write import write

CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff"), max_size=12)
CELL = CELL.filter(lambda cell: cell == cell.strip("\t"))  # tabs around cells are an export's trick and come off
NAMES = ["名字", "b", "c"]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "gb18030")


def _back(path, **options):
    return pa.Table.from_batches(list(read(path, **options).batches(3))).to_pydict()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12), st.sampled_from(["csv", "tsv"]))
def test_cells_written_by_us_come_back(rows, ending):
    columns = {name: [row[place] or None for row in rows] for place, name in enumerate(NAMES)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ending}"
        write(pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()}), path)
        assert _back(path, header=True, delimiter="," if ending == "csv" else "\t", encoding="utf-8") == columns


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12), st.sampled_from(ENCODINGS), st.booleans())
def test_cells_written_by_the_standard_library_come_back(rows, encoding, quoted):
    text = io.StringIO(newline="")
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, quoting=style).writerows([NAMES, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        expected = {name: [row[place] or None for row in rows] for place, name in enumerate(NAMES)}
        assert _back(path, header=True, delimiter=",", encoding=encoding.removesuffix("-sig")) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(), st.sampled_from(["北京", "上海", "plain"]), st.floats(0, 9)), min_size=2),
    st.sampled_from(",;\t|"),
    st.sampled_from(ENCODINGS),
)
def test_delimiter_header_and_encoding_are_found(rows, delimiter, encoding):
    lines = [delimiter.join(map(str, row)) for row in [("id", "城市", "x"), *rows]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        assert _back(path) == {
            "id": [str(row[0]) for row in rows],
            "城市": [row[1] for row in rows],
            "x": [str(row[2]) for row in rows],
        }


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_read_or_give_our_error(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(content)
        try:
            source = read(path)
            assert len(source.columns) == len(set(source.columns))
            assert sum(batch.num_rows for batch in source.batches(7)) >= 1
        except ValueError as error:
            assert type(error).__name__ == "DataError" and "x.csv" in str(error)
