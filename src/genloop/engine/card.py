"""The judgement of a made table, with its save methods: HTML for people, JSON for machines."""

import os
from dataclasses import dataclass
from pathlib import Path

from genloop.core.errors import ConfigError, OutputError, SourceNotFound
from genloop.core.score import Score
from genloop.reports import card as cards
from genloop.reports.card import CardData
from genloop.reports.html import render
from genloop.reports.texts import Language


@dataclass(frozen=True)
class Card:
    """Scores of one made table with everything needed to read them."""

    data: CardData

    @property
    def scores(self) -> dict[str, Score]:
        """Every score by its name."""
        return {score.name: score for score in self.data.scores}

    def __getitem__(self, name: str) -> Score:
        """The score of that name.

        Raises:
            KeyError: it was not measured; the message lists what was.
        """
        try:
            return self.scores[name]
        except KeyError:
            raise KeyError(f"no score {name!r}; the card has {', '.join(self.scores)}") from None

    def to_json(self) -> str:
        """The card as JSON text."""
        return cards.to_json(self.data)

    def to_html(self, *, lang: Language = "en") -> str:
        """The card as one self-contained page; `lang` is shown first, a switch shows the other."""
        return render(self.data, lang=lang)

    def save(self, path: str | os.PathLike[str], *, lang: Language = "en") -> None:
        """Write the card by its ending: .html or .json.

        Raises:
            ConfigError: the ending is another one.
            OutputError: the place cannot be written; whatever stood there still stands.
        """
        target = check(path)
        text = self.to_json() if target.suffix.lower() == ".json" else self.to_html(lang=lang)
        replace(target, text)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Card":
        """The card that `save` wrote as JSON.

        Raises:
            SourceNotFound: there is no such file.
            DataError: it holds no card.
        """
        try:
            return cls(cards.from_json(Path(path).read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise SourceNotFound(f"no card {path}; `genloop score MODEL MADE -o {path}` writes one") from error


def check(path: str | os.PathLike[str]) -> Path:
    """The place of a card, which can be asked before the judging.

    Raises:
        ConfigError: its ending is neither .html nor .json.
        OutputError: there is no such folder.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm", ".json"):
        raise ConfigError(f"a card is written as .html or .json, found {target.name!r}")
    if not target.parent.is_dir():
        raise OutputError(f"cannot write {target}: there is no folder {target.parent}")
    return target


def replace(target: Path, text: str) -> None:
    """Write the text in one move: on failure the old file stays.

    Raises:
        OutputError: the place cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:  # also where Ctrl-C came
        temporary.unlink(missing_ok=True)
