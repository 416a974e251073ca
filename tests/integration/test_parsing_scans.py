"""PDF and pictures: text pages, scans through OCR, broken and locked files."""

from __future__ import annotations

import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from docx import Document
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from indexer.parsing.limits import ParsingLimits
from indexer.parsing.ocr import OcrEngine
from indexer.parsing.parsers import FileParser
from models.archive.documents import Page, PageOrigin
from models.errors import DamagedFile, EncryptedFile, NoTextFound, ParsingTimedOut, TooLarge
from tests.fakes_ocr import GridOcr, picture_of

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
LIMITS = ParsingLimits()
WITH_OCR = FileParser(LIMITS, GridOcr())
WITHOUT = FileParser(LIMITS)
PROSE = "城乡居民基本养老保险参保登记表，单位名称与险种如下。"


def canvas(buffer: BytesIO, **options: Any) -> Canvas:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    made = Canvas(buffer, **options)
    made.setFont("STSong-Light", 14)
    return made


def pdf(*pages: str | NDArray[np.uint8] | None, **options: Any) -> bytes:
    """Return a PDF: a string is a text page, a picture fills a page, None is a blank page."""
    buffer = BytesIO()
    made = canvas(buffer, **options)
    for page in pages:
        if isinstance(page, str):
            made.setFont("STSong-Light", 14)
            for number, line in enumerate(page.split("\n")):
                made.drawString(72, 700 - 24 * number, line)
        elif page is not None:
            picture = Image.fromarray(page)
            made.setPageSize((300, 300))
            made.drawImage(ImageReader(picture), 0, 0, 300, 300)
        made.showPage()
        made.setPageSize(A4)
    made.save()
    return buffer.getvalue()


