"""Files made to do harm, and any bytes at all: pages or a refusal, never anything else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from docx import Document
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image

from indexer.parsing.limits import ParsingLimits
from indexer.parsing.parsers import FileParser
from indexer.parsing.zip_members import Member, is_container, members
from models.errors import ArchiveBomb, DamagedFile, EncryptedFile, TooLarge, UnreadableFile
from tests.fakes_ocr import GridOcr, picture_of

LIMITS = ParsingLimits(max_uncompressed_bytes=64 * 1024 * 1024, ratio_exempt_bytes=1024 * 1024)
PARSER = FileParser(LIMITS, GridOcr())
MIB = 1024 * 1024


def zipped(entries: dict[str, bytes], *, compression: int = ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def docx() -> bytes:
    buffer = BytesIO()
    document = Document()
    document.add_paragraph("参保登记 𠮷")
    document.add_table(rows=2, cols=2).cell(0, 0).text = "险种"
    document.save(buffer)
    return buffer.getvalue()


def xlsx() -> bytes:
    buffer = BytesIO()
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["单位", "险种"])
    sheet.append(["某厂", "工伤"])
    book.save(buffer)
    return buffer.getvalue()


def pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 700, "social insurance archive 2024")
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def tiff() -> bytes:
    buffer = BytesIO()
    Image.fromarray(picture_of("失业")).save(buffer, "TIFF", compression="tiff_lzw")
    return buffer.getvalue()


def rewritten(data: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    with ZipFile(BytesIO(data)) as archive:
        entries = {info.filename: archive.read(info) for info in archive.infolist()}
    return zipped(entries | {member: change(entries.get(member, b""))})


def outcome(data: bytes, name: str) -> str:
    """Return the error code, or ``read``; any other exception fails the test."""
    try:
        pages = PARSER.read_bytes(data, name).pages
    except UnreadableFile as error:
        refusal = error
    else:
        return "read" if pages else "no page"
    assert refusal.detail.endswith("。")
    assert type(refusal) is not UnreadableFile
    return refusal.code


BIG = b"0" * (80 * MIB)


@pytest.mark.parametrize(("make", "name"), [(docx, "a.docx"), (xlsx, "a.xlsx")])
def test_an_office_file_that_unpacks_beyond_measure_is_a_bomb(make: Callable[[], bytes], name: str) -> None:
    assert outcome(rewritten(make(), "customXml/fill.xml", lambda _: BIG), name) == "archive_bomb"
    assert outcome(rewritten(make(), "customXml/fill.xml", lambda _: BIG[: 20 * MIB]), name) == "archive_bomb"
    assert outcome(rewritten(make(), "customXml/fill.xml", lambda _: BIG[:1000]), name) == "read"


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha">""" + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


PARTS = (
    (docx, "word/document.xml", "a.docx"),
    (xlsx, "xl/worksheets/sheet1.xml", "a.xlsx"),
    (xlsx, "xl/workbook.xml", "a.xlsx"),
)


def with_prologue(xml: bytes, prologue: bytes, reference: bytes) -> bytes:
    """Return ``xml`` under another prologue, an entity in place of the words in it."""
    start = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
    body = xml[start:].replace("险种".encode(), reference).replace(b'name="Sheet"', b'name="%s"' % reference)
    return prologue + body.replace("险种".encode("ascii", "xmlcharrefreplace"), reference)


def test_entity_bombs_are_harmless() -> None:
    for make, part, name in PARTS:
        bomb = rewritten(make(), part, lambda xml: with_prologue(xml, LAUGHS + b"]>", b"&j;"))
        assert outcome(bomb, name) in {"read", "damaged_file"}
    assert outcome(LAUGHS + b"]><html>&j;</html>", "a.html") in {"read", "damaged_file"}


def test_external_entities_read_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("绝不可见", encoding="utf-8")
    doctype = f'<!DOCTYPE x [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>'.encode()
    for make, part, name in PARTS:
        leaking = rewritten(make(), part, lambda xml: with_prologue(xml, doctype, b"&leak;"))
        assert b"&leak;" in part_of(leaking, part)
        try:
            text = "".join(page.text for page in PARSER.read_bytes(leaking, name).pages)
        except DamagedFile:
            continue
        assert "绝不可见" not in text


def part_of(data: bytes, member: str) -> bytes:
    with ZipFile(BytesIO(data)) as archive:
        return archive.read(member)


def test_a_macro_document_is_refused_and_a_shifted_zip_is_damaged() -> None:
    plain, macro = b"officedocument.wordprocessingml.document.main", b"ms-word.document.macroEnabled.main"
    with_macros = rewritten(
        docx(),
        "[Content_Types].xml",
        lambda xml: xml.replace(b"vnd.openxmlformats-" + plain, b"vnd." + macro),
    )
    assert outcome(with_macros, "a.docx") == "unsupported_media"
    whole = docx()
    assert outcome(whole[:2000] + whole[2500:], "a.docx") == "damaged_file"


