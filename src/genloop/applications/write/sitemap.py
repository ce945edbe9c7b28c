"""The pages that a site's sitemap lists, read politely: robots.txt, one host, bounded counts and sizes, no redirects.

A sitemap may name further ones, one level deep (sitemaps.org 0.9). Redirects are followed within the same origin only,
so that no server can send the reader elsewhere on a private network.
"""

import re
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser
from xml.parsers import expat

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


@dataclass
class _Map:
    """What a sitemap lists, as it is parsed: whether pages or further maps, and where they are."""

    index: bool = False
    places: list[str] = field(default_factory=list)
    depth: int = 0
    pieces: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; the outermost says what is listed."""
        kind = name.rpartition(" ")[2]
        self.index |= self.depth == 0 and kind == "sitemapindex"
        self.depth += 1
        self.pieces = [] if kind == "loc" else self.pieces

    def data(self, text: str) -> None:
        """Characters."""
        if self.pieces is not None:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        self.depth -= 1
        if self.pieces is not None:
            self.places.append("".join(self.pieces).strip())
            self.pieces = None


def _unpacked(data: bytes, url: str) -> bytes:
    """A sitemap as it is, or out of its gzip file, where that holds no more than is read of one."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        plain = zlib.decompressobj(wbits=31).decompress(data, MOST_MAP + 1)
    except zlib.error as error:
        raise DataError(f"{url} is no sitemap: {error}") from error
    if len(plain) > MOST_MAP:
        raise DataError(f"{url} is no sitemap: it unpacks to more than {MOST_MAP >> 20} MB")
    return plain


def _listed(data: bytes, url: str) -> _Map:
    """What the sitemap lists; expat itself refuses a document type, in whatever encoding it is declared."""

    def refuse(*_: object) -> None:
        raise DataError(f"{url} declares entities or a document type, which no sitemap needs; it is not read")

    found = _Map()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = found.data, refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DataError(f"{url} is no sitemap: {error}") from error
    return found


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
        found = _listed(_unpacked(got[0], url), url)
        if found.index:
            inner = [name for name in found.places[:MAPS] if self._allowed(name)] if deep else []
            return list(dict.fromkeys(link for name in inner for link in self._within(name)))
        return list(dict.fromkeys(link for link in found.places if self._allowed(link)))

    def _within(self, url: str) -> list[str]:
        """The pages of a sitemap that another names; none, with a note, where it cannot be read."""
        try:
            return self.links(url, deep=False)
        except SourceNotFound:  # noted where it was asked for
            return []
        except DataError as error:
            self.notes.append(str(error))
            return []

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
        httpx = extras.load("httpx")
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
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # a redirect may lead to no address at all
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
