"""The verdict on made texts in plain words: real enough, varied, as asked, new or copied."""

from genloop.core.score import Score
from genloop.reports.card import CardData
from genloop.reports.texts import Words, known, listed, percent, phrase
from genloop.reports.verdict import TEXTS, Use, Verdict

_LEAKS = ("text_copied", "text_near", "text_secrets")
_ODD = (
    "text_form", "text_repeats", "text_fluency", "text_words", "text_spelling", "text_syntax", "text_order",
    "text_topic",
)  # fmt: skip


def clauses(card: CardData, verdict: Verdict) -> list[Words]:
    """The main clauses, one for each question."""
    found = [_real(card, verdict), _varied(card, verdict)]
    asked = card.find("text_asked")
    if asked is not None:
        level = verdict.uses["asked"]
        found.append(phrase(f"text.asked_{level}", share=percent(asked.value, 0), real=_real_share(asked)))
    return [*found, _new(card, verdict)]


def besides(card: CardData, verdict: Verdict) -> list[Words]:
    """What must be said besides: faults that a reader meets at once, and secrets that came out."""
    found = []
    secrets = card.find("text_secrets")
    if secrets is not None and verdict.figures["text_secrets"] == "bad":
        found.append(phrase("text.secrets", count=secrets.detail.get("told", 0)))
    for name in _ODD:
        score = card.find(name)
        if score is None or verdict.figures[name] not in ("fair", "bad"):
            continue
        sign = score.detail.get("worst")
        told = phrase(f"fault.{sign}") if known(f"fault.{sign}") else Words(str(sign), str(sign))
        found.append(phrase(f"text.{name.removeprefix('text_')}", share=percent(score.value), sign=told))
    return found


def _real(card: CardData, verdict: Verdict) -> Words:
    told, level = card.find("text_c2st"), verdict.uses["real"]
    if told is None or level == "absent":
        return phrase("text.real_absent")
    if verdict.figures["text_c2st"] != level:
        return phrase(f"text.real_{level}_by", figures=_behind(verdict, "real"))
    return phrase(f"text.real_{level}", count=round(100 * told.value))


def _varied(card: CardData, verdict: Verdict) -> Words:
    alike, level = card.find("text_self_bleu"), verdict.uses["varied"]
    if alike is None or level == "absent":
        return phrase("text.varied_absent")
    if verdict.figures["text_self_bleu"] != level:
        return phrase(f"text.varied_{level}_by", figures=_behind(verdict, "varied"))
    return phrase(f"text.varied_{level}", share=percent(alike.value, 0), real=_real_share(alike))


def _new(card: CardData, verdict: Verdict) -> Words:
    copied, level = card.find("text_copied"), verdict.uses["new"]
    if copied is None or level == "absent":
        return phrase("text.new_absent")
    leaks = [name for name in _LEAKS if verdict.figures.get(name) == "bad"]
    if level == "bad" and "text_copied" not in leaks:
        return phrase("text.new_bad_other")
    limit = f"{copied.detail.get('limit', 0):,.0f}"
    return phrase(f"text.new_{level}", share=percent(copied.value), limit=limit)


def _behind(verdict: Verdict, use: Use) -> Words:
    """The figures that gave the question its level."""
    level = verdict.uses[use]
    return listed(phrase(f"score.{name}") for name in TEXTS[use] if verdict.figures.get(name) == level)


def _real_share(score: Score) -> str:
    return "–" if score.ceiling is None else percent(score.ceiling, 0)
