"""Masked copies over HTTP: a scan by role, another line, another region, and what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw, ImageFont

from indexer.parsing.ocr_rapidocr import RapidOcr
from tests.e2e.http_archive import METADATA, NAME, PENSION, PRINTED_ID, House, running_house

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
pytestmark = pytest.mark.skipif(not FONT.is_file(), reason="no CJK font: apt package fonts-wqy-zenhei")


@pytest.fixture(scope="module")
def ocr() -> RapidOcr:
    return RapidOcr(threads=2)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("copies"), ocr=True, max_file_mib=8) as house:
        yield house


@pytest.fixture(scope="module")
def scan(house: House) -> str:
    image = Image.new("RGB", (1500, 500), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 30)
    pen.multiline_text((40, 40), PENSION.replace("，自", "，\n自"), font=font, fill="black", spacing=20)
    out = BytesIO()
    image.save(out, "PNG")
    archivist = house.bearer("archivist")
    answer = house.deposit(archivist, out.getvalue(), METADATA, "退休审批.png")
    job = house.outcome(archivist, answer.json()["job_id"])
    assert job["kind"] == "stored", job
    return str(job["doc_id"])


def said(ocr: RapidOcr, content: bytes) -> str:
    return ocr.recognise(np.asarray(Image.open(BytesIO(content)).convert("RGB"))).text


def test_a_page_is_black_where_the_clerk_may_not_see(house: House, scan: str, ocr: RapidOcr) -> None:
    path = f"/v1/documents/{scan}/pages/1/picture"
    answer = house.client.get(path, headers=house.bearer("clerk"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cache-control"] == "no-store"
    text = said(ocr, answer.content)
    assert "养老金" in text
    assert NAME not in text
    assert PRINTED_ID not in text


def test_the_copy_is_a_pdf_of_pictures(house: House, scan: str, ocr: RapidOcr) -> None:
    answer = house.client.get(f"/v1/documents/{scan}/copy", headers=house.bearer("clerk"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    document = pdfium.PdfDocument(answer.content)
    assert len(document) == 1
    assert document[0].get_textpage().count_chars() == 0
    assert NAME.encode() not in answer.content


def test_outside_the_scope_it_is_as_if_absent(house: House, scan: str) -> None:
    absent = "01900000-0000-7000-8000-000000000000"
    for what in ("copy", "pages/1/picture"):
        for who in ("far-clerk", "medical-clerk", "low-clerk"):
            hidden = house.client.get(f"/v1/documents/{scan}/{what}", headers=house.bearer(who))
            nothing = house.client.get(f"/v1/documents/{absent}/{what}", headers=house.bearer(who))
            assert hidden.status_code == 404
            assert hidden.content == nothing.content
    assert (
        house.client.get(f"/v1/documents/{scan}/pages/2/picture", headers=house.bearer("clerk")).status_code
        == 404
    )


def test_every_look_is_in_the_ledger(house: House, scan: str) -> None:
    house.client.get(f"/v1/documents/{scan}/copy", headers=house.bearer("clerk"))
    house.client.get(f"/v1/documents/{scan}/copy", headers=house.bearer("far-clerk"))
    events = [e for _, e, _ in house.archive.audit.events() if e.action == "copy"]
    assert [(e.principal, e.outcome, e.doc_ids) for e in events[-2:]] == [
        ("clerk", "ok", (scan,)),
        ("far-clerk", "not_found", ()),
    ]


def test_a_value_an_officer_added_is_black_too(house: House, scan: str, ocr: RapidOcr) -> None:
    path = f"/v1/documents/{scan}/pages/1/picture"
    clerk, officer = house.bearer("clerk"), house.bearer("privacy_officer")
    assert "批准退休" in said(ocr, house.client.get(path, headers=clerk).content)
    text = house.archive.store.content(scan).pages[0].text
    start = text.index("批准退休")
    request = {"page_no": 1, "start": start, "end": start + 4, "kind": "PERSON", "reason": "漏检"}
    added = house.client.post(f"/v1/privacy/reports/{scan}/findings", headers=officer, json=request)
    assert added.status_code == 201
    assert "批准退休" not in said(ocr, house.client.get(path, headers=clerk).content)


def test_a_record_without_pages_to_draw_says_so(house: House) -> None:
    intake = house.bearer("intake")
    doc_id = house.outcome(intake, house.deposit(intake, PENSION, METADATA).json()["job_id"])["doc_id"]
    clerk = house.bearer("clerk")
    refused = house.client.get(f"/v1/documents/{doc_id}/pages/1/picture", headers=clerk)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    copy = house.client.get(f"/v1/documents/{doc_id}/copy", headers=clerk)
    assert copy.headers["content-type"].startswith("text/plain")
    assert NAME not in copy.text
