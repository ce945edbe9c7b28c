"""The verdict on made pictures in plain words: real enough, varied, as asked, new or copied."""

from genloop.core.score import Score
from genloop.reports import figure
from genloop.reports.card import CardData
from genloop.reports.texts import Words, percent, phrase
from genloop.reports.verdict import Verdict


def clauses(card: CardData, verdict: Verdict) -> list[Words]:
    """The main clauses, one for each question."""
    found = [_real(card, verdict), _varied(card, verdict)]
    asked = card.find("asked")
    if asked is not None:
        level = verdict.uses["asked"]
        found.append(phrase(f"picture.asked_{level}", share=percent(asked.value, 0), real=_real_share(asked)))
    return [*found, _new(card, verdict)]


def besides(card: CardData, verdict: Verdict) -> list[Words]:
    """What must be said besides: faults that are seen at once."""
    found = []
    for name in ("blank", "repeats"):
        score = card.find(name)
        if score is not None and verdict.figures[name] in ("fair", "bad"):
            found.append(phrase(f"picture.{name}", share=percent(score.value)))
    artefacts = card.find("artefacts")
    if artefacts is not None and verdict.figures["artefacts"] in ("fair", "bad"):
        signs = artefacts.detail.get("signs", {})
        worst = max(signs, key=lambda name: abs(signs[name]["off"]), default=None)
        if worst is not None:
            found.append(phrase("picture.artefacts", sign=phrase(f"sign.{worst}"), off=f"{artefacts.value:.1f}"))
    return found


def _real(card: CardData, verdict: Verdict) -> Words:
    fid, level = card.find("fid"), verdict.uses["real"]
    if fid is None or level == "absent":
        return phrase("picture.real_absent")
    told = phrase(f"picture.real_{level}", fid=figure.number(fid, fid.value))
    if fid.ceiling is None:
        return told
    return told + phrase("picture.fid_real", real=figure.number(fid, fid.ceiling))


def _varied(card: CardData, verdict: Verdict) -> Words:
    covered, level = card.find("picture_coverage"), verdict.uses["varied"]
    if covered is None or level == "absent":
        return phrase("picture.varied_absent")
    return phrase(f"picture.varied_{level}", share=percent(covered.value, 0), real=_real_share(covered))


def _new(card: CardData, verdict: Verdict) -> Words:
    near = [score for name in ("near_pixels", "near_features") if (score := card.find(name)) is not None]
    level = verdict.uses["new"]
    if not near or level == "absent":
        return phrase("picture.new_absent")
    most = max(near, key=lambda score: score.value)
    return phrase(f"picture.new_{level}", share=percent(most.value))


def _real_share(score: Score) -> str:
    return "–" if score.ceiling is None else percent(score.ceiling, 0)
