"""Catalogues as offices write them."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.catalogue import FILE_COLUMN, HEADERS, Row, filled, read_catalogue, row_of
from models.archive.documents import CatalogueEntry
from models.archive.levels import AccessLevel, Line, Retention
from models.errors import InvalidCatalogue
from tests.strategies import PRINTED_ID

FULL = {
    "档号": "D015-SB·2019-D50-YL-0001",
    "全宗号": "D015",
    "题名": "退休审批表",
    "险种": "养老、工伤",
    "材料类型": "企业职工退休审批表",
    "条线": "人社",
    "行政区划代码": "500111001",
    "形成日期": "2019-03-05",
    "保管期限": "50年",
    "访问级别": "工作秘密",
    "责任者": "某区社保局",
    "持有人": "张三丰",
    "公民身份号码": PRINTED_ID,
    "单位名称": "某厂",
}
ENTRY = CatalogueEntry(
    archive_no="D015-SB·2019-D50-YL-0001",
    fonds="D015",
    title="退休审批表",
    insurance_types=("养老", "工伤"),
    material_type="退休审批",
    line=Line.HRSS,
    region="500111001",
    formed_on=date(2019, 3, 5),
    retention=Retention.YEARS_50,
    access_level=AccessLevel.WORK_SECRET,
    agency="某区社保局",
    holder_name="张三丰",
    holder_id=PRINTED_ID,
    employer="某厂",
)


def catalogue_file(
    folder: Path, rows: list[dict[str, str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    stream = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(stream, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "catalogue.csv"
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def test_header_and_json_key_are_the_same_field() -> None:
    assert set(HEADERS) == set(FULL)
    by_key = {HEADERS[header]: value for header, value in FULL.items()}
    assert row_of(FULL) == row_of(by_key) == Row(ENTRY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_any_office(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = catalogue_file(
        tmp_path, [{FILE_COLUMN: r"甲\退休.txt", **FULL}], encoding=encoding, delimiter=delimiter
    )
    assert read_catalogue(path).rows == {"甲/退休.txt": Row(ENTRY)}


def test_headers_with_blanks_and_full_width_and_cells_with_commas_and_newlines(tmp_path: Path) -> None:
    path = tmp_path / "目录.csv"
    path.write_text('　文件 , 题名 ,险种\n"a,1.txt","第一行\n第二行","养老"\n', encoding="utf-8")
    rows = read_catalogue(path).rows
    assert rows["a,1.txt"].entry.title == "第一行\n第二行"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("险种", "火灾"),
        ("险种", "养老、火灾"),
        ("条线", "公安"),
        ("行政区划代码", "50O111"),
        ("行政区划代码", "5"),
        ("行政区划代码", "大足区"),
        ("形成日期", "2019-02-30"),
        ("形成日期", "2019-13-01"),
        ("形成日期", "2019"),
        ("形成日期", "201911"),
        ("形成日期", "2019115"),
        ("形成日期", "三月五日"),
        ("保管期限", "20年"),
        ("保管期限", "长期"),
    ],
)
def test_a_bad_value_is_reported_by_field_and_never_echoed(header: str, value: str) -> None:
    for name in (header, HEADERS[header]):
        row = row_of({**{k: v for k, v in FULL.items() if k != header}, name: value})
        (problem,) = row.problems
        assert problem.startswith(f"{header}不可用：")
        assert value not in problem.replace("9 位", "").replace("2019-03-05", "") or len(value) == 1
        assert not getattr(row.entry, HEADERS[header].replace("insurance_type", "insurance_types"))
        assert row.entry.title == "退休审批表"


@pytest.mark.parametrize(
    ("value", "formed_on"),
    [
        ("2019-03-05", date(2019, 3, 5)),
        ("2019/3/5", date(2019, 3, 5)),
        ("2019.03.05", date(2019, 3, 5)),
        ("2019年3月5日", date(2019, 3, 5)),
        ("２０１９年０３月０５日", date(2019, 3, 5)),
        ("20190305", date(2019, 3, 5)),
        (20190305, date(2019, 3, 5)),
        ("2019-03-05T10:00:00+08:00", date(2019, 3, 5)),
        ("2019-03-05 00:00:00", date(2019, 3, 5)),
    ],
)
def test_dates(value: object, formed_on: date) -> None:
    assert row_of({"形成日期": value}) == Row(CatalogueEntry(formed_on=formed_on))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("养老", ("养老",)),
        ("企业职工基本养老保险", ("养老",)),
        ("城乡居民基本医疗保险", ("医疗",)),
        ("工伤保险，医疗保险", ("工伤", "医疗")),
        ("养老;失业；养老", ("养老", "失业")),
        ("养老、", ("养老",)),
        (["生育", "医疗"], ("生育", "医疗")),
        ([], ()),
    ],
)
def test_insurances(value: object, names: tuple[str, ...]) -> None:
    assert row_of({"insurance_type": value}) == Row(CatalogueEntry(insurance_types=names))


@pytest.mark.parametrize(
    ("value", "retention"),
    [("永久", Retention.PERMANENT), ("30", Retention.YEARS_30), ("１０年", Retention.YEARS_10)],
)
def test_retention(value: str, retention: Retention) -> None:
    assert row_of({"保管期限": value}).entry.retention is retention


def test_unknown_columns_are_kept_and_blank_cells_are_missing() -> None:
    row = row_of(
        {"题名": " ", "盒号": " 12 ", "密级": "", "页数": 3, "formed_on": None, "标签": ["甲", "乙"]}
    )
    assert row == Row(CatalogueEntry(extensions={"盒号": "12", "页数": "3", "标签": "甲、乙"}))


def test_lines_without_file_and_doubles_are_reported_by_number(tmp_path: Path) -> None:
    rows = [
        {FILE_COLUMN: "a.txt", "题名": "甲", "形成日期": "昨天"},
        {FILE_COLUMN: "", "题名": "乙", "形成日期": ""},
        {FILE_COLUMN: "./a.txt", "题名": "丙", "形成日期": ""},
        {FILE_COLUMN: "../../etc/a", "题名": "丁", "形成日期": ""},
        {FILE_COLUMN: "/etc/a", "题名": "戊", "形成日期": ""},
    ]
    catalogue = read_catalogue(catalogue_file(tmp_path, rows))
    assert list(catalogue.rows) == ["a.txt"]
    assert catalogue.rows["a.txt"].entry.title == "甲"
    assert [p.split("行")[0].strip() for p in catalogue.rows["a.txt"].problems] == ["第 2"]
    assert [p.split("行")[0].strip() for p in catalogue.problems] == ["第 3", "第 4", "第 5", "第 6"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\n\n , \n", "空的"),
        ("题名,险种\n甲,养老\n".encode(), "缺少“文件”"),
        (b"\xff\xff\xff", "编码"),
        (b'\xe6\x96\x87\xe4\xbb\xb6\n"' + b"a" * 200_000 + b'"\n', "131072"),
    ],
    ids=["nothing", "blanks", "no column", "no encoding", "huge cell"],
)
def test_a_file_that_is_no_catalogue(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidCatalogue, match=r"目录表 c\.csv") as raised:
        read_catalogue(path)
    assert words in raised.value.detail


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidCatalogue, match="打不开"):
        read_catalogue(tmp_path / "none.csv")


def test_defaults_fill_only_what_is_missing() -> None:
    defaults = row_of({"region": "500111", "访问级别": "公开", "title": "默认", "盒号": "1"})
    row = filled(row_of({"title": "给定", "险种": "工伤"}), defaults)
    assert row.entry.title == "给定"
    assert row.entry.region == "500111"
    assert row.entry.access_level is AccessLevel.PUBLIC
    assert row.entry.insurance_types == ("工伤",)


def test_a_default_never_overrules_a_level_given_or_unreadable() -> None:
    defaults = row_of({"访问级别": "敏感"})
    assert filled(row_of({"访问级别": "公开"}), defaults).entry.access_level is AccessLevel.PUBLIC


def test_required_fields_are_region_and_date() -> None:
    assert CatalogueEntry().missing_required() == ("行政区划代码", "形成日期")
    assert ENTRY.missing_required() == ()


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.one_of(st.sampled_from([*HEADERS, *HEADERS.values()]), st.text(max_size=5)), _json, max_size=8
    )
)
def test_any_metadata_is_a_row_that_can_be_written(metadata: dict[str, object]) -> None:
    entry = row_of(metadata).entry
    for value in (entry.archive_no, entry.fonds, entry.material_type, entry.agency, entry.region):
        assert value is None or value.encode("utf-8").decode("utf-8") == value


@pytest.mark.parametrize("said", ["绝密", "秘密级", "机密★长期", "内部资料"])
def test_an_unreadable_access_level_closes_the_document(said: str) -> None:
    row = filled(row_of({"访问级别": said}), row_of({"访问级别": "公开"}))
    assert row.entry.access_level is AccessLevel.SENSITIVE
    assert row.entry.extensions["密级"] == said
    assert len(row.problems) == 1
    assert said not in row.problems[0]
