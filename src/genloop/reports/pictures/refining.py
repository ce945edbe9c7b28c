"""What refining changed, on the card: how many candidates there were, what was cut or cleaned, what the judge says.

The figures come from the making's own record, which its label carries; a few pictures before and after come along where
the making itself is at hand.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from genloop.core.protocols import Pixels
from genloop.files.pictures import marks, png
from genloop.files.pictures.sheet import WORDS
from genloop.reports.card import CardData
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import Words, percent, phrase

_TALL = 56
_MOST_BYTES = 60_000  # of pictures before and after, as text


def read(label: Mapping[str, Any], examples: tuple[Pixels, Pixels] | None = None) -> dict[str, Any]:
    """What the card shows of refining: the record in the label, with a few pictures; empty where there is none."""
    try:
        found = json.loads(label.get("refining") or "{}")
    except (TypeError, ValueError):
        return {}
    if not isinstance(found, dict) or not found:
        return {}
    record: dict[str, Any] = {str(name): value for name, value in found.items() if isinstance(value, int | float)}
    if examples is not None:
        strips = {side: _strip(pixels, label) for side, pixels in zip(("before", "after"), examples, strict=True)}
        if sum(map(len, strips.values())) <= _MOST_BYTES:
            record |= strips
            record |= {"tall": int(examples[0].shape[1]), "wide": _row(examples[0]).shape[1]}
    return record


def write_refining(card: CardData) -> Markup | None:
    """The section "What refining changed"; None where nothing was refined."""
    found = card.refining
    told = sentences(found)
    if not told:
        return None
    parts: list[Any] = [
        tag("h2", phrase("refining.title")),
        tag("p", phrase("refining.lead"), class_="lead"),
        tag("div", tag("ul", [tag("li", words) for words in told]), class_="block"),
    ]
    if found.get("before") and found.get("after"):
        rows = [_side(found, side) for side in ("before", "after")]
        parts += [tag("div", rows, class_="strips"), tag("small", WORDS)]
    return tag("section", parts, id="refining", class_="judged")


def sentences(found: Mapping[str, Any]) -> list[Words]:
    """What was done and what came of it, a sentence for each."""
    told = []
    if "candidates" in found:
        told.append(phrase("refining.candidates", count=found["candidates"]))
    if "replaced" in found:
        kept = percent(found["rows"] / max(found["drawn"], 1), 0)
        told.append(
            phrase("refining.replaced", drawn=f"{found['drawn']:,}", kept=kept, share=percent(found["replaced"], 0))
        )
    if "judge_before" in found:
        told.append(
            phrase("refining.critic", before=_number(found["judge_before"]), after=_number(found["judge_after"]))
        )
    if "truncation" in found:
        told.append(phrase("refining.truncation", cut=f"{found['truncation']:g}"))
    if "judge_plain" in found:
        told.append(
            phrase(
                "refining.cut", rows=found["compared"], before=_number(found["judge_plain"]),
                after=_number(found["judge_after"]),
            )
        )  # fmt: skip
    if "cleaned" in found:
        told.append(phrase("refining.cleaned", count=f"{found['cleaned']:,}", refused=f"{found['refused']:,}",
                           rows=f"{found['rows']:,}"))  # fmt: skip
    if "judge_before_cleaning" in found:
        before, after = (_number(found[f"judge_{side}_cleaning"]) for side in ("before", "after"))
        told.append(phrase("refining.cleaner", before=before, after=after))
    return told


def _side(found: Mapping[str, Any], side: str) -> Markup:
    name = phrase(f"refining.{side}")
    width = found["wide"] * max(_TALL // max(found["tall"], 1), 1)
    image = tag("img", src=found[side], alt=name.en, aria_label=name, style=f"width:{width}px", class_="pixels")
    return tag("div", tag("h3", name), image, class_="strip-of")


def _strip(pixels: Pixels, label: Mapping[str, Any]) -> str:
    return f"data:image/png;base64,{base64.b64encode(png.encode(_row(pixels), marks.chunks(label))).decode()}"


def _row(pixels: Pixels) -> np.ndarray:
    gap = np.full((pixels.shape[1], 1, pixels.shape[3]), 255, np.uint8)
    return np.concatenate([part for picture in pixels for part in (gap, picture)][1:], axis=1)


def _number(value: Any) -> str:
    return f"{float(value):.3g}".replace("-", "−")
