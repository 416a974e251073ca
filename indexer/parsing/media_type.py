"""What a file is, by its content; the extension is only asked whether it agrees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from indexer.parsing.charset import decode
from indexer.parsing.plain import looks_tabular
from indexer.parsing.zip_members import names_of
from models.errors import DamagedFile, EmptyFile, EncryptedFile, UnsupportedMedia, WrongExtension

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
PLAIN = "text/plain"
CSV = "text/csv"
HTML = "text/html"
PNG, JPEG, TIFF, BMP, WEBP = "image/png", "image/jpeg", "image/tiff", "image/bmp", "image/webp"
IMAGES = frozenset({PNG, JPEG, TIFF, BMP, WEBP})
_TEXT_FAMILY = frozenset({PLAIN, CSV, HTML})
_HEAD_BYTES = 65536

_NAMES = {
    PDF: "PDF", DOCX: "Word 文档 (DOCX)", XLSX: "Excel 工作簿 (XLSX)", ZIP: "ZIP 压缩包", PLAIN: "文本",
    CSV: "CSV 表格", HTML: "网页", PNG: "PNG 图片", JPEG: "JPEG 图片", TIFF: "TIFF 图片", BMP: "BMP 图片",
    WEBP: "WebP 图片",
}  # fmt: skip

_EXTENSIONS = {
    ".pdf": PDF, ".docx": DOCX, ".xlsx": XLSX, ".xlsm": XLSX, ".zip": ZIP, ".png": PNG, ".jpg": JPEG,
    ".jpeg": JPEG, ".jpe": JPEG, ".jfif": JPEG, ".tif": TIFF, ".tiff": TIFF, ".bmp": BMP, ".webp": WEBP,
    ".txt": PLAIN, ".md": PLAIN, ".log": PLAIN, ".text": PLAIN, ".csv": CSV, ".tsv": CSV, ".html": HTML,
    ".htm": HTML, ".xhtml": HTML, ".doc": None, ".xls": None, ".ppt": None, ".pptx": None, ".ofd": None,
    ".wps": None, ".et": None, ".rar": None, ".7z": None, ".gif": None, ".rtf": None, ".odt": None,
}  # fmt: skip
"""Known extensions; None for a type that is known but not read."""


@dataclass(frozen=True, slots=True)
class Signature:
    """First bytes of a type: ``prefix`` at the start, ``marker`` at ``offset`` if given."""

    prefix: bytes
    media_type: str
    offset: int = 0
    marker: bytes = b""


# Published file signatures: PDF 32000-1 §7.5.2, PNG W3C §5.2, TIFF 6.0 §2, RIFF/WebP RFC 9649,
# [MS-CFB] §2.2 for OLE2.
_SIGNATURES = (
    Signature(b"\x89PNG\r\n\x1a\n", PNG),
    Signature(b"\xff\xd8\xff", JPEG),
    Signature(b"II*\0", TIFF),
    Signature(b"MM\0*", TIFF),
    Signature(b"RIFF", WEBP, 8, b"WEBP"),
    Signature(b"BM", BMP, 6, b"\0\0\0\0"),  # the two reserved words; text may begin with BM
)
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_REFUSED = (
    (b"{\\rtf", "RTF 文档暂不支持，请另存为 DOCX 后再导入。"),
    (b"Rar!\x1a\x07", "RAR 压缩包暂不支持，请解压或改用 ZIP 后再导入。"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包暂不支持，请解压或改用 ZIP 后再导入。"),
    (b"\x1f\x8b", "GZIP 压缩文件暂不支持，请解压后再导入。"),
    (b"GIF8", "GIF 图片暂不支持，请另存为 PNG 后再导入。"),
    (b"%!PS", "PostScript 文件暂不支持，请另存为 PDF 后再导入。"),
)
_HTML = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*)?"
    r"(?>(?:<!--(?:(?!-->).)*-->\s*)*)"  # atomic: read two ways, comments without an end of it take for ever
    r"<(?:!doctype\s+html|html|head|body|table|meta)\b",
    re.IGNORECASE | re.DOTALL,
)


def settled_media_type(data: bytes, name: str) -> str:
    """Return the media type by content, having asked the extension of ``name`` to agree.

    Among text, CSV and HTML the extension only refines; unknown extensions have no say.

    Raises:
        EmptyFile, EncryptedFile, DamagedFile, UnsupportedMedia: see ``media_type_of``.
        WrongExtension: a known extension names another type than the content shows.
    """
    extension = PurePath(name).suffix.lower()
    claimed = _EXTENSIONS.get(extension)
    try:
        found = media_type_of(data)
    except UnsupportedMedia as error:
        if claimed in _TEXT_FAMILY or claimed is None or error.detail != _UNKNOWN:
            raise
        raise DamagedFile(
            f"扩展名为 {extension}，但文件开头不是 {_NAMES[claimed]} 的格式，文件可能已损坏，请重新获取。"
        ) from error
    if extension not in _EXTENSIONS or found == claimed:
        return found
    if claimed in _TEXT_FAMILY and found in _TEXT_FAMILY:
        return found if found == HTML else (PLAIN if claimed == HTML else claimed)
    raise WrongExtension(f"扩展名为 {extension}，内容却是{_NAMES[found]}，请核对来源并改正扩展名后再导入。")


_UNKNOWN = "无法识别文件类型，请用原软件另存为 PDF、DOCX、XLSX 或文本后再导入。"


def media_type_of(data: bytes) -> str:
    """Return the media type of a whole file by its content alone.

    Raises:
        EmptyFile: no bytes. EncryptedFile: an Office file under a password.
        DamagedFile: a zip whose directory cannot be read.
        UnsupportedMedia: recognised but not read, with what to do; or unknown.
    """
    if not data:
        raise EmptyFile("文件大小为 0 字节，请核对传输是否完成后重新导入。")
    for signature in _SIGNATURES:
        end = signature.offset + len(signature.marker)
        if data.startswith(signature.prefix) and data[signature.offset : end] == signature.marker:
            return signature.media_type
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_type(data)
    if data.startswith(_OLE2):
        raise _ole2_refusal(data)
    for prefix, advice in _REFUSED:
        if data.startswith(prefix):
            raise UnsupportedMedia(advice)
    if b"%PDF-" in data[:1024]:
        return PDF
    return _text_type(data)


def _zip_type(data: bytes) -> str:
    names = names_of(BytesIO(data))
    if "[Content_Types].xml" in names:
        if "word/document.xml" in names:
            return DOCX
        if "xl/workbook.xml" in names:
            return XLSX
        if any(name.startswith("ppt/") for name in names):
            raise UnsupportedMedia("PPTX 演示文稿暂不支持，请另存为 PDF 后再导入。")
        raise UnsupportedMedia("此种 Office 文件暂不支持，请另存为 DOCX、XLSX 或 PDF 后再导入。")
    if "OFD.xml" in names:
        raise UnsupportedMedia("OFD 版式文件暂不支持，请另存为 PDF 后再导入。")
    if "mimetype" in names and "content.xml" in names:
        raise UnsupportedMedia("OpenDocument 文件暂不支持，请另存为 DOCX 或 XLSX 后再导入。")
    return ZIP


def _ole2_refusal(data: bytes) -> EncryptedFile | UnsupportedMedia:
    """Name what an OLE2 container holds by its directory entries (UTF-16 names, [MS-CFB] §2.6)."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return EncryptedFile("文件设有打开密码，请解除密码后再导入。")
    if "WordDocument".encode("utf-16-le") in data:
        return UnsupportedMedia("旧版 Word 文档 (DOC) 暂不支持，请另存为 DOCX 后再导入。")
    if any(stream.encode("utf-16-le") in data for stream in ("Workbook\0", "Book\0")):
        return UnsupportedMedia("旧版 Excel 工作簿 (XLS) 暂不支持，请另存为 XLSX 后再导入。")
    return UnsupportedMedia("旧版 Office 文件暂不支持，请另存为 DOCX 或 XLSX 后再导入。")


def _text_type(data: bytes) -> str:
    try:
        text = decode(data[:_HEAD_BYTES]).text
    except UnsupportedMedia as error:
        raise UnsupportedMedia(_UNKNOWN) from error
    if _HTML.match(text):
        return HTML
    return CSV if looks_tabular(text) else PLAIN
