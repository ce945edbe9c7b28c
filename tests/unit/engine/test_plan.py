"""The default plan: what is learnt, computed, made fresh or left empty."""

import pytest

from genloop.core.errors import ConfigError, DataError, GenloopError, RuleError
from genloop.core.rules import Dependency, Formula, Order
from genloop.core.schema import Column, Schema
from genloop.engine import plan as plans
from genloop.engine.plan import Plan

SCHEMA = Schema(
    (
        Column("id", "key"),
        Column("a", "number"),
        Column("b", "number"),
        Column("c", "number"),
        Column("city", "category"),
        Column("land", "category"),
        Column("note", "text"),
    )
)


def depends(by, column, **more):
    return Dependency((by,), column, ((("x",), "y"),), **more)


def test_every_kind_finds_its_place():
    plan = plans.derive(SCHEMA, family="trees")
    assert plan.stages[0].columns == ("a", "b", "c", "city", "land")
    assert plan.fresh == ("id",) and plan.empty == ("note",) and plan.computed == ()


def test_determined_columns_are_computed_and_not_learnt():
    rules = (depends("city", "land"), Formula("c", "sum", ((1.0, "a"), (1.0, "b"))), Order("a", "b"))
    plan = plans.derive(SCHEMA, rules)
    assert plan.computed == ("c", "land") and plan.stages[0].columns == ("a", "b", "city")


def test_two_columns_that_determine_each_other_are_refused():
    with pytest.raises(RuleError, match="determine each other in a circle"):
        plans.computed(SCHEMA, (depends("city", "land"), depends("land", "city")))


def test_a_rule_on_what_is_not_there_or_not_learnt_is_refused():
    with pytest.raises(RuleError, match="'id -> a' speaks of 'id', a key, which is not learnt"):
        plans.computed(SCHEMA, (depends("id", "a"),))
    with pytest.raises(RuleError, match="speaks of 'colour'; the table has id, a, b"):
        plans.computed(SCHEMA, (Order("a", "colour"),))


def test_a_plan_survives_json():
    plan = plans.derive(SCHEMA, (depends("city", "land"),), settings={"trees": 3})
    assert Plan.from_dict(plan.to_dict()) == plan


def test_an_unknown_family_is_refused_with_those_that_exist():
    with pytest.raises(
        ConfigError, match=r"--family 'magic' is not installed; installed of tables: .*independent.*trees"
    ):
        plans.derive(SCHEMA, family="magic")


def test_a_family_of_other_columns_is_refused_with_those_that_fit():
    with pytest.raises(
        ConfigError, match="--family flow learns pictures, and the data have no column of pictures"
    ) as caught:
        plans.derive(SCHEMA, family="flow")
    assert "installed of tables: " in str(caught.value) and "autoencoder" not in str(caught.value)
    notes = Schema((Column("note", "text"),))
    with pytest.raises(
        ConfigError, match=r"--family 'magic' is not installed; installed of texts: .*recurrent"
    ) as caught:
        plans.derive(notes, family="magic", writes=("note",))
    assert "trees" not in str(caught.value)


@pytest.mark.parametrize(
    ("family", "settings", "message"),
    [
        ("transformer", {"wurst": 1}, "unknown setting wurst; known: anneal, average,"),
        ("recurrent", {"cell": "gnu"}, "recurrent setting cell='gnu': expected one of lstm, gru"),
        ("vae", {"latent": "wide"}, "setting latent='wide': expected a whole number"),
        ("pretrained", {"base": "nowhere"}, "no weights at 'nowhere'"),
        ("pretrained", {}, "the pretrained family needs weights to start from"),
    ],
)
def test_settings_of_families_of_texts_are_refused_without_work(family, settings, message):
    schema = Schema((Column("city", "category"), Column("note", "text")))
    plan = plans.derive(schema, family=family, settings=settings, writes=("note",))
    with pytest.raises(GenloopError, match=message):
        plans.check(plan)


@pytest.mark.parametrize(
    ("settings", "coder", "learner"),
    [
        ({"prior": "flow", "beta": 0.1}, {"preset": "latent", "beta": 0.1}, "flow"),
        ({"preset": "latent"}, {"preset": "latent"}, "flow"),
        ({"preset": "vq", "wide": 32}, {"preset": "vq", "wide": 32}, "transformer"),
        ({"code": "vq", "device": "cpu"}, {"preset": "vq", "code": "vq", "device": "cpu"}, "transformer"),
    ],
)
def test_codes_without_a_prior_are_learnt_by_another_family_and_coded_as_was_asked(settings, coder, learner):
    schema = Schema((Column("image", "image", shape=(8, 8, 1)), Column("kind", "category")))
    _, codes, pictures = plans.derive(schema, family="vae", settings=settings).stages
    assert (codes.family, codes.role, codes.settings) == ("vae", "codes", {**coder, "conditions": "none"})
    assert (pictures.family, pictures.role) == (learner, "image")
    assert pictures.settings == {name: value for name, value in settings.items() if name == "device"}


@pytest.mark.parametrize("settings", [{"prior": "flow"}, {"preset": "vq"}, {}])
def test_a_misspelt_setting_of_what_codes_pictures_is_refused_without_work(settings):
    schema = Schema((Column("image", "image", shape=(8, 8, 1)),))
    with pytest.raises(ConfigError, match="unknown setting wurst"):
        plans.derive(schema, family="vae", settings={**settings, "wurst": 1})


@pytest.mark.parametrize("family", ["trees", "transformer", "gan", "vae"])
def test_settings_of_families_of_tables_are_refused_without_work(family):
    plans.check(plans.derive(SCHEMA, family=family))
    with pytest.raises(ConfigError, match="unknown setting wurst"):
        plans.check(plans.derive(SCHEMA, family=family, settings={"wurst": 1}))


def test_a_family_that_does_not_learn_a_kind_is_refused(family, monkeypatch):
    monkeypatch.setattr(family, "KINDS", frozenset({"number"}))
    with pytest.raises(ConfigError, match=r"does not learn city \(category\)"):
        plans.derive(SCHEMA)


def test_a_table_with_nothing_to_learn_is_refused():
    with pytest.raises(DataError, match=r"no column is left to learn: id \(key\), note \(text\)"):
        plans.derive(Schema((Column("id", "key"), Column("note", "text"))))
