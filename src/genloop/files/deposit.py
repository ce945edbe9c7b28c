"""Made records into a table of a database: filled under another name and renamed at the end, in one transaction.

A table that genloop did not make is never replaced. The labels of all tables stand in the table `genloop_label`.
"""

import json
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from genloop.core.errors import OutputError, SourceNotFound
from genloop.core.lazy import Lazy
from genloop.core.records import Records
from genloop.files.sinks import decoded, fit_schema
from genloop.files.sql import connect, failure, parse_url, show

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import SQLAlchemyError
else:
    sa = Lazy("sqlalchemy")

_DEFAULT = "made"
_ROWS = 10_000


@cache
def _labels() -> "sa.Table":
    """The table that holds the label of every made table."""
    name = sa.Column("name", sa.String(200), primary_key=True)
    return sa.Table("genloop_label", sa.MetaData(), name, sa.Column("label", sa.Text, nullable=False))


class Deposit:
    """A table being filled; `close` puts it in its place, `drop` leaves the database as it was.

    The table is named by `?table=` in the URL, else `made`.

    Raises:
        OutputError: the database cannot be reached or written, or the table exists and is not genloop's.
    """

    def __init__(self, destination: str | Path, *, label: str | None) -> None:
        self._url, self._table = place(destination)
        self._where, self._label = f"{show(self._url)}, table {self._table!r}", label
        self._fresh = isinstance(destination, Path) and not destination.exists()
        self._path = destination if isinstance(destination, Path) else None
        self._part = f"{self._table}_{secrets.token_hex(4)}"
        self._schema: pa.Schema | None = None
        self._engine = connect(self._url)
        self._target: sa.Table | None = None
        try:
            self._connection: sa.Connection = self._engine.connect()
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error
        try:
            self._refuse_strangers()
        except sa.exc.SQLAlchemyError as error:
            self._connection.close()
            raise self._failed(error) from error
        except OutputError:
            self._connection.close()
            raise

    def write(self, records: Records) -> None:
        """Appends the records."""
        records = decoded(records)
        try:
            if self._target is None:
                self._schema = records.schema
                columns = [sa.Column(field.name, _type(field.type)) for field in records.schema]
                self._target = sa.Table(self._part, sa.MetaData(), *columns)
                self._target.create(self._connection)
            records = fit_schema(records, self._schema, Path(self._table))
            for batch in records.to_batches(max_chunksize=_ROWS):
                if batch.num_rows:
                    self._connection.execute(self._target.insert(), batch.to_pylist())
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Puts the table in its place and its label beside it."""
        if self._target is None:
            raise OutputError(f"{self._where}: no records were made, nothing to write")
        quote = self._engine.dialect.identifier_preparer.quote
        try:
            _labels().create(self._connection, checkfirst=True)
            old = sa.Table(self._table, sa.MetaData())
            old.drop(self._connection, checkfirst=True)
            renamed = f"ALTER TABLE {quote(self._part)} RENAME TO {quote(self._table)}"
            self._connection.execute(sa.text(renamed.replace(":", r"\:")))  # a colon is no parameter
            self._connection.execute(_labels().delete().where(_labels().c.name == self._table))
            self._connection.execute(_labels().insert(), {"name": self._table, "label": self._label or "{}"})
            self._connection.commit()
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error
        self._connection.close()

    def drop(self) -> None:
        """Takes back what was written."""
        self._connection.rollback()
        if self._target is not None:
            self._target.drop(self._connection, checkfirst=True)
            self._connection.commit()
        self._connection.close()
        if self._fresh and self._path is not None:
            self._path.unlink(missing_ok=True)

    def _refuse_strangers(self) -> None:
        if not sa.inspect(self._connection).has_table(self._table):
            return
        labelled = sa.inspect(self._connection).has_table(_labels().name)
        mine = sa.select(_labels().c.name).where(_labels().c.name == self._table)
        if not labelled or self._connection.scalar(mine) is None:
            raise OutputError(
                f"{self._where} exists and was not made by genloop; name another with ?table=NAME in the URL"
            )

    def _failed(self, error: "SQLAlchemyError") -> OutputError:
        return OutputError(f"cannot write {self._where}: {str(failure('it', error)).removeprefix('it ')}")


def place(destination: str | Path) -> "tuple[URL, str]":
    """The database's URL and the name of the table in it."""
    if isinstance(destination, Path):
        if not destination.absolute().parent.is_dir():
            raise OutputError(f"cannot write {destination}: there is no folder {destination.parent}; make it first")
        return sa.URL.create("sqlite", database=str(destination.absolute())), _DEFAULT
    url = parse_url(destination)
    table = url.query.get("table", _DEFAULT)
    return url.difference_update_query(["table"]), table if isinstance(table, str) else table[0]


def stored_label(destination: str | Path) -> dict[str, Any] | None:
    """The label of a made table, None when it has none.

    Raises:
        SourceNotFound: the database cannot be reached.
    """
    url, table = place(destination)
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table(_labels().name):
                return None
            text = connection.scalar(sa.select(_labels().c.label).where(_labels().c.name == table))
    except sa.exc.SQLAlchemyError as error:
        raise SourceNotFound(f"{show(url)} cannot be reached: {failure('it', error)}") from error
    finally:
        engine.dispose()
    label: dict[str, Any] = json.loads(text) if text else {}
    return label or None


def _type(kind: pa.DataType) -> Any:
    types = pa.types
    if types.is_boolean(kind):
        return sa.Boolean()
    if types.is_integer(kind):
        return sa.BigInteger() if not types.is_uint64(kind) else sa.Numeric(20, 0)
    if types.is_floating(kind):
        return sa.Double()
    if types.is_decimal(kind):
        return sa.Numeric(kind.precision, kind.scale)
    if types.is_date(kind):
        return sa.Date()
    if types.is_timestamp(kind):
        return sa.DateTime(timezone=kind.tz is not None)
    if types.is_time(kind):
        return sa.Time()
    return sa.LargeBinary() if types.is_binary(kind) or types.is_large_binary(kind) else sa.Text()
