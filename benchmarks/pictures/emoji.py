"""Emoji with captions in English and Chinese: a table of pictures to learn from, and another of unseen ones.

usage: python benchmarks/pictures/emoji.py          (needs npm; writes emoji-train.parquet and emoji-holdout.parquet)

Art: Twemoji (CC BY 4.0) out of emoji-datasource-twitter 16.0.0; captions: emojibase-data 17.0.0 (MIT, from Unicode
CLDR). Columns: image (PNG, 64 x 64, on white), caption, language, group. Each picture comes once with its English and
once with its Chinese words. All variants of one emoji (skin tones, genders of one role) fall on the same side.
"""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from sets import fetch, home

ART = ("emoji-datasource-twitter@16.0.0", "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877")
WORDS = ("emojibase-data@17.0.0", "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a")
HELD = 0.15
TONES = {f"1F3F{digit}" for digit in "BCDEF"}
GENDERS = {"2640", "2642", "200D", "FE0F"}


def captions(archive: tarfile.TarFile, language: str) -> dict[str, str]:
    """By code point the name and the first few tags, as one line."""
    member = archive.extractfile(f"package/{language}/compact.json")
    assert member is not None
    return {
        entry["hexcode"]: ", ".join(dict.fromkeys([entry["label"], *entry.get("tags", [])[:4]]))
        for entry in json.load(member)
    }


def base(code: str) -> str:
    """What the variants of one emoji share: its code points without tones and genders."""
    return "-".join(part for part in code.split("-") if part not in TONES | GENDERS) or code


def flat(raw: bytes) -> bytes:
    """The picture on white, as PNG."""
    art = Image.open(io.BytesIO(raw)).convert("RGBA")
    ground = Image.new("RGBA", art.size, "white")
    ground.alpha_composite(art)
    out = io.BytesIO()
    ground.convert("RGB").save(out, "PNG")
    return out.getvalue()


def rows() -> list[dict[str, object]]:
    """Two rows a picture, in the order of the data source."""
    art = fetch(["npm", "pack", ART[0]], "emoji-datasource-twitter-*.tgz", ART[1])
    words = fetch(["npm", "pack", WORDS[0]], "emojibase-data-*.tgz", WORDS[1])
    with tarfile.open(words) as archive:
        spoken = {language: captions(archive, language) for language in ("en", "zh")}
    found: list[dict[str, object]] = []
    with tarfile.open(art) as archive:
        listed = archive.extractfile("package/emoji.json")
        assert listed is not None
        entries = json.load(listed)
        pictures = {Path(m.name).name: m for m in archive.getmembers() if "/img/twitter/64/" in m.name}
        for entry in entries:
            plain = entry["unified"].replace("-FE0F", "")
            member = pictures.get(entry["image"])
            if member is None or any(plain not in spoken[language] for language in spoken):
                continue
            file = archive.extractfile(member)
            assert file is not None
            image = flat(file.read())
            for language, names in spoken.items():
                row = {"image": image, "caption": names[plain], "language": language, "group": entry["category"]}
                found.append({**row, "base": base(plain)})
    return found


def prepare() -> tuple[Path, Path]:
    """Paths of the two tables, written when they are not there yet."""
    paths = home() / "emoji-train.parquet", home() / "emoji-holdout.parquet"
    if not all(path.exists() for path in paths):
        everything = rows()
        held = [int(hashlib.md5(str(row["base"]).encode()).hexdigest(), 16) % 1000 < 1000 * HELD for row in everything]
        for path, side in zip(paths, (False, True), strict=True):
            part = [
                {key: value for key, value in row.items() if key != "base"}
                for row, out in zip(everything, held, strict=True)
                if out == side
            ]
            pq.write_table(pa.Table.from_pylist(part), path)
    return paths


if __name__ == "__main__":
    for written in prepare():
        print(written, pq.read_metadata(written).num_rows)
