"""Which pieces of a question are looked up as people, and which of them a match would count for."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.understanding.people import PersonTerm, meant, person_terms
from indexer.understanding.pieces import PieceKind
from indexer.understanding.question import understand
from models.privacy.blind_index import Use
from tests.strategies import PRINTED_ID

TODAY = date(2026, 1, 15)


def terms(text: str) -> list[PersonTerm]:
    return person_terms(text, understand(text, TODAY).pieces)


def counting(text: str) -> set[str]:
    return {key for term in terms(text) if term.counts for key in term.keys}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("张伟", "张伟", id="alone"),
        pytest.param("张伟 2019年退休审批", "张伟", id="before a blank"),
        pytest.param("张伟2019年的退休审批", "张伟", id="before a year"),
        pytest.param("张伟退休审批", "张伟", id="before a material"),
        pytest.param("帮我查一下张伟的档案", "张伟", id="in a sentence"),
        pytest.param("查张伟案", "张伟", id="between single characters"),
        pytest.param("请查王  强 病退", "王强", id="written wide"),
        pytest.param("歐陽錦程失業金", "欧阳锦程", id="traditional"),
        pytest.param("买买提•吐尔逊的医保", "买买提吐尔逊", id="with a dot"),
        pytest.param("阿卜杜热合曼买买提 退休", "阿卜杜热合曼买买提", id="long without a dot"),
        pytest.param("JOHN SMITH 的退休", "john smith", id="Latin"),
        pytest.param("王𠮷和李娜", "王𠮷", id="rare character"),
        pytest.param("姓名：工伤", "工伤", id="a word behind a label"),
        pytest.param("高明同志的退休", "高明", id="a place before a title"),
        pytest.param("工伤", "工伤", id="a word that is the question"),
        pytest.param("帮我找一下工伤的材料", "工伤", id="a word but for empty words"),
        pytest.param(f"{PRINTED_ID.lower()}的退休", PRINTED_ID, id="resident number"),
        pytest.param("个人编号10023456", "10023456", id="person number"),
        pytest.param("社保卡 X12345678", "X12345678", id="card number"),
        pytest.param("电话 +86 139 1234 5678", "13912345678", id="telephone in groups"),
        pytest.param("6222 0212 3456 7890 123", "6222021234567890123", id="bank card in groups"),
    ],
)
def test_a_match_counts(text: str, key: str) -> None:
    assert key in counting(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("张伟 工伤认定", "工伤", id="a word of the trade beside others"),
        pytest.param("大足区的退休审批", "大足", id="a place"),
        pytest.param("长寿的养老金怎么算", "长寿", id="a place that is a word"),
        pytest.param("王小明的退休", "王小", id="two characters of a name of three"),
        pytest.param("高血压糖尿病", "压糖", id="across two words"),
        pytest.param("张*的退休", "张", id="masked"),
        pytest.param("张某某的工伤", "张某", id="somebody"),
        pytest.param("尾号5543", "5543", id="the end of a number"),
        pytest.param("尾号是55431234", "55431234", id="a long end of a number"),
        pytest.param("后六位123456", "123456", id="last six"),
        pytest.param("500236********1234", "500236", id="the beginning of a masked number"),
        pytest.param("D015-SB·2019-D50-YL-000123", "000123", id="in an archive number"),
        pytest.param("渝人社发〔2019〕12345号", "12345", id="in a document number"),
    ],
)
def test_a_match_does_not_count(text: str, key: str) -> None:
    assert key not in counting(text)


def test_a_longer_piece_beats_those_inside_it() -> None:
    found = [t for t in terms("欧阳锦程的退休") if t.keys[0] in {"欧阳锦程", "欧阳", "锦程", "阳锦"}]
    assert [t.keys for t in meant(found)] == [("欧阳锦程",)]


@pytest.mark.parametrize("text", ["张颖琪的退休", "王昕玥 工伤", "查李楠楠2019年的失业金"])
def test_what_looks_like_a_name_is_told_unseen(text: str) -> None:
    likely = [t for t in terms(text) if t.likely]
    assert [t.piece.kind for t in likely] == [PieceKind.PERSON]
    assert likely[0].piece.values == ()


@pytest.mark.parametrize(
    "text", ["高血压的用药", "2019年退休审批", "单位停保", "金额有多少", "安全生产", "前年的工伤认定书"]
)
def test_what_is_a_word_is_not_told_as_a_name(text: str) -> None:
    assert not [t for t in terms(text) if t.likely]


@given(st.text(st.sampled_from("张伟王 工伤的0123456789-·aB某*，退休"), max_size=30))
def test_terms_lie_inside_the_question_and_their_keys_are_whole(text: str) -> None:
    for term in terms(text):
        assert 0 <= term.start < term.end <= len(text)
        assert all(len(key) >= 2 and "某" not in key and "*" not in key for key in term.keys)
        assert term.use is Use.NAME or any(c.isdigit() for c in term.keys[0])
    spans = sorted((t.start, t.end) for t in meant(terms(text)))
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
