"""Small worlds of made-up sentences, in English and Chinese, and evidence built from them."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges.texts import grams, meaning

_GOOD = ("good", "fine", "lovely", "clean", "friendly", "quiet", "bright", "great")
_BAD = ("poor", "dirty", "noisy", "rude", "broken", "dark", "cold", "awful")
_THINGS = ("room", "bed", "staff", "food", "view", "lobby", "garden", "price", "shower", "door", "street", "lift")
_WHEN = ("today", "at night", "this week", "as always", "in spring", "on Monday", "last year", "for once")
_ZH = {
    "pos": ("很好", "干净", "舒适", "满意", "便宜", "安静", "漂亮", "热情"),
    "neg": ("很差", "肮脏", "吵闹", "失望", "太贵", "破旧", "寒冷", "粗鲁"),
}
_ZH_THINGS = ("房间", "早餐", "服务", "位置", "大堂", "价格", "环境", "床铺", "电梯", "前台", "花园", "浴室")
_ZH_WHEN = ("今天", "晚上", "上周", "一直", "春天", "周一", "去年", "这次")


def _english(rng: np.random.Generator, label: str) -> str:
    words = _GOOD if label == "pos" else _BAD
    parts = [
        f"The {rng.choice(_THINGS)} was {rng.choice(words)} and the {rng.choice(_THINGS)} seemed {rng.choice(words)}."
    ]
    for _ in range(int(rng.integers(1, 4))):
        parts.append(
            f"We found a {rng.choice(words)} {rng.choice(_THINGS)} {rng.choice(_WHEN)}, {rng.choice(words)} indeed."
        )
    parts.append(f"Next time we {'return' if label == 'pos' else 'leave'} {rng.choice(_WHEN)}.")
    return " ".join(parts)


def _chinese(rng: np.random.Generator, label: str) -> str:
    words = _ZH[label]
    parts = [
        f"{rng.choice(_ZH_WHEN)}{rng.choice(_ZH_THINGS)}{rng.choice(words)}，{rng.choice(_ZH_THINGS)}也{rng.choice(words)}。"
    ]
    for _ in range(int(rng.integers(1, 4))):
        parts.append(
            f"我觉得{rng.choice(_ZH_THINGS)}{rng.choice(words)}，因为{rng.choice(_ZH_THINGS)}{rng.choice(words)}。"
        )
    parts.append(f"下次{rng.choice(_ZH_WHEN)}{'再来' if label == 'pos' else '不来'}！")
    return "".join(parts)


def _rows(count: int, seed: int, *, zh: bool = False) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    labels = [str(label) for label in rng.choice(["pos", "neg"], count)]
    return [(_chinese if zh else _english)(rng, label) for label in labels], labels


def _table(texts: Sequence[str | None], labels: Sequence[str]) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.string()), "label": pa.array(labels, pa.string())})


_SCHEMA = Schema((Column("text", "text"), Column("label", "category")))


def _evidence(made: pa.Table, *, rows: int = 400, seed: int = 0, zh: bool = False) -> Evidence:
    train, holdout = (_table(*_rows(rows, seed + place, zh=zh)) for place in (100, 200))
    return Evidence(_SCHEMA, train, holdout, made, "label", seed=3)


@pytest.fixture
def world() -> SimpleNamespace:
    """`rows(count, seed)` gives texts and labels; `table` and `evidence` make tables of them."""
    return SimpleNamespace(rows=_rows, table=_table, evidence=_evidence, schema=_SCHEMA)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few buckets, and no pack that happens to be installed."""
    monkeypatch.setattr(grams, "BITS", 14)
    monkeypatch.setattr(meaning, "packed", lambda: False)
