"""Names of articles: none vanishes behind another, and a draft that was begun keeps its name."""

from dataclasses import replace

import pytest

from genloop.applications.write import naming
from genloop.applications.write.brief import identify, plain
from genloop.applications.write.draft import Draft
from genloop.applications.write.sources import Found


def items(*sizes):
    return [Found(f"{at}", "", "", "Kettle", {"size": size}, item=True) for at, size in enumerate(sizes)]


def begun(article):
    return Draft(article.id, article.title, "en", "article", facts=article.facts)


@pytest.fixture
def name(brief_of):
    def build(found=(), drafts=(), **values):
        return naming.name(brief_of(**values), found, drafts)

    return build


def test_items_of_one_name_are_articles_each_and_it_is_told(name):
    (_, first, second), notes = name(items("1 l", "2 l"))
    assert first.id == "kettle" and second.id.startswith("kettle-") and second.facts == {"size": "2 l"}
    assert notes == [f"Kettle: another article has the name kettle; this one is {second.id}"]


def test_an_item_that_stands_there_twice_is_written_once(name):
    found, notes = name(items("1 l", "1 l"))
    assert len(found) == 2 and notes == ["Kettle: the same article stands twice in the sources; it is written once"]


def test_articles_keep_the_names_of_their_drafts_when_rows_come_and_go(name):
    (_, first, second), _ = name(items("1 l", "2 l"))
    drafts = [begun(first), begun(second)]
    assert name(items("2 l", "1 l"), drafts)[0][1:] == (second, first)
    assert name(items("2 l"), drafts) == ((*name()[0], second), [])


def test_a_draft_of_an_earlier_version_keeps_its_name_and_lets_the_other_be_written(name):
    one, other = "C++ for beginners", "C# for beginners"
    old = Draft(plain(other), other, "en", "article")
    found, _ = name(title=one, titles=[other], drafts=[old])
    assert [article.id for article in found] == [identify(one), "c-for-beginners"]
    edited = replace(old, title="C sharp", human=True)
    assert [article.id for article in name(title=other, drafts=[edited])[0]] == ["c-for-beginners"]


def test_a_row_with_new_facts_goes_on_with_its_draft(name):
    (_, first), _ = name(items("1 l"))
    (_, again), _ = name(items("3 l"), [begun(first)])
    assert (again.id, again.facts) == ("kettle", {"size": "3 l"})