def encoded(picture: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def test_pdf_pages_know_their_origin() -> None:
    parsed = WITH_OCR.read_bytes(pdf(PROSE + "\n第二行", picture_of("工伤认定 𠮷"), None), "卷.pdf")
    assert parsed.source.media_type == "application/pdf"
    assert parsed.pages == (
        Page(1, PROSE + "\n第二行"),
        Page(2, "工伤认定 𠮷", PageOrigin.OCR, 0.93),
        Page(3, ""),
    )


def test_without_an_engine_a_scanned_page_is_empty_and_a_scanned_file_has_no_text() -> None:
    pages = WITHOUT.read_bytes(pdf(PROSE, picture_of("工伤")), "卷.pdf").pages
    assert pages[1] == Page(2, "", PageOrigin.OCR, 0.0)
    with pytest.raises(NoTextFound, match="启用文字识别"):
        WITHOUT.read_bytes(pdf(picture_of("工伤")), "卷.pdf")


def test_a_scanners_watermark_does_not_hide_the_scan() -> None:
    buffer = BytesIO()
    made = canvas(buffer, pagesize=(300, 300))
    made.drawImage(ImageReader(Image.fromarray(picture_of("失业登记"))), 0, 0, 300, 300)
    made.setFont("STSong-Light", 1)
    made.drawString(1, 1, "第1页")
    made.save()
    page = WITH_OCR.read_bytes(buffer.getvalue(), "卷.pdf").pages[0]
    assert (page.text, page.origin) == ("失业登记", PageOrigin.OCR)


def test_encrypted_pdf() -> None:
    with pytest.raises(EncryptedFile, match="解除密码"):
        WITH_OCR.read_bytes(pdf(PROSE, encrypt="open-me"), "卷.pdf")
    buffer = BytesIO()
    with pikepdf.open(BytesIO(pdf(PROSE))) as document:
        document.save(buffer, encryption=pikepdf.Encryption(owner="owner", user="", R=6))
    assert WITH_OCR.read_bytes(buffer.getvalue(), "只限打印.pdf").pages[0].text == PROSE


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_pdf_cut_off(share: float) -> None:
    data = pdf(PROSE, PROSE)
    with pytest.raises(DamagedFile, match="重新获取"):
        WITH_OCR.read_bytes(data[: int(len(data) * share)], "卷.pdf")


def test_pdf_page_limit_and_threads() -> None:
    with pytest.raises(TooLarge, match="2 页"):
        FileParser(ParsingLimits(max_pages=2)).read_bytes(pdf(PROSE, PROSE, PROSE), "卷.pdf")
    data, read = pdf(*[PROSE] * 5), []
    threads = [
        threading.Thread(target=lambda: read.append(WITHOUT.read_bytes(data, "卷.pdf"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[page.text for page in parsed.pages] for parsed in read] == [[PROSE] * 5] * 4


@pytest.mark.parametrize(
    ("kind", "name"),
    [("PNG", "a.png"), ("JPEG", "a.jpg"), ("TIFF", "a.tif"), ("BMP", "a.bmp"), ("WEBP", "a.webp")],
)
def test_pictures(kind: str, name: str) -> None:
    data = encoded(picture_of("生育津贴申领"), kind)
    parsed = WITH_OCR.read_bytes(data, name)
    assert parsed.pages == (Page(1, "生育津贴申领", PageOrigin.OCR, 0.93),)
    for share in (0.2, 0.6, 0.9):
        with pytest.raises(DamagedFile):
            WITH_OCR.read_bytes(data[: int(len(data) * share)], name)


def test_every_tiff_frame_is_a_page() -> None:
    frames = [Image.fromarray(picture_of(f"第{n}页")) for n in (1, 2, 3)]
    buffer = BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    pages = WITH_OCR.read_bytes(buffer.getvalue(), "多页.tiff").pages
    assert [(page.page_no, page.text) for page in pages] == [(1, "第1页"), (2, "第2页"), (3, "第3页")]


def test_odd_pixel_formats_and_sideways_photographs() -> None:
    picture = Image.fromarray(picture_of("医疗"))
    bilevel, deep = (
        picture.convert("1"),
        Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257),
    )
    glass = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    glass.paste((0, 0, 0, 255), mask=picture.convert("L").point(lambda value: 255 - value))
    turned = picture.rotate(90)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned clockwise by 90° for viewing
    for image, options in ((bilevel, {}), (deep, {}), (glass, {}), (turned, {"exif": exif})):
        buffer = BytesIO()
        image.save(buffer, "PNG", **options)
        assert WITH_OCR.read_bytes(buffer.getvalue(), "图.png").pages[0].text == "医疗"


def test_too_many_pixels_are_refused_before_decoding() -> None:
    with pytest.raises(TooLarge, match="分辨率"):
        FileParser(ParsingLimits(max_image_pixels=1_000_000), GridOcr()).read_bytes(
            encoded(np.full((1001, 1000, 3), 255, np.uint8), "PNG"), "图.png"
        )
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(TooLarge, match="分辨率"):
        WITH_OCR.read_bytes(bomb.getvalue(), "图.png")


def test_an_oversized_picture_inside_a_pdf_is_refused() -> None:
    parser = FileParser(ParsingLimits(max_image_pixels=100_000), GridOcr())
    with pytest.raises(TooLarge, match="分辨率"):
        parser.read_bytes(pdf(picture_of("工伤")), "卷.pdf")


def test_a_large_scan_is_scaled_down_before_ocr() -> None:
    parser = FileParser(ParsingLimits(max_render_pixels=100_000), GridOcr())
    large = np.kron(picture_of("大图"), np.ones((4, 4, 1), np.uint8))
    assert parser.read_bytes(encoded(large, "PNG"), "图.png").pages[0].text == "大图"


def test_a_picture_without_text() -> None:
    with pytest.raises(NoTextFound, match="重新清晰扫描"):
        WITH_OCR.read_bytes(encoded(np.full((200, 200, 3), 255, np.uint8), "PNG"), "图.png")


def test_scans_pasted_into_word_are_read() -> None:
    document = Document()
    document.add_paragraph("附件")
    for text in ("工伤认定 一", "工伤认定 二"):
        document.add_picture(BytesIO(encoded(picture_of(text), "PNG")))
    buffer = BytesIO()
    document.save(buffer)
    pages = WITH_OCR.read_bytes(buffer.getvalue(), "附件.docx").pages
    assert [(page.page_no, page.text.strip(), page.origin) for page in pages] == [
        (1, "附件", PageOrigin.BORN_DIGITAL),
        (2, "工伤认定 一", PageOrigin.OCR),
        (3, "工伤认定 二", PageOrigin.OCR),
    ]


def test_slow_ocr_times_out() -> None:
    parser = FileParser(ParsingLimits(ocr_timeout_s=0.05), GridOcr(delay_s=0.5))
    with pytest.raises(ParsingTimedOut, match="第 1 页"):
        parser.read_bytes(encoded(picture_of("慢"), "PNG"), "图.png")


@pytest.fixture(scope="module")
def rapidocr() -> OcrEngine:
    if not FONT.is_file():
        pytest.skip("no CJK font: apt package fonts-wqy-zenhei")
    from indexer.parsing.ocr_rapidocr import RapidOcr

    return RapidOcr(threads=2)


def test_a_printed_scan_in_a_pdf_is_read_by_the_real_engine(rapidocr: OcrEngine) -> None:
    from PIL import ImageDraw, ImageFont

    scan = Image.new("RGB", (1240, 1240), "white")
    pen = ImageDraw.Draw(scan)
    for number, line in enumerate(
        ["工伤认定决定书", "单位名称：某某机械有限公司", "认定结论：予以认定为工伤"]
    ):
        pen.text((120, 200 + 90 * number), line, font=ImageFont.truetype(str(FONT), 40), fill="black")
    page = FileParser(LIMITS, rapidocr).read_bytes(pdf(np.asarray(scan)), "卷.pdf").pages[0]
    assert page.origin is PageOrigin.OCR
    assert page.text.split("\n") == [
        "工伤认定决定书",
        "单位名称：某某机械有限公司",
        "认定结论：予以认定为工伤",
    ]
    assert page.ocr_confidence is not None
    assert page.ocr_confidence > 0.8
