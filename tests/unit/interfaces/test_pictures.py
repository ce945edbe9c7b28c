"""Pictures in the terminal and the question before a sheet without its mark."""

import io

import numpy as np
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from genloop.core.errors import ConfigError
from genloop.interfaces.cli import pictures


def printed(pixels, **settings):
    """What a console of forty columns shows."""
    console = Console(file=io.StringIO(), width=40, **settings)
    pictures.show(console, np.asarray(pixels, np.uint8))
    return console.file.getvalue()


def test_without_colours_shades_of_signs_are_shown():
    picture = np.zeros((1, 4, 6, 1))
    picture[0, :2, 3:] = 255
    assert printed(picture).splitlines()[0].startswith("   @@@")


def test_with_colours_a_sign_holds_two_pixels():
    picture = np.zeros((1, 2, 1, 3))
    picture[0, 0], picture[0, 1] = (255, 0, 0), (0, 0, 255)
    assert "38;2;255;0;0;48;2;0;0;255m\u2580" in printed(picture, force_terminal=True, color_system="truecolor")


def test_large_pictures_are_made_smaller_and_go_on_the_next_line_when_they_do_not_fit():
    lines = printed(np.full((4, 60, 60, 1), 255)).splitlines()
    assert max(map(len, lines)) <= 40 and sum("@" in line for line in lines) == 4 * 10


def test_transparency_is_laid_on_white_and_odd_lines_are_shown():
    assert "@" in printed(np.zeros((1, 3, 3, 4)))


def test_no_pictures_print_nothing():
    assert printed(np.zeros((0, 4, 4, 1))) == ""


@pytest.mark.parametrize(("answer", "kept"), [("y\n", False), ("n\n", None), ("", None)])
def test_a_sheet_goes_without_its_mark_only_when_that_is_confirmed(answer, kept):
    app, found = typer.Typer(), []
    app.command()(lambda: found.append(pictures.marked(True, False, "en")))
    done = CliRunner().invoke(app, [], input=answer)
    assert found == ([] if kept is None else [kept]) and (done.exit_code == 0) is (kept is False)
    assert "can be taken for real" in done.stderr


def test_yes_answers_and_a_mark_that_stays_asks_nothing():
    assert pictures.marked(True, True, "en") is False and pictures.marked(False, False, "zh") is True
    app = typer.Typer()
    app.command()(lambda: pictures.marked(True, False, "zh"))
    assert isinstance(CliRunner().invoke(app, [], input="n\n").exception, ConfigError)
