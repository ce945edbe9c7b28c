"""Held-out bits per byte: how well the model's own writers foresee texts that they never learnt.

Nats of each held-out text and its end, given the row's other columns, over ln 2 and its bytes in UTF-8. Texts that were
learnt word for word are left out, and so is the figure where a family gives no chances (a remote server).
Beside it stands what a compressor (LZMA, as `xz`) takes for the same texts when it has read the learnt ones before.
"""

import lzma
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genloop.core import registry
from genloop.core.errors import GenloopError
from genloop.core.lazy import Lazy
from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.engine import writer as writers
from genloop.engine.learnt import Learnt
from genloop.engine.plan import RAW
from genloop.engine.writer import Writer

if TYPE_CHECKING:
    from genloop.judges.texts import figures
else:
    figures = Lazy("genloop.judges.texts.figures")

NAME = "text_bits"
LEAST = 20  # held-out texts below which the figure says nothing
_LETTERS = {RAW: 20_000, "texts": 200_000}  # of held-out texts that are scored: open weights take their time
_PACKED = 8_000_000  # bytes of learnt texts up to which the compressor is quick
_BITS = 16.0


def score(learnt: Learnt, evidence: Evidence) -> list[Score]:
    """`text_bits` of the worst column of texts; nothing where no writer or no held-out text can be asked."""
    found = [(maker.column, _measured(maker, learnt, evidence)) for maker in learnt.writers]
    return figures.worst([(column, own) for column, own in found if own])


def _measured(maker: Writer, learnt: Learnt, evidence: Evidence) -> list[Score]:
    part: Any = registry.load("generators.text", maker.stage.family)
    held = _held(maker, evidence, raw=part.FORM == RAW)
    if held is None or not hasattr(part, "score"):
        return []
    batch, _, raw = writers.lesson(learnt.units, held, maker.stage)
    asked = held if raw is None else raw
    try:
        nats = np.asarray(part.score(maker.weights, batch if raw is None else raw), np.float64)
    except GenloopError:  # open weights are gone or cannot be opened: sampling says so
        return []
    texts = asked.column(maker.column).to_pylist()
    sizes = np.array([len(text.encode("utf-8", "surrogatepass")) for text in texts], np.float64)
    value, error = figures.ratio(nats / math.log(2), sizes)
    detail: dict[str, Any] = {"rows": len(texts), "bytes": int(sizes.sum())}
    packed = compressed(evidence.train, maker.column, texts)
    if packed is not None:
        detail["compressor"] = round(packed, 6)
    return [
        figures.measured(
            NAME, value, error, "fidelity",
            bounds=(0.0, _BITS), direction="lower", ideal=0.0, unit="bits per byte", detail=detail,
        )
    ]  # fmt: skip


def _held(maker: Writer, evidence: Evidence, *, raw: bool) -> Records | None:
    """Held-out rows whose texts were not learnt, each text once, as many as can be scored quickly; in their order.

    Open weights are asked for texts that surely fit into half of their context.
    """
    held, column = evidence.holdout, maker.column
    if held is None or column not in held.column_names:
        return None
    texts = held.column(column).to_pylist()
    seen = {""} if evidence.train is None else {"", *map(_plain, evidence.train.column(column).to_pylist())}
    longest = int(maker.weights.head.get("settings", {}).get("context", 256)) // 2 if raw else None
    kept: list[int] = []
    left = _LETTERS[RAW if raw else "texts"]
    for place in stream(evidence.seed, NAME, column).permutation(len(texts)).tolist():
        text = texts[place] or ""
        if _plain(text) in seen or (longest is not None and len(text) > longest):
            continue
        seen.add(_plain(text))
        left -= len(text)
        if left < 0 and len(kept) >= LEAST:
            break
        kept.append(place)
    return held.take(pa.array(sorted(kept), pa.int64())) if len(kept) >= LEAST else None


def _plain(text: str | None) -> str:
    """What makes two texts the same: all but their spaces."""
    return " ".join((text or "").split())


def compressed(train: Records | None, column: str, texts: Sequence[str]) -> float | None:
    """Bits per byte that LZMA takes for the texts after the learnt ones; None where that would take long."""
    learnt = [] if train is None else [text for text in train.column(column).to_pylist() if text]
    before, after = ("\n".join(part).encode("utf-8", "surrogatepass") for part in (learnt, texts))
    if not after or len(before) > _PACKED:
        return None
    more = len(lzma.compress(before + b"\n" + after)) - len(lzma.compress(before))
    return 8 * more / len(after)
