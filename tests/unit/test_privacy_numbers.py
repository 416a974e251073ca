"""Numbers: every written form of a resident ID, one row per kind, and what only looks alike."""

import pytest

from models.privacy.checksums import resident_id_check_char
from models.privacy.detections import DetectionKind as Kind
from models.privacy.layout import read
from models.privacy.resolution import resolve
from models.privacy.rules import match_rules

ID = "11010519491231002X"
PHONE = "13800138000"
BODY = "50019919620512123"  # 500199 is no assigned county
MADE = BODY + resident_id_check_char(BODY)
FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "0123456789X"})


def found(text: str) -> list[tuple[str, str]]:
    reading = read(text)
    return [(d.kind.value, text[d.start : d.end]) for d in resolve(reading.text, match_rules(reading))]


FORMS = [
    f"{ID}",
    f"{ID.lower()}",
    f"{ID.translate(FULL_WIDTH)}",
    f"{ID[:6]} {ID[6:14]} {ID[14:]}",
    f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
    f"{ID[:6]}—{ID[6:14]}—{ID[14:]}",
    f"{ID[:6]}　{ID[6:14]}　{ID[14:]}",
    f"{ID[:6]}  {ID[6:14]}  {ID[14:]}",
    " ".join(ID),
    f"{ID[:4]} {ID[4:8]} {ID[8:12]} {ID[12:16]} {ID[16:]}",
    f"{ID[:9]}\n{ID[9:]}",
    f"{ID[:9]}\r\n{ID[9:]}",
    f"{ID[:14]}\t{ID[14:]}",
    f"{ID[:17]} X",
    f"{ID[:17]}×",
    ID.replace("0", "O"),
    ID.replace("0", "o"),
    ID.replace("1", "l", 1),
    ID.replace("1", "I"),
    ID.replace("10", "lO"),
    "440524188001010014",
    "34052419800101001X",
    MADE,
    "110105194912310021",
    "500199491231002",
    "500199 491231 002",
    "110105.19491231.002X",
    "110105/19491231/002X",
    "110105_19491231_002X",
    ID.lower().translate(FULL_WIDTH),
    "　".join(ID),
    "-".join(ID),
    "\n".join([ID[:4], ID[4:9], ID[9:13], ID[13:]]),
    f"{ID[:6]} \n {ID[6:]}",
    f"{ID[:17]}Х",
    f"{ID[:17]}✕",
    ID.replace("0", "Q"),
    ID.replace("0", "D"),
    ID.replace("1", "|", 2),
    ID.replace("5", "S"),
    ID.replace("2", "Z"),
    "44OS24I88OO1O10O14",
    "440524l8B001010014",
    f"{ID[:6]} {ID[6:14].replace('1', 'l')} {ID[14:].replace('0', 'O')}",
    f"{ID[:8]}\n{ID[8:].replace('1', 'l')}",
    "5001991962 0512 1230",
    "500199-491231-002",
    "500199 49 12 31 002",
    "5OOl99491231OO2",
]


def test_at_least_forty_forms() -> None:
    assert len(set(FORMS)) >= 40


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("frame", ["公民身份号码：{}，", "身份证号{}住址", "（身份证{}）"])
def test_every_written_form_of_a_resident_id(written: str, frame: str) -> None:
    assert found(frame.format(written)) == [("RESIDENT_ID", written)]


@pytest.mark.parametrize(
    "text",
    [f"张三{ID}到", f"1 {ID}", f"编号3\n{ID}\n", f"{ID}{'。'}", f"IMG{ID}", f"{PHONE}，{ID}，"],
)
def test_a_valid_number_needs_no_label(text: str) -> None:
    assert ("RESIDENT_ID", ID) in found(text)


