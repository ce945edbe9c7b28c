"""Reasons in words, in English and Chinese, and the figures behind them."""

import tomllib
from importlib.resources import files

import numpy as np

from genloop.core.score import Score
from genloop.core.score import Section as Part
from genloop.judges.drafts.finding import Finding
from genloop.judges.drafts.levels import Levels
from genloop.judges.drafts.verdict import Reason

_TEXTS = tomllib.loads(files("genloop.judges.drafts").joinpath("reasons.toml").read_text("utf-8"))
_PARTS: dict[str, Part] = {"copied": "originality", "quoted": "originality", "support": "rules", "topic": "rules"}
_MOST = 1e6
_SHOWN = 60  # characters of a place that are quoted
_LANGUAGES = {"zh": ("Chinese", "中文"), "en": ("English", "英文"), "other": ("another language", "其他语言")}


def of(measure: str, finding: Finding, limit: float) -> Reason:
    """The reason why this measure refuses."""
    span = finding.span
    known = {
        "quote": _short(finding.shown),
        "value": f"{finding.value:.4g}",
        "limit": f"{limit:.4g}",
        "share": f"{100 * finding.value:.0f} %",
        "most": f"{100 * limit:.0f} %",
    }
    key = f"{measure}_{finding.kind}" if f"{measure}_{finding.kind}" in _TEXTS else measure
    return Reason(
        None if span is None else span.section,
        None if span is None else (span.start, span.stop),
        measure,
        *_say(key, None if span is None else span.section, **known),
    )


def more(count: int) -> Reason:
    """That there are more claims without support than were told."""
    return Reason(None, None, "support", *_say("more", None, value=str(count)))


def hollow(section: int) -> Reason:
    """That a section has no text."""
    return Reason(section, (0, 0), "empty", *_say("hollow", section))


def foreign(section: int | None, stop: int, found: str, expected: str) -> Reason:
    """That a section is in another language."""
    (found_en, found_zh), (en, zh) = _LANGUAGES[found], _LANGUAGES[expected]
    said_en = _say("language", section, found=found_en, expected=en)[0]
    said_zh = _say("language", section, found=found_zh, expected=zh)[1]
    return Reason(section, None if section is None else (0, stop), "language", said_en, said_zh)


def figure(name: str, finding: Finding, levels: Levels) -> Score:
    """The measure with its limit; the ceiling is what the middle one of real texts shows."""
    real = levels.real[name]
    middle = float(np.median(real)) if len(real) else None
    return _score(name, finding, levels.limits[name], middle, {"p_value": levels.p_value(name, finding.value)})


def plain_figure(name: str, finding: Finding, limit: float) -> Score:
    """A measure against the material, whose limit is a rule."""
    return _score(name, finding, limit, None, {})


def _score(name: str, finding: Finding, limit: float, ceiling: float | None, told: dict[str, float]) -> Score:
    span = finding.span
    known = {**told, "limit": limit if np.isfinite(limit) else None}
    place = {} if span is None else {"section": span.section, "span": [span.start, span.stop]}
    part = _PARTS.get(name, "fidelity")
    unit = _TEXTS[name]["unit"]
    detail = {**known, **place}
    return Score(f"draft_{name}", finding.value, part, (-_MOST, _MOST), "lower", 0.0, None, unit, ceiling, detail)


def _say(key: str, section: int | None, **known: str) -> tuple[str, str]:
    where = ("", "") if section is None else (f"section {section + 1}: ", f"第 {section + 1} 节：")
    return where[0] + _TEXTS[key]["en"].format(**known), where[1] + _TEXTS[key]["zh"].format(**known)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN // 2]} … {line[-_SHOWN // 2 :]}"
