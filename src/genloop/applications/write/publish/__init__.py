"""Publishing what is approved: each target once an article, again when it changed, and again after a failure."""

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from genloop.applications.write import web
from genloop.applications.write.brief import Brief, Target
from genloop.applications.write.desk import Desk
from genloop.applications.write.draft import Draft
from genloop.applications.write.publish.markdown import Markdown
from genloop.applications.write.publish.piece import Piece
from genloop.applications.write.publish.receipt import Publisher, Receipt
from genloop.applications.write.publish.site import Site
from genloop.applications.write.publish.webhook import Webhook
from genloop.applications.write.publish.wordpress import WordPress
from genloop.core.errors import ConfigError, GenloopError
from genloop.engine import run as runs

__all__ = ["Piece", "Publisher", "Receipt", "deliver", "open_target"]
LEDGER = "published.json"


def deliver(desk: Desk, brief: Brief) -> tuple[tuple[Receipt, ...], tuple[str, ...]]:
    """Receipts of what was published, updated or withdrawn now, and what failed; a failure stops nothing else."""
    receipts: list[Receipt] = []
    failures: list[str] = []
    drafts = desk.drafts()
    for target in (*brief.publish, *brief.formerly):
        ledger = desk.read(LEDGER)
        known = ledger.get(target.key, {})
        waiting = [draft for draft in drafts if _is_due(draft, known, target in brief.publish)]
        if not waiting:
            continue
        try:
            publisher = open_target(brief, target, known)
        except GenloopError as error:
            failures.append(f"{target.key}: {error}")
            continue
        for draft in waiting:
            try:
                receipt = _settle(publisher, draft, known.get(draft.id))
            except GenloopError as error:
                failures.append(f"{draft.id}: {error}")
                _note(desk, target, draft.id, {"failed": runs.now(), "why": str(error)})
                continue
            if receipt is not None:
                receipts.append(receipt)
                digest = "" if receipt.did == "withdrawn" else Piece.of(draft).digest
                done = {"digest": digest, "place": receipt.place, "when": runs.now(), "read_back": receipt.read_back}
                number = {} if receipt.number is None else {"number": receipt.number}
                _note(desk, target, draft.id, done | number)
    failures += _left_behind(desk, drafts, {target.key for target in (*brief.publish, *brief.formerly)})
    return tuple(receipts), tuple(failures)


def _left_behind(desk: Desk, drafts: Iterable[Draft], named: Collection[str]) -> list[str]:
    """Rejected articles that stand where the brief no longer publishes, from where nothing can be withdrawn."""
    rejected = {draft.id for draft in drafts if draft.status == "rejected"}
    return [
        f"{name}: rejected, and not withdrawn from {entry['place']}, as the brief names no {key}; name it again, or "
        f"remove the page there and its entry in {LEDGER}"
        for key, known in desk.read(LEDGER).items()
        if key not in named
        for name, entry in known.items()
        if name in rejected and entry.get("digest")
    ]


def places(desk: Desk, name: str) -> list[str]:
    """Where an article can be read."""
    return [known[name]["place"] for known in desk.read(LEDGER).values() if known.get(name, {}).get("digest")]


def failed(desk: Desk, name: str) -> dict[str, str]:
    """Where an article could not be published when it was last tried, and why."""
    return {key: known[name]["why"] for key, known in desk.read(LEDGER).items() if "failed" in known.get(name, {})}


def open_target(brief: Brief, target: Target, known: Mapping[str, Mapping[str, Any]] | None = None) -> Publisher:
    """The publisher of a target; `known` is what the ledger says of the articles there.

    Raises:
        ConfigError: a secret is not in the environment, or would go over plain HTTP.
    """
    match target.to:
        case "site":
            return Site(
                brief.place(target.folder), target.key, title=target.title, url=target.url, language=brief.language
            )
        case "markdown":
            return Markdown(brief.place(target.folder), target.key)
        case "wordpress":
            web.refuse_plain(target.url, insecure=target.insecure)
            secret = _secret(target.secret_env)
            numbers = {name: entry["number"] for name, entry in (known or {}).items() if "number" in entry}
            return WordPress(
                target.url, target.key, user=target.user, secret=secret, status=target.status, timeout=target.timeout,
                numbers=numbers,
            )  # fmt: skip
    web.origin(target.url)
    secret_or_none = _secret(target.secret_env) if target.secret_env else None
    return Webhook(target.url, target.key, secret=secret_or_none, read=target.read, timeout=target.timeout)


def _is_due(draft: Draft, known: dict[str, Any], named: bool) -> bool:
    """Whether a target is to be asked about a draft at all; where none is published any more, to withdraw alone."""
    return (named and draft.status == "approved") or (
        draft.status == "rejected" and bool(known.get(draft.id, {}).get("digest"))
    )


def _settle(publisher: Publisher, draft: Draft, known: dict[str, Any] | None) -> Receipt | None:
    if draft.status == "rejected":
        return publisher.withdraw(draft.id)
    piece = Piece.of(draft)
    if known is not None and known.get("digest") == piece.digest and publisher.stands(draft.id):
        return None
    return publisher.publish(piece)


def _note(desk: Desk, target: Target, name: str, entry: dict[str, Any]) -> None:
    """The ledger with what is known of an article at a target; a failure keeps what was there before."""
    ledger = desk.read(LEDGER)
    known = ledger.setdefault(target.key, {})
    known[name] = {**known.get(name, {}), **entry} if "failed" in entry else entry
    desk.save(LEDGER, ledger)


def _secret(name: str) -> str:
    found = os.environ.get(name, "")
    if not found:
        raise ConfigError(f"the environment variable {name} is not set; it holds the secret for publishing")
    return found


def names(receipts: Iterable[Receipt]) -> list[str]:
    """The articles that receipts speak of, each once."""
    return list(dict.fromkeys(receipt.id for receipt in receipts))
