"""Counted chances against the definition, computed gram by gram."""

from collections import Counter, defaultdict

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.texts import END, Texts  # noqa: E402
from genloop.nn import counts as counting  # noqa: E402
from genloop.nn.counts import BEFORE, Counts, before  # noqa: E402

pytestmark = pytest.mark.neural
VOCABULARY = 12


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(60):
        row, last = [], 2
        for _ in range(rng.integers(1, 20)):
            last = int((last * 3 + rng.choice(3, p=[0.7, 0.2, 0.1])) % (VOCABULARY - 2)) + 2
            row.append(last)
        rows.append([*row, END])
    return Texts.of(rows)


@pytest.fixture(scope="module")
def counts(texts):
    return Counts.count(texts, VOCABULARY)


def _defined(texts):
    """p(token | two before) by Chen and Goodman's equations, in dictionaries."""
    tables = [defaultdict(Counter) for _ in range(3)]
    for row in range(len(texts)):
        line = [BEFORE, BEFORE, *texts[row].tolist()]
        for at in range(2, len(line)):
            tables[2][tuple(line[at - 2 : at])][line[at]] += 1
    for length in (2, 1):
        for context, own in tables[length].items():
            for token in own:
                tables[length - 1][context[1:]][token] += 1
    offs = []
    for table in tables:
        many = Counter(times for own in table.values() for times in own.values())
        n = [max(many[times], 1) for times in (1, 2, 3, 4)]
        y = n[0] / (n[0] + 2 * n[1])
        offs.append([0.0, *(max(0.0, t - (t + 1) * y * n[t] / n[t - 1]) for t in (1, 2, 3))])

    def chance(two, token):
        found = 1 / VOCABULARY
        for length, (table, off) in enumerate(zip(tables, offs, strict=True)):
            own = table.get(tuple(two[2 - length :]))
            if own:
                whole = sum(own.values())
                left = sum(min(off[min(t, 3)], t) for t in own.values()) / whole
                found = max(own[token] - off[min(own[token], 3)], 0) / whole + left * found
        return found

    return chance


def _places(texts):
    inputs = np.concatenate([[VOCABULARY, *texts[row][:-1]] for row in range(len(texts))])
    place = np.concatenate([np.arange(size) for size in texts.lengths])
    return before(inputs, place, VOCABULARY)


def test_chances_are_those_of_the_definition(texts, counts):
    chance = _defined(texts)
    two = _places(texts)
    found = counts.chances(two, texts.tokens.astype(np.int64))
    expected = [chance(a, int(b)) for a, b in zip(two.tolist(), texts.tokens, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    strange = np.array([[3, 3], [BEFORE, 11], [7, BEFORE]])
    expected = [chance(a, b) for a, b in zip(strange.tolist(), (4, 5, 6), strict=True)]
    np.testing.assert_allclose(counts.chances(strange, np.array([4, 5, 6])), expected, rtol=1e-6)


def test_chances_of_all_tokens_sum_to_one_and_are_those_of_each(texts, counts):
    two = np.concatenate([_places(texts)[:40], [[3, 3], [BEFORE, BEFORE]]])
    found = counts.after(two)
    torch.testing.assert_close(found.sum(1), torch.ones(len(two)))
    for token in range(VOCABULARY):
        each = counts.chances(two, np.full(len(two), token))
        np.testing.assert_allclose(found[:, token].numpy(), each, rtol=1e-5)


def test_marks_and_beginnings_stand_before_a_text():
    inputs, place = np.array([VOCABULARY, 5, 6, 7, VOCABULARY + 1, 8]), np.array([0, 1, 2, 3, 0, 1])
    expected = [[BEFORE, BEFORE], [BEFORE, 5], [5, 6], [6, 7], [BEFORE, BEFORE], [BEFORE, 8]]
    assert before(inputs, place, VOCABULARY).tolist() == expected


def _keys(*grams):
    return {sum(token << 21 * at for at, token in enumerate(reversed(gram))) for gram in grams}


def test_what_fewer_texts_hold_is_not_kept_and_its_chance_goes_to_fewer_tokens():
    texts = Texts.of([[5, 6, 7, END], [5, 6, 8, END], [5, 6, 7, 9, 7, 9, 7, 9, END]])
    counts = Counts.count(texts, VOCABULARY, 2)
    assert _keys((5, 6, 7), (BEFORE, 5, 6)) <= set(counts.triples.grams.tolist())
    assert not _keys((5, 6, 8), (7, 9, 7), (9, 7, 9)) & set(counts.triples.grams.tolist())  # one text, however often
    assert not _keys((6, 8), (7, 9)) & set(counts.pairs.grams.tolist())
    two = np.array([[5, 6], [7, 9], [3, 3], [BEFORE, BEFORE]])
    found = counts.after(two)
    torch.testing.assert_close(found.sum(1), torch.ones(4))
    torch.testing.assert_close(found[1], found[2])  # as if nothing were known before
    assert found[0, 7] > found[0, 8]
    for token in range(VOCABULARY):
        np.testing.assert_allclose(found[:, token].numpy(), counts.chances(two, np.full(4, token)), rtol=1e-5)


def test_nothing_that_many_texts_hold_leaves_single_tokens():
    counts = Counts.count(Texts.of([[5, 6, END], [7, 8, END]]), VOCABULARY, 3)
    assert not len(counts.pairs.grams) and not len(counts.triples.grams)
    torch.testing.assert_close(counts.after(np.array([[5, 6]]))[0], torch.from_numpy(counts.single))
    assert counts.chances(np.array([[5, 6]]), np.array([7]))[0] == pytest.approx(float(counts.single[7]))


def test_only_so_many_tokens_are_counted(monkeypatch, texts):
    monkeypatch.setattr(counting, "MOST", 50)
    few = texts.take(slice(0, int(np.searchsorted(texts.starts, 50, side="right")) - 1))
    assert 0 < len(few.tokens) <= 50
    some = Counts.count(texts, VOCABULARY)
    monkeypatch.setattr(counting, "MOST", 10_000)
    own = Counts.count(few, VOCABULARY)
    np.testing.assert_array_equal(some.triples.grams, own.triples.grams)
    np.testing.assert_allclose(some.triples.own, own.triples.own)


def test_counts_are_read_back_from_what_is_stored(counts):
    two = np.array([[5, 6]])
    torch.testing.assert_close(Counts.read(counts.arrays()).after(two), counts.after(two))
