"""The brief: what is to be written, from what, by whom, how good it has to be, and where it goes."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genloop.applications.write import templates
from genloop.core import config, registry
from genloop.core.errors import ConfigError, SourceNotFound
from genloop.files import sql

KINDS = ("folder", "table", "feed", "sitemap")
EXTRACTS = "extracts"
STATUSES = ("publish", "draft", "pending", "private")
TARGETS = ("site", "markdown", "wordpress", "webhook")
_FEED = (".rss", ".atom", ".xml", ".rdf")
_TABLE = (".csv", ".tsv", ".parquet", ".pq", ".xlsx", ".xlsm", ".jsonl", ".ndjson", ".json", ".sqlite", ".db")
_PLAIN = re.compile(r"[^a-z0-9]+")
_TELLING = re.compile(r"[+#%=<>*@$^~|\\]|(?<![^\s(])-(?=\d)")  # signs that tell C++ from C#, and -5 from 5
RESERVED = ("index", "feed", "site")  # pages that a site makes itself


@dataclass(frozen=True)
class Place:
    """One source: a folder or file of documents, a table, a feed in a file, or the sitemap of a server.

    Of a table `text` and `title` name columns; `items` makes every row an article of its own. `pages` bounds what is
    taken of a sitemap, `rows` what is taken of a table.
    """

    path: str
    kind: str = ""
    text: str | None = None
    title: str | None = None
    items: bool = False
    pages: int = 200
    rows: int = 20_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.kind or _kind(self.path))
        config.check(self, "source", among={"kind": KINDS}, least={"pages": 1, "rows": 1})
        if self.items and self.kind != "table":
            raise ConfigError(f"source {self.shown!r}: items=true makes an article of every row of a table")

    @property
    def shown(self) -> str:
        """The path as everything that is written or told has it: of an address without its password."""
        if not sql.is_url(self.path):
            return self.path
        parsed = sql.parse_url(self.path)
        return self.path if sql.without_secrets(parsed) == parsed else sql.show(parsed)


@dataclass(frozen=True)
class Pen:
    """Who writes: a fitted model (`path`), a family to fit, or `extracts`, which quotes sentences of the material."""

    path: str | None = None
    family: str | None = None
    minutes: float | None = None
    steps: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path and self.family:
            raise ConfigError("[model] names path and family; a fitted model has its family: leave one out")
        known = (EXTRACTS, *registry.names("generators.text"))
        if self.family not in (None, *known):
            raise ConfigError(f"[model] family = {self.family!r}: expected one of {', '.join(known)}")


@dataclass(frozen=True)
class Target:
    """One place where approved articles go. Secrets are named by their environment variable, never written here."""

    to: str
    folder: str = ""
    url: str = ""
    user: str = ""
    secret_env: str = ""
    status: str = "publish"
    title: str = ""
    read: str = ""
    timeout: float = 20.0
    insecure: bool = False

    def __post_init__(self) -> None:
        config.check(self, "publish", among={"to": TARGETS, "status": STATUSES}, above=["timeout"])
        if self.to in ("site", "markdown") and not self.folder:
            raise ConfigError(f'[[publish]] to = "{self.to}" needs folder = "..."')
        if self.to in ("wordpress", "webhook") and not self.url:
            raise ConfigError(f'[[publish]] to = "{self.to}" needs url = "..."')
        if "@" in self.url.partition("//")[2].partition("/")[0]:
            raise ConfigError("[[publish]] url takes no user or password; name them with user and secret_env")
        if self.to == "wordpress" and not (self.user and self.secret_env):
            raise ConfigError(
                '[[publish]] to = "wordpress" needs user = "..." and secret_env = "NAME" of the environment variable '
                "that holds an application password"
            )

    @property
    def key(self) -> str:
        """By which the target is known again, without secrets."""
        return f"{self.to} {self.folder or self.url}"


@dataclass(frozen=True)
class Article:
    """One article asked for; `facts` are the cells of its row."""

    id: str
    title: str
    topic: str
    keywords: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Brief:
    """Everything that a brief says, checked; paths are relative to the brief.

    `formerly` are targets that others stand in for: nothing more is published there, what is rejected is withdrawn.
    """

    title: str = ""
    topic: str = ""
    language: str = "en"
    template: str = "article"
    titles: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    instructions: str = ""
    channels: tuple[str, ...] = ()
    approve: str = "person"
    tries: int = 3
    candidates: int = 4
    minutes: float | None = None
    seed: int = 0
    run: str = ""
    bar: Mapping[str, float] = field(default_factory=dict)
    overlook: tuple[str, ...] = ()
    quoted: float = 0.5
    sources: tuple[Place, ...] = ()
    reference: tuple[Place, ...] = ()
    model: Pen = field(default_factory=Pen)
    publish: tuple[Target, ...] = ()
    formerly: tuple[Target, ...] = ()
    root: Path = Path()

    def __post_init__(self) -> None:
        known = {"language": ("en", "zh"), "approve": ("person", "auto"), "template": templates.names()}
        config.check(self, "brief", among=known, least={"tries": 1, "candidates": 1, "seed": 0})
        if not 0 <= self.quoted <= 1:
            raise ConfigError(f"brief setting quoted={self.quoted!r}: expected a share from 0 to 1")
        if self.minutes is not None and not self.minutes > 0:
            raise ConfigError(f"brief setting minutes={self.minutes!r}: expected more than 0")
        if not (self.title or self.titles or any(place.items for place in self.sources)):
            raise ConfigError('a brief needs title = "...", titles = [...] or a source of items')
        if not self.sources:
            raise ConfigError('a brief needs sources = ["folder"] or a [[source]] with path = "..."')
        template = templates.read(self.template)
        template.channels_of(self.channels)
        if template.translated and not self.reference:
            raise ConfigError(
                f'template {self.template} needs reference = ["folder"]: real texts in the language that is written, '
                "by which the gate judges"
            )

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles that the brief itself names."""
        named = tuple(dict.fromkeys((*((self.title,) if self.title else ()), *self.titles)))
        return tuple(Article(identify(title), title, self.topic or title, self.keywords) for title in named)

    def place(self, path: str) -> Path:
        """Where a path of the brief leads."""
        return self.root / Path(path).expanduser()


