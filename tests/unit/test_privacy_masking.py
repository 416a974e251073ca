"""Profiles and operators, one row per kind and profile."""

import pytest

from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import mask, profile
from models.privacy.tokens import Tokeniser

K = DetectionKind


def shown(kind: DetectionKind, value: str, name: str) -> str:
    text = f"甲{value}乙"
    detection = Detection(1, 1 + len(value), kind, 1.0, "test")
    masked = mask(text, [detection], profile(name)).text
    assert masked[0] == "甲"
    assert masked[-1] == "乙"
    return masked[1:-1]


@pytest.mark.parametrize(
    ("kind", "value", "index", "clerk", "officer"),
    [
        (K.PERSON, "张小明", "〔姓名〕", "张**", "***"),
        (K.PERSON, "欧阳明", "〔姓名〕", "欧阳*", "***"),
        (K.PERSON, "王  强", "〔姓名〕", "王  *", "*  *"),
        (K.PERSON, "阿依古丽·买买提", "〔姓名〕", "阿***·***", "****·***"),
        (K.PERSON, "Ivan Petrov", "〔姓名〕", "I*** ******", "**** ******"),
        (K.RESIDENT_ID, "11010519491231002X", "〔身份证号〕", "110***********002X", "*" * 18),
        (
            K.RESIDENT_ID,
            "110105 19491231 002X",
            "〔身份证号〕",
            "110*** ******** 002X",
            "****** ******** ****",
        ),
        (K.PHONE, "13800138000", "〔电话〕", "138****8000", "*" * 11),
        (K.PHONE, "023-40000000", "〔电话〕", "023-****0000", "***-********"),
        (K.BANK_CARD, "4111 1111 1111 1111", "〔银行卡号〕", "4111 **** **** 1111", "**** **** **** ****"),
        (K.SSC_CARD, "A12345678", "〔社保卡号〕", "A******78", "*" * 9),
        (K.PERSON_NO, "5001234567", "〔个人编号〕", "5*******67", "*" * 10),
        (K.OTHER_CERT, "T500123456", "〔证件号〕", "T*******56", "*" * 10),
        (K.PASSPORT, "E12345678", "〔护照号〕", "E******78", "*" * 9),
        (K.USCC, "91500199MA5U00000F", "91500199MA5U00000F", "91500199MA5U00000F", "*" * 18),
        (K.EMAIL, "zhang@example.com", "〔邮箱〕", "z***@example.com", "*****@*******.***"),
        (K.PLATE, "渝A12345", "〔车牌〕", "渝A1***5", "*" * 7),
        (K.BIRTH_DATE, "1962年5月12日", "1962年", "1962年", "*" * 10),
        (K.BIRTH_DATE, "１９６２．５", "1962年", "1962年", "****．*"),
        (K.BIRTH_DATE, "一九六二年五月", "1962年", "1962年", "*" * 7),
        (K.BIRTH_DATE, "52.7", "〔出生日期〕", "****", "**.*"),
        (K.ADDRESS, "重庆市大足区龙岗街道北环路5号", "重庆市大足区", "重庆市大足区龙岗街道**", "*" * 15),
        (K.ADDRESS, "宝顶镇古佛村3组", "〔住址〕", "宝顶镇**", "*" * 8),
        (K.DIAGNOSIS, "左股骨颈骨折", "〔医疗信息〕", "左股骨颈骨折", "*" * 6),
    ],
)
def test_what_a_profile_shows(kind: DetectionKind, value: str, index: str, clerk: str, officer: str) -> None:
    assert shown(kind, value, "index") == index
    assert shown(kind, value, "clerk") == clerk
    assert shown(kind, value, "officer") == officer


def test_the_public_sees_of_a_person_what_the_officer_sees() -> None:
    public, officer = profile("public").operators, profile("officer").operators
    assert {kind for kind in DetectionKind if public[kind] != officer[kind]} == {K.USCC}


