"""Marks, wordings, tables, cursors: the parts of an answer that need no archive."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.answers import Filters, MaskedHit, Query
from indexer.cursors import cursor_of, rest_of
from indexer.exports import COLUMNS, csv_of, safe_cell
from indexer.legs import Candidate, reasons_known
from indexer.marking import marking_terms, marks_in, words_marked
from indexer.reranking import reranked
from indexer.spelling import other_wordings, vocabulary, words_spelled
from indexer.store.sealing import Sealer
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import InvalidInput
from models.text.script import simplified

GENERATION = "01930000-0000-7000-8000-00000000000a"
ROWS = [
    Candidate(f"01930000-0000-7000-8000-{n:012d}", n, reasons_known()[n % 3 : n % 3 + 2]) for n in range(30)
]


def principal(name: str = "zhang", purpose: str = "业务经办") -> Principal:
    return Principal(name, frozenset({Role.CLERK}), Line.HRSS, ("50",), AccessLevel.INTERNAL, purpose)


# -- marks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "query", "marked"),
    [
        ("工伤认定决定书", "工伤认定", ["工伤认定"]),
        ("批准退休，退休审批表", "退休审批的", ["退休", "退休审批"]),
        ("〔姓名〕的姓名栏", "姓名", ["姓名"]),
        ("张**，退休", "张三退休", ["退休"]),
        ("ＡＢＣ公司", "abc", ["ＡＢＣ"]),
        ("的的的", "的", []),
        ("", "退休", []),
    ],
)
def test_words_of_the_question_are_marked(shown: str, query: str, marked: list[str]) -> None:
    spans = marks_in(shown, marking_terms(query))
    assert [shown[span.start : span.end] for span in spans] == marked


def test_words_marked_are_told_once() -> None:
    text = "退休审批，退休审批"
    assert words_marked((text, marks_in(text, marking_terms("退休审批")))) == ("退休审批",)


@given(st.text(), st.text(max_size=40))
def test_marks_lie_inside_in_order_and_apart(shown: str, query: str) -> None:
    spans = marks_in(shown, marking_terms(query))
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(set(edges))
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(shown))


# -- other wordings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("工商认定", "工伤认定"),
        ("失业紧", "失业金"),
        ("退修审批表", "退休审批表"),
        ("gsrd", "工伤认定"),
        ("shiyejin 2019", "失业金 2019"),
        ("2019年的工伤认走", "2019年的工伤认定"),
    ],
)
def test_slips_and_pinyin_are_set_right(asked: str, meant: str) -> None:
    assert meant in other_wordings(asked)


@pytest.mark.parametrize(
    "asked", ["工伤认定", "工商登记", "被裁员领钱", "D015-SB·2024-D50-GS-0123", "", "。", "\ud800"]
)
def test_what_is_well_put_stays(asked: str) -> None:
    assert other_wordings(asked) == ()


@given(st.text(max_size=70))
def test_any_text_can_be_asked_about(asked: str) -> None:
    assert len(other_wordings(asked)) <= 3
    assert len(simplified(asked)) == len(asked)


def test_traditional_characters_become_simplified() -> None:
    assert simplified("工傷認定與養老金") == "工伤认定与养老金"


def test_the_vocabulary_is_words() -> None:
    assert len(vocabulary()) > 200
    assert "工伤认定" in words_spelled("GSRD")
    assert not [word for word in vocabulary() if any(c.isdigit() or c.isspace() for c in word)]


# -- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\x00=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe_cell(cell).startswith("'")


def test_a_table_reads_back_as_it_was_shown() -> None:
    hit = MaskedHit(
        "d",
        "s",
        "D015",
        '=HYPERLINK("x")',
        '张**,"退休"\n第二行',
        2,
        ("养老",),
        None,
        2019,
        "500111",
        ("语义相近",),
    )
    table = csv_of([hit])
    assert table.startswith("\ufeff")
    head, row = csv.reader(io.StringIO(table.removeprefix("\ufeff")))
    assert tuple(head) == COLUMNS
    assert row[1:6] == ["D015", '\'=HYPERLINK("x")', "养老", "", "2019"]
    assert row[9] == '张**,"退休"\n第二行'


@given(st.text())
def test_every_cell_begins_harmlessly(cell: str) -> None:
    assert not safe_cell(cell).lstrip(" \u3000").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# -- cursors --------------------------------------------------------------------------------------


def test_a_cursor_gives_back_what_it_holds() -> None:
    sealer, about = Sealer(bytes(32)), Query("退休").identity(principal())
    cursor = cursor_of(sealer, ROWS, GENERATION, about)
    assert cursor is not None
    assert rest_of(sealer, cursor, about) == ROWS
    assert cursor == cursor_of(sealer, ROWS, GENERATION, about)
    assert cursor_of(sealer, [], GENERATION, about) is None


@pytest.mark.parametrize(
    ("query", "asker"),
    [
        (Query("养老"), principal()),
        (Query("退休"), principal("li")),
        (Query("退休"), principal(purpose="查阅答复")),
        (Query("退休", filters=Filters(("养老",))), principal()),
        (Query("退休", only=frozenset({"years"})), principal()),
        (Query("退休", ignored=frozenset({"years"})), principal()),
    ],
)
def test_a_cursor_serves_one_question_of_one_principal(query: Query, asker: Principal) -> None:
    sealer = Sealer(bytes(32))
    cursor = cursor_of(sealer, ROWS, GENERATION, Query("退休").identity(principal())) or ""
    with pytest.raises(InvalidInput, match="翻页标记"):
        rest_of(sealer, cursor, query.identity(asker))


@pytest.mark.parametrize("cursor", ["", "x", "退休", "AAAA" * 20, "=", "\ud800"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="翻页标记"):
        rest_of(Sealer(bytes(32)), cursor, "about")


def test_a_cursor_tells_nothing_but_its_length() -> None:
    sealer, about = Sealer(bytes(32)), Query("退休").identity(principal())
    one, other = (cursor_of(sealer, rows, GENERATION, about) for rows in (ROWS[:10], ROWS[10:20]))
    assert one != other
    assert len(one or "") == len(other or "")


# -- a second look --------------------------------------------------------------------------------


class Longest:
    """A reranker that prefers long passages."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        del question
        return [float(len(passage)) for passage in passages]


def test_a_reranker_orders_the_head_and_leaves_the_tail() -> None:
    assert reranked(Longest(), "问", ["a", "b", "c", "d"], ["1", "333", "333"]) == ["b", "c", "a", "d"]
