"""The gate: is this draft fit to be shown, by what real texts are like and by what its material says?

Limits come from real texts alone, each measured by models that did not learn it (`levels`). A claim that the material
does not hold, a language that is not the corpus', and nothing to read are refused whatever real texts do.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloop.core.errors import DataError, ModelFileError
from genloop.judges.drafts import copies, reasons, support, topic
from genloop.judges.drafts.draft import Draft, Part, Section, cut, terms
from genloop.judges.drafts.finding import Finding
from genloop.judges.drafts.levels import Levels
from genloop.judges.drafts.models import MEASURES, Models
from genloop.judges.drafts.verdict import Reason, Verdict
from genloop.judges.texts.corpus import Language, language

VERSION = 1
SCORES = (*MEASURES, "support", "topic", "quoted")  # that a verdict may hold
REASONS = (*SCORES, "empty", "letters", "language")  # that it may refuse by
_FOLDS = 5
_TOLD = 8  # claims without support that are told one by one


@dataclass(frozen=True)
class Gate:
    """A gate that knows one corpus. `quoted` is the share of a draft that may stand in its material word for word."""

    models: Models
    levels: Levels
    stray: float
    seed: int
    texts: int
    print: str
    quoted: float = 1.0

    def judge(self, sections: Sequence[Part], material: Sequence[str] = ()) -> Verdict:
        """What the gate says of these sections, written from this material; without material no claim is checked."""
        draft = Draft.of(sections, self.models.language)
        if (strange := self._unreadable(draft)) is not None:
            return Verdict(False, {"readable": 0.0}, (strange,))
        whole = "\n".join(material)
        found = self.models.measure(draft, material=copies.plain(whole))
        bad = {name: finding for name, finding in found.items() if self.levels.beyond(name, finding.value)}
        told = [reasons.of(name, finding, self.levels.limits[name]) for name, finding in bad.items()]
        scores = {name: self.levels.p_value(name, finding.value) for name, finding in found.items()}
        figures = [reasons.figure(name, finding, self.levels) for name, finding in found.items()]
        if whole.strip():
            for more, name, finding, limit, score in self._against(draft, material):
                told = more + told
                scores[name] = score
                figures.append(reasons.plain_figure(name, finding, limit))
        return Verdict(not told, scores, tuple(told), tuple(figures))

    def state(self) -> dict[str, Any]:
        """A JSON-able mapping of figures only: nothing of a text is in it. `load` wants the texts again."""
        return {
            "version": VERSION,
            "language": self.models.language,
            "seed": self.seed,
            "texts": self.texts,
            "print": self.print,
            "stray": self.stray,
            "quoted": self.quoted,
            "refused": self.levels.refused,
            "limits": {name: _finite(limit) for name, limit in self.levels.limits.items()},
            "real": {name: [float(one) for one in own] for name, own in self.levels.real.items()},
        }

    def _against(self, draft: Draft, material: Sequence[str]) -> list[tuple[list[Reason], str, Finding, float, float]]:
        """Support, topic and quotes: reasons, name, finding, limit and score."""
        facts = support.Facts.of(material)
        claims = support.read(draft, facts, self.models.common)
        missing, told = len(claims.missing), [reasons.of("support", one, 0) for one in claims.missing[:_TOLD]]
        if missing > _TOLD:
            told.append(reasons.more(missing - _TOLD))
        known = frozenset(term for text in material for term in terms(text, self.models.language))
        stray = topic.stray(draft, known, self.models.rarity)
        quoted = copies.quoted(draft, copies.plain("\n".join(material)))
        return [
            (told, "support", Finding(float(missing)), 0.0, 1 - missing / max(claims.claims, 1)),
            _one("topic", stray, self.stray),
            _one("quoted", quoted, self.quoted),
        ]

    def _unreadable(self, draft: Draft) -> Reason | None:
        """Nothing, no letters, an empty section, or another language than the corpus'."""
        if not draft.text.strip():
            return reasons.of("empty", Finding(1.0), 0)
        if not any(mark.isalpha() for mark in draft.text):
            return reasons.of("letters", Finding(1.0), 0)
        for place, section in enumerate(draft.sections):
            if not section.text.strip():
                return reasons.hollow(place)
            letters = sum(mark.isalpha() for mark in section.text)
            if letters >= 20 and language([section.text]) != self.models.language:
                return reasons.foreign(place, len(section.text), language([section.text]), self.models.language)
        if language([draft.text]) != self.models.language:
            return reasons.foreign(None, 0, language([draft.text]), self.models.language)
        return None


