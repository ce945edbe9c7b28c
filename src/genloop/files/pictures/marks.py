"""The label of a made picture inside its file: an XMP packet, and PNG text, that say it was made, by what and when.

The words are IPTC's (`Iptc4xmpExt:DigitalSourceType`, XMP specification part 1); the whole label stands beside them as
JSON, so that it reads back as it was.
"""

import html
import json
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genloop.core.errors import OutputError

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_OWN = "https://genloop.dev/ns/1.0/"
_LABEL = re.compile(rb"<genloop:label>(.*?)</genloop:label>", re.S)
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MADE = b"rainedAlgorithmicMedia"  # ends every source type of what a learnt model made or changed
_MOST_BYTES = 256 << 20

Label = Mapping[str, Any]


def xmp(label: Label) -> bytes:
    """The label as an XMP packet."""
    own = {
        "genloop:model": label.get("model"),
        "genloop:run": label.get("run"),
        "genloop:label": json.dumps(dict(label), ensure_ascii=False),
        "xmp:CreatorTool": label.get("software"),
        "xmp:CreateDate": label.get("created"),
        "Iptc4xmpExt:DigitalSourceType": _SOURCE_TYPES + str(label.get("source_type", "trainedAlgorithmicMedia")),
    }
    lines = [
        f"<{key}>{html.escape(str(value), quote=False)}</{key}>" for key, value in own.items() if value is not None
    ]
    text = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:genloop="{_OWN}">'
        f'{"".join(lines)}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return text.encode()


def chunks(label: Label | None) -> bytes:
    """The label as PNG chunks: text for people (`Software`, `Source`, `Comment`) and XMP for programs."""
    if label is None:
        return b""
    texts = {
        "Software": label.get("software", "genloop"),
        "Source": label.get("source_type", "trainedAlgorithmicMedia"),
        "Comment": label.get("notice", "made by a generative model"),
        "genloop": json.dumps(dict(label)),
    }
    parts = [chunk(b"tEXt", f"{key}\0{_latin(value)}".encode("latin-1")) for key, value in texts.items()]
    return b"".join([*parts, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(label))])


def chunk(name: bytes, data: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def into_jpeg(data: bytes, label: Label) -> bytes:
    """A JPEG with the label's XMP as its first segment."""
    packet = _JPEG_XMP + xmp(label)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet + data[2:]


def given(label: Label | None) -> list[str]:
    """The columns whose pictures somebody gave: no model made these, and they carry no label."""
    return list(json.loads(str((label or {}).get("given", "[]"))))


def is_made(part: bytes) -> bool:
    """Whether bytes of a picture's file say that a model made or changed it, ours or another that labels its work."""
    return _MADE in part


def read(path: Path) -> str | None:
    """The label's JSON text in a picture, None when it has none."""
    if path.stat().st_size > _MOST_BYTES:
        return None
    found = _LABEL.search(path.read_bytes())
    return None if found is None else html.unescape(found[1].decode("utf-8", "replace"))


def check(path: Path, label: Label | None) -> None:
    """Reads the label back from a picture that was written with it.

    Raises:
        OutputError: it is not there, or another.
    """
    text = None if label is None else read(path)
    if label is not None and (text is None or json.loads(text) != dict(label)):
        raise OutputError(f"{path.name}: the label did not read back after writing; nothing was kept")


def _latin(value: Any) -> str:
    return str(value).encode("latin-1", "backslashreplace").decode("latin-1").replace("\0", " ")
