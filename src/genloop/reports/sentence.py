"""The verdict as one sentence in plain words, put together from clauses that the levels choose."""

import math

from genloop.reports.card import CardData
from genloop.reports.figure import times
from genloop.reports.texts import Words, known, listed, percent, phrase
from genloop.reports.verdict import LIMITS, Verdict, beaten_by

_NAMED = 3
_COPYING = ("copies", "near1", "near5", "exact", "c2st_gap")


def clauses(card: CardData, verdict: Verdict) -> list[Words]:
    """The main clauses: likeness, worth for training, privacy."""
    if not card.scores:
        return [phrase("verdict.unjudged")]
    if {verdict.sections[name] for name in ("fidelity", "usefulness", "privacy")} == {"absent"}:
        return [phrase("verdict.unjudged_all", why=_why(card, "fidelity"))]
    return [_likeness(card, verdict), _training(card, verdict), _privacy(card, verdict)]


def besides(card: CardData, verdict: Verdict) -> list[Words]:
    """What must be said besides the main clauses; empty when there is nothing to warn of."""
    found = _originality(card, verdict)
    if verdict.uses["sharing"] == "bad":
        found.append(phrase("verdict.leak"))
    if verdict.uses["analysis"] == "absent" and verdict.sections["rules"] == "good":
        found.append(phrase("verdict.rules_kept"))
    critic, coverage = card.find("c2st"), card.find("coverage")
    if critic is not None and verdict.figures["c2st"] in ("fair", "bad"):
        found.append(phrase("verdict.told", count=round(100 * critic.value)))
    if coverage is not None and verdict.figures["coverage"] in ("fair", "bad"):
        share, least = percent(coverage.value, 0), percent(min(coverage.interval or (coverage.value,)), 0)
        few = share == percent(1.0, 0)  # all are there: the verdict is about how few there were to look for
        found.append(phrase("verdict.coverage_unsure" if few else "verdict.coverage_weak", share=share, least=least))
    if verdict.broken_columns:
        found.append(phrase("verdict.columns_broken", columns=_named(verdict.broken_columns)))
    return found


def join(parts: list[Words]) -> Words:
    """The clauses as one sentence that begins with a capital."""
    first, *rest = parts
    for clause in rest:
        first = phrase("verdict.joined", first=first, second=clause)
    return Words(first.en[:1].upper() + first.en[1:], first.zh) + phrase("verdict.stop")


def _likeness(card: CardData, verdict: Verdict) -> Words:
    testing, analysis = verdict.uses["testing"], verdict.uses["analysis"]
    if verdict.sections["rules"] == "bad":
        return phrase("verdict.unfit_rules")
    table = {
        ("good", "good"): "good_all",
        ("good", "fair"): "testing_fair_analysis",
        ("good", "bad"): "testing_only",
        ("fair", "bad"): "weak",
        ("bad", "bad"): "unfit",
    }
    if analysis == "absent":
        return phrase("verdict.unjudged_likeness", why=_why(card, "fidelity"))
    return phrase(f"verdict.{table.get((testing, analysis), 'care')}")


def _training(card: CardData, verdict: Verdict) -> Words:
    score = card.find("usefulness")
    if score is None or math.isnan(score.value):
        return phrase("verdict.training_absent")
    share = percent(round(score.value, 3), 1 if 0.99 <= score.value < 1 else 0)
    low, high = score.interval or (score.value, score.value)
    if verdict.figures["usefulness"] == "bad":
        return phrase("verdict.training_bad", share=share)
    if high - low > 2 * LIMITS["usefulness"].good:
        return phrase("verdict.training_wide", share=share, low=percent(low, 0), high=percent(high, 0))
    return phrase("verdict.training", share=share)


def _privacy(card: CardData, verdict: Verdict) -> Words:
    level, most = verdict.sections["privacy"], beaten_by(card)
    if level == "absent" or most is None:
        return phrase("verdict.privacy_absent", why=_why(card, "privacy"))
    share = percent(math.ceil(most * 1000 - 1e-6) / 1000)
    if level == "good":
        return phrase("verdict.privacy", share=share)
    attack = max((s for s in card.of("privacy") if verdict.figures[s.name] == level), key=lambda s: s.value)
    low, high = attack.interval or (attack.value, attack.value)
    if level == "fair" and low <= (LIMITS[attack.name].shown or 0.0):
        return phrase("verdict.privacy_fair", share=share)
    key = "privacy_slight" if level == "fair" else "privacy_bad"
    return phrase(f"verdict.{key}", share=percent(attack.value), low=percent(low), high=percent(high))


def _originality(card: CardData, verdict: Verdict) -> list[Words]:
    levels = {name: verdict.figures[name] for name in (*_COPYING, "duplicates") if name in verdict.figures}
    found = []
    copies = card.find("copies")
    if copies is not None and levels["copies"] == "bad":
        found.append(phrase("verdict.copies_bad", ratio=times(copies.value)))
    elif "bad" in (levels.get("near1"), levels.get("near5"), levels.get("c2st_gap")):
        found.append(phrase("verdict.near_bad"))
    elif levels.get("exact") == "bad":
        found.append(phrase("verdict.exact_bad"))
    elif "fair" in [levels.get(name) for name in _COPYING]:
        found.append(phrase("verdict.original_fair"))
    if levels.get("duplicates") in ("fair", "bad"):
        found.append(phrase("verdict.duplicates"))
    return found


def _named(columns: tuple[str, ...]) -> Words:
    first = listed(columns[:_NAMED])
    rest = len(columns) - _NAMED
    return phrase("verdict.more", first=first, count=rest) if rest > 0 else first


def _why(card: CardData, section: str) -> Words:
    reason = card.reason(section)
    return phrase(f"why.{reason}") if known(f"why.{reason}") else Words(reason, reason)
