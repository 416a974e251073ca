"""Printed pages in a real browser: nothing cut off, nothing loaded, readable on paper and on a telephone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from PIL import Image
from pypdfium2 import PdfDocument

from api.reporting.disposals import page_of_disposal
from api.reporting.html import style_policy
from api.reporting.pages import page_of
from api.reporting.receipts import page_of_receipt
from indexer.ledger.receipts import ReceiptRequest, Receipts
from indexer.reports import Reports
from indexer.store.disposal_port import Disposal, DisposalState, Item, Supervisor
from indexer.store.ledger_reading import SqlLedger
from models.access.principal import Principal, Role
from tests.assembly import Archive, archive_in, clerk, now, record
from tests.contracts.test_store_reviews import reviews_of
from tests.strategies import NOW, resident_id

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
WIDTHS = (1280, 390)
A4_POINTS = {(595, 842), (842, 595)}
LONG = "阿卜杜热合曼·买买提艾力·𠮷野家明" * 6
OFFICER = clerk(role=Role.PRIVACY_OFFICER)
AUDITOR = Principal("sj", frozenset({Role.AUDIT_ADMIN}), purpose="审计")

needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium (Debian: chromium)")
pytestmark = [pytest.mark.slow, needs_browser]

MEASURED = """
<script>
const wide = [...document.querySelectorAll("body *")].filter(e => !e.closest(".wide, script")
  && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"));
document.title = JSON.stringify({
  page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  cut: wide.map(e => e.tagName + "." + e.className),
  loaded: performance.getEntriesByType("resource").map(e => e.name),
  size: parseFloat(getComputedStyle(document.querySelector("h1")).fontSize),
  lang: document.documentElement.lang,
  heads: [...document.querySelectorAll("th")].every(e => e.scope === "col"),
});
</script>
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Documents with a title that is too long for any column, and one look at each."""
    made = archive_in(tmp_path_factory.mktemp("pages"))
    for number in range(3):
        text = f"退休审批表，公民身份号码{resident_id(number)}，电话13800138000。"
        archive_no = {"archive_no": f"D001-SB·2019-D50-YL-{number:04d}"}
        made.ingest(record(f"r{number}", text, title=LONG, metadata=archive_no))
    made.keeper.catch_up()
    made.search("退休审批表", clerk())
    return made


def archive_report(archive: Archive) -> str:
    return page_of(reports(archive).archive(OFFICER))


def document_report(archive: Archive) -> str:
    (doc_id, *_) = archive.store.with_archive_no("D001-SB·2019-D50-YL-0001")
    return page_of(reports(archive).document(doc_id, OFFICER))


def reports(archive: Archive) -> Reports:
    return Reports(archive.store, reviews_of(archive), archive.audit, now)


def receipt(archive: Archive) -> str:
    desk = Receipts(SqlLedger(archive.audit), archive.store, archive.audit, lambda: NOW + timedelta(days=1))
    return page_of_receipt(desk.issue(ReceiptRequest(("D001-SB·2019-D50-YL-0001",)), AUDITOR))


def disposal(_: Archive) -> str:
    item = Item("d1", "D001-SB·2009-D10-SY-0001", LONG, "D001", "500111", "失业登记", "10年", None, None, 12,
                withdrawn=False, key_fingerprint="9f" * 32, destroyed_at=NOW)  # fmt: skip
    supervisors = (Supervisor("jianxiao-1", NOW), Supervisor("jianxiao-2", NOW))
    return page_of_disposal(
        Disposal(
            "01a2",
            DisposalState.DONE,
            LONG,
            "dangan",
            NOW,
            (item,) * 60,
            "备〔2026〕1号",
            "fuhe",
            NOW,
            supervisors,
        )
    )


def empty_disposal(_: Archive) -> str:
    return page_of_disposal(Disposal("01a3", DisposalState.PROPOSED, "无", "dangan", NOW, ()))


PAGES = (archive_report, document_report, receipt, disposal, empty_disposal)


def bare(text: str) -> str:
    """Return what is compared: without breaks, and without what only fonts with rare characters can print."""
    return re.sub("[\\s\ufffe\u00ad\U00020000-\U0003ffff-]+", "", unicodedata.normalize("NFKC", text))


def chromium(*arguments: str) -> str:
    """Run the browser without a network on this machine alone, and return what it prints."""
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    return done.stdout


@pytest.mark.parametrize("made", PAGES, ids=lambda made: made.__name__)
def test_a_page_fits_screen_and_telephone_and_loads_nothing(
    made: Callable[[Archive], str], archive: Archive, tmp_path: Path
) -> None:
    page = made(archive)
    title = re.findall("<title>(.+)</title>", page)
    assert title
    assert title[0] in page.split("<h1>")[1]
    where = tmp_path / "page.html"
    where.write_text(page.replace("</body>", MEASURED + "</body>"), "utf-8")
    for width in WIDTHS:
        dom = chromium(f"--window-size={width},900", "--dump-dom", where.as_uri())
        told = json.loads(unescape(re.findall("<title>(.+)</title>", dom)[0]))
        assert told == {
            "page": 0,
            "cut": [],
            "loaded": [],
            "size": told["size"],
            "lang": "zh-CN",
            "heads": True,
        }
        assert told["size"] > 20  # the style of the page is in force


@pytest.mark.parametrize("made", PAGES, ids=lambda made: made.__name__)
def test_a_page_prints_whole(made: Callable[[Archive], str], archive: Archive, tmp_path: Path) -> None:
    page = made(archive)
    (tmp_path / "page.html").write_text(page, "utf-8")
    out = tmp_path / "page.pdf"
    chromium(f"--print-to-pdf={out}", "--no-pdf-header-footer", (tmp_path / "page.html").as_uri())
    with closing(PdfDocument(out)) as printed:
        pages = list(printed)
        sizes = {tuple(round(side) for side in one.get_size()) for one in pages}
        text = "".join(one.get_textpage().get_text_bounded() for one in pages)
    assert len(sizes) == 1
    assert sizes < A4_POINTS
    for whole in re.findall(r"<(?:td|th|pre|p)[^>]*>([^<]+)<", page):
        assert bare(unescape(whole)) in bare(text), whole


def test_the_policy_of_the_server_lets_the_style_show_and_no_script(archive: Archive, tmp_path: Path) -> None:
    policy = f'<meta http-equiv="Content-Security-Policy" content="{style_policy().split("; frame")[0]}">'
    page = receipt(archive).replace('<meta charset="utf-8">', f'<meta charset="utf-8">{policy}')
    where = tmp_path / "page.html"
    where.write_text(page.replace("</body>", "<script>document.title = 'ran'</script></body>"), "utf-8")
    dom = chromium("--dump-dom", where.as_uri())
    assert "<title>ran</title>" not in dom
    shot = tmp_path / "shot.png"
    chromium("--window-size=600,400", f"--screenshot={shot}", where.as_uri())
    with Image.open(shot) as picture:
        assert (31, 58, 95) in {
            color for _, color in picture.convert("RGB").getcolors(2**20) or ()
        }  # #1f3a5f
