"""The loop of writing with a stand-in that counts: who is carried, when it reads anew, and what comes out."""

from collections.abc import Sequence

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.texts import END, Texts, Wish  # noqa: E402
from genloop.nn import writing  # noqa: E402

pytestmark = pytest.mark.neural
TOKENS = 30


class Counter:
    """Goes from each token to the next higher one and ends behind `last` of the row."""

    vocabulary = TOKENS

    def __init__(self, last: Sequence[int], context: int | None = None) -> None:
        self.last, self.context = np.array(last), context
        self.now, self.own = np.zeros(0, int), np.zeros(0, int)
        self.reads: list[list[list[int]]] = []
        self.carried: list[int] = []

    def read(self, rows: Sequence[np.ndarray], own: np.ndarray) -> torch.Tensor:
        self.reads.append([row.tolist() for row in rows])
        self.now, self.own = np.array([row[-1] if row[-1] < TOKENS else 1 for row in rows]), own
        return self._logits()

    def more(self, tokens: torch.Tensor) -> torch.Tensor:
        self.now = tokens.numpy()
        self.carried.append(len(tokens))
        return self._logits()

    def keep(self, places: torch.Tensor) -> None:
        self.now, self.own = self.now[places.numpy()], self.own[places.numpy()]

    def _logits(self) -> torch.Tensor:
        logits = torch.full((len(self.own), TOKENS), -50.0)
        wanted = np.where(self.now >= self.last[self.own], END, self.now + 1)
        logits[torch.arange(len(wanted)), torch.from_numpy(wanted)] = 50.0
        return logits


class Endless:
    """A guide that lets no text end."""

    def allowed(self, row: int) -> np.ndarray:
        return np.arange(TOKENS) != END

    def follow(self, row: int, token: int) -> None:
        pass

    def begin(self, row: int) -> None:
        pass


class Teller(Counter):
    """Row i tells what the tries say of it: so much at its first token, and nothing after."""

    def __init__(self, tries: Sequence[Sequence[float]]) -> None:
        super().__init__([4] * len(tries[0]))
        self.tries, self.tried, self.fresh = list(map(list, tries)), [], True

    def read(self, rows: Sequence[np.ndarray], own: np.ndarray) -> torch.Tensor:
        self.fresh = True
        return super().read(rows, own)

    def tells(self, tokens: torch.Tensor) -> torch.Tensor:
        found = self.tries[len(self.tried) - 1] if self.fresh else [0.0] * len(tokens)
        self.fresh = False
        return torch.tensor(found, dtype=torch.float32)[: len(tokens)]


def _write(writer: Counter, wish: Wish) -> list[list[int]]:
    made = writing.write(lambda own: writer, len(writer.last), np.random.default_rng(0), wish)
    return [made[row].tolist() for row in range(len(made))]


def test_rows_that_ended_leave_the_batch() -> None:
    writer = Counter([2, 9, 3, 3, 3, 3, 3, 3, 3, 3])
    assert _write(writer, Wish()) == [[*range(2, last + 1), END] for last in writer.last]
    assert writer.carried == [10, 10, *[1] * 6]


def test_beyond_the_context_the_last_half_is_read_again_with_its_mark() -> None:
    writer = Counter([20], context=8)
    assert _write(writer, Wish()) == [[*range(2, 21), END]]
    assert writer.reads == [[[30]], [[31, 6, 7, 8, 9]], [[31, 10, 11, 12, 13]], [[31, 14, 15, 16, 17]]]


def test_a_beginning_longer_than_the_context_is_read_by_its_end() -> None:
    writer = Counter([20, 20], context=8)
    begun = Texts.of([[*range(2, 15), END], [4]])
    assert _write(writer, Wish(most=16, begun=begun)) == [list(range(2, 18)), list(range(4, 20))]
    assert writer.reads[0] == [[31, 11, 12, 13, 14], [30, 4]]


def test_how_a_text_ends_stands_ahead_of_it_even_beyond_the_context() -> None:
    writer = Counter([20], context=16)
    wish = Wish(begun=Texts.of([[2, 3]]), ends=Texts.of([[21, 22, END]]))
    assert _write(writer, wish) == [[*range(2, 21), END]]
    ahead = [33, 21, 22, END]
    assert writer.reads == [
        [[*ahead, 30, 2, 3]],
        [[*ahead, 31, *range(8, 14)]],
        [[*ahead, 31, *range(14, 20)]],
    ]


def test_of_an_end_longer_than_half_the_context_its_first_part_is_read() -> None:
    writer = Counter([9], context=8)
    assert _write(writer, Wish(ends=Texts.of([[21, 22, 23, 24, 25]]))) == [[*range(2, 10), END]]
    assert writer.reads[:2] == [[[33, 21, 22, END, 30]], [[33, 21, 22, END, 31, 4, 5]]]


def test_repetition_looks_at_the_last_tokens_of_each_row() -> None:
    page = writing.Page([[4, 5], []], 100)
    for token in range(70):
        page.add(np.array([1]), np.array([token]))
    recent = page.recent(np.array([0, 1]))
    assert recent[0].tolist() == [-1] * 62 + [4, 5]
    assert recent[1].tolist() == list(range(6, 70))


def test_repetition_steers_away_from_a_loop() -> None:
    class Loop(Counter):
        def _logits(self) -> torch.Tensor:
            logits = torch.zeros(len(self.own), TOKENS)
            logits[:, 7] = 4.0
            return logits

    plain, steered = (
        np.array(_write(Loop([0]), Wish(most=60, temperature=0.0, repetition=by))[0]) for by in (1.0, 1.3)
    )
    assert (plain == 7).all()
    assert len(set(steered.tolist())) == 1  # the likeliest stays the likeliest while it is above the lowest
    drawn = np.array(_write(Loop([0]), Wish(most=60, repetition=1.3, guide=Endless()))[0])
    assert len(drawn) == 60
    assert (drawn == 7).mean() < 0.4


@pytest.mark.parametrize("chunk", [1, 3, 256])
def test_texts_of_every_chunk_come_out_in_order(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", chunk)
    lasts = [5, 3, 4, 9, 2]
    made = writing.write(lambda own: Counter(np.array(lasts)[own].tolist()), 5, np.random.default_rng(0), Wish())
    assert [made[row][-2] for row in range(5)] == lasts


def test_texts_that_speak_against_what_is_asked_for_are_drawn_again_and_the_best_is_kept() -> None:
    writer = Teller([[1.0, -3.0, -1.0], [0.5, -5.0], [-4.0]])

    class Steps:
        """A guide that lets each try of a row end one token later."""

        def __init__(self) -> None:
            self.tries, self.sizes = [0] * 3, [0] * 3

        def allowed(self, row: int) -> np.ndarray:
            over = self.sizes[row] >= 1 + self.tries[row]
            return (np.arange(TOKENS) == END) | (not over)

        def follow(self, row: int, token: int) -> None:
            self.sizes[row] += 1

        def begin(self, row: int) -> None:
            self.tries[row] += 1
            self.sizes[row] = 0

    guide = Steps()

    def begin(own: np.ndarray) -> Teller:
        writer.tried.append(own.tolist())
        return writer

    made = writing.write(begin, 3, np.random.default_rng(0), Wish(guide=guide))
    assert writer.tried == [[0, 1, 2], [1, 2], [2]]
    assert guide.tries == [0, 1, 2]
    lengths = [len(made[row]) for row in range(3)]
    assert lengths == [2, 3, 2], "row 0 by its first try, row 1 by its second, row 2, which never does, by its best"
