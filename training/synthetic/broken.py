"""Files that must end in quarantine, or be known as duplicates; each with the reason expected."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from training.synthetic.documents import SyntheticDocument
from training.synthetic.rendering import FileFormat, rendered

_BOMB_MIB = 96
_TIMES = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file and the error codes it may be refused with; ``duplicate`` where it only repeats another."""

    name: str
    content: bytes
    expected: tuple[str, ...]


def broken_files(documents: Sequence[SyntheticDocument], seed: int) -> Iterator[BrokenFile]:
    """Yield awkward files made from the first of ``documents``, which must be plain enough to draw."""
    first = documents[0]
    pdf, docx = rendered(first, FileFormat.PDF), rendered(first, FileFormat.DOCX)
    noise = random.Random(f"broken:{seed}")
    yield BrokenFile("传输中断.pdf", pdf[: len(pdf) // 2], ("damaged_file",))
    yield BrokenFile("只传了一半.docx", docx[: len(docx) // 2], ("damaged_file",))
    yield BrokenFile("加密的审批表.pdf", _encrypted(pdf), ("encrypted_file",))
    yield BrokenFile("空白上传.pdf", b"", ("empty_file",))
    yield BrokenFile("空文件.txt", b"", ("empty_file",))
    yield BrokenFile("其实是图片.pdf", _blank_png(), ("wrong_extension",))
    yield BrokenFile("其实是表格.docx", rendered(first, FileFormat.XLSX), ("wrong_extension",))
    yield BrokenFile("异常膨胀.docx", _bomb(), ("archive_bomb",))
    yield BrokenFile("不明文件.dat", noise.randbytes(4096), ("unsupported_media",))
    yield BrokenFile(
        "乱码.pdf", noise.randbytes(4096), ("wrong_extension", "damaged_file", "unsupported_media")
    )
    yield BrokenFile("白纸扫描.png", _blank_png(), ("no_text_found",))
    yield BrokenFile("误传涉密件.txt", _marked_secret().encode("utf-8"), ("state_secret",))


def _encrypted(pdf: bytes) -> bytes:
    """Return the PDF locked with a password; RC4 and a fixed id, because AES would differ at each run."""
    import pikepdf

    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        lock = pikepdf.Encryption(user="sample-user", owner="sample-owner", R=3, aes=False, metadata=False)
        opened.save(out, encryption=lock, static_id=True)
    return out.getvalue()


def _blank_png() -> bytes:
    out = BytesIO()
    Image.new("1", (1240, 400), 1).save(out, "PNG")
    return out.getvalue()


def _bomb() -> bytes:
    """Return a small DOCX whose text part unpacks to ``_BOMB_MIB`` of blanks."""
    out = BytesIO()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        package.writestr(zipfile.ZipInfo("[Content_Types].xml", _TIMES), types)
        part = zipfile.ZipInfo("word/document.xml", _TIMES)
        part.compress_type = zipfile.ZIP_DEFLATED
        with package.open(part, "w") as body:
            for _ in range(_BOMB_MIB):
                body.write(b" " * 2**20)
    return out.getvalue()


def _marked_secret() -> str:
    return "机密★10年\n\n关于有关事项的通知\n　　此件为虚构样例，用于检验系统拒收标有国家秘密密级的文件。\n"