def test_zip_members_with_chinese_names(tmp_path: Path) -> None:
    path = tmp_path / "卷.zip"
    gbk = "案卷/参保登记表.txt".encode("gb18030").decode("cp437")
    with ZipFile(path, "w") as archive:
        archive.writestr(ZipInfo("新/工伤.txt"), "工伤")
        archive.writestr(ZipInfo("空/"), "")
        archive.writestr(ZipInfo("__MACOSX/._a"), "x")
        info = ZipInfo("PLACEHOLDER_OF_LENGTH_27.txt"[: len(gbk)])
        archive.writestr(info, "登记")
    raw = path.read_bytes().replace(info.filename.encode(), gbk.encode("cp437"))
    path.write_bytes(raw)
    assert [(m.name, m.data.decode()) for m in members(path, LIMITS)] == [
        ("新/工伤.txt", "工伤"),
        ("案卷/参保登记表.txt", "登记"),
    ]
    assert is_container(path)


@pytest.mark.parametrize("name", ["../../etc/x.txt", "/abs/x.txt", "C:\\dir\\..\\x.txt", "a/../../x.txt"])
def test_a_name_never_climbs_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({name: "内容".encode()}))
    (member,) = members(path, LIMITS)
    assert ".." not in member.name.split("/")
    assert not Path(member.name).is_absolute()
    assert ":" not in member.name
    assert member.data.decode() == "内容"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.zip"]


def test_one_bad_member_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    data = zipped(
        {
            "好.txt": "参保".encode(),
            "套娃.zip": zipped({"x.txt": b"x"}),
            "加密.txt": b"locked",
            "坏.txt": "MARKER-工伤".encode(),
            "大.txt": b"y" * 600,
            "表.docx": docx(),
        },
        compression=ZIP_STORED,
    )
    data = data.replace(b"MARKER-", b"MARKED-")  # its checksum no longer agrees
    with ZipFile(BytesIO(data)) as archive:
        offset = archive.getinfo("加密.txt").header_offset
        locked = data.index("加密.txt".encode(), archive.start_dir) - 46
    patched = bytearray(data)
    patched[offset + 6] |= 1
    patched[locked + 8] |= 1
    path.write_bytes(bytes(patched))
    limits = ParsingLimits(max_bytes=len(patched))
    found = {member.name: member for member in members(path, limits)}
    assert {name: type(m.refusal) for name, m in found.items() if m.refusal} == {
        "套娃.zip": ArchiveBomb,
        "加密.txt": EncryptedFile,
        "坏.txt": DamagedFile,
    }
    assert found["好.txt"] == Member("好.txt", "参保".encode())
    assert PARSER.read_bytes(found["表.docx"].data, "表.docx").pages[0].text.startswith("参保登记 𠮷")


def test_a_zip_bomb_is_refused_before_the_first_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.txt": BIG[: 20 * MIB]}))
    with pytest.raises(ArchiveBomb, match="核实来源"):
        members(path, LIMITS)
    path.write_bytes(zipped({f"{n}.txt": b"" for n in range(30)}))
    with pytest.raises(ArchiveBomb, match="20 个文件"):
        members(path, ParsingLimits(max_zip_members=20))
    path.write_bytes(zipped({"大.txt": b"y" * 101, "小.txt": b"y"}))
    refusals = [type(member.refusal) for member in members(path, ParsingLimits(max_bytes=100))]
    assert refusals == [TooLarge, type(None)]


def test_what_is_a_container(tmp_path: Path) -> None:
    path = tmp_path / "a"
    found = []
    for data in (
        zipped({"a.txt": b"x"}),
        zipped({}),
        docx(),
        "文字".encode(),
        zipped({"a.txt": b"x"})[:20],
        b"",
    ):
        path.write_bytes(data)
        found.append(is_container(path))
    assert found == [True, True, False, False, False, False]
    assert not is_container(tmp_path)


VALID = {"a.docx": docx(), "a.xlsx": xlsx(), "a.pdf": pdf(), "a.tif": tiff()}
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)


def test_the_valid_files_are_read() -> None:
    assert {name: outcome(data, name) for name, data in VALID.items()} == dict.fromkeys(VALID, "read")


@QUIET
@given(
    st.binary(max_size=400), st.sampled_from(["", ".txt", ".csv", ".html", ".pdf", ".docx", ".png", ".zip"])
)
@example(b"PK\x03\x04", ".docx")
@example(b"%PDF-1.7\n%%EOF", ".pdf")
@example(b"<html>", ".html")
@example(b"\x89PNG\r\n\x1a\n", ".png")
def test_any_bytes(data: bytes, extension: str) -> None:
    assert outcome(data, "文件" + extension)


@QUIET
@given(st.sampled_from(sorted(VALID)), st.floats(0, 0.999))
def test_any_truncation(name: str, share: float) -> None:
    assert outcome(VALID[name][: int(len(VALID[name]) * share)], name) != "no page"


@QUIET
@given(st.sampled_from(sorted(VALID)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12))
def test_any_few_changed_bytes(name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(VALID[name])
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    assert outcome(bytes(data), name) != "no page"


@QUIET
@given(
    st.sampled_from(["word/document.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"]),
    st.binary(max_size=300),
)
def test_any_xml_part(part: str, replacement: bytes) -> None:
    make, name = (docx, "a.docx") if part.startswith("word") else (xlsx, "a.xlsx")
    assert outcome(rewritten(make(), part, lambda _: replacement), name) in {"damaged_file", "no_text_found"}


def test_heavy_libraries_load_late() -> None:
    heavy = ["pypdfium2", "docx", "openpyxl", "lxml", "PIL", "rapidocr", "cv2", "onnxruntime"]
    code = f"import sys, indexer.parsing.parsers; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
