"""From brief to published article, a step at a time, each kept before the next begins.

collect -> prepare -> learn -> outline -> sections -> judge -> revise the weak section -> learn again -> give up with
the reasons; then a person's word, then publishing. A stopped run goes on where it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from genloop.applications.write import choice, intake, learning, naming, publish, sources, templates
from genloop.applications.write import gate as gates
from genloop.applications.write import material as materials
from genloop.applications.write.brief import EXTRACTS, Article, Brief
from genloop.applications.write.desk import Desk
from genloop.applications.write.draft import Draft, Finding, Section
from genloop.applications.write.gate import Bar, Gate
from genloop.applications.write.learning import Writer
from genloop.applications.write.material import Material
from genloop.applications.write.own import CAREFUL, Own, bare
from genloop.applications.write.own import facts as own_facts
from genloop.applications.write.pens import Order, Pen, fixed
from genloop.applications.write.signing import signed
from genloop.core import seed as seeds
from genloop.core.errors import ConditionError, DataError, GenloopError
from genloop.engine import run as runs
from genloop.runtime.budget import Budget
from genloop.runtime.progress import State
from genloop.trust import written

Tell = Callable[..., None]
FitGate = Callable[[Sequence[str], int, float], Gate]


@dataclass(frozen=True)
class Outcome:
    """What a run left: the drafts, what was published where, what failed, and notes."""

    drafts: tuple[Draft, ...]
    published: tuple[publish.Receipt, ...] = ()
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """One run of a brief on its desk. `writer` and `fit_gate` stand in for a model and the judges where given."""

    brief: Brief
    desk: Desk
    tell: Tell = lambda stage, share, **more: None
    pen: Pen | None = None
    fit_gate: FitGate = gates.fit
    budget: Budget | None = None

    def run(self, *, refresh: bool = False) -> Outcome:
        """Everything that can be done now.

        Raises:
            GenloopError: the material cannot be had or learnt; what was kept before stays.
        """
        self.desk.open()
        with self.desk.held():
            notes = intake.collect(self.brief, self.desk, self.tell, refresh=refresh)
            notes += self._named[1]
            for article in self.articles:
                if self.desk.find(article.id) is None:
                    self.desk.keep(self._begun(article))
            open_ones = [draft for draft in self._mine() if draft.status == "working"]
            stuck: list[GenloopError] = []
            for number, draft in enumerate(open_ones):
                self.tell("write", number / len(open_ones), note=draft.title)
                try:
                    self._bring(draft)
                except (DataError, ConditionError) as error:
                    stuck.append(error)
                    notes.append(f"{draft.id}: {error}")
            if stuck and len(stuck) == len(self.articles):
                raise stuck[0]
            done, failures = self._publish()
            return Outcome(tuple(self.desk.drafts()), done, failures, tuple(notes))

    @cached_property
    def material(self) -> Material:
        """What is written from."""
        return materials.prepare(intake.found(self.brief, self.desk), self.brief.language)

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles of the brief and those of its items."""
        return self._named[0]

    @cached_property
    def _named(self) -> tuple[tuple[Article, ...], list[str]]:
        items = [found for found in self.material.documents if found.item]
        return naming.name(self.brief, items, self.desk.drafts())

    @cached_property
    def bar(self) -> Bar:
        """The gate, learnt from the material, with the brief's bar."""
        self.tell("judge", 0.0)
        template = templates.read(self.brief.template)
        line = len(written.line(self.brief.language, short=True)) + 1 if template.channels else 0
        overlook = frozenset((*self.brief.overlook, *(learning.LOOSE if learning.is_extracts(self.brief) else ())))
        texts = self._reference() or self.material.texts or [written.line(self.brief.language)]
        quoted = 1.0 if learning.is_extracts(self.brief) else self.brief.quoted
        gate = self.fit_gate(texts, self.brief.seed, quoted)
        least = {**(CAREFUL if isinstance(self._writers.current().pen, Own) else {}), **self.brief.bar}
        return Bar(gate, template, self.brief.channels, least, overlook, line)

    def _reference(self) -> list[str]:
        """The texts that the gate learns from in place of the material's."""
        return [
            part.text for place in self.brief.reference for part in sources.collect(self.brief, place)[0] if part.text
        ]

    def writer(self, *, again: bool = False) -> Writer:
        """Who writes; `again` after learning more."""
        if self.pen is not None:
            return Writer(self.pen)
        edited = [row["text"] for row in self.desk.lines("feedback.jsonl") if row["verb"] == "edit"]

        def show(state: State) -> None:
            self.tell(state.stage, state.share, left_seconds=state.left_seconds, score=state.score, note=state.note)

        return learning.learn(self.brief, self.desk, self.material, edited, show, again=again)

    def _mine(self) -> Iterator[Draft]:
        ids = {article.id for article in self.articles}
        return (draft for draft in self.desk.drafts() if draft.id in ids)

    def _begun(self, article: Article) -> Draft:
        return Draft(
            article.id, article.title, self.brief.language, self.brief.template, article.topic, facts=article.facts,
            created=runs.now(),
        )  # fmt: skip

    def _order(self, draft: Draft) -> Order:
        article = next(found for found in self.articles if found.id == draft.id)
        asked = [article.topic, *article.keywords]
        passages = self.material.about(asked)
        if not passages and not article.facts:
            raise DataError(
                f"nothing in the {len(self.material.passages):,} passages of the material speaks of {article.topic!r}; "
                "give other sources, or name the topic in their words"
            )
        template = templates.read(draft.template)
        if template.each and passages:
            passages = [passage for passage in self.material.passages if passage.key == passages[0].key]
        said = [row["because"] for row in self.desk.lines("feedback.jsonl") if row.get("because")]
        return Order(
            article.title, article.topic, draft.language, template, self.material,
            tuple(passages), article.keywords, article.facts, self.brief.instructions, self.brief.channels,
            tuple(said[-5:]),
        )  # fmt: skip

    def _bring(self, draft: Draft) -> Draft:
        """A working draft brought to waiting, approved or refused."""
        order = self._order(draft)
        writer = self._writers.current()
        while True:
            draft = self._write(draft, order, writer.pen)
            draft = self._revise(draft, order, writer.pen)
            found = draft.finding
            if found is not None and found.passed:
                return self.desk.keep(self._passed(draft))
            if draft.retrained or not learning.can_learn_more(self.brief, writer):
                return self.desk.keep(draft.noted("give up", self._why(draft, writer), status="refused"))
            writer = self._writers.again()
            draft = self.desk.keep(draft.noted("learn again", retrained=True, tries=0))
            draft = self._rewrite(draft, order, writer.pen, choice.weak(draft))

    @cached_property
    def _writers(self) -> "_Writers":
        return _Writers(self)

    def _passed(self, draft: Draft) -> Draft:
        if self.brief.approve == "auto":
            return draft.noted("approve", "auto, as the brief says", status="approved", approved=runs.now())
        return draft.noted("pass", status="waiting")

    def _why(self, draft: Draft, writer: Writer) -> str:
        why = "learnt again once" if draft.retrained else f"{writer.pen.name} does not learn from the material"
        return f"below the bar after {draft.tries} tries; {why}"

    def _write(self, draft: Draft, order: Order, pen: Pen) -> Draft:
        """The outline and every section that has no text yet."""
        if not draft.sections:
            headings = pen.outline(order, self._rng(draft, "outline"))
            empty = tuple(Section(heading, "") for heading in headings)
            draft = self.desk.keep(self._signed(draft).noted("outline", pen.name, sections=empty))
        while (place := next((at for at, part in enumerate(draft.sections) if not part.text), None)) is not None:
            draft = self._rewrite(draft, order, pen, place)
        return draft

    def _rewrite(self, draft: Draft, order: Order, pen: Pen, place: int) -> Draft:
        """A section written anew: of its candidates the one that the gate finds least wrong with.

        One of a free outline for which there is nothing to write is dropped, as long as another is left.
        """
        heading = draft.sections[place].title
        rng = self._rng(draft, f"section {place}")
        done = [section for at, section in enumerate(draft.sections) if section.text and at < place]
        told = choice.focused(order, place)
        found = [text for text in pen.section(told, heading, done, self.brief.candidates, rng) if text]
        if not found and len(draft.sections) > 1 and not fixed(order):
            left = draft.sections[:place] + draft.sections[place + 1 :]
            return self.desk.keep(draft.noted("drop", heading, sections=left))
        if not found:
            raise DataError(
                f"{pen.name} wrote nothing for the section {heading!r}; give material that speaks of it, "
                "or name another model"
            )
        chosen = self._choose(self._signed(draft), order, place, found)
        return self.desk.keep(chosen.noted("section", heading))

    def _choose(self, draft: Draft, order: Order, place: int, found: Sequence[str]) -> Draft:
        """The draft with the best of these texts in that place."""
        options = [choice.placed(draft, place, text) for text in found]
        if len(options) == 1:
            return options[0]
        known = [replace(option, sections=tuple(s for s in option.sections if s.text)) for option in options]
        at = sum(bool(section.text) for section in draft.sections[:place])
        findings = [self._judge(order, option) for option in known]
        best = min(range(len(options)), key=lambda n: (choice.count(findings[n], at), -choice.mean(findings[n]), n))
        return options[best]

    def _judge(self, order: Order, draft: Draft) -> Finding:
        facts = [f"{name}: {value}" for name, value in order.facts.items()]
        told = [" ".join([order.title, *facts]), *(passage.text for passage in order.passages)]
        sections = draft.sections
        if draft.by == EXTRACTS:
            sections = tuple(Section(part.title, bare(order, part.text)) for part in sections)
        return self.bar.judge(sections, told[1:] if order.template.each else told, own_facts(order))

    def _revise(self, draft: Draft, order: Order, pen: Pen) -> Draft:
        """Judged, and its weakest section revised as often as the brief allows; what stays too short goes."""
        while True:
            finding = self._judge(order, draft)
            draft = self.desk.keep(
                draft.noted("judge", "passed" if finding.passed else choice.named(finding), finding=finding)
            )
            left = choice.filled(draft, order)
            if finding.passed or (draft.tries >= self.brief.tries and left == draft.sections):
                return draft
            if draft.tries >= self.brief.tries:
                draft = draft.noted("drop", "too short", sections=left)
                continue
            place = choice.weak(draft)
            section = draft.sections[place]
            rng = self._rng(draft, f"revise {place}")
            others = tuple(part for at, part in enumerate(draft.sections) if at != place)
            told = replace(choice.focused(order, place), others=others)
            texts = pen.revise(told, section.title, section.text, finding.of(place), self.brief.candidates, rng)
            draft = replace(draft, tries=draft.tries + 1)
            if texts:
                chosen = self._choose(draft, order, place, [section.text, *texts])
                draft = chosen if chosen.sections == draft.sections else self._signed(chosen)
            draft = self.desk.keep(draft.noted("revise", section.title))

    def _rng(self, draft: Draft, what: str) -> Any:
        return seeds.stream(self.brief.seed, f"{draft.id} {what} {draft.tries} {draft.retrained}")

    def _signed(self, draft: Draft) -> Draft:
        return signed(draft, self._writers.current(), self.brief.seed)

    def _publish(self) -> tuple[tuple[publish.Receipt, ...], tuple[str, ...]]:
        self.tell("publish", 0.0)
        return publish.deliver(self.desk, self.brief)


class _Writers:
    """The writer of a run, made when the first section is to be written."""

    def __init__(self, work: Work) -> None:
        self._work, self._writer = work, None if work.pen is None else Writer(work.pen)

    def current(self) -> Writer:
        """The writer as it is."""
        if self._writer is None:
            self._writer = self._work.writer()
        return self._writer

    def again(self) -> Writer:
        """The writer after learning once more; all further articles are its."""
        self._writer = self._work.writer(again=True)
        return self._writer
