"""What a question is understood to say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.understanding.identity import identity_spans, without_identity
from indexer.understanding.pieces import Piece, PieceKind
from indexer.understanding.question import understand
from indexer.understanding.words import question_words
from models.access.scope import AllOf, InsuranceIn, RegionIn, YearBetween
from models.archive.taxonomy import insurance_types, material_types
from tests.strategies import PRINTED_ID

TODAY = date(2026, 11, 20)
DAZU = ("500111",)


def pieces(text: str, own: tuple[str, ...] = DAZU) -> list[tuple[PieceKind, tuple[str, ...]]]:
    return [(p.kind, p.values) for p in understand(text, TODAY, own).pieces]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("大足区的退休审批表", ("500111",)),
        ("大足的退休审批表", ("500111",)),
        ("龙岗街道的认定书", ("500111001",)),
        ("龙岗那边的认定书", ("500111001",)),  # the asker's own street, not the district of Shenzhen
        ("彭水去年的稽核", ("500243",)),
        ("重庆", ("50",)),
    ],
)
def test_regions_by_name_and_alias(text: str, values: tuple[str, ...]) -> None:
    assert (PieceKind.REGION, values) in pieces(text)


def test_a_name_stands_for_the_asker_s_own_place_first() -> None:
    assert pieces("龙岗的", ()) == [(PieceKind.REGION, ("440307",))]
    assert pieces("朝阳区", ()) == [(PieceKind.REGION, ("110105", "220104"))]
    assert pieces("朝阳区", ("22",)) == [(PieceKind.REGION, ("220104",))]


def test_the_rest_of_the_question_decides_between_namesakes() -> None:
    found = understand("四川省成都市的龙泉驿区", TODAY).pieces
    assert [p.values for p in found] == [("51",), ("5101",), ("510112",)]
    both = understand("大足区龙岗街道的档案", TODAY).predicate(PieceKind.REGION, filtering=False)
    assert both == RegionIn(("500111001",))


@pytest.mark.parametrize("text", ["建设单位的社保", "解放以后参加工作", "和平的认定", "城关镇的", "市辖区"])
def test_ordinary_words_are_no_regions(text: str) -> None:
    assert PieceKind.REGION not in {kind for kind, _ in pieces(text)}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("被裁员的", PieceKind.INSURANCE, "失业"),
        ("工地摔伤的", PieceKind.INSURANCE, "工伤"),
        ("剖宫产的", PieceKind.INSURANCE, "生育"),
        ("领养老金的", PieceKind.INSURANCE, "养老"),
        ("医保的", PieceKind.INSURANCE, "医疗"),
        ("退休审批表", PieceKind.MATERIAL, "退休审批"),
        ("不予认定的", PieceKind.MATERIAL, "工伤认定决定"),
        ("失业关系转移", PieceKind.MATERIAL, "失业关系转移"),
        ("抚恤金", PieceKind.MATERIAL, "工亡待遇"),
        ("稳岗返还", PieceKind.MATERIAL, "稳岗返还"),
    ],
)
def test_official_and_colloquial_words(text: str, kind: PieceKind, value: str) -> None:
    assert any(k is kind and value in values for k, values in pieces(text))


@pytest.mark.parametrize("text", ["生产假药的", "赡养老人的", "送去养老院", "失业率上升", "工商登记"])
def test_words_that_only_look_like_ours_mean_nothing(text: str) -> None:
    assert pieces(text) == []


def test_numbers_and_employers() -> None:
    assert pieces("D015-SB·2024-D50-GS-0123") == [(PieceKind.ARCHIVE_NO, ("D015-SB·2024-D50-GS-0123",))]
    assert pieces("渝人社发〔2016〕132号")[0] == (PieceKind.DOCUMENT_NO, ("渝人社发〔2016〕132号",))
    assert pieces("查一下宏远建筑有限公司的增减表")[0] == (PieceKind.EMPLOYER, ("宏远建筑有限公司",))
    for text in ("某公司少报基数", "被公司裁员", "那家公司", "单位公司"):
        assert PieceKind.EMPLOYER not in {kind for kind, _ in pieces(text)}


@pytest.mark.parametrize(
    "value",
    [
        PRINTED_ID,
        PRINTED_ID.lower(),
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
        "13800138000",
        "138-0013-8000",
        "+86 13800138000",
        "6222 0212 3456 7890 123",
        "6222021234567890123",
        "A12345678",
    ],
)
def test_identity_terms_are_blanked_and_never_told(value: str) -> None:
    understood = understand(f"请找{value}的养老金", TODAY)
    assert understood.text == f"请找{' ' * len(value)}的养老金"
    piece = next(p for p in understood.pieces if p.kind is PieceKind.IDENTITY)
    assert (piece.start, piece.end, piece.values) == (2, 2 + len(value), ())
    assert value not in repr(understood)
    switched = understand(f"请找{value}的养老金", TODAY, ignored=frozenset({"identity", piece.name}))
    assert switched.text == understood.text


@pytest.mark.parametrize(
    "text",
    [
        "2019-03-05 2020-04-06",
        "2019–2021年",
        "D015-SB·2024-D50-GS-0123",
        "第132号",
        "Z109-WS·2016-Y-BGS-0001",
    ],
)
def test_dates_and_numbers_of_files_are_no_identity(text: str) -> None:
    assert without_identity(text) == text


def test_pieces_can_be_switched_off_and_made_filters() -> None:
    text = "2019年大足的养老金"
    assert understand(text, TODAY).filter() == AllOf(())
    on = understand(text, TODAY, only=frozenset({"years", "insurance:8"}))
    assert on.filter() == AllOf((YearBetween(2019, 2019), InsuranceIn(("养老",))))
    off = understand(text, TODAY, ignored=frozenset({"years"}), only=frozenset({"years"}))
    assert off.filter() == AllOf(())
    assert off.active(PieceKind.YEARS) == []
    stated = understand("只要2019年的退休审批", TODAY)
    assert stated.filter() == AllOf((YearBetween(2019, 2019),))


def test_a_piece_that_speaks_of_no_fact_is_no_filter() -> None:
    with pytest.raises(ValueError, match="no fact"):
        Piece(PieceKind.EMPLOYER, 0, 2, ("甲",), "").predicate()


def test_the_table_names_rows_that_exist() -> None:
    for row in question_words()["word"]:
        assert set(row.get("materials", ())) <= set(material_types())
        assert row.get("insurance", "养老") in insurance_types()


@given(
    st.text(st.sampled_from("0123456789Xx -年大足区龙岗被裁员退休公司厂〔〕号只要\ud800\x00 Ａ·D")),
    st.dates(),
)
def test_any_text_is_understood(text: str, today: date) -> None:
    understood = understand(text, today, DAZU)
    assert len(understood.text) == len(text)
    for piece in understood.pieces:
        assert 0 <= piece.start < piece.end <= len(text)
    for start, end in identity_spans(text):
        assert not any(c.isdigit() for c in without_identity(text)[start:end])
