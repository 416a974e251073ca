"""Zip files without harm: sizes are judged from the directory before anything is unpacked.

``zipfile`` never yields more bytes for a member than its directory entry declares, so the sums of
declared sizes bound what can be unpacked, overlapping entries included. Nothing is ever written
to disk; member names are labels only.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path, PurePosixPath
from struct import unpack_from
from zipfile import BadZipFile, ZipFile, ZipInfo

from indexer.parsing.limits import MIB, ParsingLimits
from models.errors import ArchiveBomb, DamagedFile, EncryptedFile, TooLarge, UnreadableFile

_UTF8_NAME, _ENCRYPTED = 0x800, 0x1  # general purpose bits 11 and 0, APPNOTE.TXT §4.4.4
_TAIL_BYTES = 22 + 65_535 + 20 + 56  # end of directory, comment, locator, Zip64 end of directory: §4.3.14–16
_SEE_ZIP64 = 0xFFFFFFFF
_MAX_DIRECTORY_BYTES = 32 * MIB
"""20,000 members with the longest of names anybody gives them; each byte costs ten once read."""
_SYSTEM_NAMES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_DOCUMENT_MARKS = frozenset({"[Content_Types].xml", "OFD.xml", "mimetype"})  # OOXML, OFD, OpenDocument
_NESTED = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_BROKEN = (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_DAMAGED = "压缩内容已损坏或不完整，请重新获取文件后再导入。"


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a zip: its bytes, or why they were refused (then ``data`` is empty)."""

    name: str
    data: bytes = b""
    refusal: UnreadableFile | None = None


def is_container(path: Path) -> bool:
    """Tell whether a file is a zip full of files, by content; False for what cannot be told."""
    try:
        return not names_of(path) & _DOCUMENT_MARKS
    except DamagedFile:
        return False
    except ArchiveBomb:
        return True  # `members` will refuse it


def members(path: Path, limits: ParsingLimits) -> Iterator[Member]:
    """Return the files inside a zip one by one, folders and system files left out.

    The whole is judged at the call, each member as it is reached; one member is in memory at a
    time. ``max_bytes`` bounds each member, ``max_uncompressed_bytes`` their sum.

    Raises:
        ArchiveBomb: declared sizes, ratio or member count beyond the limits.
        DamagedFile: the directory cannot be read.
    """
    _judge(_directory(path), path.stat().st_size, limits)
    return _members(path, limits)


def _members(path: Path, limits: ParsingLimits) -> Iterator[Member]:
    with ZipFile(path) as archive:
        for info in archive.infolist():
            name = safe_name(info)
            if info.is_dir() or not name or _is_system_file(name):
                continue
            try:
                yield Member(name, _content_of(archive, info, limits))
            except UnreadableFile as refusal:
                yield Member(name, refusal=refusal)


def _content_of(archive: ZipFile, info: ZipInfo, limits: ParsingLimits) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise EncryptedFile("压缩包内的此文件设有密码，请解密后再导入。")
    if info.file_size > limits.max_bytes:
        raise TooLarge(f"压缩包内的此文件超过 {limits.max_bytes // MIB} MB 的上限，请拆分后再导入。")
    try:
        content = archive.read(info)
    except _BROKEN as error:
        raise DamagedFile("压缩包内的此文件已损坏，请重新获取压缩包后再导入。") from error
    if content.startswith(_NESTED) and _is_container(content):
        raise ArchiveBomb("压缩包内还有压缩包，为安全起见不予展开，请解压后再导入。")
    return content


def _is_container(content: bytes) -> bool:
    """Tell a nested archive from DOCX, XLSX and OFD, which are zips too."""
    if not content.startswith(b"PK"):
        return True
    try:
        return not names_of(BytesIO(content)) & _DOCUMENT_MARKS
    except ArchiveBomb:
        return True
    except DamagedFile:
        return False  # its own parser will say that it is damaged


def check_zip(data: bytes, limits: ParsingLimits) -> None:
    """Judge a zip, or an Office file that is one, by its directory.

    Raises:
        ArchiveBomb, DamagedFile: as for ``members``.
    """
    _judge(_directory(BytesIO(data)), len(data), limits)


def _judge(infos: list[ZipInfo], packed_bytes: int, limits: ParsingLimits) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > limits.max_zip_members:
        raise ArchiveBomb(f"压缩内容超过 {limits.max_zip_members} 个文件的上限，请拆分后再导入。")
    if total > limits.max_uncompressed_bytes:
        raise ArchiveBomb(f"解压后超过 {limits.max_uncompressed_bytes // MIB} MB 的上限，请核实来源。")
    if total > max(limits.ratio_exempt_bytes, limits.max_uncompressed_ratio * packed_bytes):
        raise ArchiveBomb(
            f"解压后超过原大小的 {limits.max_uncompressed_ratio} 倍，疑为压缩炸弹，请核实来源。"
        )


def names_of(source: Path | BytesIO) -> frozenset[str]:
    """Return the member names of a zip as stored; DamagedFile if its directory cannot be read."""
    return frozenset(info.filename for info in _directory(source))


def _directory(source: Path | BytesIO) -> list[ZipInfo]:
    try:
        if _directory_bytes(source) > _MAX_DIRECTORY_BYTES:
            raise ArchiveBomb("压缩包的目录过大，疑为压缩炸弹，请核实来源。")
        with ZipFile(source) as archive:
            return archive.infolist()
    except _BROKEN as error:
        raise DamagedFile(_DAMAGED) from error


def _directory_bytes(source: Path | BytesIO) -> int:
    """Return how large the directory says it is, before ``zipfile`` makes an object of every entry."""
    with source.open("rb") if isinstance(source, Path) else BytesIO(source.getbuffer()) as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 16:
        return 0  # no zip: ``zipfile`` says so
    (told,) = unpack_from("<I", tail, end + 12)
    wide = tail.rfind(b"PK\x06\x06", 0, end)
    if told == _SEE_ZIP64 and 0 <= wide <= len(tail) - 48:
        (told,) = unpack_from("<Q", tail, wide + 40)
    return int(told)


def safe_name(info: ZipInfo) -> str:
    """Return a relative name with ``/``, without drive, root or ``..``; Chinese names restored.

    Without bit 11 the name is in the packer's own charset: GBK on Chinese systems, sometimes UTF-8.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8_NAME:
        name = _in_own_charset(name)
    name = name.split("\0", 1)[0].replace("\\", "/")
    parts = [p for p in PurePosixPath(name).parts if p not in {"/", "//", "..", "."} and not p.endswith(":")]
    return "/".join(parts)


def _in_own_charset(name: str) -> str:
    try:
        raw = name.encode("cp437")  # undo what zipfile assumed
    except UnicodeEncodeError:
        return name
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return name


def _is_system_file(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name in _SYSTEM_NAMES
