"""Emoji with captions in English and Chinese: pictures to learn from, unseen ones, and how well words make pictures.

usage: python benchmarks/pictures/emoji.py          (needs npm; writes emoji-train.parquet and emoji-holdout.parquet)
       python benchmarks/pictures/emoji.py MODEL    (needs the packs `words` and `photos`; measures a fitted model)

Art: Twemoji (CC BY 4.0) out of emoji-datasource-twitter 16.0.0; captions: emojibase-data 17.0.0 (MIT, from Unicode
CLDR). Columns: image (PNG, 64 x 64, on white), caption, language, group. Each picture comes once with its English and
once with its Chinese words. All variants of one emoji (skin tones, genders of one role) fall on the same side.

What is measured: MODEL makes a picture for the caption of each held-out emoji, one language at a time; a judge taught
on the real training pairs alone (MobileNetV2's features, canonical correlation with the sentences) looks for the
caption among 100 held-out ones. `match` is the share found at first, the mean over five draws of the others, `real`
the same of the real held-out pictures, `share` the one as a part of the other. `nearest` is what handing out the
learnt picture of the most similar caption gets: the judge has seen those, so a model that repeats learnt pictures is
favoured, and `near` says how many made pictures lie nearer to a learnt one, in pixels, than 1 % of held-out ones do.
Each language adds a row to results/emoji.csv.
"""

import argparse
import csv
import datetime
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tables"), str(HERE)]

from run import commit  # noqa: E402  (the tables' runner)
from sets import fetch, home  # noqa: E402

import genloop  # noqa: E402
from genloop.engine import words  # noqa: E402
from genloop.files.clean import clean  # noqa: E402
from genloop.judges.pictures import captions as judge  # noqa: E402
from genloop.nn import mobile  # noqa: E402
from genloop.runtime import packs  # noqa: E402

ART = ("emoji-datasource-twitter@16.0.0", "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877")
WORDS = ("emojibase-data@17.0.0", "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a")
HELD = 0.15
TONES = {f"1F3F{digit}" for digit in "BCDEF"}
GENDERS = {"2640", "2642", "200D", "FE0F"}
LANGUAGES = ("en", "zh")
LOOKS = 5
COLUMNS = [
    "system", "seconds", "steps", "seed", "commit", "date", "size", "candidates", "language", "captions",
    "match", "real", "share", "nearest", "chance", "near",
]  # fmt: skip


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
        spoken = {language: captions(archive, language) for language in LANGUAGES}
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


def pictures(table: pa.Table, model: genloop.Model) -> np.ndarray:
    """The table's pictures in the size that the model learnt."""
    cleaned = clean(table.select(model.schema.names), model.schema).records.column("image").combine_chunks()
    return np.asarray(cleaned.to_numpy_ndarray())


def drawn(model: genloop.Model, texts: list[str], candidates: int) -> np.ndarray:
    """A picture for each text."""
    parts = [
        model.sample(1, words=text, candidates=candidates, seed=place).to_arrow().column("image").combine_chunks()
        for place, text in enumerate(texts)
    ]
    return np.concatenate([part.to_numpy_ndarray() for part in parts])


def matched(towers: judge.Towers, seen: np.ndarray, texts: list[str]) -> float:
    """How often a picture's own text is found at first among 100."""
    names, own = np.unique(np.array(texts), return_inverse=True)
    agreement = towers.agree(seen, words.encode(names.tolist()))
    return float(np.mean([judge.match(agreement, own, np.random.default_rng(n)).mean() for n in range(LOOKS)]))


def least(pixels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The distance of each picture to the nearest known one."""
    flat, other = (part.reshape(len(part), -1).astype(np.float32) for part in (pixels, known))
    squares = np.square(flat).sum(1)[:, None] - 2 * flat @ other.T + np.square(other).sum(1)
    return np.asarray(np.sqrt(np.maximum(squares, 0)).min(axis=1))


def measure(path: Path, candidates: int, sheet: Path | None) -> list[dict[str, Any]]:
    """A row for each language."""
    model, eyes = genloop.load(path), mobile.Mobile.of(packs.read("photos"))
    train, held = (pq.read_table(part) for part in prepare())
    known, fresh = pictures(train, model), pictures(held, model)
    said, spoken = words.encode(train.column("caption").to_pylist()), np.array(held.column("language").to_pylist())
    learnt = mobile.encode(eyes, known)
    towers = judge.fit(learnt, said)
    bar = float(np.quantile(least(fresh[::2], known), 0.01))
    stage, rows, strips = model.learnt.plan.stages[-1], [], []
    for language in LANGUAGES:
        own = spoken == language
        texts = [text for text, mine in zip(held.column("caption").to_pylist(), own, strict=True) if mine]
        made = drawn(model, texts, candidates)
        nearest = (words.encode(texts) @ said.T).argmax(axis=1)
        match = matched(towers, mobile.encode(eyes, made), texts)
        real = matched(towers, mobile.encode(eyes, fresh[own]), texts)
        strips += [fresh[own][::12], made[::12]]
        rows.append(
            {
                "system": " ".join([stage.family, *(f"{key}={value}" for key, value in stage.settings.items())]),
                "seconds": model.run.seconds,
                "steps": model.run.steps,
                "seed": model.run.seed,
                "commit": commit(str(HERE.parent.parent)),
                "date": f"{datetime.datetime.now(datetime.UTC):%F}",
                "size": "x".join(map(str, made.shape[1:])),
                "candidates": candidates,
                "language": language,
                "captions": len(texts),
                "match": match,
                "real": real,
                "share": match / real,
                "nearest": matched(towers, learnt[nearest], texts),
                "chance": 1 / judge.AMONG,
                "near": float((least(made, known) < bar).mean()),
            }
        )
    if sheet is not None:
        whole = np.concatenate([np.concatenate(list(strip), axis=1) for strip in strips])
        Image.fromarray(whole).resize((2 * whole.shape[1], 2 * whole.shape[0]), Image.Resampling.NEAREST).save(sheet)
    return rows


def keep(rows: list[dict[str, Any]], results: Path) -> None:
    """Adds the rows to the results."""
    fresh = not results.exists()
    with results.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerows({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in rows)


def main() -> None:
    """Prepares the tables; with a model also measures, keeps and shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, help="a model that learnt emoji-train.parquet")
    parser.add_argument("--candidates", type=int, default=1, help="pictures to choose each from, by the critic")
    parser.add_argument("--sheet", type=Path, help="a PNG of real and made pictures, English above Chinese")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "emoji.csv")
    given = parser.parse_args()
    for written in prepare():
        print(written, pq.read_metadata(written).num_rows)
    if given.model:
        rows = measure(given.model, given.candidates, given.sheet)
        keep(rows, given.results)
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
