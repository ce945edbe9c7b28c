from collections import defaultdict

import numpy as np
import pytest

from genloop.judges.texts import fluency


class _Plain:
    """Interpolated Kneser-Ney by its definition, in dictionaries."""

    def __init__(self, texts, order):
        self.order, self.counts = order, [defaultdict(lambda: defaultdict(int)) for _ in range(order + 1)]
        for text in texts:
            row = [256] * order + [*text.encode(), 256]
            for at in range(order, len(row)):
                for size in range(order, -1, -1):
                    followed = self.counts[size][tuple(row[at - size : at])]
                    followed[row[at]] += 1
                    if followed[row[at]] > 1:
                        break
        self.discount = []
        for table in self.counts:
            seen = [count for followed in table.values() for count in followed.values()]
            once, twice = seen.count(1), seen.count(2)
            self.discount.append(np.clip(once / max(once + 2 * twice, 1), 0.1, 0.95))

    def bits(self, text):
        row = [256] * self.order + [*text.encode(), 256]
        total = 0.0
        for at in range(self.order, len(row)):
            chance = 1 / 257
            for size in range(self.order + 1):
                followed = self.counts[size].get(tuple(row[at - size : at]))
                if followed is None:
                    break
                less = self.discount[size]
                own = max(followed.get(row[at], 0) - less, 0)
                chance = (own + less * len(followed) * chance) / sum(followed.values())
            total -= np.log2(chance)
        return total


def test_bits_are_those_of_kneser_and_ney_by_definition():
    texts = ["abracadabra", "abrasive bar", "早餐很好", "a bar of soap", "早餐很差"]
    plain, model = _Plain(texts, fluency.ORDER), fluency.learn(texts)
    asked = ["abra bar", "zzz", "早餐", ""]
    bits, sizes = fluency.measure(model, asked)
    assert bits == pytest.approx([plain.bits(text) for text in asked])
    assert sizes.tolist() == [9, 4, 7, 1]


def test_learning_stops_at_the_most_bytes(monkeypatch):
    monkeypatch.setattr(fluency, "_MOST", 6)
    short, first = fluency.learn(["abc", "ab", "xyz"]), fluency.learn(["abc", "ab"])
    assert (short.keys == first.keys).all()
