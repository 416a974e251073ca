"""Masked copies of real files, by the real detector and the real OCR: what is left is read again."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pypdfium2 as pdfium
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from PIL import Image, ImageDraw, ImageFont

from indexer.parsing.limits import ParsingLimits
from indexer.parsing.media_type import CSV, PDF, PLAIN, PNG, XLSX
from indexer.parsing.ocr_rapidocr import RapidOcr
from indexer.redaction.files import MAX_PICTURE_PAGES, Copier
from models.errors import InvalidInput, NotVisible, OcrUnavailable
from models.privacy.detections import Detection
from models.privacy.masking import profile
from models.privacy.presidio import PresidioDetector
from tests.e2e.privacy_archive import BORN
from training.synthetic.identities import Identities, Person

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
needs_font = pytest.mark.skipif(not FONT.is_file(), reason="no CJK font: apt package fonts-wqy-zenhei")
PUBLIC = profile("public")


@pytest.fixture(scope="module")
def ocr() -> RapidOcr:
    return RapidOcr(threads=2)


@pytest.fixture(scope="module")
def detector() -> PresidioDetector:
    return PresidioDetector.load()


@pytest.fixture(scope="module")
def person() -> Person:
    return Identities(random.Random(3)).person(born=BORN, region="500199")


def finder(detector: PresidioDetector):  # type: ignore[no-untyped-def]
    def find(texts: Sequence[str]) -> list[list[Detection]]:
        return detector.detect(texts, groups=[0] * len(texts))

    return find


def form_of(person: Person) -> list[str]:
    return [
        "企业职工退休审批表",
        f"姓名：{person.name}　性别：{person.sex}",
        f"公民身份号码：{person.resident_id}",
        f"联系电话：{person.phone}",
        "该职工符合基本养老保险退休条件，批准退休。",
    ]


def drawn(lines: Sequence[str]) -> Image.Image:
    image = Image.new("RGB", (1100, 620), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 34)
    for number, text in enumerate(lines):
        pen.text((60, 50 + 70 * number), text, font=font, fill="black")
    pen.line([(60, 440), (1000, 440)], fill="black", width=3)
    # A seal: inked, and nothing that the engine reads.
    pen.ellipse([(700, 460), (850, 600)], outline="red", width=8)
    return image


def bytes_of(image: Image.Image, form: str) -> bytes:
    out = BytesIO()
    image.save(out, form)
    return out.getvalue()


def secrets_of(person: Person) -> tuple[str, ...]:
    return person.name, person.resident_id, person.phone


@needs_font
@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_scan_is_handed_over_black_where_it_was_personal(
    ocr: RapidOcr, detector: PresidioDetector, person: Person, turns: int
) -> None:
    image = drawn(form_of(person)).rotate(90 * turns, expand=True)
    made = Copier(ParsingLimits(), ocr).page(bytes_of(image, "PNG"), PNG, 1, finder(detector), PUBLIC)
    copy = Image.open(BytesIO(made.content))
    assert (made.media_type, copy.size) == (PNG, image.size)
    assert made.hidden >= 3
    upright = np.asarray(copy.rotate(-90 * turns, expand=True))
    said = ocr.recognise(upright).text
    assert "企业职工退休审批表" in said
    assert "批准退休" in said
    assert not [secret for secret in secrets_of(person) if secret in said]
    assert person.resident_id[6:14] not in said
    red = (upright[:, :, 0].astype(int) - upright[:, :, 1]) > 60
    assert not red.any()


@needs_font
def test_a_pdf_comes_back_as_pictures_without_a_text_layer(
    ocr: RapidOcr, detector: PresidioDetector, person: Person
) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("zen", str(FONT), subfontIndex=0))
    out = BytesIO()
    canvas = Canvas(out)
    canvas.setTitle(person.name)
    for _ in range(2):
        canvas.setFont("zen", 14)
        for number, text in enumerate(form_of(person)):
            canvas.drawString(60, 760 - 30 * number, text)
        canvas.showPage()
    canvas.save()
    copier = Copier(ParsingLimits(), ocr)
    made = copier.copy(out.getvalue(), PDF, ["", ""], finder(detector), PUBLIC)
    document = pdfium.PdfDocument(made.content)
    assert (made.media_type, len(document)) == (PDF, 2)
    assert made.hidden >= 6
    for page in document:
        assert page.get_textpage().count_chars() == 0
        said = ocr.recognise(page.render(scale=200 / 72).to_numpy()[:, :, ::-1].copy()).text
        assert "企业职工退休审批表" in said
        assert not [secret for secret in secrets_of(person) if secret in said]
    assert person.name.encode() not in made.content
    with pytest.raises(NotVisible):
        copier.page(out.getvalue(), PDF, 3, finder(detector), PUBLIC)
    with pytest.raises(InvalidInput):
        copier.copy(out.getvalue(), PDF, [""] * (MAX_PICTURE_PAGES + 1), finder(detector), PUBLIC)


def test_a_workbook_keeps_its_values_but_nothing_behind_them(
    detector: PresidioDetector, person: Person
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "花名册"
    sheet.append(["姓名", "公民身份号码", "联系电话", "缴费月数"])
    sheet.append([person.name, person.resident_id, person.phone, 180])
    sheet["D3"] = "=D2*2"
    sheet["A2"].comment = Comment(person.resident_id, person.name)
    book.properties.creator = person.name
    hidden = book.create_sheet("底稿")
    hidden.sheet_state = "hidden"
    hidden.append([f"申请人：{person.name}"])
    out = BytesIO()
    book.save(out)
    made = Copier(ParsingLimits(), None).copy(out.getvalue(), XLSX, [], finder(detector), PUBLIC)
    copy = load_workbook(BytesIO(made.content))
    assert copy.sheetnames == ["花名册", "底稿"]
    rows = list(copy["花名册"].iter_rows(values_only=True))
    assert rows[0] == ("姓名", "公民身份号码", "联系电话", "缴费月数")
    assert rows[1][3] == "180"
    with ZipFile(BytesIO(made.content)) as parts:
        everything = b"".join(parts.read(name) for name in parts.namelist())
    assert not [secret for secret in secrets_of(person) if secret.encode() in everything]


def test_a_csv_in_gb18030_comes_back_masked_cell_by_cell(detector: PresidioDetector, person: Person) -> None:
    source = StringIO()
    writer = csv.writer(source)
    writer.writerow(["姓名", "公民身份号码", "备注"])
    writer.writerow([person.name, person.resident_id, '他说"已补缴", 待核'])
    made = Copier(ParsingLimits(), None).copy(
        source.getvalue().encode("gb18030"), CSV, [], finder(detector), PUBLIC
    )
    rows = list(csv.reader(StringIO(made.content.decode("utf-8-sig"))))
    assert rows[0] == ["姓名", "公民身份号码", "备注"]
    assert rows[1] == ["*" * len(person.name), "*" * 18, '他说"已补缴", 待核']
    assert made.hidden == 2


def test_other_files_come_back_as_masked_text(detector: PresidioDetector, person: Person) -> None:
    made = Copier(ParsingLimits(), None).copy(
        b"", PLAIN, ["\n".join(form_of(person)), "第二页"], finder(detector), PUBLIC
    )
    text = made.content.decode()
    assert text.endswith("第二页")
    assert not [secret for secret in secrets_of(person) if secret in text]


def test_pictures_without_an_engine_are_refused(detector: PresidioDetector) -> None:
    blank = bytes_of(Image.new("RGB", (200, 100), "white"), "PNG")
    with pytest.raises(OcrUnavailable):
        Copier(ParsingLimits(), None).page(blank, PNG, 1, finder(detector), PUBLIC)