def read(path: Path) -> Brief:
    """The brief in a TOML file.

    Raises:
        SourceNotFound: there is no such file.
        ConfigError: it is no TOML, or says what is not understood.
    """
    if not path.is_file():
        raise SourceNotFound(f"no brief {path}; write one: title, language, sources (see docs/tutorials/writing.md)")
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no brief: {error}") from error
    return parse(raw, path.resolve().parent)


def parse(raw: Mapping[str, Any], root: Path) -> Brief:
    """The brief that a TOML table says.

    Raises:
        ConfigError: a key is unknown, or a value of the wrong kind or out of range.
    """
    values = dict(raw)
    places = [{"path": item} if isinstance(item, str) else item for item in _list(values, "sources")]
    places += [item if isinstance(item, Mapping) else {"path": item} for item in _list(values, "source")]
    targets = _list(values, "publish")
    try:
        values["sources"] = tuple(config.read(Place, item) for item in places)
        references = [{"path": item} if isinstance(item, str) else item for item in _list(values, "reference")]
        values["reference"] = tuple(config.read(Place, item) for item in references)
        values["publish"] = tuple(config.read(Target, item) for item in targets)
        values["model"] = config.read(Pen, values.pop("model", {}))
        for name in ("titles", "keywords", "channels", "overlook"):
            values[name] = tuple(str(item) for item in _list(values, name))
        for name in ("root", "formerly"):
            if name in values:
                raise ConfigError(f"unknown setting {name}")
        return config.read(Brief, {**values, "root": root})
    except (TypeError, AttributeError) as error:
        raise ConfigError(f"the brief says something in another form than expected: {error}") from error


def identify(title: str) -> str:
    """The name under which an article is known: its title in small letters, with a hash where that does not spell it.

    That is where letters, signs that change the meaning or the end of a long title are lost, and where a site has a
    page of its own of that name.
    """
    name = plain(title)
    whole = name == _PLAIN.sub("-", title.casefold()).strip("-") and not _TELLING.search(title)
    if name and title.isascii() and whole and name not in RESERVED:
        return name
    mark = hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{name}-{mark}" if name else f"article-{mark}"


def plain(title: str) -> str:
    """The letters and digits of a title, at most 60 characters; articles of earlier versions are called so."""
    return _PLAIN.sub("-", title.casefold()).strip("-")[:60].strip("-")


def targets(brief: Brief, output: Path | None) -> Brief:
    """The brief with a site in that folder: in place of its own site, else beside its other targets."""
    if output is None:
        return brief
    others = tuple(target for target in brief.publish if target.to != "site")
    own = next((target for target in brief.publish if target.to == "site"), None)
    if own is not None and brief.place(own.folder).resolve() == output.resolve():
        return brief
    folder = str(output.absolute())
    site = Target("site", folder=folder) if own is None else replace(own, folder=folder)
    return replace(brief, publish=(site, *others), formerly=() if own is None else (own,))


def _list(values: dict[str, Any], name: str) -> list[Any]:
    found = values.pop(name, [])
    if not isinstance(found, list):
        raise ConfigError(f"brief setting {name}: expected a list, found {found!r}")
    return found


def _kind(path: str) -> str:
    if path.startswith(("http://", "https://")):
        return "sitemap"
    if sql.is_url(path):
        return "table"
    ending = Path(path).suffix.lower()
    return "feed" if ending in _FEED else "table" if ending in _TABLE else "folder"
