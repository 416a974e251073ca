from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest

from indexer.parsing.media_type import (
    CSV,
    DOCX,
    HTML,
    JPEG,
    PDF,
    PLAIN,
    PNG,
    XLSX,
    ZIP,
    media_type_of,
    settled_media_type,
)
from models.errors import (
    DamagedFile,
    EmptyFile,
    EncryptedFile,
    UnreadableFile,
    UnsupportedMedia,
    WrongExtension,
)

PNG_BYTES = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def zipped(*names: str) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "内容")
    return buffer.getvalue()


def ole2(stream: str) -> bytes:
    return OLE2 + (stream + "\0").encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        pytest.param(b"%PDF-1.7\n", PDF, id="pdf"),
        pytest.param(b"\r\n\r\n%PDF-1.7\n", PDF, id="pdf after some dirt"),
        pytest.param(PNG_BYTES, PNG, id="png"),
        pytest.param(b"\xff\xd8\xff\xe0", JPEG, id="jpeg"),
        pytest.param(zipped("[Content_Types].xml", "word/document.xml"), DOCX, id="docx"),
        pytest.param(zipped("[Content_Types].xml", "xl/workbook.xml"), XLSX, id="xlsx"),
        pytest.param(zipped("参保登记表.txt"), ZIP, id="zip"),
        pytest.param("姓名：甲\n险种：工伤\n".encode("gb18030"), PLAIN, id="text"),
        pytest.param("单位,险种,月数\n某厂,工伤,12\n".encode("gb18030"), CSV, id="table"),
        pytest.param("  <!DOCTYPE html><p>公告".encode(), HTML, id="html"),
        pytest.param("<html><table><tr><td>公告".encode("gb18030"), HTML, id="html in gb18030"),
        pytest.param("BM 是条码的缩写，见附表".encode(), PLAIN, id="text that begins like a BMP"),
    ],
)
def test_type_by_content(data: bytes, media_type: str) -> None:
    assert media_type_of(data) == media_type
    assert settled_media_type(data, "没有扩展名") == media_type
    assert settled_media_type(data, "未知.扫描件") == media_type


@pytest.mark.parametrize(
    ("data", "error", "advice"),
    [
        pytest.param(b"", EmptyFile, "0 字节", id="zero bytes"),
        pytest.param(ole2("EncryptedPackage"), EncryptedFile, "解除密码", id="office file under a password"),
        pytest.param(ole2("WordDocument"), UnsupportedMedia, "另存为 DOCX", id="doc"),
        pytest.param(ole2("Workbook"), UnsupportedMedia, "另存为 XLSX", id="xls"),
        pytest.param(OLE2, UnsupportedMedia, "另存为 DOCX 或 XLSX", id="other ole2"),
        pytest.param(zipped("OFD.xml", "Doc_0/Document.xml"), UnsupportedMedia, "OFD", id="ofd"),
        pytest.param(
            zipped("[Content_Types].xml", "ppt/presentation.xml"), UnsupportedMedia, "PPTX", id="pptx"
        ),
        pytest.param(zipped("mimetype", "content.xml"), UnsupportedMedia, "OpenDocument", id="odt"),
        pytest.param(zipped("a.txt")[:-10], DamagedFile, "重新获取", id="zip cut off"),
        pytest.param(b"Rar!\x1a\x07\x01\0", UnsupportedMedia, "ZIP", id="rar"),
        pytest.param(b"{\\rtf1", UnsupportedMedia, "DOCX", id="rtf"),
        pytest.param(bytes(range(256)), UnsupportedMedia, "无法识别", id="junk"),
    ],
)
def test_refusals_say_what_to_do(data: bytes, error: type[UnreadableFile], advice: str) -> None:
    with pytest.raises(error, match=advice) as caught:
        media_type_of(data)
    assert type(caught.value) is error
    assert caught.value.detail.endswith("。")
    assert caught.value.detail.count("。") == 1


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        pytest.param("甲,乙,丙\n1,2,3\n".encode(), "表.txt", PLAIN, id="a table named txt stays text"),
        pytest.param("一段文字".encode(), "表.CSV", CSV, id="prose named csv is csv"),
        pytest.param(b"<html><body>x", "page.txt", HTML, id="html named txt is html"),
        pytest.param("一段文字".encode(), "page.html", PLAIN, id="text named html is text"),
        pytest.param(b"\xff\xd8\xff\xe0", "scan.JPEG", JPEG, id="jpeg spelt either way"),
        pytest.param("日志".encode(), "run.log", PLAIN, id="log"),
    ],
)
def test_the_text_family_is_lenient(data: bytes, name: str, media_type: str) -> None:
    assert settled_media_type(data, name) == media_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(PNG_BYTES, "scan.pdf", id="png named pdf"),
        pytest.param(b"%PDF-1.7\n", "登记表.docx", id="pdf named docx"),
        pytest.param(b"%PDF-1.7\n", "登记表.txt", id="pdf named txt"),
        pytest.param("只是文字".encode(), "登记表.pdf", id="text named pdf"),
        pytest.param(zipped("[Content_Types].xml", "word/document.xml"), "旧.doc", id="docx named doc"),
        pytest.param(PNG_BYTES, "scan.jpg", id="png named jpg"),
    ],
)
def test_a_contradicting_extension_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(WrongExtension, match="改正扩展名") as caught:
        settled_media_type(data, name)
    assert "登记表" not in caught.value.detail


def test_junk_under_a_known_extension_is_a_damaged_file() -> None:
    with pytest.raises(DamagedFile, match=r"\.pdf"):
        settled_media_type(bytes(range(256)) * 8, "登记表.pdf")
    with pytest.raises(UnsupportedMedia):
        settled_media_type(bytes(range(256)) * 8, "登记表.txt")
