"""WordPress through its REST API (/wp-json/wp/v2/posts) with an application password.

An article is found again by the number of its post, which stays when the blog changes the address, else by its slug, so
that a create whose answer was lost is not done twice. The label's record stands in a `data-` attribute, which WordPress
keeps for authors of every role, and is read back with the text.
"""

import html
import re
from collections.abc import Mapping
from typing import Any

from genloop.applications.write import extras, web
from genloop.applications.write.publish import pages
from genloop.applications.write.publish.piece import Piece
from genloop.applications.write.publish.receipt import Did, Receipt
from genloop.core.errors import OutputError
from genloop.trust import written

_STATUSES = "publish,draft,pending,private,future"
_TWICE = 2
_PLACE = re.compile(r'\b(?:href|src)="([^"]*)"')


class WordPress:
    """A WordPress site that is written to as one user; `numbers` are those of posts that are known, by article."""

    def __init__(
        self, url: str, key: str, *, user: str, secret: str, status: str, timeout: float,
        numbers: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        base = url.rstrip("/")
        self._posts = base if base.endswith("/posts") else f"{base}/wp-json/wp/v2/posts"
        self.key, self._status, self._user = key, status, user
        self._numbers = dict(numbers or {})
        self._client: Any = web.client(url, timeout=timeout, auth=(user, secret))

    def publish(self, piece: Piece) -> Receipt:
        """The post created or updated, then read back."""
        for left in reversed(range(_TWICE)):
            try:
                return self._publish(piece)
            except Lost:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def withdraw(self, name: str) -> Receipt:
        """The post becomes a draft again, so that nothing is lost; one whose number is gone was deleted there.

        Raises:
            OutputError: it is not found, and no number tells whether it still stands.
        """
        post = self._find(name)
        if post is not None:
            self._call("POST", f"{self._posts}/{post['id']}", json={"status": "draft"})
        elif name not in self._numbers:
            raise OutputError(f"{self.key} has no post {name!r} any more; take the article down there if it has moved")
        return Receipt(name, self.key, "withdrawn", str((post or {}).get("link", "")))

    def stands(self, name: str) -> bool:
        """Taken as true: only the server knows, and it is asked when the article changes."""
        return True

    def _publish(self, piece: Piece) -> Receipt:
        text = pages.body(piece)
        post = self._find(piece.id)
        if post is not None and _same(post, piece, text, self._status):
            return Receipt(piece.id, self.key, "unchanged", str(post.get("link", "")), number=post["id"])
        sent = {"title": piece.title, "content": text, "excerpt": _excerpt(piece), "status": self._status}
        sent |= {"slug": piece.id} if post is None else {}  # later the blog's own word counts
        did: Did = "created" if post is None else "updated"
        place = self._posts if post is None else f"{self._posts}/{post['id']}"
        answer = self._call("POST", place, json=sent)
        number = answer.get("id") if isinstance(answer, dict) else None
        if not isinstance(number, int):
            raise OutputError(f"{self.key} answered without the post's number; is it a WordPress REST API?")
        self._numbers[piece.id] = number
        back = self._call("GET", f"{self._posts}/{number}", params={"context": "edit"})
        self._compare(back, piece, text)
        return Receipt(piece.id, self.key, did, str(back.get("link", "")), number=number)

    def _find(self, name: str) -> dict[str, Any] | None:
        """The post of that article, by its number, else by its slug.

        Raises:
            OutputError: there is one that genloop did not write.
        """
        post = self._numbered(name) or self._slugged(name)
        if post is not None and name not in {r.get("identifier") for r in written.read(_raw(post, "content")).records}:
            raise OutputError(f"{self.key} has a post {name!r} that genloop did not write; choose another title")
        return post

    def _numbered(self, name: str) -> dict[str, Any] | None:
        """The post of the number that is known; none where it was deleted or put into the trash."""
        if name not in self._numbers:
            return None
        place = f"{self._posts}/{self._numbers[name]}"
        post = self._call("GET", place, absent=True, params={"context": "edit"})
        return post if isinstance(post, dict) and post.get("status") != "trash" else None

    def _slugged(self, name: str) -> dict[str, Any] | None:
        asked = {"slug": name, "status": _STATUSES, "context": "edit"}
        found = self._call("GET", self._posts, params=asked)
        if not isinstance(found, list):
            raise OutputError(f"{self.key} did not answer with posts; is it a WordPress REST API?")
        return next((post for post in found if isinstance(post, dict) and post.get("slug") == name), None)

    def _compare(self, back: Any, piece: Piece, text: str) -> None:
        """Refuses a post that did not come back as it was sent.

        Raises:
            OutputError: its label is gone, or it holds another text.
        """
        page = _raw(back, "content") if isinstance(back, dict) else ""
        lacking = written.absent(page, piece.record)
        if lacking:
            raise OutputError(f"{self.key}: the post {piece.id!r} came back without {' and '.join(lacking)}")
        if written.read(page).text != written.read(text).text or _raw(back, "title") != piece.title:
            raise OutputError(f"{self.key}: the post {piece.id!r} came back with another text than was sent")

    def _call(self, verb: str, url: str, *, absent: bool = False, **more: Any) -> Any:
        """One request; None where nothing is there and that may be so.

        Raises:
            Lost: the server did not answer in time or failed, so that another try may help.
            OutputError: it refuses.
        """
        httpx = extras.load("httpx")
        try:
            answer = self._client.request(verb, url, **more)
        except httpx.TimeoutException as error:
            raise Lost(f"{self.key} did not answer in time; the article is kept, run again to retry") from error
        except httpx.HTTPError as error:
            raise Lost(f"{self.key} cannot be reached: {type(error).__name__}; the article is kept") from error
        if answer.status_code in (401, 403):
            raise OutputError(
                f"{self.key} refuses the user {self._user!r} ({answer.status_code}): {_said(answer)}; "
                "check the application password in the environment and the user's role"
            )
        if answer.status_code >= 500:
            raise Lost(f"{self.key} failed ({answer.status_code}); the article is kept, run again to retry")
        if absent and answer.status_code in (404, 410):
            return None
        if not answer.is_success:
            raise OutputError(f"{self.key} refuses it ({answer.status_code}): {_said(answer)}")
        try:
            return answer.json()
        except ValueError as error:
            raise OutputError(f"{self.key} did not answer in JSON; is it a WordPress REST API?") from error


class Lost(OutputError):
    """A request whose outcome is not known, or a server that failed: worth another try."""


def _excerpt(piece: Piece) -> str:
    """What lists of posts show: the label, then what the article says first."""
    return f"{written.line(piece.language, short=True)}{'：' if piece.language == 'zh' else ': '}{piece.about}"


def _raw(post: dict[str, Any], name: str) -> str:
    value = post.get(name, "")
    return str(value.get("raw", value.get("rendered", ""))) if isinstance(value, dict) else str(value)


def _same(post: dict[str, Any], piece: Piece, text: str, status: str) -> bool:
    page = _raw(post, "content")
    alike = written.read(page).text == written.read(text).text and not written.absent(page, piece.record)
    alike = alike and _places(page) == _places(text)
    return alike and _raw(post, "title") == piece.title and post.get("status") == status


def _places(page: str) -> list[str]:
    """Where its links lead and its pictures come from."""
    return [html.unescape(place) for place in _PLACE.findall(page)]


def _said(answer: Any) -> str:
    """What a server says of its refusal, in few words."""
    try:
        found = answer.json()
        said = str(found.get("message", "")) if isinstance(found, dict) else ""
    except ValueError:
        said = ""
    return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", "", said))[:200] or "no reason given"
