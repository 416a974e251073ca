"""Files made to do harm, by name; each is small, whatever it would become.

What the parsers alone must stand: `tests/integration/test_parsing_hostile.py`; these go the whole way.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from tests.integration.test_parsing_hostile import LAUGHS, docx, pdf, rewritten, tiff, xlsx, zipped

MIB = 2**20
_SPREADSHEET = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_WORD = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CANARY = "TRAP"
"""In the name of everything a file tries to write; no such file may appear anywhere."""


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield what is small and would become large, or take for ever."""
    yield "zip.zip", zipped({"a.txt": b"0" * (20 * MIB)})
    yield "nested.zip", zipped({"b.zip": zipped({"c.zip": zipped({"d.txt": b"0" * MIB})})})
    yield "directory.zip", many_entries(720_000)
    yield "part.docx", rewritten(docx(), "customXml/fill.xml", lambda _: b"0" * (20 * MIB))
    yield "gz.docx", rewritten(docx(), "word/media/a.gz", lambda _: zlib.compress(b"0" * (20 * MIB)))
    yield "laughs.docx", rewritten(docx(), "word/document.xml", lambda _: LAUGHS + b"]><a>&j;</a>")
    yield "laughs.xlsx", rewritten(xlsx(), "xl/workbook.xml", lambda _: LAUGHS + b"]><a>&j;</a>")
    yield "laughs.ofd", zipped({"OFD.xml": LAUGHS + b"]><a>&j;</a>"})
    strings = b"<sst %s>%s</sst>" % (_SPREADSHEET, b"<si><t>a</t></si>" * 100_000)
    yield "strings.xlsx", rewritten(xlsx(), "xl/sharedStrings.xml", lambda _: strings)
    far = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 4))
    sheet = b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (_SPREADSHEET, far)
    yield "far.xlsx", rewritten(xlsx(), "xl/worksheets/sheet1.xml", lambda _: sheet)
    deep = b"<w:document %s><w:body>%s</w:body></w:document>" % (
        _WORD,
        b"<w:sdt>" * 5000 + b"</w:sdt>" * 5000,
    )
    yield "deep.docx", rewritten(docx(), "word/document.xml", lambda _: deep)
    yield "deep.html", b"<html><body>" + b"<div><table><tr><td>" * 20_000 + b"x"
    yield "comments.html", b"<!--a-->" * 60 + b"x"
    yield "form feeds.txt", b"a\f" * 5000
    yield "commas.csv", (b"," * 5_000 + b"\n") * 3
    yield "pixels.png", png(60_000, 60_000)
    yield "pixels.tif", tiff_of(60_000, 60_000)
    yield "frames.tif", looping_tiff()
    yield "stream.pdf", pdf_of(b"", zlib.compress(b"0" * (20 * MIB)), b"/Filter/FlateDecode")
    yield (
        "filters.pdf",
        pdf_of(b"", zlib.compress(zlib.compress(b"0" * (20 * MIB))), b"/Filter[/FlateDecode/FlateDecode]"),
    )
    yield "pages.pdf", recursive_pages()
    yield "xref.pdf", pdf().replace(b"trailer", b"trailer\n<< /Prev 15 /Root 1 0 R >>\ntrailer")
    yield "form.pdf", recursive_form()
    yield (
        "picture.pdf",
        pdf_of(b"/Im Do", b"", b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8"),
    )


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Yield what is two things at once, or another than it says."""
    yield "pdf and zip.pdf", pdf() + zipped({"a.txt": b"x"})
    yield "zip and pdf.zip", zipped({"a.pdf": pdf()}, compression=ZIP_STORED)
    yield "gif and js.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//;"
    yield "gif as text.txt", b"GIF89a=1;alert(1)"
    yield "html in text.txt", b"<!doctype html><script>alert(1)</script><p>\xe5\xb7\xa5\xe4\xbc\xa4"
    yield "docx and html.docx", docx() + b"<html><script>alert(1)</script>"
    yield "exe.pdf", b"MZ\x90\0" + b"\0" * 60 + b"PE\0\0"
    yield "script.csv", b'=cmd|"/c calc"!A1,2\n@SUM(1),3\n'
    yield "pdf.docx", pdf()
    yield "docx.pdf", docx()
    yield "no extension", pdf()
    yield "macros.xlsm", rewritten(xlsx(), "xl/vbaProject.bin", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    yield "empty.pdf", b""
    yield "blank.txt", b" \n\t "
    yield "nul.txt", b"\0" * 100
    yield "locked.pdf", locked_pdf()
    yield "locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")


def references(address: str) -> Iterator[tuple[str, bytes]]:
    """Yield what asks its reader to fetch ``address`` (http://… or file://…)."""
    raw = address.encode()
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "%s">]><x>&e;</x>' % raw
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    link = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="%sattachedTemplate" Target="%s" TargetMode="External"/>'
        b"</Relationships>"
    )
    yield "template.docx", rewritten(docx(), "word/_rels/settings.xml.rels", lambda _: link % (kind, raw))
    yield "entity.docx", rewritten(docx(), "word/document.xml", lambda _: entity)
    yield "entity.xlsx", rewritten(xlsx(), "xl/workbook.xml", lambda _: entity)
    yield "entity.ofd", zipped({"OFD.xml": entity})
    yield (
        "page.html",
        (
            b'<!doctype html><link rel=stylesheet href="%s"><script src="%s"></script><img src="%s">'
            b'<iframe src="%s"></iframe><object data="%s"></object><p>\xe5\xb7\xa5\xe4\xbc\xa4' % ((raw,) * 5)
        ),
    )
    yield "links.xlsx", rewritten(xlsx(), "xl/externalLinks/externalLink1.xml", lambda _: entity)
    yield (
        "action.pdf",
        pdf().replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /URI /URI (%s) >>" % raw),
    )


