"""Names known by their place, and guesses of the sequence model that their place speaks against."""

from __future__ import annotations

import pytest

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import read
from models.privacy.name_places import find_placed_names
from models.privacy.names import find_labelled_names, find_model_names, find_shaped_names, is_name_label
from models.privacy.plausibility import plausible
from models.privacy.propagation import by_opening, propagate
from models.privacy.resolution import SEQUENCE, resolve

ID = "500199196205121234"


def names(text: str) -> list[str]:
    reading = read(text)
    finders = (find_labelled_names, find_shaped_names, find_placed_names)
    found = resolve(reading.text, [d for find in finders for d in find(reading)])
    return [text[d.start : d.end] for d in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"胜利/{ID}", ["胜利"], id="a word beside an ID"),
        pytest.param(f"中国公民国庆（{ID}）", ["国庆"], id="role before and ID behind"),
        pytest.param("家属：妻温馨、子闻一、岳父温老根。", ["温馨", "闻一", "温老根"], id="family in a list"),
        pytest.param("父兰田玉，母何必，", ["兰田玉", "何必"], id="family in clauses"),
        pytest.param("夫关 世  忠（无业） 子关  岳", ["关 世  忠", "关  岳"], id="family, spaced"),
        pytest.param("妻绿洲，1988年生", ["绿洲"], id="no surname, but a fact"),
        pytest.param("花明（签字）　訾敏(章)", ["花明", "訾敏"], id="signed"),
        pytest.param("牛三（又名牛叁，误写“午三”）", ["牛三", "牛叁", "午三"], id="other names"),
        pytest.param("平   安  男  60.2", ["平   安"], id="spaced before the sex"),
        pytest.param("同意。方圆　4月2日", ["方圆"], id="signature and day"),
        pytest.param("                    慢慢  2月3日", ["慢慢"], id="signature at the right, no surname"),
        pytest.param("交：苗圃  接：郁金香", ["苗圃", "郁金香"], id="what was done with the paper"),
        pytest.param("核稿：白驹　被评定人：童谣", ["白驹", "童谣"], id="roles by their ending"),
        pytest.param("我爱人叫阿依木·库尔班，", ["阿依木·库尔班"], id="kin word before a name with a dot"),
        pytest.param("兹证明柯尔克孜·阿曼于2011年", ["柯尔克孜·阿曼"], id="words on both sides of the dot"),
        pytest.param("孛儿只斤·宝音年满十八", ["孛儿只斤·宝音"], id="sentence behind the dot"),
        pytest.param("舒服（父）安全（母）", ["舒服", "安全"], id="kin word in brackets behind"),
        pytest.param("巴图·孟和|北京", ["巴图·孟和"], id="the end of a name looks like a word"),
        pytest.param("父母双亡，妻无业，子女均已成年", [], id="kin words, no names"),
        pytest.param(f"身份证号 {ID}，汉族，{ID}", [], id="labels and words of forms beside an ID"),
        pytest.param("申请人（签章）　　年　月　日", [], id="empty form"),
        pytest.param("同意。请予办理　4月2日", [], id="a phrase and a day"),
        pytest.param("[09:12] 曼姐: 押金先交", [], id="a nickname speaks"),
        pytest.param("由老板吴老板、护士刘阿姨到场", [], id="forms of address"),
    ],
)
def test_names_by_place(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_nickname_is_no_label() -> None:
    assert not is_name_label("曼姐")
    assert is_name_label("姐")
    assert is_name_label("监交人")


def test_a_shop_is_not_its_founder() -> None:
    text = "张小泉剪刀专卖店由张小泉到场登记"
    reading = read(text, names=[(0, 3), (9, 12)])
    assert [d.start for d in find_model_names(reading)] == [9]


def test_a_compound_surname_is_not_cut() -> None:
    reading = read("临工鲜于秀，五十九岁", names=[(3, 5)])
    assert [(d.start, d.end) for d in find_model_names(reading)] == [(2, 5)]


def test_a_name_cut_short_is_found_whole_again() -> None:
    reading = read("刁万才到场，可找刁万才核实")
    short = Detection(8, 10, DetectionKind.PERSON, 0.95, "name-model")
    first = Detection(0, 3, DetectionKind.PERSON, 0.95, "name-model")
    again = propagate(reading, [first, short], by_opening({"刁万才", "刁万"}))
    found = resolve(reading.text, [first, short, *again])
    assert [(d.start, d.end) for d in found] == [(0, 3), (8, 11)]


def guess(text: str, value: str, kind: DetectionKind, score: float = 0.7) -> Detection:
    start = text.index(value)
    return Detection(start, start + len(value), kind, score, SEQUENCE, ("model",))


@pytest.mark.parametrize(
    ("text", "value", "believed"),
    [
        pytest.param("四人参加了座谈。", "座谈", False, id="a word in a sentence"),
        pytest.param("护士 半夏　家属", "半夏", True, id="a word behind a role"),
        pytest.param("姓名|等级\n李红|四级\n王强|五级", "四级", False, id="cell under another header"),
        pytest.param("导师色音教授", "色音", True, id="no surname, no word"),
        pytest.param("代理人Ivan Petrov", "Ivan Petrov", True, id="Latin"),
        pytest.param("身高 168  血型 O", "血型 O", False, id="a label"),
    ],
)
def test_guessed_persons(text: str, value: str, believed: bool) -> None:
    said = [guess(text, value, DetectionKind.PERSON)]
    assert bool(plausible(read(text), said)) is believed


@pytest.mark.parametrize(
    ("text", "value", "believed"),
    [
        pytest.param("他是1962.5的人", "1962.5", True, id="a date"),
        pytest.param("小计 2,906.18元", "906.18", False, id="part of an amount"),
        pytest.param("地址10.11.0.27登录", "10.11.0.27", False, id="network address"),
        pytest.param("1943—1949 在家读书", "1949", False, id="years from to"),
    ],
)
def test_guessed_birth_dates(text: str, value: str, believed: bool) -> None:
    said = [guess(text, value, DetectionKind.BIRTH_DATE)]
    assert bool(plausible(read(text), said)) is believed


def test_nobody_is_born_in_a_long_text_about_nobody() -> None:
    text = "本馆最早的一件是1952年的登记样张。" + "馆藏档案按全宗编号排列，查阅须经批准。" * 5
    birth = guess(text, "1952年", DetectionKind.BIRTH_DATE)
    person = Detection(0, 2, DetectionKind.PERSON, 0.9, "name-label")
    assert plausible(read(text), [birth]) == []
    assert birth in plausible(read(text), [birth, person])


def test_one_person_of_a_row_is_born_once() -> None:
    text = "訾敏  女  52.3  初中  70.12  三级"
    known = Detection(10, 14, DetectionKind.BIRTH_DATE, 0.85, "birth-date", ("sex before",))
    said = [known, guess(text, "70.12", DetectionKind.BIRTH_DATE)]
    assert plausible(read(text), said) == [known]


def test_a_guess_the_model_is_sure_of_stands_anywhere_but_in_a_number() -> None:
    row = "訾敏,女,52.3,70.12,三级"
    sure = guess(row, "70.12", DetectionKind.BIRTH_DATE, 0.88)
    assert plausible(read(row), [sure]) == [sure]
    address = "地址10.11.0.27登录"
    assert plausible(read(address), [guess(address, "10.11.0.27", DetectionKind.BIRTH_DATE, 0.88)]) == []
    word = "四人参加了座谈。"
    named = guess(word, "座谈", DetectionKind.PERSON, 0.88)
    assert plausible(read(word), [named]) == [named]
