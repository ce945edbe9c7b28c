"""The articles of a run, each under a name of its own: names that meet are told apart, and a draft keeps its name."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from genloop.applications.write.brief import RESERVED, Article, Brief, identify, plain
from genloop.applications.write.draft import Draft
from genloop.applications.write.sources import Found


def name(brief: Brief, items: Iterable[Found], drafts: Sequence[Draft]) -> tuple[tuple[Article, ...], list[str]]:
    """The articles of the brief and of its items, and notes on those whose names met.

    Of articles with the same name the first keeps it, unless a draft of another has it already.
    """
    asked = list(brief.articles)
    for item in items:
        words = (item.title, *brief.keywords)
        asked.append(Article(identify(item.title), item.title, brief.topic or item.title, words, dict(item.facts)))
    drafts = [draft for draft in drafts if draft.id not in RESERVED]
    begun = {_mark(draft.title, draft.facts): draft.id for draft in drafts}
    edited = {draft.id for draft in drafts if draft.human}  # perhaps under another title
    taken = {begun[mark] for mark in map(_known, asked) if mark in begun}
    found: dict[str, Article] = {}
    notes = []
    for article in asked:
        mark, own = _known(article), article.id
        if mark in found:
            notes.append(f"{article.title}: the same article stands twice in the sources; it is written once")
            continue
        if mark in begun:
            own = begun[mark]
        elif plain(article.title) in edited - taken:
            own = plain(article.title)
        elif own in taken:
            own = f"{own}-{mark}"
            notes.append(f"{article.title}: another article has the name {article.id}; this one is {own}")
        taken.add(own)
        found[mark] = replace(article, id=own)
    return tuple(found.values()), notes


def _known(article: Article) -> str:
    return _mark(article.title, article.facts)


def _mark(title: str, facts: Mapping[str, str]) -> str:
    """By which an article is known again: its title and its facts."""
    told = json.dumps([title, dict(facts)], sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:8]
