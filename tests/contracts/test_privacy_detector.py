"""What every `PersonalDataDetector` keeps to, with and without the name model."""

from itertools import pairwise

import pytest

from models.privacy.detections import DetectionKind
from models.privacy.detector import KnownValues, PersonalDataDetector
from models.privacy.masking import mask, profile
from models.privacy.presidio import PresidioDetector

ID = "11010519491231002X"
TEXT = f"申请人：张小明，男，1962年5月12日生，身份证号{ID}，电话13800138000。\n张小明签字。"


@pytest.fixture(scope="module", params=[True, False], ids=["names", "rules only"])
def detector(request: pytest.FixtureRequest) -> PersonalDataDetector:
    made = PresidioDetector.load(names=request.param)
    assert not made.degraded
    return made


def values(
    detector: PersonalDataDetector, text: str, known: KnownValues | None = None
) -> list[tuple[str, str]]:
    found = detector.detect([text], None if known is None else [known])[0]
    return [(d.kind.value, text[d.start : d.end]) for d in found]


def test_a_form(detector: PersonalDataDetector) -> None:
    assert values(detector, TEXT) == [
        ("PERSON", "张小明"),
        ("BIRTH_DATE", "1962年5月12日"),
        ("RESIDENT_ID", ID),
        ("PHONE", "13800138000"),
        ("PERSON", "张小明"),
    ]


def test_one_list_per_text_in_order(detector: PersonalDataDetector) -> None:
    texts = ["", TEXT, "没有个人信息。", TEXT * 3]
    batch = detector.detect(texts)
    assert [len(found) for found in batch] == [0, 5, 0, 15]
    assert batch[1] == detector.detect([TEXT])[0]
    assert detector.detect([]) == []


def test_sorted_and_apart(detector: PersonalDataDetector) -> None:
    text = TEXT + f"统一社会信用代码：{ID}，住址：重庆市大足区龙岗街道张小明路5号2-1，社保卡号{ID}"
    found = detector.detect([text])[0]
    assert found == sorted(found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= d.start < d.end <= len(text) and 0 < d.score <= 1 for d in found)


def test_the_catalogue_finds_names_that_are_words(detector: PersonalDataDetector) -> None:
    text = f"柏林同志在德国柏林工作，证号{ID[:6]} {ID[6:14]}\n{ID[14:]}，手机13900139000，工号A-007。"
    known = KnownValues(names=("柏林",), id_numbers=(ID.lower(),), other=("13900139000", "A-007"))
    found = detector.detect([text], [known])[0]
    sure = [(d.kind.value, text[d.start : d.end]) for d in found if d.recognizer == "catalogue"]
    assert sure == [
        ("PERSON", "柏林"),
        ("PERSON", "柏林"),
        ("RESIDENT_ID", f"{ID[:6]} {ID[6:14]}\n{ID[14:]}"),
        ("PHONE", "13900139000"),
        ("PERSON_NO", "A-007"),
    ]
    assert all(d.score == 1.0 for d in found if d.recognizer == "catalogue")


def test_known_values_must_match_the_texts(detector: PersonalDataDetector) -> None:
    with pytest.raises(ValueError, match="length") as caught:
        detector.detect([TEXT], [])
    assert ID not in str(caught.value)


def test_no_detection_shows_a_value(detector: PersonalDataDetector) -> None:
    known = KnownValues(names=("张小明",), id_numbers=(ID,))
    shown = repr(detector.detect([TEXT], [known])) + repr(known)
    assert not any(value in shown for value in ("张小明", ID, "13800138000", "1962"))


@pytest.mark.parametrize("name", ["index", "clerk", "officer", "public"])
def test_what_is_masked_is_not_found_again(detector: PersonalDataDetector, name: str) -> None:
    text = f"{TEXT}现住址：重庆市大足区龙岗街道北环路5号3-2，姓名：阿依古丽·买买提，诊断：左股骨颈骨折。"
    once = mask(text, detector.detect([text])[0], profile(name)).text
    again = detector.detect([once])[0]
    assert mask(once, again, profile(name)).text == once
    assert {d.kind for d in again} <= {DetectionKind.BIRTH_DATE, DetectionKind.DIAGNOSIS}


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "\ud800\udfff", "😀" * 50, "plain ASCII text", "\n" * 500, "〔姓名〕", "壹仟叁佰捌元整"],
)
def test_odd_texts_hold_nothing(detector: PersonalDataDetector, text: str) -> None:
    assert detector.detect([text]) == [[]]


def test_odd_characters_do_not_move_offsets(detector: PersonalDataDetector) -> None:
    assert ("RESIDENT_ID", ID) in values(detector, f"\x00\ud800😀㈱身份证号：{ID}")


def test_the_version_names_rules_and_model(detector: PersonalDataDetector) -> None:
    assert detector.version.startswith("presidio-")
    assert "rules-" in detector.version


def test_long_input_takes_time_in_proportion() -> None:
    """A line of a million characters and 5 MB of lines: seconds, not hours (rules only; no name model)."""
    detector = PresidioDetector.load(names=False)
    line = "左侧重庆市大足区1 1.1姓名申请人" * 50_000
    text = ("缴费记录2020年1月，金额3957.00元，序号0012。\n" * 60_000) + f"身份证号{ID}"
    assert len(line) >= 900_000
    assert detector.detect([line])[0] == []
    assert [d.kind for d in detector.detect([text])[0]] == [DetectionKind.RESIDENT_ID]
