"""Blood cells cut out of photographs of smears, in folders by type: red cells, white cells, platelets.

usage: python benchmarks/pictures/cells.py ARCHIVE [FOLDER]     (writes FOLDER, else cells/ in the cache folder)

ARCHIVE is the BCCD data set (MIT; 364 photographs of 640 x 480 with boxes) as .tar.gz or as a folder, with
Annotations/ and JPEGImages/ in it. Each cell is a square around its box, a tenth wider than the box's longer side and
moved inside the photograph, made 32 x 32. Its size under the microscope is therefore lost.
"""

import io
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image
from sets import home

NAMES = {"RBC": "red", "WBC": "white", "Platelets": "platelet"}
SIDE, WIDER, LEAST = 32, 1.1, 16


def read(source: Path) -> dict[str, bytes]:
    """Photographs and boxes by file name."""
    if source.is_dir():
        paths = [path for path in source.rglob("*") if path.suffix in (".jpg", ".xml")]
        return {path.name: path.read_bytes() for path in paths}
    found = {}
    with tarfile.open(source) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith((".jpg", ".xml")) else None
            if file is not None:
                found[Path(member.name).name] = file.read()
    return found


def boxes(raw: bytes) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
    """The type and the corners of every cell of one photograph."""
    for cell in ElementTree.fromstring(raw).iter("object"):
        corners = [int(cell.findtext(f"bndbox/{name}", "0")) for name in ("xmin", "ymin", "xmax", "ymax")]
        yield cell.findtext("name", ""), (corners[0], corners[1], corners[2], corners[3])


def square(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The square around a box, inside a photograph of this size."""
    left, top, right, bottom = box
    side = min(round(max(right - left, bottom - top) * WIDER), *size)
    x = min(max(0, (left + right - side) // 2), size[0] - side)
    y = min(max(0, (top + bottom - side) // 2), size[1] - side)
    return x, y, x + side, y + side


def write(source: Path, folder: Path) -> Counter[str]:
    """Cuts and writes the cells, and counts them by type."""
    counts: Counter[str] = Counter()
    files = read(source)
    for name in sorted(name for name in files if name.endswith(".xml")):
        stem = name.removesuffix(".xml")
        if f"{stem}.jpg" not in files:
            continue
        photograph = Image.open(io.BytesIO(files[f"{stem}.jpg"])).convert("RGB")
        for kind, box in boxes(files[name]):
            if kind not in NAMES or min(box[2] - box[0], box[3] - box[1]) < LEAST:
                continue
            label = NAMES[kind]
            counts[label] += 1
            (folder / label).mkdir(parents=True, exist_ok=True)
            cell = photograph.crop(square(box, photograph.size)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            cell.save(folder / label / f"{stem}_{counts[label]}.png")
    return counts


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    into = Path(sys.argv[2]) if len(sys.argv) > 2 else home() / "cells"
    print(into, dict(write(Path(sys.argv[1]), into)))
