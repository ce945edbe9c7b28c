"""Preparing: what was collected without what says the same, in passages, and of these the ones about the topic.

Relevance is BM25 (Robertson and Zaragoza 2009, "The probabilistic relevance framework", eq. 3.15) over words, Chinese
ones cut by jieba.
"""

import importlib
import math
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from genloop.applications.write.sources import Found
from genloop.core.errors import DataError
from genloop.files.texts import document, duplicates, keywords, language, passages

PASSAGE = 600  # characters of a passage, about
BEST = 24  # passages that an article is written from
_K1, _B = 1.2, 0.75
_STOP = frozenset(language.WORDS["chinese"].split()) | language.ENGLISH


@dataclass(frozen=True)
class Passage:
    """A piece of a document, with the document it comes from."""

    text: str
    key: str
    origin: str


@dataclass(frozen=True)
class Material:
    """What is written from: the documents that say something of their own, and their passages with their words."""

    documents: tuple[Found, ...]
    passages: tuple[Passage, ...]
    words: tuple[Counter[str], ...]
    code: str
    removed: int = 0

    @property
    def texts(self) -> list[str]:
        """The documents' texts."""
        return [found.text for found in self.documents if found.text]

    def about(self, query: Sequence[str], most: int = BEST) -> list[Passage]:
        """The passages that say most about the words of the query, best first; none that hold none of them."""
        scores = _scores(
            self.words, Counter(word for text in query for word in words(text, self.code) if word not in _STOP)
        )
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
        return [self.passages[at] for at in order[:most] if scores[at] > 0]

    def keywords(self, chosen: Sequence[Passage], most: int) -> list[str]:
        """The words that tell these passages from the others, best first, by their log-likelihood (Dunning 1993)."""
        places = {id(passage): at for at, passage in enumerate(self.passages)}
        here: Counter[str] = Counter()
        for passage in chosen:
            here.update(self.words[places[id(passage)]].keys())
        everywhere = Counter(word for found in self.words for word in found)
        least = 2 if len(chosen) < BEST else 3
        weights = {
            word: count * math.log(count / len(chosen) * len(self.words) / everywhere[word])
            for word, count in here.items()
            if count >= least and word not in _STOP
        }
        named = _things(" ".join(passage.text for passage in chosen)) if self.code == "zh" else weights.keys()
        return sorted(weights.keys() & named, key=lambda word: (-weights[word], word))[:most]


def prepare(found: Sequence[Found], code: str) -> Material:
    """The material of collected documents.

    Raises:
        DataError: there is nothing in it.
    """
    tidy = [Found(**{**part.to_dict(), "text": document.tidy(part.text)}) for part in found]
    texts = [place for place, part in enumerate(tidy) if part.text]
    groups = duplicates.read([duplicates.fit(tidy[place].text) for place in texts])
    spare = {texts[at] for at in groups.spare.tolist() if not tidy[texts[at]].item}
    kept = tuple(part for place, part in enumerate(tidy) if place not in spare)
    if not any(part.text or part.facts for part in kept):
        raise DataError("the sources hold no text; name others in the brief")
    cut = tuple(
        Passage(piece, part.key, part.origin)
        for part in kept
        if part.text
        for piece in passages.cut(part.text, PASSAGE)
    )
    counts = tuple(Counter(words(passage.text, code)) for passage in cut)
    return Material(kept, cut, counts, code, len(spare))


def words(text: str, code: str) -> list[str]:
    """The words of a text, English ones without their plural; of a short Chinese one that has none its characters."""
    found = [_singular(word) if code == "en" else word for word in keywords.split(text, code)]
    return found or [letter for letter in text.casefold() if letter.isalnum()]


def _things(text: str) -> set[str]:
    """The nouns of a Chinese text; all its words where nobody can tell them apart."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tagger = importlib.import_module("jieba.posseg")
    except ModuleNotFoundError:
        return set(keywords.split(text, "zh"))
    return {pair.word for pair in tagger.cut(text) if pair.flag.startswith("n") or pair.flag == "vn"}


def _singular(word: str) -> str:
    for end, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if word.endswith(end) and len(word) > len(end) + 2 and not word.endswith(("ss", "us", "is")):
            return word[: -len(end)] + instead
    return word


def _scores(texts: Sequence[Counter[str]], query: Counter[str]) -> list[float]:
    sizes = [sum(counts.values()) for counts in texts]
    mean = sum(sizes) / max(len(sizes), 1) or 1.0
    held = {word: sum(word in counts for counts in texts) for word in query}
    rare = {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in held.items()}
    return [
        sum(
            rare[word] * times * counts[word] * (_K1 + 1) / (counts[word] + _K1 * (1 - _B + _B * size / mean))
            for word, times in query.items()
            if counts[word]
        )
        for counts, size in zip(texts, sizes, strict=True)
    ]
