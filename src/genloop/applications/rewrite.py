"""One text changed by a fitted model: written anew as near to it as is wished, or turned into another step by step.

Both go through the model's latent, what a whole text is about, and so need a family that has one. What comes out is
invented: it is like the given text, not a faithful edit of it. That is said, in words and label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.codecs import text as codec
from genloop.core import registry
from genloop.core import seed as seeds
from genloop.core.conditions import read_all
from genloop.core.errors import ConditionError, ConfigError, DataError, SourceNotFound
from genloop.core.protocols import Batch
from genloop.core.records import Records
from genloop.core.texts import Texts, Wish
from genloop.engine import given as givens
from genloop.engine import painter as painters
from genloop.engine.model import Given, Model
from genloop.engine.units import Unit
from genloop.engine.writer import Writer
from genloop.files.texts import spelling
from genloop.files.write import write
from genloop.reports.texts import Words, phrase
from genloop.trust import label as labels

MOST = 1 << 20  # bytes of a text that is to be changed
_STEPS = (3, 64)
_WISH = Wish(repetition=1.2)  # the likeliest text of a latent runs in circles where nothing holds it back


@dataclass(frozen=True)
class Rewritten:
    """The texts in their order as rows of one column, their label, and what is to be said of them."""

    records: Records
    label: Mapping[str, str]
    remarks: tuple[Words, ...]

    @property
    def texts(self) -> list[str]:
        """The texts themselves."""
        return [text or "" for text in self.records.column(0).to_pylist()]

    def save(self, path: str | Path) -> None:
        """Write the texts as a table, with their label, by the path's ending.

        Raises:
            OutputError: the place cannot be written, or its ending is not known.
        """
        write(self.records, path, label=self.label)


@dataclass(frozen=True)
class Rewriter:
    """The ways one model can change one text; `given` are conditions such as another class."""

    model: Model
    path: Path
    seed: int | None = None
    given: Given = None

    @cached_property
    def writer(self) -> Writer:
        """What makes the model's first column of texts that has a latent.

        Raises:
            ConditionError: the model makes no texts.
            ConfigError: its family has no latent.
        """
        found = self.model.learnt.writers
        if not found:
            raise ConditionError(
                "the model makes no texts, so it cannot change one; learn texts: genloop fit DATA --family vae"
            )
        able = [writer for writer in found if hasattr(_family(writer), "rewrite")]
        if not able:
            data = self.model.origin.place.get("path", "DATA")
            raise ConfigError(
                f"a model of the family {found[0].stage.family} writes texts and cannot change a given one; learn one "
                f"that can: genloop fit {data} -o vae.genloop --family vae"
            )
        return able[0]

    def vary(self, strength: float) -> Rewritten:
        """A text like this one; `strength` from 0 (as near as the model comes) to 1 (a new one).

        Raises:
            ConfigError: the strength is out of range, or the model cannot change texts.
            DataError: there is no text to change.
        """
        if not 0 <= strength <= 1:
            raise ConfigError(f"--vary is from 0 (as near as it comes) to 1 (a new text), found {strength:g}")
        stream, own = self._stream("vary"), self.writer
        made = _family(own).rewrite(own.weights, self._batch(self.path), strength, stream, _WISH)
        return self._rewritten("vary", [made], [phrase("edit.text_varied", share=f"{100 * strength:.0f} %")])

    def morph(self, other: Path, steps: int = 8) -> Rewritten:
        """So many texts from this one to the other; the first and the last are as near to the two as the model comes.

        Raises:
            ConfigError: there are too few or too many steps, or the model cannot change texts.
            DataError: there is no text to change.
        """
        if not _STEPS[0] <= steps <= _STEPS[1]:
            raise ConfigError(f"--steps is from {_STEPS[0]} to {_STEPS[1]}, found {steps}")
        stream, own = self._stream("morph"), self.writer
        made = _family(own).between(own.weights, self._batch(self.path), self._batch(other), steps, stream, _WISH)
        return self._rewritten("morph", made, [phrase("edit.text_morphed", count=steps)])

    @property
    def _unit(self) -> Unit:
        return next(unit for unit in self.model.learnt.units if self.writer.column in unit.names)

    @property
    def _seed(self) -> int:
        return self.model.run.seed if self.seed is None else self.seed

    def _stream(self, verb: str) -> np.random.Generator:
        return seeds.stream(self._seed, "edit", verb)

    def _batch(self, path: Path) -> Batch:
        """The file's text as one row, with what is asked of it."""
        learnt = self.model.learnt
        asked = givens.read(read_all(self.given), learnt.units, self.model.schema, learnt.rules, learnt.plan.written)
        if asked.texts:
            raise ConditionError(
                f"{', '.join(asked.texts)}: a text is changed under conditions on other columns; what it must contain "
                "can be asked of `genloop sample`"
            )
        told = painters.told(learnt.units, asked, 1, self._stream("given"))
        return Batch(told.codes, told.fields, texts=codec.read(self._unit.frozen, [_read(path)]))

    def _rewritten(self, verb: str, made: list[Texts], remarks: list[Words]) -> Rewritten:
        """The texts of a verb, one a row, with their label."""
        run, unit = self.model.run, self._unit
        texts = [codec.decode(unit.frozen, own, self._stream("decode")).column(0)[0].as_py() for own in made]
        label = labels.label(
            model=self.model.identity, run=run.identity, version=run.versions.get("genloop", "?"), seed=self._seed
        )
        said = " ".join(remark.en for remark in remarks)
        changed = {**label, "edited": verb, "notice": f"written by a generative model. {said}"}
        return Rewritten(pa.table({self.writer.column: pa.array(texts, pa.string())}), changed, tuple(remarks))


def _family(writer: Writer) -> Any:
    return registry.load("generators.text", writer.stage.family)


def _read(path: Path) -> str:
    """The text of a file.

    Raises:
        SourceNotFound: there is no such file.
        DataError: it is too large, no text, or empty.
    """
    if not path.is_file():
        raise SourceNotFound(f"no file {path}; name one that holds the text to change")
    if path.stat().st_size > MOST:
        raise DataError(f"{path.name} has {path.stat().st_size:,} bytes; a text to change has at most {MOST:,}")
    try:
        text = spelling.read(path.read_bytes())[0].strip()
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from error
    if not text:
        raise DataError(f"{path.name} is empty: there is no text to change")
    return text
