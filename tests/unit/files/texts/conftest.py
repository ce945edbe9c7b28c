"""Small files of documents, made here."""

import io
import zipfile

import pytest

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_file(body, *, title="", more=None, head='<?xml version="1.0"?>'):
    """The bytes of a Word file with this body."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"{head}<w:document {W}><w:body>{body}</w:body></w:document>")
        if title:
            archive.writestr(
                "docProps/core.xml",
                f'<c:p xmlns:c="x" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></c:p>',
            )
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return sink.getvalue()


def paragraph(text):
    """A paragraph of a Word file."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf_file(pages, *, title=None):
    """The bytes of a PDF whose pages hold these lines of ASCII."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, lines in enumerate(pages):
        stream = "BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * at} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream".encode())
    info = ""
    if title is not None:
        objects.append(f"<< /Title ({title}) >>".encode())
        info = f" /Info {len(objects)} 0 R"
    whole, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(whole))
        whole += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{info} >>\nstartxref\n{len(whole)}\n%%EOF".encode()
    return whole + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + table + trailer


@pytest.fixture
def corpus(tmp_path):
    """A folder of forty different documents in two sub-folders."""
    for kind in ("news", "help"):
        (tmp_path / kind).mkdir()
        for at in range(20):
            words = " ".join(f"word{at * 7 + step}{kind}" for step in range(30))
            (tmp_path / kind / f"{at:02d}.txt").write_text(f"Story {at} of {kind}: {words}.", "utf-8")
    return tmp_path
