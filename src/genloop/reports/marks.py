"""What every chart is built from: a specification with its rows, and the axes and tooltips they share.

A string that starts with "@" stands for a phrase, one that starts with "$" for a colour of the page's style sheet; the
page puts them in for the language and the light of the moment. Rows stay apart from the specification, so that no
column name or value is ever read as either.
"""

from dataclasses import dataclass
from typing import Any

from genloop.reports.card import plain


@dataclass(frozen=True)
class Chart:
    """A specification and its rows; `height` in pixels is kept free before the chart is drawn."""

    spec: dict[str, Any]
    rows: list[dict[str, Any]]
    height: int

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return {"spec": self.spec, "rows": plain(self.rows)}


def share(field: str) -> dict[str, Any]:
    """The upright channel of a histogram: a share of the rows."""
    axis = {"title": None, "format": "~%", "tickCount": 3, "domain": False, "ticks": False}
    return {"field": field, "type": "quantitative", "axis": axis}


def quiet(form: str) -> dict[str, Any]:
    """A value axis without title and frame."""
    return {"title": None, "format": form, "tickCount": 3, "domain": False, "ticks": False, "labelOverlap": "greedy"}


def names_axis(limit: int = 150) -> dict[str, Any]:
    """An axis of names, cut at `limit` pixels."""
    return {"title": None, "ticks": False, "domain": False, "labelLimit": limit, "grid": False}


def tip(field: str, title: str, form: str) -> dict[str, Any]:
    """One line of a tooltip."""
    return {"field": field, "type": "quantitative", "title": title, "format": form}


def tips(real: str = "@real") -> list[dict[str, Any]]:
    """The two lines of a tooltip that tell the shares of real and made rows."""
    return [tip("real", real, ".2%"), tip("made", "@made", ".2%")]
