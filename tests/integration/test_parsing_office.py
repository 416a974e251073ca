"""DOCX, XLSX, HTML and text files made with the libraries offices use."""

from __future__ import annotations

from datetime import date, datetime, time
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from openpyxl import Workbook

from indexer.parsing.limits import ParsingLimits
from indexer.parsing.media_type import CSV, DOCX, HTML, PLAIN, XLSX
from indexer.parsing.parsers import FileParser
from models.archive.documents import PageOrigin
from models.errors import NoTextFound, TooLarge, UnreadableFile

PARSER = FileParser(ParsingLimits())
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document: Any) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def texts(data: bytes, name: str) -> list[str]:
    return [page.text for page in PARSER.read_bytes(data, name).pages]


def test_docx_keeps_document_order_headers_and_tables() -> None:
    document = Document()
    document.sections[0].header.paragraphs[0].text = "某市社会保险事业中心"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    document.add_paragraph("工伤认定决定书")
    table = document.add_table(rows=2, cols=3)
    for row, cells in zip(table.rows, [("单位", "险种", "结论"), ("某厂", "", "认定为工伤")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph("承办人：𠮷𬭎·阿卜杜拉 🙂　ＡＢ")
    parsed = PARSER.read_bytes(saved(document), "决定书.docx")
    assert parsed.source.media_type == DOCX
    assert [page.text for page in parsed.pages] == [
        (
            "某市社会保险事业中心\n工伤认定决定书\n单位 | 险种 | 结论\n某厂 |  | 认定为工伤\n"
            "承办人：𠮷𬭎·阿卜杜拉 🙂　ＡＢ\n第 1 页"
        )
    ]


def test_docx_reads_content_controls_insertions_text_boxes_and_nested_tables() -> None:
    document = Document()
    body = document.element.body
    sdt = "<w:sdt {0}><w:sdtContent><w:p><w:r><w:t>内容控件</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    tracked = (
        "<w:p {0}><w:ins><w:r><w:t>已插入</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>已删除</w:delText></w:r></w:del></w:p>"
    )
    box = (
        "<w:p {0}><w:r><w:t>正文</w:t></w:r><w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'>"
        "<v:textbox><w:txbxContent><w:p><w:r><w:t>文本框</w:t></w:r></w:p></w:txbxContent></v:textbox>"
        "</v:shape></w:pict></w:r></w:p>"
    )
    for place, xml in enumerate((sdt, tracked, box)):
        body.insert(place, parse_xml(xml.format(W)))
    outer = document.add_table(rows=1, cols=2)
    outer.cell(0, 0).text = "外"
    outer.cell(0, 1).add_table(rows=1, cols=1).cell(0, 0).text = "内"
    assert texts(saved(document), "表.docx") == ["内容控件\n已插入\n正文\n文本框\n外 | 内"]


def test_docx_pages_follow_page_breaks() -> None:
    document = Document()
    document.add_paragraph("第一页")
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("第二页")
    parsed = PARSER.read_bytes(saved(document), "两页.docx")
    assert [(page.page_no, page.text.strip()) for page in parsed.pages] == [(1, "第一页"), (2, "第二页")]


def test_xlsx_sheets_dates_merged_and_empty_cells() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "参保缴费"
    sheet.append(["单位", "险种", "月数", "日期", "办结"])
    sheet.append(["某厂", None, 12.0, datetime(2024, 1, 31), True])  # noqa: DTZ001 - a cell has no zone
    sheet.append([])
    sheet.append(["合并", "失业", 1.5, date(2023, 12, 1), time(8, 30)])
    sheet.merge_cells("A4:A6")
    sheet["B900"] = "远处"
    hidden = book.create_sheet("隐藏表")
    hidden.sheet_state = "hidden"
    hidden.append(["𠮷𬭎"])
    book.create_sheet("空表")
    parsed = PARSER.read_bytes(saved(book), "台账.xlsx")
    assert parsed.source.media_type == XLSX
    assert [page.text for page in parsed.pages] == [
        (
            "参保缴费\n单位 | 险种 | 月数 | 日期 | 办结\n某厂 |  | 12 | 2024-01-31 | 是\n"
            "合并 | 失业 | 1.5 | 2023-12-01 | 08:30:00\n | 远处"
        ),
        "隐藏表\n𠮷𬭎",
    ]


def test_xlsx_long_sheets_repeat_the_header() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["编号", "险种"])
    for number in range(450):
        sheet.append([number, "养老"])
    pages = texts(saved(book), "长表.xlsx")
    assert len(pages) == 3
    assert all(page.split("\n")[1] == "编号 | 险种" for page in pages)
    assert pages[2].endswith("449 | 养老")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_html_blocks_tables_and_dropped_parts(charset: str) -> None:
    source = """<?xml version="1.0"?><!DOCTYPE html>
      <html><head><title>公告 标题</title><meta charset="gb2312">
      <style>p{color:red}</style><script>var x = "脚本";</script></head><body>
      <h1>参保  公告</h1><p>第一段<b>加粗</b><br>换行</p><noscript>不要</noscript>
      <table><tr><th>单位</th><th>险种</th></tr><tr><td><p>某厂</p></td><td>工伤<br>生育</td></tr></table>
      <ul><li>甲</li><li>乙 &amp; 𠮷</li></ul>尾巴</body></html>"""
    parsed = PARSER.read_bytes(source.encode(charset), "公告.html")
    assert parsed.source.media_type == HTML
    assert parsed.pages[0].text == (
        "公告 标题\n参保 公告\n第一段加粗\n换行\n单位 | 险种\n某厂 | 工伤 生育\n甲\n乙 & 𠮷\n尾巴"
    )


