"""What the names of pictures say: classes by their folders, captions by their words, and a metadata file about them.

Names stay in Arrow's memory, some bytes each, and are looked at a few at a time: there may be millions.
"""

import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.errors import DataError
from genloop.files.columns import unique_names
from genloop.files.lines import Lines
from genloop.files.pictures.values import Skipped
from genloop.files.spool import scratch
from genloop.files.text import Text

ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".pgm", ".ppm", ".pbm",
    ".pnm", ".pam",
)  # fmt: skip
_METADATA = ("metadata.csv", "metadata.jsonl")
_KEY = "file_name"
MOST_METADATA = 256 << 20
_MAGIC = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|II\*\x00|MM\x00\*|P[4-7]\s|BM....\0\0\0\0", re.S)
_TAIL = re.compile(r"[\s_.\-()#]*\d*[\s_.\-()]*$")
_WORD = re.compile(r"[^\W\d_]{3,}|[\u3040-\u30ff\u3400-\u9fff]{2,}")
_NO_WORDS = re.compile(
    r"(?:img|image|dsc[nf]?|pic|picture|photo|frame|scan|screenshot|sample|sprite|tile|untitled|copy|file|pxl|mvimg|wechat"
    r"|mmexport|图片|照片|截图|微信图片)+", re.I
)  # fmt: skip
_PARENT = r"(?s)^(?P<folder>.*)/[^/]*$"
_AT_ONCE = 16_384
_HEX = re.compile(r"[0-9a-f]{6,}(?:-[0-9a-f]+)*", re.I)


@dataclass(frozen=True)
class Listing:
    """Pictures by relative name, with columns about them (all of one length)."""

    names: pa.StringArray
    about: dict[str, pa.Array]
    notes: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Column names in order, `image` first."""
        return ["image", *self.about]

    def batches(self, prefix: str, rows: int) -> Iterator[pa.RecordBatch]:
        """All rows, so many at a time; pictures as `prefix` and their name."""
        for start in range(0, len(self.names), rows):
            image = pc.binary_join_element_wise(prefix, self.names.slice(start, rows), "")
            about = [column.slice(start, rows) for column in self.about.values()]
            yield pa.RecordBatch.from_arrays([image, *about], names=self.columns)

    def digest(self) -> bytes:
        """A hash of what is said about the pictures."""
        digest, before = hashlib.sha256(), "{"
        for name, column in self.about.items():
            digest.update(f"{before}{name!r}: [".encode())
            for place, value in enumerate(each(column)):
                digest.update(f"{', ' if place else ''}{value!r}".encode("utf-8", "surrogatepass"))
            before = "], "
        digest.update(b"]}" if self.about else b"{}")
        return digest.digest()


def pack(names: Iterable[str]) -> pa.StringArray:
    """The names in order."""
    left, parts = iter(names), []
    while some := list(islice(left, _AT_ONCE)):
        parts.append(pa.array(some, pa.string()))
    packed = pa.chunked_array(parts, pa.string())
    return packed.take(pc.sort_indices(packed)).combine_chunks()


def each(column: pa.Array) -> Iterator[Any]:
    """The values one by one, few of which are Python's at a time."""
    for start in range(0, len(column), _AT_ONCE):
        yield from column.slice(start, _AT_ONCE).to_pylist()


def read(names: pa.StringArray, fetch: Callable[[str], bytes], where: str) -> Listing:
    """The listing of these names; `fetch` gives the bytes of a metadata file, which is looked for at the top.

    Raises:
        DataError: the metadata file is damaged, lacks `file_name`, or names a file outside of the folder.
    """
    parents = _parents(names)
    about: dict[str, pa.Array] = {}
    kinds = {"image": "image"}
    if parents.null_count < len(parents):
        about["class"] = parents
        kinds["class"] = "category"
    said, notes = _metadata(names, fetch, where)
    if "class" in said and "class" in about:
        told = said["class"].cast(pa.string())
        if not pc.any(pc.equal(told, about["class"])).as_py():
            kinds.pop("class")  # the folders are no classes: a train and a test one, say
        said["class"] = pc.coalesce(told, about["class"])
    about.update(said)
    if not said and (captions := _captions(names, parents)) is not None:
        about["caption"] = captions
        kinds["caption"] = "text"
        notes.append("the words of the file names are read as captions")
    return Listing(names, about, tuple(notes), kinds)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is the system's own."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir")


def is_picture(name: str) -> bool:
    """Whether a name ends as that of a picture."""
    return name.lower().endswith(ENDINGS)


def is_magic(start: bytes) -> bool:
    """Whether bytes begin as those of a picture do."""
    return bool(_MAGIC.match(start))


