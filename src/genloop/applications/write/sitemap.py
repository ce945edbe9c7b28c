"""The pages that a site's sitemap lists, read politely: robots.txt, one host, bounded counts and sizes, no redirects.

A sitemap may name further ones, one level deep (sitemaps.org 0.9). Redirects are followed within the same origin only,
so that no server can send the reader elsewhere on a private network.
"""

import re
from typing import Any
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

from genloop.applications.write import extras, web
from genloop.applications.write.feeds import Entry
from genloop.core.errors import DataError, SourceNotFound
from genloop.files.texts import document

MOST_MAP, MOST_PAGE, MOST_BYTES = 10 << 20, 4 << 20, 256 << 20
SECONDS = 20.0
HOPS, MAPS = 3, 20
_NAME = re.compile(r"[\w.-]+$")


def read(url: str, *, pages: int) -> tuple[list[Entry], list[str]]:
    """At most so many pages with text, and notes on what was passed over.

    Raises:
        SourceNotFound: the server or the sitemap is not there.
        DataError: it is no sitemap, or no page holds text.
        MissingExtra: httpx is not installed.
    """
    with web.client(url, timeout=SECONDS) as client:
        visit = _Visit(client, url)
        links = visit.links(url)
        found: list[Entry] = []
        for link in links:
            if len(found) >= pages or visit.taken > MOST_BYTES:
                visit.notes.append(f"{len(links) - links.index(link):,} pages beyond the limit are left out")
                break
            found += visit.page(link)
    if not found:
        told = f"{url}: none of its {len(links)} pages holds text"
        raise DataError(f"{told}; {'; '.join(visit.notes[:4]) or 'it is empty'}")
    return found, visit.notes


class _Visit:
    """One visit to one server."""

    def __init__(self, client: Any, url: str) -> None:
        self.client, self.home = client, web.origin(url)
        self.taken, self.notes = 0, list[str]()
        self.robots = RobotFileParser()
        self.status = 0
        rules = self._get(urljoin(url, "/robots.txt"), 1 << 19)
        self.robots.parse(rules[0].decode("utf-8", "replace").splitlines() if rules else [])
        self.closed = self.status == 0 or self.status >= 500  # RFC 9309, section 2.3.1.4
        self.notes.clear()

    def links(self, url: str, *, deep: bool = True) -> list[str]:
        """The pages of a sitemap on the same host, each once."""
        got = self._get(url, MOST_MAP)
        if got is None:
            raise SourceNotFound(f"{url} cannot be read: {self.notes[-1] if self.notes else 'no answer'}")
        upper = got[0].upper()
        if b"<!DOCTYPE" in upper or b"<!ENTITY" in upper:
            raise DataError(f"{url} declares entities or a document type, which no sitemap needs; it is not read")
        try:
            root = ElementTree.fromstring(got[0])  # noqa: S314 (no entities: refused above)
        except ElementTree.ParseError as error:
            raise DataError(f"{url} is no sitemap: {error}") from error
        named = [(node.text or "").strip() for node in root.iter() if node.tag.rpartition("}")[2] == "loc"]
        if root.tag.rpartition("}")[2] == "sitemapindex":
            inner = named[:MAPS] if deep else []
            return list(
                dict.fromkeys(link for name in inner if self._allowed(name) for link in self.links(name, deep=False))
            )
        return list(dict.fromkeys(link for link in named if self._allowed(link)))

    def page(self, link: str) -> list[Entry]:
        """The page at a link as a document; none where it holds no text."""
        got = self._get(link, MOST_PAGE)
        if got is None:
            return []
        data, kind = got
        name = _NAME.search(link.partition("?")[0])
        try:
            found = document.read(data, f"{name[0] if name else 'page'}{'.html' if 'html' in kind else ''}")
        except DataError as error:
            self.notes.append(f"{link}: {error}")
            return []
        return [Entry(found.title or "", found.text, link)]

    def _allowed(self, link: str) -> bool:
        """Whether a page is of this host and robots.txt lets us read it."""
        try:
            same = web.origin(link) == self.home
        except ValueError:
            same = False
        if not same:
            self.notes.append(f"{link}: on another host")
            return False
        if self.closed or not self.robots.can_fetch(web.AGENT, link):
            self.notes.append(f"{link}: robots.txt keeps it back")
            return False
        return True

    def _get(self, link: str, most: int) -> tuple[bytes, str] | None:
        """The bytes at a link and their type; None, with a note, where there are none to be had."""
        errors = extras.load("httpx").HTTPError
        try:
            for _ in range(HOPS):
                with self.client.stream("GET", link) as answer:
                    self.status = answer.status_code
                    if answer.is_redirect:
                        link = urljoin(link, answer.headers.get("location", ""))
                        if web.origin(link) != self.home:
                            self.notes.append(f"{link}: a redirect to another host")
                            return None
                        continue
                    if answer.status_code != 200:
                        self.notes.append(f"{link}: answered {answer.status_code}")
                        return None
                    return self._body(answer, link, most)
        except errors as error:
            self.notes.append(f"{link}: {type(error).__name__}: {error}")
            return None
        self.notes.append(f"{link}: more than {HOPS} redirects")
        return None

    def _body(self, answer: Any, link: str, most: int) -> tuple[bytes, str] | None:
        data = bytearray()
        for part in answer.iter_bytes():
            data += part
            if len(data) > most:
                self.notes.append(f"{link}: larger than {most >> 20} MB")
                return None
        self.taken += len(data)
        return bytes(data), answer.headers.get("content-type", "")
