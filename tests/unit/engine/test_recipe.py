"""Every recipe loads, says what to expect, and has a card; a wrong one is refused by name."""

from pathlib import Path

import pytest

from genloop.core.errors import ConfigError, SourceNotFound
from genloop.engine import recipe

ROOT = Path(__file__).parents[3]
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))
MEASURED = (
    {"c2st", "utility", "accuracy"},
    {"fid", "precision", "recall", "asked"},
    {"match_en", "match_zh"},
    {"auc", "copied"},
)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_loads_and_says_what_it_gives(path):
    found = recipe.read(path)
    about = found.about
    assert found.fit
    assert about.data == path.stem
    assert about.command and about.machine and about.core_seconds > 0
    assert any(names <= set(about.expected) for names in MEASURED)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_has_a_card_with_its_figures(path):
    card = (ROOT / "cards" / f"{path.stem}.md").read_text(encoding="utf-8")
    assert f"../recipes/{path.name}" in card
    for name, value in recipe.read(path).about.expected.items():
        assert f"| {name} | {value:g} |" in card


def test_there_are_recipes_for_the_measured_tables_pictures_and_texts():
    assert {path.stem for path in RECIPES} >= {"adult", "diamonds", "hotel_rates"}
    assert {path.stem for path in RECIPES} >= {"digits", "clothing", "emoji", "tiles", "blood-cells"}
    assert {path.stem for path in RECIPES} >= {"reviews", "code", "poems"}


def test_a_recipe_speaks_the_words_of_the_command_line(tmp_path):
    path = tmp_path / "r.toml"
    path.write_text('[fit]\nminutes = 2\nkey = ["id"]\n[fit.kind]\nzip = "category"\n', encoding="utf-8")
    assert recipe.read(path).flags() == {"minutes": 2.0, "key": ["id"], "kind": ["zip=category"]}
    path.write_text('[fit.set]\nboth = true\nbetas = [0.0, 0.9]\npreset = "latent"\n', encoding="utf-8")
    assert recipe.read(path).flags()["set"] == ["both=true", "betas=[0.0, 0.9]", 'preset="latent"']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fit]\nminuets = 2", "'minuets' is not a setting of .fit.; known: family, minutes"),
        ("[fit]\nseed = 'one'", "seed is a int, found 'one'"),
        ("[fit]\nminutes = -1", "--minutes must be above 0"),
        ("[about]\nscore = 1", "'score' is not an entry of .about."),
        ("[plan]\nx = 1", "'plan' is not a part; known: about, fit"),
        ("fit = 3", "expected the tables"),
        ("[fit", "is no recipe: expected TOML"),
    ],
)
def test_a_recipe_that_is_wrong_is_refused_by_name(tmp_path, text, message):
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        recipe.read(path)


def test_a_recipe_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceNotFound, match=r"no recipe .*gone.toml"):
        recipe.read(tmp_path / "gone.toml")
