"""Code is told from prose, and code that breaks its grammar from code that keeps it."""

import dataclasses

import pytest

from genloop.judges.texts import corpus, reading, syntax

GOOD = "def add(a, b):\n    return a + b\n"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (GOOD, True),
        ("    def indented(self):\n        return self\n", True),
        ("def broken(:\n    pass", False),
        ("word", False),
        ("'a string'", False),
        ("(" * 5_000, False),
        ("x = 1\x00", False),
        ("", False),
        ("print('never run')", True),
    ],
)
def test_python_is_parsed_and_never_run(text, right, capsys):
    assert syntax.read([text], "python").tolist() == [right]
    assert capsys.readouterr().out == ""


def test_the_language_is_told_by_the_learnt_texts():
    assert syntax.language([GOOD] * 9 + ["def broken(:"]) == "python"
    assert syntax.language(['{"a": 1}'] * 10) == "json"
    assert syntax.language(["The room was good."] * 10) is None and syntax.language([]) is None
    assert syntax.language(["good", "poor"] * 5) is None
    assert syntax.read(["[1, 2]", "1", "{", "[" * 100_000], "json").tolist() == [True, False, False, False]


def test_a_column_of_code_is_scored_and_one_of_prose_is_not(world):
    texts, labels = world.rows(60, 7)
    evidence = world.evidence(world.table(texts, labels))
    code = {
        name: world.table([GOOD.replace("add", f"add{row}") for row in range(table.num_rows)], table.column(1))
        for name, table in (("train", evidence.train), ("holdout", evidence.holdout))
    }
    made = world.table([GOOD] * 45 + ["def broken(:"] * 15, labels)
    (own,) = corpus.read(dataclasses.replace(evidence, **code, made=made))
    (score,) = [score for score in reading.score(own, 0) if score.name == "text_syntax"]
    assert (score.value, score.ceiling, score.detail["language"]) == (0.75, 1.0, "python")
    (own,) = corpus.read(evidence)
    assert "text_syntax" not in {score.name for score in reading.score(own, 0)}