@pytest.mark.parametrize("name", ["index", "clerk", "officer", "public", "research"])
def test_a_profile_has_an_operator_for_every_kind(name: str) -> None:
    assert set(profile(name).operators) == set(DetectionKind)


@pytest.mark.parametrize("name", ["nobody", "source", ""])
def test_an_unknown_profile_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        profile(name)


def test_a_short_value_is_hidden_altogether() -> None:
    assert shown(K.PHONE, "4000000", "clerk") == "*" * 7
    assert shown(K.PERSON, "张", "clerk") == "*"


def test_what_overlaps_is_hidden_as_one() -> None:
    text = "张三13800138000到"
    both = [Detection(0, 8, K.PERSON, 1.0, "a"), Detection(2, 13, K.PHONE, 1.0, "b")]
    assert mask(text, both, profile("clerk")).text == "*" * 13 + "到"
    assert mask(text, both, profile("index")).text == "〔姓名〕到"


def test_a_clear_kind_does_not_open_what_another_hides() -> None:
    both = [Detection(0, 4, K.USCC, 1.0, "a"), Detection(0, 4, K.PERSON_NO, 1.0, "b")]
    assert mask("1234", both, profile("public")).text == "****"


def test_spans_lead_to_the_rendition() -> None:
    text = "申请人张小明，电话13800138000。"
    found = [Detection(3, 6, K.PERSON, 1.0, "a"), Detection(9, 20, K.PHONE, 1.0, "b")]
    rendition = mask(text, found, profile("index"))
    assert rendition.text == "申请人〔姓名〕，电话〔电话〕。"

    def cut(start: int, end: int) -> str:
        a, b = rendition.span_of(start, end)
        return rendition.text[a:b]

    assert cut(0, 3) == "申请人"
    assert cut(4, 5) == "〔姓名〕"
    assert cut(5, 12) == "〔姓名〕，电话〔电话〕"
    assert cut(6, 9) == "，电话"
    assert cut(20, 21) == "。"
    assert cut(0, len(text)) == rendition.text


def researched(kind: DetectionKind, value: str, key: bytes = bytes(32)) -> str:
    found = [Detection(0, len(value), kind, 1.0, "test")]
    return mask(value, found, profile("research"), Tokeniser(key)).text


def test_one_value_has_one_token_in_an_archive_and_another_elsewhere() -> None:
    spaced, plain = (
        researched(K.RESIDENT_ID, "110105 19491231 002x"),
        researched(K.RESIDENT_ID, "11010519491231002X"),
    )
    assert spaced == plain
    assert plain != researched(K.RESIDENT_ID, "440524188001010014")
    assert plain != researched(K.RESIDENT_ID, "11010519491231002X", bytes(range(32)))
    assert researched(K.PERSON, "张  明") == researched(K.PERSON, "张明")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (K.BIRTH_DATE, "1962年5月12日", "〔1960-1964年〕"),
        (K.BIRTH_DATE, "52.7", "〔出生日期〕"),
        (K.ADDRESS, "重庆市大足区龙岗街道北环路5号", "重庆市大足区"),
        (K.DIAGNOSIS, "左股骨颈骨折", "〔损伤和中毒〕"),
        (K.DIAGNOSIS, "2型糖尿病", "〔内分泌、营养和代谢〕"),
        (K.DIAGNOSIS, "某种怪病", "〔医疗信息〕"),
        (K.PHONE, "13800138000", "〔电话〕"),
    ],
)
def test_what_researchers_see(kind: DetectionKind, value: str, shown: str) -> None:
    assert researched(kind, value) == shown


def test_tokens_need_a_key() -> None:
    with pytest.raises(ValueError, match="tokeniser"):
        mask("张三", [Detection(0, 2, K.PERSON, 1.0, "test")], profile("research"))
    with pytest.raises(ValueError, match="32"):
        Tokeniser(b"short")
