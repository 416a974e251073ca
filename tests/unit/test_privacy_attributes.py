"""Attributes that are reported but no identity: found behind labels and near persons, not in policy text."""

from __future__ import annotations

import pytest

from models.privacy.attributes import REPORT_ONLY, attributes, find_attributes, is_attribute
from models.privacy.classes import class_of
from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import read
from models.privacy.resolution import resolve


def attributes_in(text: str, person: str = "张三") -> list[tuple[str, str]]:
    reading = read(text)
    at = text.find(person)
    known = [Detection(at, at + len(person), DetectionKind.PERSON, 0.9, "test")] if at >= 0 else []
    found = resolve(reading.text, [*known, *find_attributes(reading, known)])
    return [(d.kind.value, text[d.start : d.end]) for d in found if d.kind in REPORT_ONLY]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("民族：汉　籍贯", [("ETHNICITY", "汉")], id="short behind its label"),
        pytest.param("性别女民族满出 生 年 月", [("ETHNICITY", "满")], id="before the next label"),
        pytest.param("张三，男，东乡族，1984年生", [("ETHNICITY", "东乡族")], id="behind a person"),
        pytest.param("张三报为维吾尔族", [("ETHNICITY", "维吾尔族")], id="verb"),
        pytest.param("宗教信仰 佛教    婚姻", [("RELIGION", "佛教")], id="faith"),
        pytest.param("张三信奉伊斯兰教，", [("RELIGION", "伊斯兰教")], id="believes in"),
        pytest.param("姓名|政治面貌\n张三|群众", [("POLITICS", "群众")], id="column"),
        pytest.param("张三  女  52.3  团员  70.12", [("POLITICS", "团员")], id="cell without a header"),
        pytest.param(
            "张三，九三学社社员，未婚", [("POLITICS", "九三学社社员"), ("MARRIAGE", "未婚")], id="clauses"
        ),
        pytest.param(
            "政治 面貌群 众\n婚 姻终身未 婚", [("POLITICS", "群 众"), ("MARRIAGE", "终身未 婚")], id="spread"
        ),
        pytest.param(
            "残疾类别 视力\n残疾等级 二级", [("DISABILITY", "视力"), ("DISABILITY", "二级")], id="card"
        ),
        pytest.param(
            "张三（智力残疾），肢体二级", [("DISABILITY", "智力残疾"), ("DISABILITY", "肢体二级")], id="kinds"
        ),
        pytest.param(
            "张三因诈骗罪被判处有期徒刑五年，剥夺政治权利一年。",
            [("CRIMINAL_RECORD", "因诈骗罪被判处有期徒刑五年，剥夺政治权利一年")],
            id="sentence",
        ),
        pytest.param(
            "张三1983年因打架被劳动教养一年", [("CRIMINAL_RECORD", "因打架被劳动教养一年")], id="labour camp"
        ),
        pytest.param("张三未婚证明，离婚证字号，党员大会，回族自治县", [], id="other words"),
        pytest.param("张三反映群众关心的问题", [], id="a word in a sentence"),
        pytest.param("少数民族包括回族、藏族等，群众信仰佛教", [], id="nobody in particular"),
        pytest.param("参保人员因犯罪被判处有期徒刑的，停发待遇", [], id="law"),
        pytest.param("民族、政治面貌、婚姻状况三栏可空", [], id="labels alone"),
    ],
)
def test_attributes(text: str, expected: list[tuple[str, str]]) -> None:
    assert attributes_in(text) == expected


def test_every_report_only_kind_has_its_row() -> None:
    assert {attribute.kind for attribute in attributes()} == REPORT_ONLY


def test_the_56_nations_are_known() -> None:
    (nations,) = (a for a in attributes() if a.kind is DetectionKind.ETHNICITY)
    assert (
        sum(nations.value.fullmatch(name) is not None for name in ("汉族", "基诺族", "赫哲族", "门巴族")) == 4
    )
    assert is_attribute("俄罗斯族")


@pytest.mark.parametrize(
    ("kind", "sensitive"),
    [
        ("RELIGION", True),
        ("DISABILITY", True),
        ("CRIMINAL_RECORD", True),
        ("ETHNICITY", False),
        ("POLITICS", False),
    ],
)
def test_what_gbt_45574_calls_sensitive(kind: str, sensitive: bool) -> None:
    assert class_of(DetectionKind(kind)).sensitive_45574 is sensitive


def test_an_attribute_never_displaces_an_identity() -> None:
    person = Detection(0, 2, DetectionKind.PERSON, 0.6, "test")
    nation = Detection(0, 2, DetectionKind.ETHNICITY, 0.85, "attribute")
    assert resolve("满族", [person, nation]) == [person]
