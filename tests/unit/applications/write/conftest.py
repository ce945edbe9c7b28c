"""A small gate, a pen of fixed texts and a folder of documents, so that the steps are tested without learning."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from genloop.applications.write import brief, gate
from genloop.applications.write.desk import Desk
from genloop.applications.write.run import Work

DOCUMENTS = {
    "breakfast.txt": "Breakfast at the harbour hotel opens at seven. Guests praise the warm bread and the coffee.",
    "rooms.txt": "The harbour hotel has 42 rooms. Most rooms look over the water, and all are quiet at night.",
    "ferry.txt": "The ferry leaves from the pier behind the hotel every hour until ten in the evening.",
    "noise.txt": "A recipe for plum cake: flour, butter, plums, sugar. Bake it for an hour.",
}


@pytest.fixture(autouse=True)
def extra():
    """Everything here needs what `genloop[write]` installs."""
    absent = [name for name in ("jinja2", "httpx", "feedparser", "jieba") if find_spec(name) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")


class Strict:
    """Refuses sections in which BAD stands, and drafts in which WORSE does, naming them."""

    def judge(self, sections, material):
        reasons = [
            SimpleNamespace(section=at, span=(s.text.index("BAD"), s.text.index("BAD") + 3), measure="bad",
                            en="it is bad", zh="写得不好")
            for at, s in enumerate(sections) if "BAD" in s.text
        ]  # fmt: skip
        if any("WORSE" in s.text for s in sections):
            reasons.append(SimpleNamespace(section=None, span=None, measure="worse", en="it is worse", zh="更差"))
        return SimpleNamespace(passed=not reasons, scores={"good": 1.0 - len(reasons) / 10}, reasons=tuple(reasons))


@dataclass
class Fixed:
    """A pen that writes the same good sections; `first` comes before, a text for each section."""

    first: dict = field(default_factory=dict)
    fixes: bool = True
    name: str = "fixed"
    asked: list = field(default_factory=list)

    def outline(self, order, rng):
        return ["Rooms", "Breakfast"]

    def section(self, order, heading, done, n, rng):
        self.asked.append(("section", heading))
        return [self.first.get(heading, f"About {heading.lower()} at the harbour hotel there is a lot of good to say.")]

    def revise(self, order, heading, text, faults, n, rng):
        self.asked.append(("revise", heading, tuple(fault.measure for fault in faults)))
        return [f"About {heading.lower()}, this time with more care, there is enough good to say here."] * self.fixes


@pytest.fixture
def brief_of(tmp_path):
    """A brief over a folder of four documents."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")

    def build(**values):
        told = {"title": "The harbour hotel", "sources": ["docs"], **values}
        return brief.parse(told, tmp_path)

    return build


@pytest.fixture
def work_of(brief_of, tmp_path):
    """A run of such a brief by a fixed pen before a strict gate."""

    def build(pen=None, **values):
        values.setdefault("publish", [{"to": "site", "folder": "site"}])
        return Work(
            brief_of(**values),
            Desk(tmp_path / "run"),
            pen=pen or Fixed(),
            fit_gate=lambda texts, seed, quoted: Strict(),
        )

    return build


@pytest.fixture
def strict(monkeypatch):
    """The strict gate in place of the judges for everything that is called by name."""
    monkeypatch.setattr(gate, "drafts", SimpleNamespace(fit=lambda texts, rng, quoted=1.0: Strict()))


@pytest.fixture
def pen_of():
    """A maker of fixed pens."""
    return Fixed
