import numpy as np

from genloop.judges.texts import coherence
from genloop.judges.texts.meaning import Space

_TOPICS = {
    "sea": [
        "The ship sails over waves.",
        "Sailors pull wet ropes.",
        "Gulls cry above the harbour.",
        "Salt dries on deck.",
    ],
    "farm": [
        "Cows graze in green fields.",
        "The farmer mends a fence.",
        "Wheat ripens in the sun.",
        "A tractor ploughs soil.",
    ],
    "code": [
        "The program prints errors.",
        "We fix bugs in loops.",
        "Tests run on the server.",
        "A compiler reads files.",
    ],
}


def _texts(count, seed, topics=tuple(_TOPICS)):
    rng = np.random.default_rng(seed)
    return [
        " ".join(
            ["At first we looked.", *rng.permutation(_TOPICS[str(rng.choice(topics))]), "That was all in the end."]
        )
        for _ in range(count)
    ]


def test_sentences_end_where_they_end_in_both_languages():
    assert coherence.sentences("房间很好。早餐不错！！“真的很好。”") == ["房间很好。", "早餐不错！！", "“真的很好。”"]
    assert coherence.sentences("It rained. We left early!\nNo") == ["It rained.", "We left early!"]


def test_the_order_of_sentences_is_learnt():
    model = coherence.Order(_texts(200, 0), "en", np.random.default_rng(0), most=5_000)
    first, second, rows = coherence.pairs(_texts(50, 1), 1_000)
    right, turned = model.right(first, second), model.right(second, first)
    assert right.mean() > 0.6
    assert np.allclose(right + turned, 1)
    assert set(rows.tolist()) == set(range(50))


def test_halves_of_one_text_belong_together_and_swapped_ones_do_not():
    def told(rng):
        words = " ".join(_TOPICS[str(rng.choice(list(_TOPICS)))]).replace(".", "").split()
        return " ".join(" ".join(rng.choice(words, 6)) + "." for _ in range(4))

    learnt, asked = ([told(np.random.default_rng(place)) for place in part] for part in (range(300), range(400, 460)))
    space = Space.learn(learnt, "en", np.random.default_rng(0))
    first, second = coherence.halves(asked)
    whole, swapped = (coherence.belong(space, first, part).mean() for part in (second, second[1:] + second[:1]))
    assert whole > max(0.7, swapped + 0.1)