def fit(texts: Sequence[str], rng: np.random.Generator, *, held: Sequence[str] = (), quoted: float = 1.0) -> Gate:
    """The gate of these real texts; `held` are others that set the limits, else the texts do so in turn.

    Raises:
        DataError: there is no text, or the texts are neither Chinese nor English.
    """
    seed = int(rng.integers(2**53))
    rows, code = _read(texts)
    models = Models.learn(rows, code, np.random.default_rng(seed))
    values = _values(models, _read(held)[0]) if held else _crossed(rows, code, seed)
    stray = topic.limit(rows, models.rarity, np.random.default_rng(seed))
    return Gate(models, Levels.of(values), stray, seed, len(rows), _print(texts), quoted)


def load(state: Mapping[str, Any], texts: Sequence[str]) -> Gate:
    """The gate of `state`, its models learnt again from the same texts.

    Raises:
        ModelFileError: the state is damaged, of a newer version, or of other texts.
    """
    try:
        version, print_, seed = int(state["version"]), str(state["print"]), int(state["seed"])
        real = {name: np.array(state["real"][name], np.float64) for name in MEASURES}
        limits = {name: np.inf if (at := state["limits"][name]) is None else float(at) for name in MEASURES}
        levels = Levels(real, limits, float(state["refused"]))
        stray, quoted = float(state["stray"]), float(state["quoted"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"not the state of a gate: {error}; fit the gate again") from error
    if version > VERSION:
        raise ModelFileError(f"expected the state of a gate up to version {VERSION}, found {version}; update genloop")
    if print_ != _print(texts):
        raise ModelFileError("the state of this gate belongs to other texts; give those, or fit the gate again")
    rows, code = _read(texts)
    return Gate(Models.learn(rows, code, np.random.default_rng(seed)), levels, stray, seed, len(rows), print_, quoted)


def _read(texts: Sequence[str]) -> tuple[list[list[Section]], Language]:
    """Every text once, as sections, and the language of most."""
    whole = list(dict.fromkeys(text.strip() for text in texts if any(mark.isalpha() for mark in text)))
    if not whole:
        raise DataError("the gate expects real texts to learn from; found none with letters in it; add texts")
    code = language(whole)
    if code == "other":
        raise DataError("the gate reads Chinese and English; most letters of these texts are of neither")
    return [cut(text, code) for text in whole], code


def _values(models: Models, rows: Sequence[Sequence[Section]]) -> dict[str, np.ndarray]:
    """Every measure of real texts that the models did not learn."""
    drafts = [Draft(tuple(row), models.language) for row in rows]
    found = [models.measure(draft, material=None) for draft in drafts]
    values = {name: np.array([one[name].value for one in found]) for name in MEASURES if name != "copied"}
    return values | {"copied": copies.sizes(drafts, models.plain)}


def _crossed(rows: Sequence[Sequence[Section]], code: Language, seed: int) -> dict[str, np.ndarray]:
    """Every measure of the texts, each by models of the others' folds."""
    folds = np.random.default_rng(seed).permutation(len(rows)) % min(_FOLDS, max(len(rows), 1))
    parts: list[dict[str, np.ndarray]] = []
    for fold in range(folds.max(initial=0) + 1):
        train = [row for row, own in zip(rows, folds, strict=True) if own != fold]
        if train:
            models = Models.learn(train, code, np.random.default_rng([seed, fold]))
            parts.append(_values(models, [row for row, own in zip(rows, folds, strict=True) if own == fold]))
    return {name: np.concatenate([part[name] for part in parts] or [np.zeros(0)]) for name in MEASURES}


def _one(name: str, finding: Finding, limit: float) -> tuple[list[Reason], str, Finding, float, float]:
    told = [reasons.of(name, finding, limit)] if finding.value > limit + 1e-9 else []
    return told, name, finding, limit, 1 - finding.value


def _finite(limit: float) -> float | None:
    return float(limit) if np.isfinite(limit) else None


def _print(texts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
