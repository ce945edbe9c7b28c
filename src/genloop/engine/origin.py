"""Where a model's rows came from: the place, a hash and the split, enough to read them again, and no row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genloop.core.errors import DataError, SourceNotFound
from genloop.core.records import Source
from genloop.core.schema import Schema
from genloop.engine.blank import Blank
from genloop.engine.split import Split
from genloop.files.read import read as open_source
from genloop.files.read import reopen


@dataclass(frozen=True)
class Origin:
    """The source's own description (path or URL, table, query), its fingerprint and the split of its rows."""

    place: Mapping[str, Any]
    fingerprint: str
    split: Split

    @property
    def blank(self) -> bool:
        """Whether the model was fitted without data."""
        return self.split.rows == 0

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return {"place": dict(self.place), "fingerprint": self.fingerprint, "split": self.split.to_dict()}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Origin":
        """The origin that `to_dict` wrote."""
        return cls(dict(raw["place"]), str(raw["fingerprint"]), Split(**raw["split"]))


def find(origin: Origin, data: Any, schema: Schema) -> Source:
    """The source again: `data` when it is named, else the place the model remembers.

    Raises:
        SourceNotFound: it is not there; the message says how to name where it is now.
        DataError: it lacks columns of the model.
    """
    table, query = origin.place.get("table"), origin.place.get("query")
    if origin.blank and (data is None or isinstance(data, Blank)):
        raise DataError(
            "the model was fitted without data, so there is nothing to judge its texts by; name real texts of the same "
            f"sort, in a column {schema.names[0]!r}, with --data FILE"
        )
    if isinstance(data, Source):
        source = data
    elif data is not None:
        source = open_source(data, table=table, query=query)
    else:
        source = _remembered(origin)
    absent = [name for name in schema.names if name not in source.columns]
    if absent:
        raise DataError(
            f"the source has no column {', '.join(map(repr, absent))} any more, so the model did not learn from it; "
            "name the right one with --data"
        )
    return source


def _remembered(origin: Origin) -> Source:
    try:
        return reopen(origin.place)
    except SourceNotFound as error:
        raise SourceNotFound(
            f"the data the model learnt from cannot be read again: {error}; name them with --data"
        ) from error
