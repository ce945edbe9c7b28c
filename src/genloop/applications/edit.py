"""One picture changed by a fitted model: a hole filled, noise taken off, enlarged, restyled, varied, morphed.

Models know one size. Where the change is local (noise, enlarging) larger pictures are changed tile by tile; a hole is
filled in a window around it; all else is done at the model's size. What a model invents is said, in words and label.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from genloop.core import seed as seeds
from genloop.core.conditions import read_all
from genloop.core.errors import ConditionError, ConfigError, DataError
from genloop.core.protocols import Batch, Others, Pixels, Vectors
from genloop.engine import given as givens
from genloop.engine import painter as painters
from genloop.engine import sight
from genloop.engine import words as sentences
from genloop.engine.model import Given, Model
from genloop.engine.painter import Painter
from genloop.files.pictures import geometry, mask, sheet, single
from genloop.optimisation.refine import tiles
from genloop.reports.texts import Words, phrase
from genloop.trust import label as labels

FACTORS = (2, 4)
_SIDE = 64  # pixels to which small pictures of a strip are enlarged
_CHANGING = ("vary", "morph", "inpaint")


@dataclass(frozen=True)
class Edited:
    """The changed picture (or a strip of several), its label, and what was invented or resized on the way."""

    pixels: Pixels
    label: Mapping[str, str]
    remarks: tuple[Words, ...]


@dataclass(frozen=True)
class Editor:
    """The ways one model can change one picture; `given` are conditions such as another class."""

    model: Model
    path: Path
    seed: int | None = None
    given: Given = None

    @cached_property
    def painter(self) -> Painter:
        """What makes the model's first column of pictures.

        Raises:
            ConditionError: the model makes no pictures.
        """
        found = self.model.learnt.painters
        if not found:
            raise ConditionError(
                "the model makes no pictures, so it cannot change one; learn pictures: genloop fit FOLDER"
            )
        return found[0]

    @property
    def _shape(self) -> tuple[int, int, int]:
        shape = self.model.schema[self.painter.column].shape
        assert shape is not None
        return shape

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the model's pictures."""
        return self._shape[:2]

    @property
    def _told(self) -> str:
        return f"{self.size[1]}x{self.size[0]}"

    def _read(self, path: Path) -> np.ndarray:
        return single.read(path, self._shape[2])

    def inpaint(self, painted: Path) -> Edited:
        """The picture with the white places of the mask made anew."""
        mending = self._mends("inpaint")
        picture = self._read(self.path)
        hole = self._hole(painted, picture.shape[:2])

        def fill(pixels: Pixels, holes: np.ndarray) -> Pixels:
            if mending:
                done: Pixels = self.painter.family.restore(  # type: ignore[attr-defined]
                    self.painter.weights, pixels, task="inpaint", mask=holes
                )
                return done
            return self._flow("inpaint", pixels, holes, rng=True)

        remarks = [phrase("edit.inpainted", share=f"{100 * hole.mean():.0f} %")]
        window = tiles.window(hole, self.size)
        if window is not None:
            done = picture.copy()
            done[window] = fill(picture[window][None], hole[window][None])[0]
            if picture.shape[:2] != self.size:
                remarks.append(phrase("edit.window", size=self._told))
        else:
            small = single.fit(hole[..., None].astype(np.uint8) * 255, self.size)[..., 0] > 0
            made = fill(single.fit(picture, self.size)[None], small[None])[0]
            done = np.where(hole[..., None], single.fit(made, (picture.shape[0], picture.shape[1])), picture)
            remarks.append(phrase("edit.hole_resized", size=self._told))
        return self._edited(done[None], "inpaint", remarks)

    def denoise(self, level: float | None = None) -> Edited:
        """The picture without noise; `level` is the noise as a share of full brightness, guessed where it is None."""
        if level is not None and not 0 <= level <= 1:
            raise ConfigError(f"--noise is from 0 (none) to 1 (full brightness), found {level:g}")
        self._must_mend("denoise")

        def mend(pixels: Pixels) -> Pixels:
            done: Pixels = self.painter.family.restore(  # type: ignore[attr-defined]
                self.painter.weights, pixels, task="denoise", noise_level=level
            )
            return done

        picture = self._read(self.path)
        done = tiles.mend(picture, self.size, mend)
        remarks = [phrase("edit.denoised"), *self._tiled(picture.shape, self.size)]
        return self._edited(done[None], "denoise", remarks)

    def enlarge(self, factor: int) -> Edited:
        """The picture `factor` times as large.

        Raises:
            ConfigError: the factor is neither 2 nor 4.
        """
        if factor not in FACTORS:
            raise ConfigError(f"--enlarge is 2 or 4, found {factor}")
        self._must_mend("enlarge")
        tile = (self.size[0] // factor, self.size[1] // factor)
        if min(tile) < 2 or any(side % factor for side in self.size):
            raise DataError(f"the model's pictures are {self._told}: too small to be those enlarged {factor} times")

        def mend(pixels: Pixels) -> Others:
            done: Others = self.painter.family.restore(  # type: ignore[attr-defined]
                self.painter.weights, pixels, task="enlarge"
            )
            return done

        picture = self._read(self.path)
        done = tiles.mend(picture, tile, mend, factor=factor)
        remarks = [phrase("edit.enlarged", factor=factor), *self._tiled(picture.shape, tile)]
        return self._edited(done[None], "enlarge", remarks)

    def vary(self, strength: float) -> Edited:
        """A picture like this one; `strength` from 0 (the same) to 1 (a new one)."""
        if not 0 <= strength <= 1:
            raise ConfigError(f"--vary is from 0 (the same picture) to 1 (a new one), found {strength:g}")
        self._must_change("vary")
        picture, remarks = self._at_size(self.path)
        done = self._flow("vary", picture, strength, rng=True)
        return self._edited(done, "vary", [phrase("edit.varied", share=f"{100 * strength:.0f} %"), *remarks])

    def like(self, style: Path, strength: float = 0.5) -> Edited:
        """The picture on its way to another one, whose look it takes on."""
        if not 0 <= strength <= 1:
            raise ConfigError(f"--strength is from 0 (the picture) to 1 (the other one), found {strength:g}")
        self._must_change("morph")
        picture, remarks = self._at_size(self.path)
        other, more = self._at_size(style)
        done = self._flow("morph", picture, other, strength)
        told = phrase("edit.restyled", name=style.name, share=f"{100 * strength:.0f} %")
        return self._edited(done, "like", [told, *(remarks or more)])

    def morph(self, other: Path, steps: int = 8) -> Edited:
        """A strip of `steps` pictures from this one to the other; the first and the last are those that were given."""
        if not 3 <= steps <= 64:
            raise ConfigError(f"--steps is from 3 to 64, found {steps}")
        self._must_change("morph")
        first, remarks = self._at_size(self.path)
        last, more = self._at_size(other)
        shares = np.linspace(0, 1, steps)[1:-1]
        between = [self._flow("morph", first, last, float(share)) for share in shares]
        told = phrase("edit.morphed", count=len(between))
        return self._edited(np.concatenate([first, *between, last]), "morph", [told, *(remarks or more)])

    def _flow(self, verb: str, *parts: object, rng: bool = False) -> Pixels:
        """One of the verbs of a flow, under the conditions."""
        stream = seeds.stream(self._seed, "edit", verb)
        core = self.model.learnt
        conditions, pictures = sight.read(core.plan, core.schema, read_all(self.given))
        if pictures:
            sight.check(core.plan, pictures)
        batch = painters.told(core.units, givens.read(conditions, core.units, core.schema, core.rules), 1, stream)
        batch = self._batch(batch, sight.stack(self.painter.stage, pictures, self.size))
        change: Callable[..., Pixels] = getattr(self.painter.family, verb)
        more = (batch, stream) if rng else (batch,)
        return change(self.painter.weights, *parts, *more, coder=self.painter.coder)

    def _batch(self, batch: Batch, seen: Others | None) -> Batch:
        words: Vectors | None = sentences.encode([""]) if self.painter.stage.words else None
        return Batch(batch.codes, batch.fields, vectors=words, pictures=seen)

    @property
    def _seed(self) -> int:
        return self.model.run.seed if self.seed is None else self.seed

    def _at_size(self, path: Path) -> tuple[Pixels, list[Words]]:
        """A picture brought to the model's size, as one row, and the remark on it where it had another."""
        picture = self._read(path)
        if picture.shape[:2] == self.size:
            return picture[None], []
        found = f"{picture.shape[1]}x{picture.shape[0]}"
        way = geometry.fit_of(self.model.schema[self.painter.column])
        return single.fit(picture, self.size, way)[None], [phrase("edit.resized", found=found, size=self._told)]

    def _tiled(self, shape: tuple[int, ...], tile: tuple[int, int]) -> list[Words]:
        if shape[:2] == tile:
            return []
        return [phrase("edit.tiled", size=f"{tile[1]}x{tile[0]}")]

    def _hole(self, painted: Path, size: tuple[int, int]) -> Bool[np.ndarray, "height width"]:
        """Where the mask is white.

        Raises:
            DataError: its size is another one, or it is all black or all white.
        """
        hole = mask.read(painted)
        if hole.shape != size:
            raise DataError(
                f"{painted.name} is {hole.shape[1]}x{hole.shape[0]} and {self.path.name} is {size[1]}x{size[0]}: "
                "a mask has the picture's own size, white where the picture shall be made anew"
            )
        if not hole.any():
            raise DataError(f"{painted.name} is black or clear all over: paint white what shall be made anew")
        if hole.all():
            raise DataError(f"{painted.name} is white all over: nothing of the picture is left; use `genloop create`")
        return hole

    def _mends(self, verb: str) -> bool:
        """Whether the model mends pictures; else it must be one that changes them."""
        if self.painter.stage.settings.get("preset") == "restoration" and hasattr(self.painter.family, "restore"):
            return True
        self._must_change(verb)
        return False

    def _must_mend(self, verb: str) -> None:
        if self.painter.stage.settings.get("preset") != "restoration" or not hasattr(self.painter.family, "restore"):
            raise ConfigError(
                f"a model of the family {self.painter.stage.family} cannot {verb}; learn one that mends pictures: "
                f"genloop fit {self._data} -o mend.genloop --family autoencoder --set preset=restoration"
            )

    def _must_change(self, verb: str) -> None:
        if verb in _CHANGING and not hasattr(self.painter.family, verb):
            raise ConfigError(
                f"a model of the family {self.painter.stage.family} makes pictures and cannot {verb} a given one; "
                f"learn one that can: genloop fit {self._data} -o flow.genloop --family flow"
            )

    @property
    def _data(self) -> str:
        return str(self.model.origin.place.get("path", "FOLDER"))

    def _edited(self, pixels: Pixels, verb: str, remarks: list[Words]) -> Edited:
        run = self.model.run
        label = labels.label(
            model=self.model.identity, run=run.identity, version=run.versions.get("genloop", "?"), seed=self._seed
        )
        lost = single.lost(self.path, self._shape[2])
        remarks = remarks if lost is None else [*remarks, phrase(f"edit.{lost}")]
        said = " ".join(remark.en for remark in remarks)
        return Edited(
            pixels, {**label, "edited": verb, "notice": f"changed by a generative model. {said}"}, tuple(remarks)
        )


def save(edited: Edited, path: Path, *, mark: bool = True) -> None:
    """Write the picture with its label; a strip of several becomes a sheet, with its visible mark where `mark` is true.

    Raises:
        OutputError: the place cannot be written, its ending is no picture's, or what stands there is not made.
    """
    single.claim(path)
    if len(edited.pixels) == 1:
        single.write(edited.pixels[0], path, edited.label)
        return
    strip = sheet.draw([("", _strip(edited.pixels)[None])], mark=mark)
    single.write(strip, path, edited.label if mark else {**edited.label, "mark": "left out on request"})


def _strip(pixels: Pixels) -> np.ndarray:
    """The pictures side by side with white between them, small ones enlarged by a whole factor."""
    scale = max(_SIDE // max(pixels.shape[1:3]), 1)
    large = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    gap = np.full((large.shape[1], 2, large.shape[3]), 255, np.uint8)
    parts = [part for picture in large for part in (gap, picture)]
    return np.concatenate(parts[1:], axis=1)
