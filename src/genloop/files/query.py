"""A DuckDB query over files and over the table named `data`; the engine can reach no network and load no extension."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from genloop.core.errors import DataError, SourceNotFound
from genloop.core.lazy import Lazy
from genloop.core.records import Source
from genloop.files.columns import unique_names
from genloop.files.spool import full, scratch
from genloop.files.table import Parquet, even, hash_batches, plain_batch

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = Lazy("duckdb")

_SELECT = re.compile(r"\s*(select|with|from)\s+\S", re.I)
_MEMORY = "1GB"  # what is larger spills to the temporary folder


def is_query(text: str) -> bool:
    """Whether the text is a query and not the name of a file."""
    return bool(_SELECT.match(text)) and not os.access(text, os.F_OK)  # long ones are none


class Query:
    """The answer to one SELECT, kept in a temporary file so that every pass sees the same rows in the same order.

    `data` is what the query calls `data`. Relative paths in the query start at `folder`.

    Raises:
        DataError: the text is no single SELECT, DuckDB refuses it, or the answer is empty.
        SourceNotFound: a file that the query names does not exist.
    """

    def __init__(self, query: str, data: Source | None = None, *, folder: str | None = None) -> None:
        self._query, self._data = query, data
        self._folder = folder if folder is not None else str(Path.cwd())
        place = scratch(self)
        self._path = place / "answer.arrow"
        with connect(str(place), self._folder) as engine:
            self.notes = self._answer(engine)

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._names)

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as stream:
            yield from even(stream, rows)

    def fingerprint(self) -> str:
        """A hash of names, types and values of the answer."""
        return hash_batches(self.columns, self.batches())

    def describe(self) -> dict[str, Any]:
        """The query, the folder it starts from and what it calls `data`."""
        inner = {} if self._data is None else {"data": self._data.describe()}
        return {"kind": "query", "query": self._query, "folder": self._folder, **inner}

    def _answer(self, engine: "duckdb.DuckDBPyConnection") -> tuple[str, ...]:
        try:
            statements = engine.extract_statements(self._query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise DataError(f"expected one SELECT, found {self._query!r}")
            if self._data is not None:
                _offer(engine, self._data)
            answer: Any = engine.sql(self._query).to_arrow_reader(65_536)
            self._names, notes = unique_names(answer.schema.names)
            rows = self._keep(answer)
        except OSError as error:
            raise full(self._path.parent, error) from error
        except duckdb.IOException as error:
            if "No files found" in str(error):
                raise SourceNotFound(_first(error)) from error
            raise DataError(f"the query fails: {_first(error)}") from error
        except duckdb.Error as error:
            raise DataError(f"the query fails: {_first(error)}") from error
        if not rows:
            raise DataError(f"the query gives the columns {', '.join(self._names)} and no rows; expected at least one")
        return (*getattr(self._data, "notes", ()), *notes)

    def _keep(self, answer: pa.RecordBatchReader) -> int:
        options, rows = pa.ipc.IpcWriteOptions(compression="lz4"), 0
        empty = pa.RecordBatch.from_arrays([pa.array([], kind) for kind in answer.schema.types], names=self._names)
        schema = plain_batch(empty, self._names).schema
        with pa.OSFile(str(self._path), "wb") as file, pa.ipc.new_stream(file, schema, options=options) as stream:
            for batch in answer:
                stream.write_batch(plain_batch(batch, self._names))
                rows += batch.num_rows
        return rows


def connect(spill: str, folder: str) -> "duckdb.DuckDBPyConnection":
    """A DuckDB in memory that spills to `spill`, installs and loads nothing, and whose settings no query can change."""
    engine = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "extension_directory": spill,
            "temp_directory": spill,
            "memory_limit": _MEMORY,
            "python_enable_replacements": False,
            "file_search_path": folder,
        }
    )
    engine.execute("SET lock_configuration = true")
    return engine


def _offer(engine: "duckdb.DuckDBPyConnection", data: Source) -> None:
    if isinstance(data, Parquet):
        engine.read_parquet(data.describe()["path"]).create_view("data")
        return
    parts = data.batches()
    first = next(parts, None)
    if first is None:
        raise DataError("the table that the query calls data has no rows")

    def rows() -> Iterator[pa.RecordBatch]:
        yield first
        yield from parts

    engine.register("coming", pa.RecordBatchReader.from_batches(first.schema, rows()))
    engine.execute("CREATE TEMP TABLE data AS SELECT * FROM coming")
    engine.unregister("coming")


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