def is_metadata(name: str) -> bool:
    """Whether a relative name is that of the metadata file."""
    return name in _METADATA


def nothing(path: object, skipped: Sequence[Skipped]) -> str:
    """The message for a place without pictures and documents."""
    found = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name, _ in skipped)
    listed = ", ".join(f"{count} {ending}" for ending, count in found.most_common(4)) or "no file"
    return (
        f"neither pictures nor documents in {path}: expected PNG, JPEG, WebP, GIF, BMP or TIFF files, or .txt, .md, "
        f".html, .pdf or .docx; found {listed}"
    )


def remarks(skipped: Sequence[Skipped]) -> list[str]:
    """One note on the files that are no pictures."""
    if not skipped:
        return []
    found = Counter(reason for _, reason in skipped)
    listed = "; ".join(f"{count} {reason}" for reason, count in found.most_common(4))
    return [f"{len(skipped)} {'file is no picture' if len(skipped) == 1 else 'files are no pictures'}: {listed}"]


def within(name: str, where: str) -> str:
    """A relative path in its shortest form.

    Raises:
        DataError: it is absolute or leads out of the folder.
    """
    parts: list[str] = []
    bare = name.replace("\\", "/")
    for part in bare.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part == ".." or bare.startswith("/") or re.match(r"[A-Za-z]:", bare):
            raise DataError(f"{where}: {name!r} leads out of the folder; expected a path inside it")
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _parents(names: pa.StringArray) -> pa.StringArray:
    """The folder that each lies in; none for those at the top."""
    coded = pc.struct_field(pc.extract_regex(names, _PARENT), "folder").dictionary_encode()
    plain = [str(PurePosixPath(folder)) for folder in coded.dictionary.to_pylist()]
    return pa.array([None if folder == "." else folder for folder in plain], pa.string()).take(coded.indices)


def _metadata(
    names: pa.StringArray, fetch: Callable[[str], bytes], where: str
) -> tuple[dict[str, pa.Array], list[str]]:
    for name in _METADATA:
        try:
            data = fetch(name)
        except (FileNotFoundError, KeyError):
            continue
        if len(data) > MOST_METADATA:
            raise DataError(f"{where}: {name} is larger than {MOST_METADATA >> 20} MB; name the table itself instead")
        return _joined(names, _table(name, data), f"{where}, {name}")
    return {}, []


class _Owner:
    """Keeps a temporary folder while its file is read."""


def _table(name: str, data: bytes) -> pa.Table:
    owner = _Owner()
    place = scratch(owner) / name
    place.write_bytes(data)
    source = Text(place) if name.endswith(".csv") else Lines(place)
    batches = list(source.batches())
    return pa.Table.from_batches(batches) if batches else pa.table({name: pa.nulls(0) for name in source.columns})


def _joined(names: pa.StringArray, table: pa.Table, where: str) -> tuple[dict[str, pa.Array], list[str]]:
    """The metadata's columns in the order of the pictures, missing where it does not speak of one."""
    if _KEY not in table.column_names:
        raise DataError(f"{where}: expected a column {_KEY!r}; found {', '.join(table.column_names)}")
    keys = table.column(_KEY).cast(pa.string()).to_pylist()
    rows = {within(key, f"{where}, row {n}"): n - 1 for n, key in enumerate(keys, 1) if key}
    places = pa.array([rows.get(name) for name in each(names)], pa.int64())
    others = [name for name in table.column_names if name != _KEY]
    renamed, notes = unique_names(["image", *others])
    about = {
        new: pc.take(table.column(old).combine_chunks(), places) for old, new in zip(others, renamed[1:], strict=True)
    }
    if places.null_count:
        notes.append(f"{places.null_count} pictures are not in the metadata file")
    if lost := len(rows) - len(names) + places.null_count:
        notes.append(f"{lost} rows of the metadata file name no picture that is there")
    return about, notes


def _captions(names: pa.StringArray, parents: pa.StringArray) -> pa.Array | None:
    """The words of the file names, when most are words of their own and not the class with a number."""
    found = [_words(posixpath.splitext(posixpath.basename(name))[0]) for name in each(names)]
    both = zip(found, each(parents), strict=True)
    own = [text for text, parent in both if text and text.lower() not in (parent or ".").lower()]
    if len(own) < 0.5 * len(names) or len(set(own)) < max(2, 0.2 * len(own)):
        return None
    return pa.array(found, pa.string())


def _words(stem: str) -> str | None:
    bare = _TAIL.sub("", stem)
    if _HEX.fullmatch(bare) or not _WORD.search(bare):
        return None
    text = re.sub(r"[\s_\-.]+", " ", bare).strip()
    return None if _NO_WORDS.fullmatch(re.sub(r"[\W\d]+", "", text)) else text
