"""Tables and forms: every value under its label or header, whatever the order on the page."""

import pytest

from models.privacy.labels import fit, is_label, label_kind
from models.privacy.layout import read

ID = "500199195806014512"

ROWS = [
    pytest.param("姓名|性别\n张三|男\n李四|女", [("姓名", "张三"), ("姓名", "李四")], id="bars"),
    pytest.param("序号\t姓名\t年龄\n1\t贺喜\t39", [("姓名", "贺喜")], id="tabs"),
    pytest.param("姓  名    性 别\n高  兴    男\n", [("姓名", "高  兴")], id="aligned and spaced"),
    pytest.param(
        f"姓名 出生年月 身份证号 家庭住址\n方便 70.11 智凤街道登云街5号\n温柔 52.7 {ID} 龙水镇",
        [
            ("姓名", "方便"),
            ("出生年月", "70.11"),
            ("家庭住址", "智凤街道登云街5号"),
            ("姓名", "温柔"),
            ("出生年月", "52.7"),
            ("身份证号", ID),
            ("家庭住址", "龙水镇"),
        ],
        id="a cell is missing",
    ),
    pytest.param(
        "姓名 性别\n注：按工号排列\n高兴 男\n\n第 1 页 共 3 页\n温柔 女",
        [("姓名", "高兴"), ("姓名", "温柔")],
        id="remark and page break",
    ),
    pytest.param(
        "姓名\n性别\n出生年月\n高兴\n男\n63.4\n方便\n女\n52.7",
        [("姓名", "高兴"), ("出生年月", "63.4"), ("姓名", "方便"), ("出生年月", "52.7")],
        id="all headers, then rows",
    ),
    pytest.param(
        "姓名\n性别\n出生年月\n高兴\n方便\n男\n女\n1963.4\n1952.7",
        [("姓名", "高兴"), ("姓名", "方便"), ("出生年月", "1963.4"), ("出生年月", "1952.7")],
        id="all headers, then columns",
    ),
    pytest.param(
        "姓名\n高兴\n方便\n性别\n男\n女\n出生日期\n1963.4\n52.7",
        [("姓名", "高兴"), ("姓名", "方便"), ("出生日期", "1963.4"), ("出生日期", "52.7")],
        id="one column after the other",
    ),
    pytest.param(
        "姓名 性别 出生年月\n高兴\n男\n63.4\n方便\n女\n52.7",
        [("姓名", "高兴"), ("出生年月", "63.4"), ("姓名", "方便"), ("出生年月", "52.7")],
        id="header in a line, values below one another",
    ),
    pytest.param(
        f"序号 姓名 身份证号码\n电话 开户行 银行卡号\n1 方便 {ID}\n13800138000 工商银行 4111111111111111",
        [
            ("姓名", "方便"),
            ("身份证号码", ID),
            ("电话", "13800138000"),
            ("银行卡号", "4111111111111111"),
        ],
        id="header and row over two lines",
    ),
    pytest.param(
        "姓  名   高 兴   性  别  男  出 生 年 月  1963.4",
        [("姓名", "高 兴"), ("出生年月", "1963.4")],
        id="spaced form",
    ),
    pytest.param(
        "姓名 高兴 性别 男 家庭住址 大足区 龙岗街道 5号 联系电话 13800138000",
        [("姓名", "高兴"), ("家庭住址", "大足区 龙岗街道 5号"), ("联系电话", "13800138000")],
        id="form in one line",
    ),
    pytest.param(
        "姓名 高兴 方便 温柔\n性别 男 女 女",
        [("姓名", "高兴"), ("姓名", "方便"), ("姓名", "温柔")],
        id="table on its side",
    ),
    pytest.param("妻 方小红 45 务农\n父  安平  71", [("姓名", "方小红"), ("姓名", "安平")], id="relatives"),
    pytest.param(
        "\t姓名\t出生年月\n父\t方正\t1933\n", [("姓名", "方正"), ("出生年月", "1933")], id="corner empty"
    ),
    pytest.param(
        "姓名/出生年月/编号/备注\n方正/1933/12/无", [("姓名", "方正"), ("出生年月", "1933")], id="strokes"
    ),
    pytest.param("姓名\n郑可欣\n性别\n女", [("姓名", "郑可欣")], id="value below its label"),
]

_PLAIN = {"SEX", "INDEX", "TEXT", "AMOUNT"}


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_every_value_stands_under_its_label(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(f.label, text[f.start : f.end]) for f in read(text).fields if f.kind and f.kind not in _PLAIN]
    assert found == expected


def test_a_table_goes_on_on_the_next_page() -> None:
    first = read("姓名 性别 出生年月\n高兴 男 63.4")
    assert first.header == ("姓名", "性别", "出生年月")
    text = "方便 女 52.7\n温柔 男 1970.2"
    assert [f.label for f in read(text).fields] == []
    names = [f for f in read(text, header=first.header).fields if f.label == "姓名"]
    assert [text[f.start : f.end] for f in names] == ["方便", "温柔"]


def test_rows_keep_their_empty_cells() -> None:
    rows = read("姓名 出生年月 身份证号 备注\n方便 70.11 无\n").rows
    assert [row.header for row in rows] == [("姓名", "出生年月", "身份证号", "备注")]
    assert [cell is None for cell in rows[0].cells] == [False, False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "申请人因病不能到场，委托其子办理。",
        "第一条 为了规范社会保险关系转移接续，根据有关法律制定本办法。",
        "缴费记录 2020年1月 金额 3957.00元",
    ],
)
def test_prose_has_no_fields_of_persons(text: str) -> None:
    assert [field for field in read(text).fields if field.kind == "PERSON"] == []


def test_what_a_label_announces() -> None:
    assert label_kind("参保人姓名(签字)") == "PERSON"
    assert label_kind("公民身份号码") == "RESIDENT_ID"
    assert label_kind("出 生 年 月") == "BIRTH_DATE"
    assert label_kind("颜色") == ""
    assert is_label("家庭住址")
    assert not is_label("2020年")
    assert fit("PERSON", "方便") > 0 > fit("PERSON", "13800138000")
    assert fit("RESIDENT_ID", ID) > 0 > fit("BIRTH_DATE", ID)
