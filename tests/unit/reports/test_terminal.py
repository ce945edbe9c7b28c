"""The terminal shows the verdict, the figures, the worst columns and what is missing, in either language."""

import dataclasses

import pytest
from rich.console import Console

from genloop.core.schema import Schema
from genloop.core.score import Score
from genloop.reports import terminal
from genloop.reports.card import CardData
from genloop.reports.texts import Language


def shown(card: CardData, lang: Language = "en") -> str:
    console = Console(width=140, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as capture:
        console.print(terminal.render(card, lang=lang))
    return capture.get()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Good for analysis and testing", "no leak found", "0.530", "0.510 – 0.550", "worst first: job 0.950")),
        ("zh", ("适合用于分析和测试", "未发现泄露", "0.530", "0.510 – 0.550", "最差的在前：job 0.950")),
    ],
)
def test_the_verdict_comes_first_and_the_figures_follow(card: CardData, lang: Language, words: tuple[str, ...]) -> None:
    text = shown(card, lang)
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_sections_left_out_and_notes_are_told(card: CardData) -> None:
    kept = tuple(s for s in card.scores if s.section not in ("privacy", "fidelity"))
    text = shown(dataclasses.replace(card, scores=kept, left_out={"privacy": "no-holdout"}))
    assert "Privacy: Left out: no holdout rows were kept aside." in text
    assert "· age: 3 unreadable cells became missing" in text


@pytest.mark.parametrize(("lang", "word"), [("en", "told, not graded"), ("zh", "仅供参考，不评级")])
def test_a_figure_without_limits_was_measured_and_is_told_as_on_the_page(
    card: CardData, lang: Language, word: str
) -> None:
    kid = Score("text_kid", 0.4, "fidelity", (-1e6, 1e6), "lower", 0.0, (0.3, 0.5), "distance", 0.01)
    lines = shown(dataclasses.replace(card, scores=(*card.scores, kid)), lang).splitlines()
    assert any("0.400" in line and "0.300 – 0.500" in line and word in line for line in lines)


def test_square_brackets_in_names_are_text(card: CardData) -> None:
    columns = [{"name": "[red]x[/red]", "score": 0.1}, {"name": "[/]", "score": None}]
    scores = [dataclasses.replace(s, detail={"columns": columns}) if s.name == "shapes" else s for s in card.scores]
    text = shown(dataclasses.replace(card, title="[bold]t", scores=tuple(scores)))
    assert "[bold]t" in text
    assert "[/] 0.000, [red]x[/red] 0.100" in text


def test_a_card_without_scores_is_shown() -> None:
    assert "Not judged" in shown(CardData("bare", (), Schema(())))
