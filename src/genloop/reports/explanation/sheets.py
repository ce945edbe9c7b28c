"""An explanation as files: a page by its ending, or a folder of labelled, marked sheets with `explain.json`."""

from pathlib import Path

import numpy as np

from genloop.core.errors import ConfigError
from genloop.files.atomic import replacing, replacing_folder
from genloop.files.pictures import marks, png, sheet, single
from genloop.reports.explanation import data, page
from genloop.reports.explanation.data import Explanation, Part
from genloop.reports.texts import Language

JSON = "explain.json"
_REAL = "-real.png"


def save(found: Explanation, path: Path, *, lang: Language = "en", mark: bool = True) -> None:
    """Write the explanation: a page where the ending is .html, the figures where it is .json, else a folder.

    A folder is replaced only when an explanation is all that it holds.

    Raises:
        ConfigError: the ending is another one.
        OutputError: the place cannot be written; whatever stood there still stands.
    """
    ending = path.suffix.lower()
    if ending in (".html", ".htm", ".json"):
        text = data.to_json(found) if ending == ".json" else page.render(found, lang=lang, mark=mark)
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
    elif not ending or path.is_dir():
        older = (path / JSON).exists()
        with replacing_folder(path, mine=lambda file: older and _own(file)) as folder:
            (folder / JSON).write_text(data.to_json(found), encoding="utf-8")
            for each in found.parts:
                _write(each, folder, found, mark=mark)
    else:
        raise ConfigError(f"an explanation is written as .html, .json or a folder/, found {path.name!r}")


def _own(file: Path) -> bool:
    """Whether a file belongs to an older explanation: figures, a sheet with a label, or one of real pictures."""
    return file.name == JSON or file.name.endswith(_REAL) or (file.suffix == ".png" and marks.read(file) is not None)


def _write(part: Part, folder: Path, found: Explanation, *, mark: bool) -> None:
    """A labelled sheet of what was made, and one without label and mark of what is real."""
    made, real = (
        [(strip.name.en, _coloured(strip.pixels, part)) for strip in part.strips if strip.real == side]
        for side in (False, True)
    )
    if made:
        label = dict(found.label) if mark else {**found.label, "mark": "left out on request"}
        single.write(sheet.draw(made, mark=mark), folder / f"{part.name}.png", label)
    if real:
        (folder / f"{part.name}{_REAL}").write_bytes(png.encode(sheet.draw(real, mark=False)))


def _coloured(pixels: np.ndarray, part: Part) -> np.ndarray:
    """The pictures in colour where others of the sheet are."""
    deepest = max(strip.pixels.shape[3] for strip in part.strips)
    return pixels.repeat(deepest, axis=3) if pixels.shape[3] == 1 < deepest else pixels