def tricky_names() -> list[str]:
    """Return member names that mean to be written elsewhere, or that some system cannot bear."""
    return [
        f"../../{CANARY}1.txt", f"/tmp/{CANARY}2.txt", f"..\\..\\{CANARY}3.txt", f"C:\\{CANARY}4.txt",  # noqa: S108
        f"\\\\host\\share\\{CANARY}5.txt", f"a/../../../{CANARY}6.txt", f"./././{CANARY}7.txt",
        f"{CANARY}8.txt\0.exe", f"..\xc0\xaf..\xc0\xaf{CANARY}9.txt", f"%2e%2e%2f{CANARY}10.txt",
        f"\u202e{CANARY}11.txt", f"\x1b[2J{CANARY}12.txt", "CON.txt", "aux", "NUL.txt:stream", "a. ",
        "~/.ssh/x", "x" * 4000 + ".txt", "卷/卷/" * 300 + "a.txt", "A.txt", "a.txt", "a.txt",
        "-rf.txt", "$(touch x).txt",
        "'; DROP TABLE documents; --.txt", "<img src=x onerror=alert(1)>.txt", "\n\r.txt", ".", "..", "/",
    ]  # fmt: skip


def zip_of_tricks() -> bytes:
    """Return a zip of all tricky names, links and devices, every member readable text."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for number, name in enumerate(tricky_names()):
            info = ZipInfo("placeholder")
            info.filename = name
            archive.writestr(info, f"工伤认定申请表，第{number}号，职工受伤。")
        for name, kind in (("link", 0o120777), ("device", 0o020666), ("pipe", 0o010666), ("set", 0o104755)):
            info = ZipInfo(f"{CANARY}-{name}.txt")
            info.create_system, info.external_attr = 3, kind << 16
            archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


def many_entries(count: int) -> bytes:
    """Return a zip whose directory names as many members, all of them the same few bytes."""
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    size = len(entry) * count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, len(local), 0)
    wide = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, len(local))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + size, 1)
    return local + entry * count + wide + locator + end


def png(width: int, height: int) -> bytes:
    """Return a PNG that says it is as large, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def tiff_of(width: int, height: int) -> bytes:
    """Return a TIFF of one strip that says it is as large."""
    fields = ((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
              (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 4))  # fmt: skip
    directory = b"".join(struct.pack("<2H2I", *field) for field in fields)
    return (
        b"II*\0"
        + struct.pack("<I", 12)
        + b"\0\0\0\0"
        + struct.pack("<H", len(fields))
        + directory
        + b"\0" * 4
    )


def looping_tiff() -> bytes:
    """Return a TIFF whose directory of pages leads back to its first."""
    whole = bytearray(tiff())
    start = int.from_bytes(whole[4:8], "little")
    entries = int.from_bytes(whole[start : start + 2], "little")
    following = start + 2 + 12 * entries
    whole[following : following + 4] = whole[4:8]
    return bytes(whole)


def pdf_of(content: bytes, stream: bytes, told: bytes) -> bytes:
    """Return a one-page PDF with that content, or that stream as its content where there is none."""
    main = b"5 0 R" if content else b"4 0 R"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %s/Resources<</XObject<</Im 4 0 R>>>>>>"
        % main,
        b"<<%s/Length %d>>stream\n%s\nendstream" % (told, len(stream), stream),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    return _pdf(objects)


def recursive_pages() -> bytes:
    """Return a PDF whose tree of pages holds itself."""
    return _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>"])


def recursive_form() -> bytes:
    """Return a PDF whose drawing draws itself."""
    told = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</Im 4 0 R>>>>"
    return pdf_of(b"/Im Do", b"/Im Do", told)


def locked_pdf() -> bytes:
    """Return a PDF that says it is under a password nobody has."""
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[(a)(a)]" % (b"o" * 32, b"u" * 32)
    return _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"], lock)


def _pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return out
