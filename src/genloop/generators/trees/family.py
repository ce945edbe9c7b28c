"""The family's two verbs: fit the chain; sample it, free or under conditions."""

import hashlib
import json
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt16

from genloop.core import config as settings
from genloop.core.errors import ModelFileError
from genloop.core.protocols import Field, Progress, Task, Weights
from genloop.core.seed import stream
from genloop.generators.trees import anyorder, forest, order
from genloop.generators.trees import sample as draws
from genloop.generators.trees import weights as files
from genloop.generators.trees.config import Config
from genloop.generators.trees.forest import Forest
from genloop.generators.trees.parts import Parts, owner
from genloop.generators.trees.sample import Chain

Codes = UInt16[np.ndarray, "rows fields"]
Share = Sequence[Float[np.ndarray, " _codes"] | None]

LEAST_EFFECTIVE = 0.05
"""Below this effective share of candidates the chain's order does not serve the conditions."""
PILOT_ROWS = 2_000
CANDIDATES_EACH = 8
"""Candidates a row where narrowed fields still weigh rows differently."""
REHEARSAL_ROWS = 40_000
"""Own draws that teach the any-order forests."""
STARTS_OVER = "what was kept is damaged or of another run; it is learnt anew"
TAUGHT_FORM = 1
"""Counts up when the same weights come to teach other any-order forests, so that kept ones are not mistaken."""

_loaded: "weakref.WeakKeyDictionary[Weights, tuple[Chain, tuple[Field, ...]]]" = weakref.WeakKeyDictionary()
_taught: "weakref.WeakKeyDictionary[Weights, Chain]" = weakref.WeakKeyDictionary()


def fit(task: Task) -> Weights:
    """Learns every column given the columns before it; when stopped, columns not yet reached are learnt alone.

    Finished columns are kept in the task's checkpoint; a fit of the same rows, settings and seed goes on from them and
    gives what it would have given uninterrupted.

    `task.initial` is not gone on from: trees are grown anew on the rows of the task, among which the engine puts draws
    of the earlier model.
    """
    config = settings.read(Config, task.settings)
    codes, fields = task.train.codes, task.train.fields
    chain_order = order.read(codes, fields, fine=config.fine, rng=stream(task.seed, "order"))
    columns = np.ascontiguousarray(codes.T)
    seeds = np.random.SeedSequence(task.seed).spawn(len(fields))
    kept = None if task.checkpoint is None else Parts(Path(task.checkpoint), owner(task, config))

    def one(number: int) -> Forest | None:
        if fields[number].size < 2:
            return None
        found, useless = (None, False) if kept is None else kept.load(number, fields)
        if found is not None:
            return found
        if useless:
            task.report(Progress("trees", 0.0, note=f"{fields[number].name}: {STARTS_OVER}"))
        stopped = task.stop()
        before = chain_order[: chain_order.index(number)]
        parents = () if stopped else tuple(f for f in before if fields[f].size > 1)
        learnt = forest.fit(columns, number, fields, parents, config=config, seed=seeds[number], stop=task.stop)
        if kept is not None and not stopped and len(learnt.trees) == config.trees:
            kept.save(number, learnt)
        return learnt

    forests = _run(one, list(reversed(chain_order)), fields, threads=task.threads, report=task.report)
    return files.save(Chain(tuple(chain_order), tuple(forests)), fields, asdict(config))


def sample(
    weights: Weights,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Share | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`rows` draws given the narrowed fields (`share`) and, row by row, the known cells (`given`).

    Conditions that the chain's order serves cost a few candidates a row. The first that it does not serve teach the
    any-order forests, some tens of core-seconds, kept as long as `weights` live and, for later, in their store.
    """
    if weights not in _loaded:
        _loaded[weights] = files.load(weights)
    chain, fields = _loaded[weights]
    if share is not None and all(part is None for part in share):
        share = None
    if given is None and share is None:
        return _rows(draws.draw(chain, rows, rng).codes)
    if given is None:
        pilot = draws.draw(chain, PILOT_ROWS, rng, share=share)
        use = draws.effective(pilot.log_weight)
        if use >= LEAST_EFFECTIVE:
            many = int(rows * min(40.0, 3.0 / use)) + 1
            return _rows(draws.choose(draws.draw(chain, many, rng, share=share), rows, rng))
        many = rows * CANDIDATES_EACH
        taught = _teach(weights, chain, fields)
        return _rows(draws.choose(anyorder.draw(taught, fields, many, rng, share=share), rows, rng))
    known, mask = (np.ascontiguousarray(part.T) for part in given)
    taught = _teach(weights, chain, fields)
    if share is None:
        return _rows(anyorder.draw(taught, fields, rows, rng, share=None, known=known, mask=mask).codes)
    known, mask = (np.repeat(part, CANDIDATES_EACH, axis=1) for part in (known, mask))
    candidates = anyorder.draw(taught, fields, rows * CANDIDATES_EACH, rng, share=share, known=known, mask=mask)
    return _rows(draws.choose_each(candidates, CANDIDATES_EACH, rng))


def _teach(weights: Weights, chain: Chain, fields: tuple[Field, ...]) -> Chain:
    """The any-order forests of these weights: at hand, in the store, or else learnt now; the same every time."""
    taught = _taught.get(weights)
    if taught is None:
        taught = _stored(weights)
        if taught is None:
            config = settings.read(Config, weights.head["settings"])
            own = draws.draw(chain, REHEARSAL_ROWS, stream(0, "rehearsal")).codes
            taught = anyorder.fit(
                own, fields, chain.order, config=config, seed=0, run=lambda one, todo: _run(one, todo, fields)
            )
            if weights.store is not None:
                weights.store.save(_name(weights), files.save(taught, fields, weights.head["settings"], exact=True))
        _taught[weights] = taught
    return taught


def _stored(weights: Weights) -> Chain | None:
    """The any-order forests out of the store; what does not fit together counts as absent."""
    kept = weights.store.load(_name(weights)) if weights.store is not None else None
    if kept is None:
        return None
    try:
        return files.load(kept, anyorder.seen)[0]
    except ModelFileError:
        return None


def _name(weights: Weights) -> str:
    """A name that tells apart everything which decides the any-order forests."""
    facts = [TAUGHT_FORM, REHEARSAL_ROWS, anyorder.COPIES, weights.head]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    for name, array in sorted(weights.arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return f"trees-{digest.hexdigest()[:40]}"


def _run(
    one: Callable[[int], Forest | None],
    todo: list[int],
    fields: tuple[Field, ...],
    *,
    threads: int = 1,
    report: Callable[[Progress], None] = lambda progress: None,
) -> list[Forest | None]:
    """`one(field)` for every field of `todo`, `threads` at a time, in the order of fields."""
    fitted: dict[int, Forest | None] = {}
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for number, model in zip(todo, pool.map(one, todo), strict=True):
            fitted[number] = model
            report(Progress("trees", len(fitted) / len(todo), note=fields[number].name))
    return [fitted[number] for number in range(len(fields))]


def _rows(codes: UInt16[np.ndarray, "fields rows"]) -> Codes:
    return np.ascontiguousarray(codes.T)
