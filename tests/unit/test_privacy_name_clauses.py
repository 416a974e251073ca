"""Names in running text without a label, and lists of shops that are no names."""

from __future__ import annotations

import time

import pytest

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import read
from models.privacy.name_clauses import find_clause_names, without_shops
from models.privacy.resolution import resolve


def names(text: str) -> list[str]:
    reading = read(text)
    found = without_shops(reading, list(find_clause_names(reading)))
    return [text[d.start : d.end] for d in resolve(reading.text, found)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("胡正强本人未如实填写。", ["胡正强"], id="himself"),
        pytest.param("家属鄂宝山代退82元", ["鄂宝山"], id="relative acts for somebody"),
        pytest.param("兹将上官丽之养老待遇汇至", ["上官丽"], id="compound surname"),
        pytest.param("兹有苟利国等叁同志前往", ["苟利国"], id="letter of introduction"),
        pytest.param("鄂  强，因故停发", ["鄂  强"], id="written wide"),
        pytest.param("其父塔依尔江，1938年生", ["塔依尔江"], id="transliterated, no dot"),
        pytest.param("经办人 艾孜买提  印章", ["艾孜买提"], id="transliterated between blanks"),
        pytest.param("俄文作 Ильхам Таиров）", ["Ильхам Таиров"], id="Cyrillic"),
        pytest.param("Jean-Luc Moreau，法国人，", ["Jean-Luc Moreau"], id="Latin before a country"),
        pytest.param("柯尔克孜，初婚", [], id="a nation in transliteration letters"),
        pytest.param("4  牟  国  男  50.2", ["牟  国"], id="sex behind a wide name"),
        pytest.param("申请人提交申请，单位系用人单位，任何人不服", [], id="words"),
        pytest.param("姓  名、民  族、金  额、方  式", [], id="labels written wide"),
        pytest.param("担保基金提供担保，任务已于年底完成", [], id="letters of transliterations in words"),
        pytest.param("乌鲁木齐市、巴音郭楞州、呼和浩特", [], id="places"),
        pytest.param("余款待付，高龄津贴领取，常住人口", [], id="words that begin like names"),
    ],
)
def test_names_of_clauses(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_list_of_shops_holds_no_names() -> None:
    text = "同仁堂、李锦记、老干妈等商户均系样本，王锦记、李大海等三人到场"
    said = [
        Detection(text.index(name), text.index(name) + 3, DetectionKind.PERSON, 0.85, "name-model")
        for name in ("同仁堂", "李锦记", "老干妈", "王锦记", "李大海")
    ]
    left = without_shops(read(text), said)
    assert [text[d.start : d.end] for d in left] == ["王锦记", "李大海"]


def test_long_text_without_marks_takes_no_more_than_its_share_of_time() -> None:
    def seconds(count: int) -> float:
        reading = read("成龙江待劳动能力鉴定结论作出后再行办理" * count)
        started = time.process_time()
        list(find_clause_names(reading))
        without_shops(reading, [])
        return time.process_time() - started

    names("预热")
    assert seconds(2000) < 10 * max(seconds(500), 0.01)
