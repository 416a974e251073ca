"""A document is read as a whole: names and tables go over its pages; how sure a detection must be."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.privacy.bands import bands, counts, needs_review
from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import mask, profile
from models.privacy.presidio import PresidioDetector
from models.privacy.tokens import Tokeniser

ID = "11010519491231002X"


@pytest.fixture(scope="module")
def detector() -> PresidioDetector:
    return PresidioDetector.load(names=False)


def values(detector: PresidioDetector, texts: list[str], groups: list[str] | None) -> list[list[str]]:
    found = detector.detect(texts, None, groups)
    return [[text[d.start : d.end] for d in one] for text, one in zip(texts, found, strict=True)]


def test_a_name_is_hidden_on_every_page_of_its_document_only(detector: PresidioDetector) -> None:
    texts = ["姓名：黎明，性别：男", "黎明的申请属实。", "在黎明时分，天气转凉。", "黎明的申请属实。"]
    assert values(detector, texts, ["a", "a", "a", "b"]) == [["黎明"], ["黎明"], [], []]
    assert values(detector, texts, None)[1:] == [[], [], []]


def test_a_table_goes_on_on_the_next_page_of_its_document(detector: PresidioDetector) -> None:
    pages = ["姓名 出生年月 工种\n高兴 63.4 钳工", "方便 52.7 车工\n温柔 1970.2 焊工"]
    assert values(detector, pages, ["a", "a"])[1] == ["方便", "52.7", "温柔", "1970.2"]
    assert values(detector, pages, ["a", "b"])[1] == []


def test_groups_must_match_the_texts(detector: PresidioDetector) -> None:
    with pytest.raises(ValueError, match="length"):
        detector.detect(["甲", "乙"], None, ["a"])


def test_what_researchers_get_is_not_found_again(detector: PresidioDetector) -> None:
    text = (
        f"姓名：黎明，1962年5月12日出生，身份证号{ID}，住重庆市大足区龙岗街道北环路5号，诊断：左股骨颈骨折。"
    )
    tokens, chosen = Tokeniser(bytes(32)), profile("research")
    once = mask(text, detector.detect([text])[0], chosen, tokens).text
    assert not any(value in once for value in ("黎明", ID, "1962年", "北环路", "股骨"))
    assert mask(once, detector.detect([once])[0], chosen, tokens).text == once


def test_every_kind_has_a_band() -> None:
    assert all(0 < band.threshold < band.sure <= 1 for band in bands().values())
    low = Detection(0, 2, DetectionKind.PERSON, 0.5, "test")
    doubtful = Detection(0, 2, DetectionKind.PERSON, 0.7, "test")
    sure = Detection(0, 2, DetectionKind.PERSON, 0.9, "test")
    assert [counts(d) for d in (low, doubtful, sure)] == [False, True, True]
    assert [needs_review(d) for d in (low, doubtful, sure)] == [False, True, False]


@pytest.mark.parametrize(
    "text", ["\r\n" * 99, "姓名\x00：\ud800", "😀\t😀\n" * 20, "|\t/" * 200, "姓 名 " * 300]
)
def test_odd_texts_are_read(detector: PresidioDetector, text: str) -> None:
    assert detector.detect([text]) == [[]]


_WORDS = (
    "姓名 张三 \t | 、 ； 1 19620512 · / 年 月 - A 左侧 骨折 大足区 镇 村 5号 "
    "\n ： （ ） ， 的 出生 I O * 第 字 号 @ ."
)
_PIECES = st.sampled_from(_WORDS.split(" "))


@settings(max_examples=25, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=6), st.data())
def test_no_repeated_text_takes_more_than_its_share_of_time(
    detector: PresidioDetector, pieces: list[str], data: st.DataObject
) -> None:
    """Four times the text may take some eight times as long, plus what a clock cannot tell."""
    piece = data.draw(st.sampled_from(["", " ", "  "])).join(pieces)
    short, long = piece * (2000 // len(piece)), piece * (8000 // len(piece))

    def seconds(text: str) -> float:
        began = time.process_time()
        detector.detect([text])
        return time.process_time() - began

    assert seconds(long) <= 8 * seconds(short) + 0.5