@pytest.mark.parametrize("damaged", ["5001991962051212", "50019919620512S23X", "5001?919620512123X"])
def test_a_damaged_number_behind_its_label_is_hidden(damaged: str) -> None:
    assert found(f"身份证号：{damaged}，") == [("RESIDENT_ID", damaged)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        pytest.param(f"联系电话{PHONE}。", Kind.PHONE, PHONE, id="mobile between Han"),
        pytest.param("电话+86 138-0013-8000", Kind.PHONE, "+86 138-0013-8000", id="country code"),
        pytest.param("手机1 3 8 0 0 1 3 8 0 0 0", Kind.PHONE, "1 3 8 0 0 1 3 8 0 0 0", id="spaced"),
        pytest.param("座机023-40000000-801", Kind.PHONE, "023-40000000", id="landline, no extension"),
        pytest.param("座机（023）40000000", Kind.PHONE, "（023）40000000", id="brackets"),
        pytest.param("电话：40000000", Kind.PHONE, "40000000", id="local behind its label"),
        pytest.param("银行卡号4111111111111111", Kind.BANK_CARD, "4111111111111111", id="card"),
        pytest.param("卡号 4111 1111 1111 1111", Kind.BANK_CARD, "4111 1111 1111 1111", id="spaced card"),
        pytest.param("存折账号：310012345678", Kind.BANK_CARD, "310012345678", id="passbook"),
        pytest.param("社会保障卡号：A12345678", Kind.SSC_CARD, "A12345678", id="social-security card"),
        pytest.param("原卡号 B12345678", Kind.SSC_CARD, "B12345678", id="card lost, by its form"),
        pytest.param(
            "证书编号：S123456789012345678", Kind.OTHER_CERT, "S123456789012345678", id="certificate"
        ),
        pytest.param("个人编号5001234567", Kind.PERSON_NO, "5001234567", id="person number"),
        pytest.param(f"残疾人证{MADE}43", Kind.OTHER_CERT, f"{MADE}43", id="disability certificate"),
        pytest.param("军官证号：军字第0123456号", Kind.OTHER_CERT, "军字第0123456号", id="officer"),
        pytest.param("护照号码E12345678", Kind.PASSPORT, "E12345678", id="passport"),
        pytest.param("信用代码91500199MA5U00000F", Kind.USCC, "91500199MA5U00000F", id="credit code"),
        pytest.param("信用代码91500199MA5U00000E", Kind.USCC, "91500199MA5U00000E", id="wrong check, label"),
        pytest.param(f"统一社会信用代码：{ID}", Kind.RESIDENT_ID, ID, id="an ID printed in that field"),
        pytest.param("邮箱zhang_3@example.com联系", Kind.EMAIL, "zhang_3@example.com", id="mail beside Han"),
        pytest.param("邮箱a.b＠example.com", Kind.EMAIL, "a.b＠example.com", id="full-width at"),
        pytest.param("稽核证苏0500217）", Kind.OTHER_CERT, "苏0500217", id="certificate, place before"),
        pytest.param(
            "毕业证号函字第8706113号", Kind.OTHER_CERT, "函字第8706113号", id="certificate by letter"
        ),
        pytest.param("驾驶证号冀H-104471，", Kind.OTHER_CERT, "冀H-104471", id="licence like a plate"),
        pytest.param("存单折号440117-0089-2271", Kind.BANK_CARD, "440117-0089-2271", id="passbook in parts"),
        pytest.param("社 保 编 号 5 0 0 1 2 3 4 5 6", Kind.PERSON_NO, "5 0 0 1 2 3 4 5 6", id="spread form"),
        pytest.param("5001-44871（医保编号）", Kind.PERSON_NO, "5001-44871", id="label behind"),
        pytest.param("电话0400-4OOO\nO694", Kind.PHONE, "0400-4OOO\nO694", id="landline misread and broken"),
        pytest.param("车牌渝A·12345的", Kind.PLATE, "渝A·12345", id="plate"),
        pytest.param("渝AD12345、", Kind.PLATE, "渝AD12345", id="new energy"),
        pytest.param("渝A1234学", Kind.PLATE, "渝A1234学", id="driving school"),
    ],
)
def test_one_of_each_kind(text: str, kind: Kind, value: str) -> None:
    assert found(text) == [(kind.value, value)]


@pytest.mark.parametrize(
    "text",
    [
        "档号：500199-2019-YL-0012-0034",
        "案卷号201900123400560078",
        "业务流水号20240110138123456781234",
        f"业务流水号20240110{PHONE}",
        f"收入{PHONE}元",
        f"{PHONE}元",
        f"设备序列号{PHONE}",
        "批次号4111111111111111",
        "渝人社发〔2021〕34号",
        "咨询电话12333、12345，急救120",
        "合计123456.78元",
        "2021年3月15日至2022年6月30日",
        "身份证号5101**********0021，尾号5543",
        "电话138****5678",
        "卡号6222 **** **** 0128",
        "单位编号：500112345",
        "ISBN 978-7-5167-1234-5",
        "缴费起止201001-201212，共36个月",
        "邮编400000",
        "对公账号：31655882013407351526",
        "凭证号0012345678",
        "个人账户余额12345678.90元",
        "缴费基数3957，比例8%",
        "受理编号：（2021）第0123号",
    ],
)
def test_look_alikes_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_the_header_of_a_column_is_context() -> None:
    text = "姓名|老身份证号|备注\n甲|500199491231002|无\n乙|500199500101003|无"
    assert found(text) == [("RESIDENT_ID", "500199491231002"), ("RESIDENT_ID", "500199500101003")]


def test_no_evidence_holds_a_value() -> None:
    reading = read(f"身份证号{ID}，电话{PHONE}，邮箱zhang_3@example.com，护照E12345678")
    shown = repr(resolve(reading.text, match_rules(reading)))
    assert len(resolve(reading.text, match_rules(reading))) == 4
    assert not any(value in shown for value in (ID, PHONE, "zhang_3", "E12345678"))
