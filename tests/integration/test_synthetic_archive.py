"""A made-up archive on disk: catalogue, gold labels, every format readable, awkward files awkward."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from models.archive.levels import AccessLevel, Line, Retention
from models.archive.taxonomy import material_types
from training.synthetic import fonts
from training.synthetic.archive import GOLD_FOLDER, HEADER, archive_documents, catalogue_row, write_archive
from training.synthetic.documents import SyntheticDocument, generate
from training.synthetic.fonts import FontMissing, can_show, font_file
from training.synthetic.rendering import FileFormat, rendered

_SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def _squeezed(text: str) -> str:
    return re.sub(r"[\s|]+", "", text)


def _words(document: SyntheticDocument) -> list[str]:
    """Stretches that survive re-flowing: every line, cells one by one."""
    return [
        _squeezed(cell)
        for page in document.pages
        for line in page.split("\n")
        for cell in re.split(r" \| |\t", line.strip("| "))
        if cell.strip()
    ]


def _docx_text(content: bytes) -> str:
    made = docx.Document(io.BytesIO(content))
    cells = (cell.text for table in made.tables for row in table.rows for cell in row.cells)
    return "".join((*(paragraph.text for paragraph in made.paragraphs), *cells))


def _xlsx_text(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "".join(str(v) for sheet in book for row in sheet.values for v in row if v is not None)


def _pdf_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as opened:
        return "".join(opened[i].get_textpage().get_text_range() for i in range(len(opened)))


_READERS: dict[FileFormat, Callable[[bytes], str]] = {
    FileFormat.TXT: lambda content: content.decode("utf-8"),
    FileFormat.TXT_GB18030: lambda content: content.decode("gb18030"),
    FileFormat.CSV: lambda content: content.decode("utf-8-sig").replace('"', ""),
    FileFormat.HTML: lambda content: html.unescape(re.sub(r"<[^>]+>", "", content.decode("utf-8"))),
    FileFormat.DOCX: _docx_text,
    FileFormat.XLSX: _xlsx_text,
    FileFormat.PDF: _pdf_text,
}


@pytest.fixture(scope="module")
def drawable() -> list[SyntheticDocument]:
    return [d for d in generate(24, 17) if can_show("".join(d.pages))][:12]


@pytest.mark.parametrize("form", list(_READERS), ids=str)
def test_the_text_comes_back(form: FileFormat, drawable: list[SyntheticDocument]) -> None:
    for document in drawable:
        text = _squeezed(_READERS[form](rendered(document, form)))
        missing = [word for word in _words(document) if word not in text]
        assert missing == []


@pytest.mark.parametrize("form", list(FileFormat), ids=str)
def test_the_same_document_gives_the_same_bytes(form: FileFormat, drawable: list[SyntheticDocument]) -> None:
    assert rendered(drawable[0], form) == rendered(drawable[0], form)
    assert rendered(drawable[0], form) != rendered(drawable[1], form)


@pytest.mark.parametrize("form", [FileFormat.PNG, FileFormat.PNG_GREY], ids=str)
def test_scans_are_worn_paper(form: FileFormat, drawable: list[SyntheticDocument]) -> None:
    image = Image.open(io.BytesIO(rendered(drawable[0], form)))
    pixels = np.asarray(image.convert("L"))
    assert image.width in {1240, 1754}
    assert image.mode == ("L" if form is FileFormat.PNG_GREY else "1")
    assert 0.003 < float((pixels < 100).mean()) < 0.25
    assert (float(np.median(pixels)) < 245) == (form is FileFormat.PNG_GREY)


def test_a_scanned_pdf_has_no_text(drawable: list[SyntheticDocument]) -> None:
    content = rendered(drawable[0], FileFormat.SCANNED_PDF)
    assert _pdf_text(content).strip() == ""
    assert len(content) < 200_000


def test_without_a_font_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(fonts.FONT_VARIABLE, str(tmp_path / "none.ttf"))
    with pytest.raises(FontMissing, match="fonts-wqy-zenhei"):
        font_file()


def test_an_archive_can_be_read_back_and_repeated(tmp_path: Path) -> None:
    summary = write_archive(tmp_path / "a", 64, 5)
    write_archive(tmp_path / "b", 64, 5)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)
    assert summary.documents == 64
    assert sum(summary.by_format.values()) == 64
    assert len(files) == summary.documents + summary.broken + 3
    _check_catalogue(tmp_path / "a", list(archive_documents(64, 5)))


def _check_catalogue(folder: Path, documents: list[SyntheticDocument]) -> None:
    raw = (folder / "catalogue.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    gold = [
        json.loads(line) for line in (folder / GOLD_FOLDER / "gold.jsonl").read_text("utf-8").splitlines()
    ]
    assert tuple(header) == HEADER
    for row, labels, document in zip(rows, gold, documents, strict=True):
        assert tuple(row[:-1]) == catalogue_row(document.catalogue)
        assert row[-1] == labels["file"]
        assert (folder / row[-1]).is_file()
        assert tuple(page["text"] for page in labels["pages"]) == document.pages
        assert tuple(labels["insurance_types"]) == document.insurance_types


@pytest.fixture(scope="module")
def sample_rows() -> list[dict[str, str]]:
    with (_SAMPLE / "catalogue.csv").open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_sample_is_small_and_varied(sample_rows: list[dict[str, str]]) -> None:
    assert len(sample_rows) >= 240
    assert sum(p.stat().st_size for p in _SAMPLE.rglob("*") if p.is_file()) < 15 * 2**20
    assert {row["材料类型"] for row in sample_rows} == set(material_types())
    assert {row["访问级别"] for row in sample_rows} == {level.label for level in AccessLevel}
    assert {row["条线"] for row in sample_rows} == {*(line.value for line in Line), ""}
    assert {row["行政区划代码"][:2] for row in sample_rows} >= {"50", "44", "51"}
    assert {Path(row["文件"]).suffix for row in sample_rows} == {
        ".txt", ".pdf", ".docx", ".xlsx", ".csv", ".html", ".png"
    }  # fmt: skip
    for row in sample_rows:
        assert (_SAMPLE / row["文件"]).is_file()
        Retention(row["保管期限"])
        if row["形成日期"]:
            assert 1998 <= date.fromisoformat(row["形成日期"]).year <= 2025


@pytest.mark.parametrize(
    ("material", "region", "year", "words"),
    [
        pytest.param(
            "工伤认定决定", "500111001", "2023", "龙岗街道安置房工地", id="a fall two years before 2025"
        ),
        pytest.param(
            "工伤认定决定", "440307016", "2023", "龙岗街道安置房工地", id="its look-alike in Shenzhen"
        ),
        pytest.param("生育津贴", "500111", "2024", "剖宫产", id="caesarean section"),
        pytest.param("失业金核定", "500111", "2024", "裁员", id="laid off"),
        pytest.param("退休审批", "500111", "2019", "退休", id="retired in 2019"),
        pytest.param("异地就医备案", "500111", "2024", "上海市", id="treatment elsewhere"),
    ],
)
def test_the_sample_has_what_the_demo_asks_for(material: str, region: str, year: str, words: str) -> None:
    with (_SAMPLE / "catalogue.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["材料类型"] == material]
    files = {r["文件"] for r in rows if r["行政区划代码"] == region and r["形成日期"].startswith(year)}
    gold = (
        json.loads(line) for line in (_SAMPLE / GOLD_FOLDER / "gold.jsonl").read_text("utf-8").splitlines()
    )
    found = [g for g in gold if g["file"] in files and words in "".join(p["text"] for p in g["pages"])]
    assert found


def test_awkward_files_are_awkward() -> None:
    folder = _SAMPLE / "broken"
    expected = json.loads((_SAMPLE / GOLD_FOLDER / "broken.json").read_text("utf-8"))
    assert len(expected) >= 8
    assert {f"broken/{p.name}" for p in folder.iterdir()} == set(expected)
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(folder / "加密的审批表.pdf")
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(folder / "乱码.pdf")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(folder / "只传了一半.docx")
    with zipfile.ZipFile(folder / "异常膨胀.docx") as bomb:
        part = bomb.getinfo("word/document.xml")
        assert part.file_size > 500 * part.compress_size
    assert (folder / "空文件.txt").stat().st_size == 0
    (copy,) = folder.glob("重复件.*")
    assert any(p.read_bytes() == copy.read_bytes() for p in (_SAMPLE / "files").rglob(f"*{copy.suffix}"))
