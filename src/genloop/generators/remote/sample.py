"""The verbs of a fitted model: texts for rows, answers to conversations, and one answer piece by piece."""

import asyncio
import queue
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core.demand import Demand
from genloop.core.protocols import Weights
from genloop.core.records import Records
from genloop.core.texts import Message, Wish, until
from genloop.generators.remote import desk as desks
from genloop.generators.remote import prompt, request

_SEEDS = 2**31 - 1_000


def sample(weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish) -> list[str | None]:
    """One text for each row of `given`, whose cells that are missing or absent are not given.

    Raises:
        ServerError: the server fails for good.
        ConditionError: a text broke the demand in every try.
        ConfigError: a cap is reached.
    """
    desk = desks.load(weights)
    told = [name for name in given.column_names if _told(given.schema.field(name).type)]
    rows = given.select(told).to_pylist() if told else [{}] * given.num_rows
    writes = [partial(_asked, desk, row, demand) for row in rows]
    return [*desk.texts(writes, rng.integers(_SEEDS, size=len(rows)).tolist(), demand, wish)]


def reply(
    weights: Weights,
    prompts: Sequence[Sequence[Message]],
    rng: np.random.Generator,
    demand: Demand,
    wish: Wish,
) -> list[str]:
    """One answer to each conversation; raises as `sample`."""
    writes = [partial(prompt.follow, list(messages), demand) for messages in prompts]
    return desks.load(weights).texts(writes, rng.integers(_SEEDS, size=len(prompts)).tolist(), demand, wish)


def stream(weights: Weights, messages: Sequence[Message], rng: np.random.Generator, wish: Wish) -> Iterator[str]:
    """One answer, each piece as soon as it comes; leaving off closes the connection. Raises as `sample`."""
    yield from until(_heard(weights, messages, rng, wish), wish.stop)


def _heard(weights: Weights, messages: Sequence[Message], rng: np.random.Generator, wish: Wish) -> Iterator[str]:
    """The pieces of one answer as the server sends them."""
    desk = desks.load(weights)
    pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []
    begun = threading.Event()
    seed = int(rng.integers(_SEEDS))

    async def listen() -> None:
        task = asyncio.current_task()
        assert task is not None
        running.append((asyncio.get_running_loop(), task))
        begun.set()
        wire = desk.wire()
        try:
            await desk.ask(wire, request.body(desk.config, messages, seed, Demand(), wish), seed, pieces.put)
        finally:
            await wire.close()

    def work() -> None:
        try:
            asyncio.run(listen())
            pieces.put(None)
        except BaseException as error:
            pieces.put(error)
        finally:
            begun.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    begun.wait()
    try:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        for loop, task in running:
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _asked(desk: desks.Desk, row: dict[str, Any], demand: Demand, mind: str) -> list[Message]:
    return prompt.write(desk.config, row, demand, mind)


def _told(kind: pa.DataType) -> bool:
    """Whether cells of this type can be told in words: no pictures, no bytes."""
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or isinstance(kind, pa.BaseExtensionType))
