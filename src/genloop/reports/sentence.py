"""The verdict as one sentence in plain words, put together from clauses that the levels choose."""

import math

from genloop.reports.card import CardData
from genloop.reports.texts import Words, listed, percent, phrase
from genloop.reports.verdict import LIMITS, Verdict, beaten_by

_NAMED = 3


def clauses(card: CardData, verdict: Verdict) -> list[Words]:
    """The clauses of the verdict in their order: likeness, training, privacy, then what must be said besides."""
    if verdict.overall == "absent":
        return [phrase("verdict.unjudged")]
    found = [_likeness(verdict), _training(card, verdict), *_privacy(card, verdict), *_originality(card, verdict)]
    coverage = card.find("coverage")
    if coverage is not None and verdict.figures.get("coverage") in ("fair", "bad"):
        found.append(phrase("verdict.coverage_weak", share=percent(coverage.value, 0)))
    if verdict.broken_columns:
        found.append(phrase("verdict.columns_broken", columns=_named(verdict.broken_columns)))
    return found


def sentence(card: CardData, verdict: Verdict) -> Words:
    """All clauses as one sentence."""
    first, *rest = clauses(card, verdict)
    for clause in rest:
        first = phrase("verdict.joined", first=first, second=clause)
    return first + phrase("verdict.stop")


def _likeness(verdict: Verdict) -> Words:
    testing, analysis = verdict.uses["testing"], verdict.uses["analysis"]
    if verdict.sections["rules"] == "bad":
        return phrase("verdict.unfit_rules")
    table = {
        ("good", "good"): "good_all",
        ("good", "fair"): "testing_fair_analysis",
        ("good", "bad"): "testing_only",
        ("fair", "bad"): "weak",
        ("bad", "bad"): "unfit",
        ("absent", "absent"): "unjudged_likeness",
    }
    return phrase(f"verdict.{table.get((testing, analysis), 'care')}")


def _training(card: CardData, verdict: Verdict) -> Words:
    score = card.find("usefulness")
    if score is None or math.isnan(score.value):
        return phrase("verdict.training_absent")
    share = percent(score.value, 1 if 0.99 <= score.value < 1 else 0)
    low, high = score.interval or (score.value, score.value)
    if verdict.figures["usefulness"] == "bad":
        return phrase("verdict.training_bad", share=share)
    if high - low > 2 * LIMITS["usefulness"].good:
        return phrase("verdict.training_wide", share=share, low=percent(low, 0), high=percent(high, 0))
    return phrase("verdict.training", share=share)


def _privacy(card: CardData, verdict: Verdict) -> list[Words]:
    level, most = verdict.sections["privacy"], beaten_by(card)
    if level == "absent" or most is None:
        return [phrase("verdict.privacy_absent")]
    share = percent(math.ceil(most * 1000 - 1e-6) / 1000)
    if level == "good":
        return [phrase("verdict.privacy", share=share)]
    if level == "fair":
        return [phrase("verdict.privacy_fair", share=share)]
    bad = max((s for s in card.of("privacy") if verdict.figures[s.name] == "bad"), key=lambda s: s.value)
    low, high = bad.interval or (bad.value, bad.value)
    return [phrase("verdict.privacy_bad", share=percent(bad.value), low=percent(low), high=percent(high))]


def _originality(card: CardData, verdict: Verdict) -> list[Words]:
    figures = verdict.figures
    if verdict.sections["originality"] == "fair":
        return [phrase("verdict.original_fair")]
    copies = card.find("copies")
    if copies is not None and figures["copies"] == "bad":
        return [phrase("verdict.copies_bad", ratio=f"{copies.value:.2g}")]
    if "bad" in (figures.get("near1"), figures.get("near5")):
        return [phrase("verdict.near_bad")]
    return [phrase("verdict.exact_bad")] if figures.get("exact") == "bad" else []


def _named(columns: tuple[str, ...]) -> Words:
    first = listed(columns[:_NAMED])
    rest = len(columns) - _NAMED
    return phrase("verdict.more", first=first, count=rest) if rest > 0 else first
