"""Where requests are sent from: a few at once, again after faults, within the purse, each answer checked and kept.

What the server turned out not to know (a field of the protocol) is remembered for the rest of the command.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from genloop.core import config as settings
from genloop.core.demand import Demand
from genloop.core.errors import ConditionError, ConfigError, GenloopError, ServerError
from genloop.core.protocols import Weights
from genloop.core.texts import Message, Wish, stopped
from genloop.generators.remote import answer as answers
from genloop.generators.remote import cache as caches
from genloop.generators.remote import faults, request
from genloop.generators.remote.answer import Answer
from genloop.generators.remote.cache import Cache
from genloop.generators.remote.config import Config, part
from genloop.generators.remote.faults import Fault
from genloop.generators.remote.purse import Purse, guess

Write = Callable[[str], list[Message]]  # the conversation, given why an earlier answer was refused
Hear = Callable[[str], None]
T = TypeVar("T")
_WAIT = 0.02


@dataclass
class Desk:
    """One server as one command sees it. `answered` is the name under which its model answered in fitting."""

    config: Config
    key: str | None
    answered: str | None = None
    purse: Purse = field(default_factory=Purse)
    cache: Cache | None = None
    unknown: set[str] = field(default_factory=set)
    quiet_until: float = 0.0
    requests: int = 0

    @classmethod
    def of(cls, config: Config, answered: str | None = None) -> "Desk":
        """The desk of these settings.

        Raises:
            ConfigError: the key's variable is not set.
        """
        purse = Purse(config.token_cap, config.cost_cap, config.price_in, config.price_out)
        return cls(config, config.read_key(), answered, purse, Cache() if config.cache else None)

    def texts(self, writes: Sequence[Write], seeds: Sequence[int], demand: Demand, wish: Wish) -> list[str]:
        """One text for each conversation, each as demanded.

        Raises:
            ServerError: the server fails for good.
            ConditionError: a text broke the demand in every try.
            ConfigError: a cap is reached.
        """
        found: list[str | None] = [None] * len(writes)
        error = run(self._all(writes, seeds, demand, wish, found))
        if self.cache is not None:
            self.cache.thin()
        if error is not None:
            raise self._told(error, found) from error
        return [text for text in found if text is not None]

    async def _all(
        self,
        writes: Sequence[Write],
        seeds: Sequence[int],
        demand: Demand,
        wish: Wish,
        found: list[str | None],
    ) -> GenloopError | None:
        """Fill `found`, a few requests at once; at the first error those on their way still come in."""
        errors: list[GenloopError] = []
        places = iter(range(len(writes)))
        wire = self.wire()

        async def work() -> None:
            for place in places:
                if errors:
                    return
                try:
                    found[place] = await self._text(wire, writes[place], seeds[place], demand, wish, place)
                except GenloopError as error:
                    errors.append(error)

        try:
            await asyncio.gather(*(work() for _ in range(min(self.config.together, len(writes)))))
        finally:
            await wire.close()
        return errors[0] if errors else None

    async def _text(self, wire: Any, write: Write, seed: int, demand: Demand, wish: Wish, place: int) -> str:
        """The text of one conversation: asked for again while it breaks the demand, a bounded number of times."""
        mind = ""
        for turn in range(self.config.tries):
            body = request.body(self.config, write(mind), seed + turn, demand, wish)
            answer = await self.ask(wire, body, seed + turn)
            text = stopped(answers.read(answer.text, demand), wish.stop, len(demand.begins))
            mind = self._broken(answer, text, demand)
            if not mind:
                return text
        raise ConditionError(
            f"the {self.config.tries} answers of {self.config.served} for text {place + 1} all broke what was "
            f"demanded, the last because {mind}; demand less, or fit with a higher setting tries"
        )

    def _broken(self, answer: Answer, text: str, demand: Demand) -> str:
        if answer.cut and not self.config.cut:
            return f"it was cut off at {self.config.most_tokens:,} tokens (the fit's setting most_tokens allows more)"
        return "it is empty" if not text else demand.broken(text)

    async def ask(self, wire: Any, body: dict[str, Any], seed: int, hear: Hear | None = None) -> Answer:
        """The answer to a request: a kept one, else the server's.

        Raises:
            ServerError: the server fails for good.
            ConfigError: a cap is reached.
        """
        kept = caches.name(self.config.endpoint, body)
        found = self.cache.load(kept) if self.cache is not None else None
        if found is not None:
            if hear is not None:
                hear(found.text)
            return found
        found = await self._paid(wire, body, seed, hear)
        self._same(found)
        if self.cache is not None:
            self.cache.save(kept, found)
        return found

    async def _paid(self, wire: Any, body: dict[str, Any], seed: int, hear: Hear | None) -> Answer:
        self.requests += 1
        number, reads = self.requests, sum(guess(message["content"]) for message in body["messages"])
        heard: list[str] = []

        def listen(piece: str) -> None:
            heard.append(piece)
            if hear is not None:
                hear(piece)

        async def once(without: frozenset[str] = frozenset()) -> Answer:
            own = request.trimmed(body, self.unknown | without)
            try:
                answer: Answer = await wire.ask(own, listen)
                self.unknown |= without  # it was these that the server does not know
                return answer
            except Fault as fault:
                if fault.refused and (more := request.doubtful(own, str(fault))):
                    return await once(without | more)
                if heard and hear is not None:
                    raise Fault(str(fault), again=False) from fault
                raise

        async def paid() -> Answer:
            await self._set_aside(number, reads)
            heard.clear()
            spent = (0, 0)
            try:
                found = await once()
                read = found.read if found.read >= 0 else reads
                spent = (read, found.written if found.written >= 0 else guess(found.text))
                return found
            except BaseException:
                spent = (reads, guess("".join(heard))) if heard else spent  # what broke off was written all the same
                raise
            finally:
                self.purse.pay(number, *spent)

        return await self.again(paid, seed)

    async def _set_aside(self, number: int, reads: int) -> None:
        """What a request may cost, taken out of the purse as soon as there is room.

        Raises:
            ConfigError: a cap is reached.
        """
        while refusal := self.purse.reserve(number, reads, self.config.most_tokens):
            if not self.purse.aside:
                raise ConfigError(f"stopped at {refusal}")
            await asyncio.sleep(_WAIT)  # one on its way may cost less than was set aside for it

    async def again(self, send: Callable[[], Awaitable[T]], seed: int) -> T:
        """What sending gives; after faults that may pass it is sent again, a bounded number of times.

        Raises:
            ServerError: the fault does not pass.
        """
        rng = np.random.default_rng(seed)
        clock = asyncio.get_running_loop()
        for turn in range(self.config.retries + 1):
            while (left := self.quiet_until - clock.time()) > 0:
                await asyncio.sleep(left)
            try:
                return await send()
            except Fault as fault:
                if not fault.again:
                    raise ServerError(str(fault)) from fault
                if turn == self.config.retries:
                    times = f"{turn + 1} times" if turn else "once"
                    raise ServerError(
                        f"{fault}; asked {times} (the setting retries of the fit asks more often)"
                    ) from fault
                if (fault.after or 0.0) > self.config.patience:
                    raise ServerError(
                        f"{fault}; it asks to wait {fault.after:,.0f} s, longer than the setting "
                        f"patience={self.config.patience:g} of the fit allows"
                    ) from fault
                seconds = faults.wait(turn, fault.after, rng)
                if fault.after is not None:
                    self.quiet_until = max(self.quiet_until, clock.time() + seconds)
                await asyncio.sleep(seconds)
        raise AssertionError("unreachable")

    def wire(self) -> Any:
        """A connection to the server, for one event loop.

        Raises:
            MissingExtra: the client is not installed.
        """
        return part("wire").Wire(self.config, self.key)

    def _same(self, found: Answer) -> None:
        """Refuses an answer of another model than the one that was fitted."""
        served, told = self.config.served, found.model
        if told and self.answered and told not in (self.answered, served) and not told.startswith(served):
            raise ServerError(
                f"{self.config.endpoint} was asked for {served} and answered as {told!r}; when the model was fitted it "
                f"answered as {self.answered!r}. If the change is wanted, fit again"
            )

    def _told(self, error: GenloopError, found: Sequence[str | None]) -> GenloopError:
        """The error with what was made before it."""
        done = [text for text in found if text is not None]
        told = type(error)(f"{error}. {self._kept(len(done), len(found))}")
        told.made = done  # type: ignore[attr-defined]
        return told

    def _kept(self, done: int, wanted: int) -> str:
        if not done:
            return f"None of {wanted} texts was made"
        if self.cache is None:
            return f"{done} of {wanted} texts were made; the error's `made` holds them (cache=false keeps none on disk)"
        return f"{done} of {wanted} texts were made and are kept: the same command with the same seed goes on from them"


_desks: "WeakKeyDictionary[Weights, Desk]" = WeakKeyDictionary()


def load(weights: Weights) -> Desk:
    """The desk of a fitted model, one for each Weights object: what it spends adds up."""
    if weights not in _desks:
        config = settings.read(Config, weights.head["settings"])
        _desks[weights] = Desk.of(config, weights.head["answered"])
    return _desks[weights]


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine; within a running event loop (a notebook) in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
