"""Publishing as a whole: every target on its own, nothing twice, nothing lost by a failure."""

import json
from dataclasses import replace

import pytest

from genloop.applications.write import publish
from genloop.applications.write.brief import targets
from genloop.applications.write.desk import Desk
from genloop.applications.write.draft import Draft, Section
from genloop.core.errors import ConfigError

LABEL = {"software": "genloop 0.1.0", "model": "f" * 64}


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path / "run")
    found.open()
    for name in ("first", "second"):
        found.keep(
            Draft(name, name.title(), "en", "article", status="approved", sections=(Section("", "Text."),), label=LABEL)
        )
    return found


def wordpress(blog, **more):
    return {"to": "wordpress", "url": blog.url, "user": "anna", "secret_env": "PASSWORD", "timeout": 2.0, **more}


def test_a_target_that_fails_stops_no_other_and_is_tried_again(desk, brief_of, blog, monkeypatch, tmp_path):
    monkeypatch.setenv("PASSWORD", blog.password)
    brief = brief_of(publish=[wordpress(blog), {"to": "markdown", "folder": "md"}])
    blog.faults[:] = [401]
    done, failures = publish.deliver(desk, brief)
    assert [(receipt.id, receipt.target.split()[0]) for receipt in done] == [
        ("second", "wordpress"), ("first", "markdown"), ("second", "markdown")
    ]  # fmt: skip
    assert len(failures) == 1 and failures[0].startswith("first: ")
    assert "failed" in desk.read("published.json")[brief.publish[0].key]["first"]
    again, failures = publish.deliver(desk, brief)
    assert [(receipt.id, receipt.did) for receipt in again] == [("first", "created")] and failures == ()
    asked = len(blog.log)
    assert publish.deliver(desk, brief) == ((), ()) and len(blog.log) == asked
    assert publish.places(desk, "first")[0].startswith(blog.url)


def test_a_lost_ledger_makes_no_second_post(desk, brief_of, blog, monkeypatch):
    monkeypatch.setenv("PASSWORD", blog.password)
    brief = brief_of(publish=[wordpress(blog)])
    publish.deliver(desk, brief)
    (desk.folder / "published.json").unlink()
    done, _ = publish.deliver(desk, brief)
    assert [receipt.did for receipt in done] == ["unchanged", "unchanged"] and len(blog.posts) == 2


def test_the_ledger_keeps_the_numbers_of_posts(desk, brief_of, blog, monkeypatch):
    monkeypatch.setenv("PASSWORD", blog.password)
    brief = brief_of(publish=[wordpress(blog)])
    publish.deliver(desk, brief)
    assert {entry["number"] for entry in desk.read("published.json")[brief.publish[0].key].values()} == set(blog.posts)
    for post in blog.posts.values():
        post["slug"] += "-2"
    desk.keep(replace(desk.draft("first"), status="rejected"))
    (receipt,), failures = publish.deliver(desk, brief)
    assert receipt.did == "withdrawn" and failures == ()
    assert [post["status"] for post in blog.posts.values()] == ["draft", "publish"]


def test_a_rejected_article_where_the_brief_publishes_no_more_is_told(desk, brief_of, tmp_path):
    both = [{"to": "markdown", "folder": "md"}, {"to": "markdown", "folder": "old"}]
    publish.deliver(desk, brief_of(publish=both))
    fewer = brief_of(publish=both[:1])
    assert publish.deliver(desk, fewer) == ((), ())
    desk.keep(replace(desk.draft("first"), status="rejected"))
    for withdrawn in (1, 0):
        receipts, (failure,) = publish.deliver(desk, fewer)
        assert [receipt.did for receipt in receipts] == ["withdrawn"] * withdrawn
        place = tmp_path / "old" / "first.md"
        assert failure.startswith(
            f"first: rejected, and not withdrawn from {place}, as the brief names no markdown old;"
        )
    receipts, failures = publish.deliver(desk, brief_of(publish=both))
    assert [receipt.target for receipt in receipts] == ["markdown old"] and failures == ()
    assert publish.deliver(desk, fewer) == ((), ())


def test_what_was_rejected_goes_from_the_site_that_another_folder_stands_in_for(desk, brief_of, tmp_path):
    brief = brief_of(publish=[{"to": "site", "folder": "public"}])
    assert targets(brief, tmp_path / "public") == brief
    elsewhere = targets(brief, tmp_path / "out")
    for one in (brief, elsewhere):
        publish.deliver(desk, one)
    desk.keep(replace(desk.draft("first"), status="rejected"))
    assert (tmp_path / "public" / "first.html").exists() and (tmp_path / "out" / "first.html").exists()
    receipts, failures = publish.deliver(desk, elsewhere)
    assert [receipt.did for receipt in receipts] == ["withdrawn", "withdrawn"] and failures == ()
    assert not (tmp_path / "public" / "first.html").exists() and not (tmp_path / "out" / "first.html").exists()
    (tmp_path / "public" / "second.html").unlink()
    assert publish.deliver(desk, elsewhere) == ((), ())  # nothing more is published there


def test_a_page_that_somebody_took_away_is_put_back(desk, brief_of, tmp_path):
    brief = brief_of(publish=[{"to": "markdown", "folder": "md"}])
    publish.deliver(desk, brief)
    (tmp_path / "md" / "first.md").unlink()
    assert [receipt.id for receipt in publish.deliver(desk, brief)[0]] == ["first"]


def test_secrets_come_from_the_environment_and_do_not_travel_in_the_clear(desk, brief_of, blog, monkeypatch):
    monkeypatch.delenv("PASSWORD", raising=False)
    _, failures = publish.deliver(desk, brief_of(publish=[wordpress(blog)]))
    assert "the environment variable PASSWORD is not set" in failures[0]
    monkeypatch.setenv("PASSWORD", "key of anna")
    plain = brief_of(publish=[{**wordpress(blog), "url": "http://blog.example"}])
    with pytest.raises(ConfigError, match="is plain http: a secret would be readable"):
        publish.open_target(plain, plain.publish[0])
    publish.deliver(desk, brief_of(publish=[wordpress(blog)]))
    assert "key of anna" not in json.dumps(desk.read("published.json"))
