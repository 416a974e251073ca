"""The way in: one file, its pages or one error that says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from indexer.parsing.limits import MIB, Budget, ParsingLimits
from indexer.parsing.media_type import (
    CSV,
    DOCX,
    HTML,
    IMAGES,
    PDF,
    PLAIN,
    XLSX,
    ZIP,
    settled_media_type,
)
from indexer.parsing.ocr import OcrEngine
from indexer.parsing.reading import Reading
from indexer.parsing.zip_members import check_zip
from models.archive.documents import Page, PageOrigin, SourceFile
from models.errors import (
    ArchiveError,
    DamagedFile,
    NoTextFound,
    TooLarge,
    UnreadableFile,
    UnsupportedMedia,
)

PageParser = Callable[[bytes, Reading], Iterable[Page]]
TextParser = Callable[[bytes, Budget], Iterable[str]]

# Adapters are named, not imported: each brings its library only when such a file arrives.
_PAGE_PARSERS: Mapping[str, tuple[str, str]] = {
    PDF: ("indexer.parsing.pdf", "pdf_pages"),
    DOCX: ("indexer.parsing.word", "docx_pages"),
    **dict.fromkeys(IMAGES, ("indexer.parsing.image", "image_pages")),
}
_TEXT_PARSERS: Mapping[str, tuple[str, str]] = {
    PLAIN: ("indexer.parsing.plain", "text_pages"),
    CSV: ("indexer.parsing.plain", "csv_pages"),
    HTML: ("indexer.parsing.hypertext", "html_pages"),
    XLSX: ("indexer.parsing.spreadsheet", "xlsx_pages"),
}
_ZIP_BASED = frozenset({DOCX, XLSX})


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file read: where from, and its pages in order, at least one of them with text."""

    source: SourceFile
    pages: tuple[Page, ...]


class Parser(Protocol):
    """Whoever reads a file: here, or in a process of its own (``isolated``)."""

    def read_bytes(self, data: bytes, name: str) -> ParsedFile:
        """Read a file given as bytes; see `FileParser.read_bytes`."""
        ...


class FileParser:
    """Reads files within limits; without an OCR engine pictures stay unread.

    May be shared between threads; PDF work is done one call at a time (see ``pdf``).
    """

    def __init__(self, limits: ParsingLimits, ocr: OcrEngine | None = None) -> None:
        self._limits = limits
        self.ocr = ocr

    def read(self, path: Path) -> ParsedFile:
        """Read a file from disk.

        Raises:
            UnreadableFile: the narrowest subclass; the file belongs in quarantine.
            OcrUnavailable: the engine failed; the file is not to blame.
        """
        data = content_of(path, self._limits)
        return self._parsed(data, path)

    def read_bytes(self, data: bytes, name: str) -> ParsedFile:
        """Read a file given as bytes; ``name`` is only asked for its extension. Errors as ``read``."""
        return self._parsed(data, Path(name))

    def _parsed(self, data: bytes, path: Path) -> ParsedFile:
        self.check_size(len(data))
        media_type = settled_media_type(data, path.name)
        pages = tuple(self._pages(data, media_type))
        if not any(page.text.strip() for page in pages):
            raise NoTextFound(self._no_text_detail(pages))
        source = SourceFile(path, sha256(data).hexdigest(), media_type, len(data))
        return ParsedFile(source, pages)

    def check_size(self, size_bytes: int) -> None:
        """Raise TooLarge for more bytes than one file may have."""
        _check_size(size_bytes, self._limits)

    def _pages(self, data: bytes, media_type: str) -> list[Page]:
        if media_type == ZIP:
            raise UnsupportedMedia("这是 ZIP 压缩包而不是单个文件，请按压缩包导入或解压后再导入。")
        if media_type in _ZIP_BASED:
            check_zip(data, self._limits)
        budget = Budget(self._limits)
        try:
            if media_type in _PAGE_PARSERS:
                page_parser = cast("PageParser", _loaded(_PAGE_PARSERS[media_type]))
                return list(page_parser(data, Reading(self._limits, self.ocr, budget)))
            text_parser = cast("TextParser", _loaded(_TEXT_PARSERS[media_type]))
            return list(_numbered(text_parser(data, budget), budget))
        except ArchiveError:
            raise
        except MemoryError as error:
            raise TooLarge("文件展开后超出可用内存，请拆分后再导入。") from error
        except Exception as error:
            # A hostile or broken file makes the libraries raise anything; it is the file's fault
            # as far as the run is concerned, and the cause stays chained.
            raise DamagedFile("文件结构已损坏，无法读取，请用原软件打开并重新保存后再导入。") from error

    def _no_text_detail(self, pages: tuple[Page, ...]) -> str:
        if self.ocr is None and any(page.origin is PageOrigin.OCR for page in pages):
            return "文件只有图像而未启用文字识别，请启用文字识别后重新导入。"
        return "文件中没有可读的文字，请核对是否为空白页或重新清晰扫描后再导入。"


def content_of(path: Path, limits: ParsingLimits) -> bytes:
    """Return the bytes of a regular file on disk.

    Raises:
        UnreadableFile: not there, not a file, or not to be opened. TooLarge: see ``limits``.
    """
    try:
        if not path.is_file():
            raise UnreadableFile("路径不存在或不是普通文件，请核对后重新导入。")
        _check_size(path.stat().st_size, limits)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile("文件无法打开，请检查读取权限和磁盘后重新导入。") from error


def _check_size(size_bytes: int, limits: ParsingLimits) -> None:
    if size_bytes > limits.max_bytes:
        raise TooLarge(f"文件超过 {limits.max_bytes // MIB} MB 的上限，请拆分或压缩扫描件后再导入。")


def _loaded(place: tuple[str, str]) -> object:
    module, name = place
    return getattr(import_module(module), name)


def _numbered(texts: Iterable[str], budget: Budget) -> Iterator[Page]:
    for page_no, text in enumerate(texts, start=1):
        budget.check_pages(page_no)
        yield Page(page_no, text)
