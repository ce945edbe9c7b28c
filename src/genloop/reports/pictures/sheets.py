"""Made pictures for the card, as data: URIs in strips; real ones beside them only where the user asked for it.

Strips of made pictures carry the label that the made table has, as files do. A card holds no real row. `show_real` is
the user's word that these pictures may stand in a file that is passed around.
"""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genloop.core import pixels as tensors
from genloop.core.lazy import Lazy
from genloop.core.protocols import Evidence, Pixels
from genloop.core.records import Records
from genloop.core.score import Score
from genloop.files.pictures import marks, png

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = Lazy("PIL.Image")

MOST_BYTES = 200_000  # of all pictures of one card, as text
ACROSS, CLASSES, PAIRS = 12, 20, 12
_PLAIN_STRIPS = 5  # where there are no classes
_QUALITY = 80


def read(
    evidence: Evidence,
    scores: Sequence[Score],
    curve: Sequence[tuple[str, float, float]],
    *,
    label: Mapping[str, Any] | None = None,
    show_real: bool = False,
) -> dict[str, Any]:
    """What the card shows of the pictures; empty where the table has none. `marked`: made ones are labelled."""
    column = next((c.name for c in evidence.schema.columns if c.kind == "image"), None)
    if column is None or column not in evidence.made.column_names:
        return {}
    if not tensors.is_tensor(evidence.made.column(column).type) or not evidence.made.num_rows:
        return {}
    by_name = {score.name: score for score in scores}
    classes = by_name["asked"].detail.get("column") if "asked" in by_name else None
    label = None if column in marks.given(label) else label or None
    height, width, channels = evidence.made.column(column).type.shape
    for across in (ACROSS, 8, 6, 4, 2):
        for encode in (_png, _webp):
            write = _Writer(encode, label)
            found: dict[str, Any] = {
                "column": column,
                "shape": [height, width, channels],
                "across": across,
                "shown_real": show_real,
                "marked": label is not None,
                "strips": _strips(evidence, column, classes, across, write, show_real=show_real),
                "pairs": _pairs(evidence, column, by_name, write, PAIRS if across > 2 else 4, show_real=show_real),
                "curve": [[stage, at, value] for stage, at, value in curve],
            }
            if size(found) <= MOST_BYTES:
                return found
    return {**found, "strips": found["strips"][:2], "pairs": []}


def size(found: Mapping[str, Any]) -> int:
    """The characters that the pictures take."""
    entries = [*found["strips"], *found["pairs"]]
    return sum(len(entry.get(side) or "") for entry in entries for side in ("made", "real"))


@dataclass(frozen=True)
class _Writer:
    """Strips as data: URIs; only made ones carry the label."""

    encode: Callable[[np.ndarray, Mapping[str, Any] | None], str]
    label: Mapping[str, Any] | None

    def made(self, strip: np.ndarray) -> str:
        return self.encode(strip, self.label)

    def real(self, strip: np.ndarray) -> str:
        return self.encode(strip, None)


def _strips(
    evidence: Evidence, column: str, classes: str | None, across: int, write: _Writer, *, show_real: bool
) -> list[dict[str, Any]]:
    """A strip of made pictures for each class, in the order of their names, or a few strips of any."""
    real = evidence.holdout if evidence.holdout is not None else evidence.train
    named: list[tuple[str | None, Records, Records | None]] = []
    if classes is None or classes not in evidence.made.column_names:
        step = evidence.made.num_rows
        for start in range(0, min(step, _PLAIN_STRIPS * across), across):
            named.append(
                (None, evidence.made.slice(start, across), None if real is None else real.slice(start, across))
            )
    else:
        values = sorted({str(v) for v in evidence.made.column(classes).to_pylist() if v is not None}, key=_order)
        for value in values[:CLASSES]:
            own = _of(evidence.made, classes, value, across)
            named.append((value, own, None if real is None else _of(real, classes, value, across)))
    return [
        {
            "name": name,
            "made": write.made(_row(made, column, across)),
            "real": write.real(_row(beside, column, across)) if show_real and beside is not None else None,
        }
        for name, made, beside in named
    ]


def _pairs(
    evidence: Evidence, column: str, scores: Mapping[str, Score], write: _Writer, most: int, *, show_real: bool
) -> list[dict[str, Any]]:
    """The made pictures that lie nearest to a learnt one, with that one where it may be shown."""
    score = scores.get("near_features") or scores.get("near_pixels")
    if score is None or evidence.train is None:
        return []
    return [
        {
            "made": write.made(_row(evidence.made.slice(pair["made"], 1), column, 1)),
            "real": write.real(_row(evidence.train.slice(pair["train"], 1), column, 1)) if show_real else None,
            "distance": pair["distance"],
            "near": not pair["distance"] or pair["distance"] < score.detail["limit"],
        }
        for pair in score.detail["pairs"][:most]
    ]


def _of(table: Records, classes: str, value: str, most: int) -> Records:
    texts = table.column(classes).cast(pa.string()).to_pylist()
    places = [place for place, text in enumerate(texts) if text == value][:most]
    return table.take(pa.array(places, pa.int64()))


def _order(name: str) -> tuple[bool, float, str]:
    """Numbers by their value before names by their letters."""
    return (not name.isdecimal(), float(name) if name.isdecimal() else 0.0, name)


def _row(table: Records, column: str, across: int) -> np.ndarray:
    """Pictures side by side with a white line between them; missing places stay white."""
    pixels: Pixels = tensors.read(table.column(column)) if table.num_rows else np.zeros((0, 1, 1, 1), np.uint8)
    shape = table.column(column).type.shape
    strip = np.full((shape[0], across * (shape[1] + 1) - 1, shape[2]), 255, np.uint8)
    for place, picture in enumerate(pixels[:across]):
        strip[:, place * (shape[1] + 1) : place * (shape[1] + 1) + shape[1]] = picture
    return strip


def _png(strip: np.ndarray, label: Mapping[str, Any] | None) -> str:
    return f"data:image/png;base64,{base64.b64encode(png.encode(strip, marks.chunks(label))).decode()}"


def _webp(strip: np.ndarray, label: Mapping[str, Any] | None) -> str:
    file = io.BytesIO()
    shown = Image.fromarray(strip[..., 0] if strip.shape[2] == 1 else strip)
    shown.save(file, "WEBP", quality=_QUALITY, xmp=b"" if label is None else marks.xmp(label))
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