def test_a_layout_table_becomes_lines_not_one_row() -> None:
    inner = "<table><tr><td>险种</td><td>工伤</td></tr></table>"
    source = f"<html><table><tr><td>导航</td><td><p>正文</p>{inner}</td></tr></table></html>"
    assert texts(source.encode(), "页.htm") == ["导航\n正文\n险种 | 工伤"]


def test_deep_nesting_is_no_crash() -> None:
    source = "<html>" + "<div>" * 5000 + "深处" + "<table><tr><td>" * 500
    try:
        assert PARSER.read_bytes(source.encode(), "深.html").pages
    except UnreadableFile as refusal:
        assert refusal.detail.endswith("。")  # noqa: PT017 - either outcome is right


def test_a_file_on_disk_says_where_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "某人材料.txt"
    data = "姓名：甲\r\n险种：工伤保险\r\n".encode("gb18030")
    path.write_bytes(data)
    parsed = PARSER.read(path)
    assert parsed.source.path == path
    assert parsed.source.sha256 == sha256(data).hexdigest()
    assert (parsed.source.media_type, parsed.source.size_bytes) == (PLAIN, len(data))
    page = parsed.pages[0]
    assert (page.text, page.origin, page.ocr_confidence) == (
        "姓名：甲\n险种：工伤保险\n",
        PageOrigin.BORN_DIGITAL,
        None,
    )


def test_csv_by_name_and_by_content() -> None:
    data = "单位,险种,月数\n某厂,工伤,12\n".encode("gb18030")
    for name in ("表.csv", "表"):
        parsed = PARSER.read_bytes(data, name)
        assert parsed.source.media_type == CSV
        assert parsed.pages[0].text == "单位 | 险种 | 月数\n某厂 | 工伤 | 12"


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf", b" \r\n\t \n", "　\n".encode()])
def test_only_blanks_is_no_text(data: bytes) -> None:
    with pytest.raises(NoTextFound, match="重新"):
        PARSER.read_bytes(data, "空白.txt")


def test_limits_on_size_and_pages(tmp_path: Path) -> None:
    small = FileParser(ParsingLimits(max_bytes=10, max_pages=2))
    path = tmp_path / "大.txt"
    path.write_bytes(b"x" * 11)
    with pytest.raises(TooLarge, match="上限"):
        small.read(path)
    with pytest.raises(TooLarge, match="2 页"):
        small.read_bytes(b"a\fb\fc", "页.txt")


def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "没有"):
        with pytest.raises(UnreadableFile, match="不存在或不是普通文件"):
            PARSER.read(path)
