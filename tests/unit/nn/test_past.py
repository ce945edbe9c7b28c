"""What a text said before, against the definition, and drawn as it is scored."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch  # noqa: E402
from genloop.core.texts import END, Texts  # noqa: E402
from genloop.nn.past import Past, foreseen  # noqa: E402
from genloop.nn.scripts import Names, Script  # noqa: E402

pytestmark = pytest.mark.neural
VOCABULARY = 9


def script(rows):
    marked = Texts.of([[VOCABULARY, *row] for row in rows])
    batch = Batch(codes=np.zeros((len(rows), 0), np.uint16), fields=(), texts=marked)
    return Script.of(batch, Names(VOCABULARY, ()), np.zeros(len(rows), bool), np.zeros((len(rows), 0), bool))


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return [[*rng.integers(2, VOCABULARY, size).tolist(), END] for size in (30, 1, 0, 12, 30, 3)]


def _defined(row, at):
    """Each token's chance at this place of the row and what is seen, by looking."""
    said, levels = row[:at], [[]]
    if said:
        levels.append(said)
        levels += [[said[i] for i in range(n, at) if said[i - n : i] == said[at - n :]] for n in (1, 2)]
    found = [level for level in levels if level]
    seen = len(found)
    chances = np.bincount(found[-1], minlength=VOCABULARY) / len(found[-1]) if found else np.zeros(VOCABULARY)
    return chances, seen


def test_chances_are_those_of_the_definition(rows):
    asked = script(rows)
    found, seen = foreseen(asked)
    place = 0
    for row in asked.rows:
        for at, token in enumerate(rows[row]):
            chances, expected = _defined(rows[row], at)
            assert found[place] == pytest.approx(chances[token]) and seen[place] == expected
            place += 1
    assert place == len(found) and set(seen.tolist()) == {0, 1, 2, 3}


def test_rows_being_written_go_on_as_they_are_scored(rows):
    own = [row for row in rows if len(row) > 12]
    past = Past(VOCABULARY)
    past.start([np.array([VOCABULARY, *row[:start]]) for row, start in zip(own, (5, 0, 9), strict=True)])
    at = np.array([5, 0, 9])
    for _ in range(4):
        tokens, chances, seen = past.after()
        for place, row in enumerate(own):
            expected, known = _defined(row, int(at[place]))
            given = np.zeros(VOCABULARY)
            np.add.at(given, tokens[place].numpy(), chances[place].numpy())
            np.testing.assert_allclose(given, expected, atol=1e-6)
            assert seen[place] == known
        past.go(torch.tensor([row[i] for row, i in zip(own, at, strict=True)]))
        at += 1
    past.keep(torch.tensor([2, 0]))
    assert past.said[0, -2:].tolist() == own[2][at[2] - 2 : at[2]]
    assert past.said[1, -2:].tolist() == own[0][at[0] - 2 : at[0]]


def test_marks_never_come_again():
    past = Past(VOCABULARY, END)
    past.start([np.array([VOCABULARY + 3, 4, 5, END, VOCABULARY]), np.array([VOCABULARY])])
    tokens, chances, seen = past.after()
    assert seen.tolist() == [1, 0] and chances[1].sum() == 0
    assert sorted(tokens[0][chances[0] > 0].tolist()) == [4, 5]


def test_a_text_does_not_break_off_where_it_first_says_what_it_is_to_end_with():
    past = Past(VOCABULARY, END)
    past.start([np.array([VOCABULARY + 3, 4, 5, END, VOCABULARY, 6, 4, 5])])
    tokens, chances, seen = past.after()
    assert seen.tolist() == [1] and chances[0].sum() == pytest.approx(1)
    assert END not in tokens[0][chances[0] > 0]


def test_long_rows_take_the_time_of_their_length():
    tokens = np.random.default_rng(1).integers(2, VOCABULARY, 200_000).tolist()
    found, seen = foreseen(script([tokens]))
    assert len(found) == 200_000 and (seen[1000:] == 3).all()
