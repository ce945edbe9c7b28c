"""Databases through SQLAlchemy: a table or a query, read once into a temporary file: every pass sees one state."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from genloop.core.errors import DataError, GenloopError, MissingExtra, SourceNotFound
from genloop.core.lazy import Lazy
from genloop.files.columns import unique_names
from genloop.files.spool import Spool

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import URL, Engine
    from sqlalchemy.exc import SQLAlchemyError
else:
    sa = Lazy("sqlalchemy")

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_SECRETS = ("password", "passwd", "pwd", "sslpassword", "token", "secret", "access_token", "api_key")
_FETCH = 10_000


class Sql:
    """A table or the answer to a query; the connection is closed again when this object exists.

    Raises:
        SourceNotFound: the server cannot be reached, or has no such table.
        DataError: no table was named and there are several, the query fails, or the answer is empty.
    """

    def __init__(
        self, url: "str | URL", *, table: str | None = None, query: str | None = None, path: Path | None = None
    ) -> None:
        parsed = parse_url(url)
        self._path = path
        named = parsed.query.get("table")
        self._table = table if table is not None else (named if isinstance(named, str) else None)
        self._query = query
        self._url = parsed.difference_update_query(["table"])
        if self._table is not None and query is not None:
            raise DataError("a table and a query were both given; expected one of them")
        lite = self._url.get_backend_name() == "sqlite" and path is None
        if lite and not Path(self._url.database or "").is_file():
            raise SourceNotFound(f"no file {self._url.database!r} for {show(self._url)}")
        engine = connect(self._url)
        try:
            self._spool, self.notes = self._read(engine)
        finally:
            engine.dispose()

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._spool.names)

    def batches(self, rows: int = 65_536) -> Iterator[Any]:
        """All rows in order, at most `rows` at a time."""
        return self._spool.batches(rows)

    def fingerprint(self) -> str:
        """A hash of names, types and values as they were when the source was opened."""
        return self._spool.fingerprint()

    def describe(self) -> dict[str, Any]:
        """The URL without its password, the table or the query, and how to reach it again."""
        asked = {"table": self._table, "query": self._query}
        hidden = without_secrets(self._url)
        result: dict[str, Any] = {"kind": "sql", "url": hidden.render_as_string(hide_password=False)}
        if self._path is not None:
            result = {"kind": "file", "path": str(self._path.absolute()), "format": "sqlite"}
        result |= {key: value for key, value in asked.items() if value is not None}
        if self._path is None and hidden != self._url:
            result["reopen"] = (
                "the password is not kept: set PGPASSWORD or ~/.pgpass (PostgreSQL), or pass the URL again"
            )
        return result

    def _read(self, engine: "Engine") -> tuple[Spool, tuple[str, ...]]:
        where = self._where
        try:
            statement = None if self._query is not None else self._select(engine)
            with engine.connect().execution_options(**_options(engine)) as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")  # a DROP would not wait for a commit
                if statement is None:
                    answer = connection.exec_driver_sql(str(self._query))  # a colon in it is no parameter of ours
                else:
                    answer = connection.execute(statement)
                if not answer.returns_rows:
                    raise DataError(f"{where}: the query returns no rows; expected a SELECT")
                names, notes = unique_names(list(answer.keys()))
                spool = Spool(names, (tuple(row) for row in answer.yield_per(_FETCH)))
        except sa.exc.SQLAlchemyError as error:
            raise failure(where, error) from error
        if not spool.rows:
            what = f"table {self._table!r}" if self._query is None else "the query"
            raise DataError(f"{where}: {what} gives the columns {', '.join(names)} and no rows; expected at least one")
        return spool, tuple(notes)

    @property
    def _where(self) -> str:
        return show(self._url) if self._path is None else str(self._path)

    def _select(self, engine: "Engine") -> Any:
        inspector = sa.inspect(engine)
        names = [*inspector.get_table_names(), *inspector.get_view_names()]
        offered = [name for name in names if not name.startswith("genloop_label")]
        if self._table is None:
            if len(offered) != 1:
                listed = f"it has {', '.join(sorted(offered))}" if offered else "it has no tables"
                raise DataError(f"{self._where}: name one table or a query; {listed}")
            self._table = offered[0]
        schema, name = None, self._table
        if name not in names and "." in name:
            schema, name = name.split(".", 1)
        if not inspector.has_table(name, schema=schema) and self._table not in names:
            raise SourceNotFound(f"{self._where} has no table {self._table!r}; it has {', '.join(sorted(offered))}")
        return sa.select(sa.text("*")).select_from(sa.table(name, schema=schema))


def _options(engine: "Engine") -> dict[str, Any]:
    """Rows in portions, SQL passed on as it stands, and no writing where the database can promise it."""
    options: dict[str, Any] = {"stream_results": True, "max_row_buffer": _FETCH, "no_parameters": True}
    return options | ({"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {})


def is_url(text: str) -> bool:
    """Whether the text is a database URL and not the name of a file."""
    return "://" in text


def open_file(path: Path, *, table: str | None = None, query: str | None = None) -> Sql:
    """A SQLite file, opened for reading only.

    Raises:
        DataError: it is no SQLite database; or as `Sql`.
    """
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise DataError(f"{path} is no SQLite database (empty, damaged or of another kind)")
    url = sa.URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query={"mode": "ro", "uri": "true"})
    return Sql(url, table=table, query=query, path=path)


def parse_url(url: "str | URL") -> "URL":
    """The URL with our choice of driver where it names none.

    Raises:
        DataError: it is no database URL.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise DataError("this is no database URL; expected dialect://user@host/database") from error
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


def connect(url: "URL") -> "Engine":
    """An engine for the URL; nothing is opened yet.

    Raises:
        MissingExtra: the database's driver is not installed.
    """
    try:
        return sa.create_engine(url, poolclass=sa.NullPool)
    except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as error:
        if url.drivername.startswith("postgresql"):
            raise MissingExtra(
                f"{url.drivername}: the driver is not installed; pip install 'genloop[postgresql]'"
            ) from error
        raise MissingExtra(
            f"{url.drivername}: no such driver is installed; check the URL, or install SQLAlchemy's driver of that name"
        ) from error


def without_secrets(url: "URL") -> "URL":
    """The URL without its password and without query parameters that hold one."""
    bare = url.difference_update_query([key for key in url.query if key.lower() in _SECRETS])
    return sa.URL.create(bare.drivername, bare.username, None, bare.host, bare.port, bare.database, bare.query)


def show(url: "URL") -> str:
    """The URL as messages show it."""
    return without_secrets(url).render_as_string()


def failure(where: str, error: "SQLAlchemyError") -> GenloopError:
    """The error in our words: not reachable, or refused; the statement's parameters are left out."""
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()
    first = cause[0] if cause else type(error).__name__
    connecting = isinstance(error, sa.exc.OperationalError) and error.statement is None
    if connecting:
        return SourceNotFound(f"{where} cannot be reached: {first}")
    return DataError(f"{where} refuses the query: {first}")
