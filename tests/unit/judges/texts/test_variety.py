from collections import Counter

import numpy as np
import pytest

from genloop.judges.texts import variety
from genloop.judges.texts.letters import Lexicon, words


def _bleu(text, others):
    """BLEU-4 by its definition, one text against all others, without brevity penalty."""
    logs = 0.0
    for size in (1, 2, 3, 4):
        own, *rest = (
            Counter(tuple(part[i : i + size]) for i in range(len(part) - size + 1)) for part in (text, *others)
        )
        right = sum(min(count, max((other[gram] for other in rest), default=0)) for gram, count in own.items())
        logs += np.log(max(right, 0.1) / max(sum(own.values()), 1)) / 4
    return np.exp(logs)


def test_self_bleu_is_bleu_against_all_other_texts():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcd"), rng.integers(1, 12))) for _ in range(15)]
    found = variety.self_bleu(Lexicon().line(texts))
    split = [words(text) for text in texts]
    wanted = [_bleu(text, split[:place] + split[place + 1 :]) for place, text in enumerate(split)]
    assert found == pytest.approx(wanted)


def test_distinct_counts_different_runs_of_words_within_texts():
    line = Lexicon().line(["a b a b", "b c"])
    assert variety.distinct(line, 1, 100) == 3 / 6
    assert variety.distinct(line, 2, 100) == 3 / 4
    assert variety.distinct(line, 1, 2) == 1.0
    assert variety.distinct(Lexicon().line([""]), 2, 10) == 1.0


def test_chinese_is_read_character_by_character_and_english_word_by_word():
    assert words("房间OK，it's 3号") == ["房", "间", "ok", "，", "it's", "3", "号"]
