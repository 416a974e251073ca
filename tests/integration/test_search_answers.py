"""Answers over a real archive: what is understood, pages, counts, completions, similar documents, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.answers import Query
from indexer.search import Searcher
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import Forbidden, InvalidInput, NotVisible
from tests.assembly import Archive, archive_in, clerk, record
from tests.strategies import PRINTED_ID

NAME = "欧阳锦程"
ABSENT = "01930000-0000-7000-8000-000000000000"
HRSS = clerk(clearance=AccessLevel.INTERNAL, regions=("500111",))


def fields(insurance: str, year: int, **more: str) -> dict[str, object]:
    return {"insurance_type": insurance, "formed_on": f"{year}-05-01", **more}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = archive_in(tmp_path / "state")
    archive.ingest(
        *(
            record(
                f"p{n}", f"退休审批第{n}份，按月领取", title="退休审批表", metadata=fields("养老", 2010 + n)
            )
            for n in range(8)
        ),
        record("w1", "工伤认定决定书，工地摔伤", title="工伤认定", metadata=fields("工伤", 2024)),
        record(
            "u1",
            "失业登记，宏远建筑有限公司裁员",
            title=f"姓名：{NAME}，失业登记",
            metadata=fields("失业", 2023, region="500111001"),
        ),
        record("m1", "住院医疗费用报销退休", title="住院报销单", metadata=fields("医疗", 2023)),
        record("far", "退休审批外地", title="外地退休审批表", metadata=fields("养老", 2015, region="510104")),
    )
    return archive


def ids(archive: Archive, text: str, principal: Principal = HRSS, **more: Any) -> list[str]:
    query = replace(Query(text), **more)
    return [hit.source_id for hit in archive.searcher.ask(query, principal).hits]


def all_pages(archive: Archive, query: Query, principal: Principal = HRSS) -> list[str]:
    found: list[str] = []
    while True:
        answer = archive.searcher.ask(query, principal)
        found += [hit.source_id for hit in answer.hits]
        if answer.next_cursor is None:
            return found
        query = replace(query, cursor=answer.next_cursor)


def test_what_was_understood_is_told_and_can_be_switched_off(archive: Archive) -> None:
    text = "2013年退休审批"
    answer = archive.searcher.ask(Query(text), HRSS)
    assert [(p.name, p.meaning) for p in answer.understood] == [
        ("years:0", "2013年"),
        ("material:5", "退休审批"),
    ]
    assert answer.hits[0].source_id == "p3"
    assert "年份相符" in answer.hits[0].reasons
    without = archive.searcher.ask(Query(text, ignored=frozenset({"years"})), HRSS)
    assert without.ignored == {"years:0"}
    assert "年份相符" not in {why for hit in without.hits for why in hit.reasons}


def test_a_piece_made_a_filter_narrows_inside_the_scope(archive: Archive) -> None:
    assert set(ids(archive, "2013年退休审批", only=frozenset({"years"}))) == {"p3"}
    assert set(ids(archive, "只要2013年退休审批")) == {"p3"}
    assert set(ids(archive, "外地510104退休审批", only=frozenset({"region"}))) <= {
        f"p{n}" for n in range(8)
    } | {
        "w1",
        "u1",
    }
    assert ids(archive, "成都市退休审批", only=frozenset({"region"})) == []


def test_a_wrong_insurance_does_not_lose_the_file(archive: Archive) -> None:
    assert ids(archive, "失业保险 工地摔伤认定决定书")[0] == "w1"
    assert ids(archive, "生育保险的工伤认定决定书")[0] == "w1"


def test_street_and_employer(archive: Archive) -> None:
    assert ids(archive, "龙岗街道的登记")[0] == "u1"
    hit = archive.searcher.ask(Query("宏远建筑有限公司"), HRSS).hits[0]
    assert (hit.source_id, "单位名称相近" in hit.reasons) == ("u1", True)


def test_identity_terms_find_nothing_and_stay_out_of_the_log(archive: Archive) -> None:
    assert ids(archive, PRINTED_ID) == []
    assert ids(archive, f"{PRINTED_ID}退休审批") == ids(archive, f"{' ' * 18}退休审批")
    assert PRINTED_ID not in repr([event for _, event, _ in archive.audit.events()])


def test_words_of_the_question_are_marked_in_what_is_shown(archive: Archive) -> None:
    hit = archive.searcher.ask(Query(f"{NAME}失业登记"), HRSS).hits[0]
    assert hit.source_id == "u1"
    assert NAME not in repr(hit)
    assert [hit.title[m.start : m.end] for m in hit.title_marks] == [
        "欧阳",
        "失业登记",
    ]  # the surname is shown
    assert "失业登记" in hit.words


def test_counts_are_those_of_the_visible_set(archive: Archive) -> None:
    facets = archive.searcher.ask(Query("退休审批"), HRSS).facets
    assert facets.total == 10
    assert [(c.value, c.count) for c in facets.insurance_types] == [("养老", 8), ("失业", 1), ("工伤", 1)]
    assert [(c.value, c.count) for c in facets.regions] == [("500111", 9), ("500111001", 1)]
    narrowed = archive.searcher.ask(Query("2013年退休", only=frozenset({"years"})), HRSS).facets
    assert (narrowed.total, [c.value for c in narrowed.years]) == (1, ["2013"])
    nobody = archive.searcher.ask(Query("退休审批"), clerk(role=Role.SUPERVISOR)).facets
    assert nobody.total == 0


def test_pages_are_the_answer_cut_into_pieces(archive: Archive) -> None:
    whole = ids(archive, "退休审批", limit=100)
    assert len(whole) > 6
    for size in (1, 3, 7):
        assert all_pages(archive, Query("退休审批", size)) == whole


def test_documents_that_arrive_between_pages_change_none(archive: Archive) -> None:
    first = archive.searcher.ask(Query("退休审批", 3), HRSS)
    expected = all_pages(archive, Query("退休审批", 3))[3:]
    archive.ingest(*(record(f"new{n}", "退休审批退休审批", title="退休审批") for n in range(5)))
    rest = all_pages(archive, Query("退休审批", 3, cursor=first.next_cursor))
    assert rest == expected
    assert "new0" in ids(archive, "退休审批", limit=100)


def test_what_one_may_no_longer_see_drops_out_of_later_pages(archive: Archive) -> None:
    first = archive.searcher.ask(Query("退休审批", 3), HRSS)
    rest = all_pages(archive, Query("退休审批", 3))[3:]
    doc_id = archive.searcher.ask(Query("退休审批", 100), HRSS).hits[3].doc_id
    archive.store.set_state(doc_id, "withdrawn")
    assert all_pages(archive, Query("退休审批", 3, cursor=first.next_cursor)) == rest[1:]


def test_a_cursor_is_of_no_use_to_others(archive: Archive) -> None:
    cursor = archive.searcher.ask(Query("退休审批", 3), HRSS).next_cursor
    for query, principal in (
        (Query("退休审批表", cursor=cursor), HRSS),
        (Query("退休审批", cursor=cursor), replace(HRSS, subject="li")),
    ):
        with pytest.raises(InvalidInput):
            archive.searcher.ask(query, principal)


def test_similar_documents_are_others_inside_the_scope(archive: Archive) -> None:
    by_source = {h.source_id: h.doc_id for h in archive.searcher.ask(Query("退休审批", 100), HRSS).hits}
    found = archive.similar.similar_to(by_source["p1"], HRSS, 3)
    assert [hit.source_id for hit in found]
    assert {hit.source_id for hit in found} <= {f"p{n}" for n in range(8)} - {"p1"}
    medical = clerk(line=Line.MEDICAL)
    for doc_id in (by_source["p1"], ABSENT):
        with pytest.raises(NotVisible) as refused:
            archive.similar.similar_to(doc_id, medical, 3)
        assert "p1" not in refused.value.detail
    with pytest.raises(Forbidden):
        archive.similar.similar_to(by_source["p1"], clerk(role=Role.SUPERVISOR), 3)


def test_completions_are_public_words_and_visible_titles(archive: Archive) -> None:
    told = archive.suggester.suggest("退休审批", HRSS)
    assert "退休审批表" in {s.text for s in told}
    assert "外地退休审批表" not in {s.text for s in told}
    far = archive.suggester.suggest("外地退休", clerk(regions=("51",)))
    assert [(s.text, s.source) for s in far] == [("外地退休审批表", "title")]
    shown = archive.suggester.suggest("失业登记", HRSS)
    assert "姓名：〔姓名〕，失业登记" in {s.text for s in shown}
    assert NAME not in repr(shown)
    assert archive.suggester.suggest(NAME, HRSS) == []
    assert archive.suggester.suggest(PRINTED_ID, HRSS) == []
    assert "工伤认定" in {s.text for s in archive.suggester.suggest("gsrd", HRSS)}


def test_a_table_is_the_whole_answer_and_one_entry_in_the_log(archive: Archive) -> None:
    table = archive.exports.table(Query("退休审批", 2), HRSS)
    whole = archive.searcher.ask(Query("退休审批", 100), HRSS).hits
    assert table.count("\r\n") == len(whole) + 1
    exported = [event for _, event, _ in archive.audit.events() if event.action == "export"]
    assert [event.doc_ids for event in exported] == [tuple(hit.doc_id for hit in whole)]
    with pytest.raises(Forbidden):
        archive.exports.table(Query("退休审批"), clerk(role=Role.PRIVACY_OFFICER))
    with pytest.raises(Forbidden):
        archive.exports.table(Query("退休审批"), clerk(role=Role.SUPERVISOR))


class ShortestFirst:
    def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        del question
        return [-float(len(passage)) for passage in passages]


def test_a_reranker_orders_masked_passages_behind_what_is_exact(archive: Archive) -> None:
    searcher = Searcher(
        archive.store,
        archive.keeper,
        archive.embedder,
        archive.reader,
        archive.audit,
        archive.searcher.clock,
        reranker=ShortestFirst(),
    )
    hits = searcher.ask(Query("失业登记退休审批", 100), HRSS).hits
    lengths = [len(hit.title) + len(hit.passage) for hit in hits if hit.source_id != "u1"]
    assert lengths == sorted(lengths)
    assert searcher.ask(Query("退休审批表"), HRSS).hits[0].title == "退休审批表"
