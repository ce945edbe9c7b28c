"""Tiles of a dungeon game in folders by kind: weapons, armour, goods, jewels, monsters, walls, floors, spells.

usage: python benchmarks/pictures/tiles.py [FOLDER]     (needs apt-get; writes FOLDER, else tiles/ in the cache folder)

Art: Dungeon Crawl Stone Soup 0.28.0 out of Debian's source package `crawl`; most of it is CC0 or public domain, as
source/rltiles/license.txt says. All tiles of 32 x 32 with their transparency; segments of tentacles, brands
that are laid over other tiles, and tiles that are empty or there twice are left out. The file's name says what it is.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from sets import home

NAME = "crawl_0.28.0.orig.tar.xz"
SHA256 = "5a6be168f8888b84bdb199184ca20bd8636f77ba7e9e0124ebee8850092f2f47"
PLACES = {
    "item/weapon": "weapon", "item/staff": "weapon", "item/armour": "armour", "item/ring": "jewels",
    "item/amulet": "jewels", "item/potion": "goods", "item/wand": "goods", "item/scroll": "goods",
    "item/book": "goods", "item/food": "goods", "item/misc": "goods", "mon": "monster", "dngn/wall": "wall",
    "dngn/floor": "floor", "gui/spells": "spell",
}  # fmt: skip
LEFT_OUT = ("brands", "tentacles")
SIDE = 32


def archive() -> Path:
    """The source archive, fetched with a package list of its own, so that the system's stays as it is."""
    found = home() / NAME
    if not found.exists():
        with tempfile.TemporaryDirectory() as room:
            settings = _settings(Path(room))
            for command in (["update"], ["source", "--download-only", "--tar-only", "crawl"]):
                environment = {**os.environ, "APT_CONFIG": str(settings)}
                if subprocess.run(["apt-get", "-q", *command], cwd=home(), env=environment, check=False).returncode:
                    raise SystemExit(f"apt-get {' '.join(command)} failed: check the network and that apt is installed")
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{found.name}: expected sha256 {SHA256}, found {digest}; delete it and try again")
    return found


def _settings(room: Path) -> Path:
    """Settings under which apt reads one list of sources and keeps all that it writes in this folder."""
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (room / "sources.list").write_text(f"deb-src [signed-by={keys}] {_mirror()} bookworm main\n")
    for folder in ("lists/partial", "cache/archives/partial"):
        (room / folder).mkdir(parents=True)
    lines = {
        "Dir::Etc::sourcelist": room / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": room / "lists",
        "Dir::Cache": room / "cache",
        "APT::Sandbox::User": "root",
    }
    (room / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in lines.items()))
    return room / "apt.conf"


def _mirror() -> str:
    """The Debian archive that DEBIAN_MIRROR names, else the one that apt uses on this machine."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    known = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.split()
    found = [os.environ.get("DEBIAN_MIRROR", ""), *(one for one in known if one.rstrip("/").endswith("/debian"))]
    mirror = next((one for one in found if one), None)
    if mirror is None:
        raise SystemExit("apt knows no Debian archive here; name one in DEBIAN_MIRROR")
    return mirror


def kind(path: str) -> str | None:
    """What the tile at this path below rltiles/ is, or None where it is left out."""
    if any(part in LEFT_OUT for part in path.split("/")):
        return None
    return next((name for place, name in PLACES.items() if path.startswith(place + "/")), None)


def write(folder: Path) -> dict[str, int]:
    """Writes the tiles, and counts them by kind."""
    seen: set[bytes] = set()
    counts: dict[str, int] = {}
    with tarfile.open(archive()) as files:
        for member in files:
            path = member.name.partition("/rltiles/")[2]
            label = kind(path) if path.endswith(".png") else None
            file = files.extractfile(member) if label else None
            if label is None or file is None:
                continue
            try:
                tile = Image.open(io.BytesIO(file.read())).convert("RGBA")
            except UnidentifiedImageError:  # a few names end in .png and hold something else
                continue
            raw = tile.tobytes()
            if tile.size != (SIDE, SIDE) or not tile.getchannel("A").getbbox() or raw in seen:
                continue
            seen.add(raw)
            counts[label] = counts.get(label, 0) + 1
            (folder / label).mkdir(parents=True, exist_ok=True)
            stem = "_".join(Path(path).with_suffix("").parts[-2:])
            tile.save(folder / label / f"{stem}_{counts[label]}.png")
    return counts


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else home() / "tiles"
    print(into, write(into))
