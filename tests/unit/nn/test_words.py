from itertools import product

import numpy as np
import pytest

from genloop.core.errors import ModelFileError
from genloop.nn.words import Words
from genloop.runtime import packs, wheels


@pytest.fixture
def arrays(words_wheel, tmp_path, monkeypatch):
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    wheels.add(str(words_wheel()), accept=True)
    return packs.read("words")


def norm(x, stretch, bias):
    apart = x - x.mean()
    return apart / np.sqrt((apart**2).mean() + 1e-6) * stretch + bias


def slow(w, tokens):
    """The encoder written out for one sentence, place by place."""
    count = len(tokens)
    x = [w["table"][t] * w["scale"][t % 3] + w["lo"][t % 3] for t in tokens]
    names = [np.concatenate([w[f"{name}{k}"] for k in (2, 3, 5)]) for name in ("proj_b", "ln_g", "ln_b")]
    proj = np.concatenate([w[f"proj{k}"] for k in (2, 3, 5)], axis=1)
    read = [norm(v @ proj + names[0], names[1], names[2]) for v in x]
    rows = [list(v) for v in x]
    for place, (window, before) in enumerate(((2, 0), (3, 1), (5, 2))):
        own = [v[place * 4 : place * 4 + 4] for v in read]
        for layer in (1, 2):
            seen = [
                np.concatenate(
                    [own[t + k] if 0 <= t + k < count else np.zeros(4) for k in range(-before, window - before)]
                )
                for t in range(count)
            ]
            own = [
                np.maximum(s @ w[f"w{layer}_{window}"] + w[f"b{layer}_{window}"], 0) + o
                for s, o in zip(seen, own, strict=True)
            ]
        rows = [[*row, *o] for row, o in zip(rows, own, strict=True)]
    total = sum(norm(np.array(row), w["ln_g"], w["ln_b"]) @ w["cnn_W"] + w["cnn_b"] for row in rows) / np.sqrt(count)
    y = np.maximum(total @ w["p1"] + np.maximum(total @ w["d0"], 0) @ w["d1"], 0)
    z = np.tanh(y @ w["p3"] + np.maximum(y @ w["d2"], 0) @ w["d3"])
    return z / np.linalg.norm(z)


def test_vectors_follow_the_encoder_written_out(arrays):
    encoder = Words(arrays)
    texts = ["ab c", "猫", "a b c abc !", "", "cab"]
    found = encoder.embed(texts)
    expected = [slow(arrays, encoder.pieces.split(text)) for text in texts]
    assert np.allclose(found, expected, atol=2e-5)
    assert found.dtype == np.float32


def test_company_changes_no_vector(arrays, monkeypatch):
    encoder = Words(arrays)
    texts = ["ab c", "猫", "cab cab cab", "ab c"]
    together = encoder.embed(texts)
    alone = np.concatenate([encoder.embed([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    assert (together[0] == together[3]).all()
    monkeypatch.setattr("genloop.nn.words._TOKENS", 6)
    assert np.allclose(encoder.embed(texts), together, atol=1e-5)


def test_the_most_probable_pieces_are_found(arrays):
    encoder = Words(arrays).pieces
    for letters in product("abc", repeat=4):
        text = "".join(letters)
        best = max(_splits(encoder, "\u2581" + text))
        assert _score(encoder, encoder.split(text)[1:-1], "\u2581" + text) == pytest.approx(best)


def _splits(encoder, text):
    """The scores of every way to split the text."""
    if not text:
        yield 0.0
    for stop in range(1, len(text) + 1):
        known = encoder.scores.get(text[:stop], (encoder.unknown, 0) if stop == 1 else None)
        if known is not None:
            yield from (known[0] + rest for rest in _splits(encoder, text[stop:]))


def _score(encoder, numbers, text):
    scores = {number: score for score, number in encoder.scores.values()}
    return sum(scores.get(number, encoder.unknown) for number in numbers)


def test_forms_of_a_letter_and_spaces_are_one(arrays):
    split = Words(arrays).pieces.split
    assert split("ａb\u3000 c\u200b") == split(" ab c ") == split("ab\tc\n")
    assert split("") == split("   ") == [1, 0, 2]
    assert split("猫")[1:-1] == [8]


def test_a_pack_that_lacks_an_array_is_refused(arrays):
    del arrays["cnn_W"]
    with pytest.raises(ModelFileError, match="lacks the array 'cnn_W'; add it again"):
        Words(arrays)
