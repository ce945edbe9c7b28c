"""WordPress over its REST API on this machine: created once, updated, unchanged, read back, and every fault told."""

import pytest

from genloop.applications.write.publish.wordpress import WordPress
from genloop.core.errors import OutputError
from genloop.trust import written


@pytest.fixture
def press(blog):
    def build(password=None, timeout=5.0, **numbers):
        return WordPress(
            blog.url, "wordpress", user="anna", secret=password or blog.password, status="publish", timeout=timeout,
            numbers={name.replace("_", "-"): number for name, number in numbers.items()},
        )  # fmt: skip

    return build


def test_a_post_is_created_once_updated_when_it_changed_and_left_alone_else(press, blog, piece_of):
    first = press().publish(piece_of())
    assert first.did == "created" and first.place.endswith("/the-harbour-hotel")
    assert press().publish(piece_of()).did == "unchanged"
    assert press().publish(piece_of(text="Other words.")).did == "updated"
    (post,) = blog.posts.values()
    assert post["status"] == "publish" and "Other words." in post["content"]["raw"]


def test_the_post_carries_line_and_record(press, blog, piece_of):
    piece = piece_of(language="zh", title="海港酒店")
    press().publish(piece)
    (post,) = blog.posts.values()
    marks = written.read(post["content"]["raw"])
    assert marks.line == piece.line and marks.records == [dict(piece.record)]
    assert "<script" not in post["content"]["raw"]


def test_a_wrong_password_is_told_without_the_password(press, blog, piece_of):
    with pytest.raises(
        OutputError, match=r"refuses the user 'anna' \(401\): Error: wrong application password"
    ) as found:
        press("wrong secret").publish(piece_of())
    assert "wrong secret" not in str(found.value) and blog.posts == {}


def test_a_create_whose_answer_was_lost_is_not_done_twice(press, blog, piece_of):
    blog.faults[:] = [None, "late"]
    assert press(timeout=0.4).publish(piece_of()).did == "unchanged"
    assert len(blog.posts) == 1


def test_a_server_that_fails_once_is_asked_again_and_one_that_goes_on_failing_is_told(press, blog, piece_of):
    blog.faults[:] = [500]
    assert press().publish(piece_of()).did == "created"
    blog.faults[:] = [503, 503]
    with pytest.raises(OutputError, match=r"failed \(503\); the article is kept, run again"):
        press().publish(piece_of(text="Other."))


def test_a_server_that_does_not_answer_is_told(press, blog, piece_of):
    blog.faults[:] = ["slow", "slow"]
    with pytest.raises(OutputError, match="did not answer in time"):
        press(timeout=0.2).publish(piece_of())


def test_a_post_that_comes_back_without_its_label_is_refused(press, blog, piece_of):
    blog.strips = True
    with pytest.raises(OutputError, match="came back without the machine-readable record"):
        press().publish(piece_of())


def test_a_post_of_somebody_else_is_never_written_over(press, blog, piece_of):
    blog.posts[3] = {"id": 3, "slug": "the-harbour-hotel", "content": {"raw": "mine"}, "title": {"raw": "mine"}}
    with pytest.raises(OutputError, match="has a post 'the-harbour-hotel' that genloop did not write"):
        press().publish(piece_of())
    assert blog.posts[3]["content"]["raw"] == "mine"


def test_a_withdrawn_post_becomes_a_draft(press, blog, piece_of):
    press().publish(piece_of())
    assert press().withdraw("the-harbour-hotel").did == "withdrawn"
    (post,) = blog.posts.values()
    assert post["status"] == "draft" and post["content"]["raw"]


def test_a_post_is_known_by_its_number_when_the_blog_gave_it_another_address(press, blog, piece_of):
    number = press().publish(piece_of()).number
    blog.posts[number]["slug"] = "hotel-at-the-harbour"
    again = press(the_harbour_hotel=number).publish(piece_of(text="Other words."))
    assert (again.did, again.number, len(blog.posts)) == ("updated", number, 1)
    assert blog.posts[number]["slug"] == "hotel-at-the-harbour"
    assert press(the_harbour_hotel=number).withdraw("the-harbour-hotel").did == "withdrawn"
    assert blog.posts[number]["status"] == "draft"


@pytest.mark.parametrize("gone", ["deleted", "trash"])
def test_a_post_that_the_blog_deleted_is_made_anew_or_counts_as_withdrawn(press, blog, piece_of, gone):
    number = press().publish(piece_of()).number
    blog.posts[number] |= {"status": "trash", "slug": "the-harbour-hotel__trashed"}
    if gone == "deleted":
        blog.posts[number + 5] = {"slug": "another"}
        del blog.posts[number]
    assert press(the_harbour_hotel=number).withdraw("the-harbour-hotel").did == "withdrawn"
    assert press(the_harbour_hotel=number).publish(piece_of()).did == "created"


def test_a_number_that_leads_to_the_post_of_somebody_else_is_not_written_to(press, blog, piece_of):
    blog.posts[3] = {"id": 3, "slug": "mine", "content": {"raw": "mine"}, "title": {"raw": "mine"}}
    with pytest.raises(OutputError, match="that genloop did not write"):
        press(the_harbour_hotel=3).publish(piece_of())


def test_what_cannot_be_found_is_not_said_to_be_withdrawn(press, blog):
    with pytest.raises(OutputError, match="has no post 'the-harbour-hotel' any more; take the article down"):
        press().withdraw("the-harbour-hotel")


@pytest.mark.parametrize(("language", "start"), [("en", "Made by AI: Rooms are quiet."), ("zh", "AI 生成：Rooms are")])
def test_lists_of_posts_show_the_label_too(press, blog, piece_of, language, start):
    press().publish(piece_of(language=language))
    (post,) = blog.posts.values()
    assert post["excerpt"]["raw"].startswith(start)


def test_a_server_that_is_no_wordpress_is_told(serve, world, piece_of):
    other = serve(world(answer=lambda *request: (200, b"<html>hello</html>")))
    press = WordPress(other.url, "wordpress", user="a", secret="b", status="publish", timeout=2)
    with pytest.raises(OutputError, match="is it a WordPress REST API"):
        press.publish(piece_of())


def test_a_post_whose_link_leads_elsewhere_now_is_updated(press, blog, piece_of):
    wp = press()
    assert wp.publish(piece_of(text="See [the map](https://example.org/a?b&c).", human=True)).did == "created"
    assert wp.publish(piece_of(text="See [the map](https://example.org/a?b&c).", human=True)).did == "unchanged"
    assert wp.publish(piece_of(text="See [the map](https://example.org/b).", human=True)).did == "updated"
