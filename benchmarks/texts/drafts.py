"""Bad drafts made from real held-out texts by mechanical edits: written before the gate that has to refuse them.

Each edit breaks one thing as a poor writer would: loops, cuts, topic swaps, copied passages, changed numbers, changed
names; `shuffled` sentences are made beside them. A draft is a list of sections and is given the unedited text as its
material, as that text itself is when it plays a good draft. What was done is said in `done`, for the results only.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from articles import Article

KINDS = ("loops", "cuts", "topics", "copied", "numbers", "names")
BESIDE = ("shuffled",)
_SENTENCE = {
    "zh": re.compile(r"[^。！？!?\n]+(?:[。！？!?]+[”’』」）\"]*|$|(?=\n))"),
    "en": re.compile(r"\S.*?(?:(?<![A-Z])(?<!Mr)(?<!Dr)(?<!Ms)(?<!St)(?<!Jr)(?<!Mrs)[.!?]+[\"'”’)]*(?=\s|$)|$|(?=\n))"),
}
_CLAUSE = re.compile(r"[^，。！？；：、,.;:!?\n“”\"()（）]+")
_DIGITS = "0123456789０１２３４５６７８９"
_NUMBER = re.compile(
    rf"[{_DIGITS}]+(?:[,，．.·][{_DIGITS}]+)*|[一二三四五六七八九十百千万亿]{{2,}}|(?<=[第])[二三四五六七八九十]"
)
_WORDS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty"),
    *("sixty", "seventy", "eighty", "ninety"),
)
_WORD_NUMBER = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_HAN_DIGITS = "二三四五六七八九"


@dataclass(frozen=True)
class Draft:
    """A bad draft: its sections, the material it is judged against, the kind of edit and what was done."""

    kind: str
    done: str
    sections: tuple[str, ...]
    material: str


@dataclass(frozen=True)
class World:
    """What an edit may take from: other held-out articles, and those that were learnt from."""

    language: str
    others: Sequence[Article]
    learnt: Sequence[Article]


Edit = Callable[[Article, World, np.random.Generator], tuple[str, list[str]] | None]


def sentences(text: str, language: str) -> list[str]:
    """The sentences with their marks; whole together they are the text but for spaces."""
    return [found.group().strip() for found in _SENTENCE[language].finditer(text) if found.group().strip()]


def sections(article: Article, language: str) -> list[str]:
    """A text as a draft has it: paragraphs in two to four sections, or a long single one cut between sentences."""
    joint = "" if language == "zh" else " "
    parts, glue = list(article.paragraphs), "\n"
    if len(parts) == 1:
        parts, glue = sentences(parts[0], language), joint
    count = min(4, len(parts) if glue == "\n" else len(parts) // 3)
    if count < 2:
        return [glue.join(parts)]
    ends = np.round(np.linspace(0, len(parts), count + 1)).astype(int)
    return [glue.join(parts[start:stop]) for start, stop in pairwise(ends)]


def make(kind: str, pool: Sequence[Article], world: World, count: int, rng: np.random.Generator) -> list[Draft]:
    """So many drafts of one kind, each from another text of the pool, less those that cannot bear the edit."""
    found: list[Draft] = []
    for place in rng.permutation(len(pool)):
        article = pool[place]
        edited = EDITS[kind](article, world, rng)
        if edited is not None:
            found.append(Draft(kind, edited[0], tuple(edited[1]), f"{article.title}\n{article.text}"))
        if len(found) == count:
            break
    return found


def _joint(language: str) -> str:
    return "" if language == "zh" else " "


def _swap(whole: list[str], place: int, part: str) -> list[str]:
    return [*whole[:place], part, *whole[place + 1 :]]


def _loops(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """A sentence or clause again and again, at once or later, or an end that circles."""
    own = sections(article, world.language)
    place = int(rng.integers(len(own)))
    joint, parts = _joint(world.language), sentences(own[place], world.language)
    least = 8 if world.language == "zh" else 25
    long = [at for at, part in enumerate(parts) if len(part) >= least]
    if not long:
        return None
    at, mode = int(rng.choice(long)), str(rng.choice(["sentence", "clause", "later", "end"]))
    times = int(rng.integers(1, 4))
    if mode == "clause":
        clauses = [found.group() for found in _CLAUSE.finditer(parts[at]) if len(found.group().strip()) >= least // 2]
        if not clauses:
            return None
        clause = str(rng.choice(clauses))
        comma = "，" if world.language == "zh" else ","
        parts[at] = parts[at].replace(clause, comma.join([clause] * (times + 1)), 1)
    elif mode == "sentence":
        parts[at:at] = [parts[at]] * times
    elif mode == "later":
        other = int(rng.integers(len(own)))
        again = sentences(own[other], world.language)
        again.insert(int(rng.integers(len(again) + 1)), parts[at])
        return mode, _swap(own, other, joint.join(again))
    else:
        place = len(own) - 1
        tail = sentences(own[place], world.language)
        parts = tail + tail[-min(2, len(tail)) :] * (times + 1)
    return f"{mode} x{times}", _swap(own, place, joint.join(parts))


def _cuts(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """A section, mostly the last, that breaks off within a sentence or word; seldom a sentence inside one."""
    own = sections(article, world.language)
    mode = str(rng.choice(["end-word", "end-sentence", "section", "inner"], p=[0.3, 0.3, 0.3, 0.1]))
    place = int(rng.integers(max(len(own) - 1, 1))) if mode in {"section", "inner"} else len(own) - 1
    parts = sentences(own[place], world.language)
    late = range(len(parts) // 2, len(parts) - (mode == "inner"))
    long = [at for at in late if len(parts[at]) >= (12 if world.language == "zh" else 30)]
    if not long:
        return None
    at = int(rng.choice(long))
    whole = bool(rng.random() < 0.5) if mode in {"section", "inner"} else mode == "end-sentence"
    broken = _break(parts[at], world.language, rng, whole=whole)
    if broken is None:
        return None
    rest = parts[at + 1 :] if mode == "inner" else []
    return mode, _swap(own, place, _joint(world.language).join([*parts[:at], broken, *rest]))


def _break(sentence: str, language: str, rng: np.random.Generator, *, whole: bool) -> str | None:
    """The sentence up to a place between its fourth and nine tenths: after a whole word, or within one."""
    low, high = int(len(sentence) * 0.25), int(len(sentence) * 0.9)
    if language == "en":
        pattern = r"(?<=[A-Za-z])(?= )" if whole else r"(?<=[a-z]{2})(?=[a-z]{2})"
    else:
        pattern = r"(?<=[\u4e00-\u9fff，])(?=[\u4e00-\u9fff])"
    places = [found.start() for found in re.finditer(pattern, sentence) if low <= found.start() <= high]
    return sentence[: int(rng.choice(places))] if places else None


def _topics(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """Half of another article, one section of it, or some of its sentences."""
    own = sections(article, world.language)
    other = sections(world.others[int(rng.integers(len(world.others)))], world.language)
    mode = str(rng.choice(["half", "section", "sentences"]))
    if mode == "half" and len(own) > 1 and len(other) > 1:
        return mode, [*own[: len(own) // 2], *other[len(other) // 2 :]]
    if mode == "section" and len(own) > 1:
        return mode, _swap(own, int(rng.integers(len(own))), other[int(rng.integers(len(other)))])
    place = int(rng.integers(len(own)))
    parts, strange = (sentences(part, world.language) for part in (own[place], str(rng.choice(other))))
    size = int(rng.integers(2, 5))
    start = int(rng.integers(max(len(strange) - size, 0) + 1))
    at = int(rng.integers(len(parts) + 1))
    parts[at:at] = strange[start : start + size]
    return "sentences", _swap(own, place, _joint(world.language).join(parts))


def _copied(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """Whole sentences of a learnt text, taken over word for word in the place of as many own ones."""
    own = sections(article, world.language)
    place = int(rng.integers(len(own)))
    parts = sentences(own[place], world.language)
    theirs = sentences(world.learnt[int(rng.integers(len(world.learnt)))].text, world.language)
    least = int(rng.integers(60, 201) * (1 if world.language == "zh" else 2.5))
    start = int(rng.integers(len(theirs)))
    passage: list[str] = []
    while start < len(theirs) and sum(map(len, passage)) < least:
        passage.append(theirs[start])
        start += 1
    if sum(map(len, passage)) < least:
        return None
    at = int(rng.integers(len(parts)))
    parts[at : at + len(passage)] = passage
    return f"{sum(map(len, passage))} characters", _swap(own, place, _joint(world.language).join(parts))


def _numbers(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """One to three numbers, dates or amounts become others of the same form."""
    own = sections(article, world.language)
    found = _places(own, (_NUMBER, _WORD_NUMBER) if world.language == "en" else (_NUMBER,))
    done = []
    for place, start, stop in _few(found, rng):
        old = own[place][start:stop]
        new = _other(old, article.text, rng)
        if new is not None:
            own[place] = own[place][:start] + new + own[place][stop:]
            done.append(f"{old}>{new}")
    return ("; ".join(done), own) if done else None


def _names(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """One to three names become names of the same kind from another article."""
    own = sections(article, world.language)
    kinds = dict(article.names)
    long = [name for name in kinds if len(name) > 1]
    if not long:
        return None
    edges = r"\b" if world.language == "en" else ""
    pattern = re.compile("|".join(edges + re.escape(name) + edges for name in sorted(long, key=len, reverse=True)))
    done = []
    for place, start, stop in _few(_places(own, (pattern,)), rng):
        old = own[place][start:stop]
        new = _stranger(kinds[old], article, world, rng)
        if new is not None:
            own[place] = own[place][:start] + new + own[place][stop:]
            done.append(f"{old}>{new}")
    return ("; ".join(done), own) if done else None


def _stranger(kind: str, article: Article, world: World, rng: np.random.Generator) -> str | None:
    """A name of this kind from another article, which this one does not have."""
    for _ in range(50):
        other = world.others[int(rng.integers(len(world.others)))]
        names = [name for name, own in other.names if own == kind and len(name) > 1]
        names = [name for name in names if not any(part in article.text for part in name.split())]
        if names:
            return str(rng.choice(names))
    return None


def _places(own: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> list[tuple[int, int, int]]:
    """Where the patterns stand: section, start, stop."""
    return [
        (place, *found.span())
        for place, part in enumerate(own)
        for pattern in patterns
        for found in pattern.finditer(part)
    ]


def _few(found: list[tuple[int, int, int]], rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """One to three of them, the last first, so that places stay right."""
    if not found:
        return []
    chosen = rng.choice(len(found), min(int(rng.integers(1, 4)), len(found)), replace=False)
    return sorted((found[place] for place in chosen), reverse=True)


def _other(old: str, text: str, rng: np.random.Generator) -> str | None:
    """Another number of the same form, which stands nowhere in the text."""
    for _ in range(50):
        if old.lower() in _WORDS:
            new = str(rng.choice(_WORDS))
            new = new.capitalize() if old[0].isupper() else new
        else:
            new = "".join(_digit(mark, place, rng) for place, mark in enumerate(old))
        if new.lower() not in text.lower():
            return new
    return None


def _digit(mark: str, place: int, rng: np.random.Generator) -> str:
    if mark in _HAN_DIGITS or mark == "一":
        return str(rng.choice(list(_HAN_DIGITS)))
    if mark not in _DIGITS or (mark in "0０" and place):
        return mark
    base = _DIGITS.index(mark) // 10 * 10
    return _DIGITS[base + int(rng.integers(1 if place == 0 else 0, 10))]


def _shuffled(article: Article, world: World, rng: np.random.Generator) -> tuple[str, list[str]] | None:
    """All sentences in another order, in sections as long as before."""
    own = [sentences(part, world.language) for part in sections(article, world.language)]
    line = [part for section in own for part in section]
    if len(line) < 5:
        return None
    mixed = iter([line[place] for place in rng.permutation(len(line))])
    return f"{len(line)} sentences", [_joint(world.language).join(next(mixed) for _ in section) for section in own]


EDITS: dict[str, Edit] = {
    "loops": _loops,
    "cuts": _cuts,
    "topics": _topics,
    "copied": _copied,
    "numbers": _numbers,
    "names": _names,
    "shuffled": _shuffled,
}
