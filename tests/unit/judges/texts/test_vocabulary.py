from genloop.judges.texts import vocabulary


def test_words_that_no_learnt_text_has_are_counted_in_both_languages():
    words = vocabulary.known(["The room was Clean."], "en")
    strange, sizes = vocabulary.unknown(["the rooom was clean", "of it"], words, "en")
    assert (strange.tolist(), sizes.tolist()) == ([1, 0], [4, 0])
    pairs = vocabulary.known(["房间很好，早餐"], "zh")
    strange, sizes = vocabulary.unknown(["房间早餐", "好OK餐"], pairs, "zh")
    assert (strange.tolist(), sizes.tolist()) == ([1, 0], [3, 0])


def test_words_are_known_of_the_first_texts_alone_where_there_are_very_many(monkeypatch):
    monkeypatch.setattr(vocabulary, "_MOST", 5)
    assert vocabulary.known(["first words", "later words"], "en") == {"first", "words"}
