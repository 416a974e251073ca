"""People found by name and number over a real archive: who comes first, who is not found, what is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.answers import Query
from indexer.auditing import FIND_PERSON
from indexer.legs import BY_NAME, BY_NUMBER
from indexer.saved_searches import SavedSearches
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.persons_port import PersonKey
from indexer.store.port import Account
from indexer.store.saved_searches_sqlalchemy import SqlSavedSearchStore
from models.access.principal import Duty, Principal, Role
from models.archive.levels import AccessLevel, Line
from models.privacy.blind_index import PersonRole, Use
from tests.assembly import Archive, archive_in, clerk, now, record
from tests.strategies import PRINTED_ID, resident_id

HRSS = clerk(clearance=AccessLevel.INTERNAL, regions=("500111",))
NAME, SHORT, HIDDEN = "欧阳锦程", "柏松", "司马青云"
OTHER_ID, CARD = resident_id(7), "6222021234567890123"
HOLDER, MENTIONED = PersonRole.HOLDER, PersonRole.MENTIONED


def held(name: str, number: str = "", **more: str) -> dict[str, object]:
    return {"holder_name": name, "holder_id": number or None, **more}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = archive_in(tmp_path / "state")
    archive.ingest(
        *(
            record(f"p{n}", f"退休审批第{n}份，按月领取养老金", title="退休审批表",
                   metadata=held(f"无名{n}", formed_on="2019-05-01"))
            for n in range(12)
        ),
        record("mine", f"退休审批，姓名：{NAME}，身份证{PRINTED_ID}", title="退休审批表",
               metadata=held(NAME, PRINTED_ID, formed_on="2019-05-01")),
        record("older", "缴费情况核对", title="缴费核对单",
               metadata=held(NAME, PRINTED_ID, formed_on="2011-05-01")),
        record("told", f"工伤认定，证明人姓名：{NAME}，电话13912345678", title="工伤认定书",
               metadata=held(SHORT, OTHER_ID, insurance_type="工伤")),
        record("word", "工伤待遇核定，姓名：工伤", title="待遇核定", metadata=held("工伤")),
        record("far", f"退休审批，姓名：{HIDDEN}", title="退休审批表",
               metadata=held(HIDDEN, region="510104")),
        record("hidden", f"住院报销，姓名：{NAME}", title="住院", metadata=held(NAME, insurance_type="医疗")),
    )  # fmt: skip
    return archive


def ids(archive: Archive, text: str, principal: Principal = HRSS, **more: object) -> list[str]:
    return [hit.source_id for hit in archive.searcher.ask(replace(Query(text, 100), **more), principal).hits]  # type: ignore[arg-type]


def reasons(archive: Archive, text: str, source_id: str) -> set[str]:
    hits = archive.searcher.ask(Query(text, 100), HRSS).hits
    return {why for hit in hits if hit.source_id == source_id for why in hit.reasons}


def test_a_name_finds_its_holder_before_those_who_mention_it(archive: Archive) -> None:
    assert ids(archive, NAME) == ["mine", "older", "told"]
    assert BY_NAME[HOLDER] in reasons(archive, NAME, "older")
    assert BY_NAME[MENTIONED] in reasons(archive, NAME, "told")


@pytest.mark.parametrize("text", [f"{NAME} 2019年退休审批", "歐陽錦程2019年的退休审批", "欧阳 锦程 退休审批"])
def test_the_rest_of_the_question_chooses_among_the_persons_papers(archive: Archive, text: str) -> None:
    assert ids(archive, text)[:2] == ["mine", "older"]
    assert ids(archive, f"{NAME}缴费核对单")[0] == "older"


@pytest.mark.parametrize("number", [PRINTED_ID, PRINTED_ID.lower(), PRINTED_ID[:6] + PRINTED_ID[8:17]])
def test_a_number_comes_first_whatever_else_is_asked(archive: Archive, number: str) -> None:
    found = ids(archive, f"工伤认定书 {number}")
    assert set(found[:2]) == {"mine", "older"}
    assert "told" in found
    assert BY_NUMBER[HOLDER] in reasons(archive, number, "mine")
    assert ids(archive, "13912345678") == ["told"] == ids(archive, "+86 139-1234-5678")


def test_a_word_that_is_a_name_too_ranks_nothing_unless_it_is_asked_as_one(archive: Archive) -> None:
    assert BY_NAME[HOLDER] not in reasons(archive, "工伤认定书", "word")
    assert ids(archive, "工伤认定书")[0] == "told"
    assert ids(archive, "姓名：工伤 认定书")[0] == "word"
    assert BY_NAME[HOLDER] in reasons(archive, "工伤", "word")


@pytest.mark.parametrize("text", ["欧阳锦", "锦程", "欧阳*", "尾号12345678", PRINTED_ID[:14], "司马青云"])
def test_parts_masked_forms_and_hidden_people_are_not_found(archive: Archive, text: str) -> None:
    told = {why for hit in archive.searcher.ask(Query(text, 100), HRSS).hits for why in hit.reasons}
    assert not told & {*BY_NAME.values(), *BY_NUMBER.values()}


def test_absent_and_hidden_people_are_answered_alike(archive: Archive) -> None:
    for there, nowhere in ((HIDDEN, "司马青林"), (OTHER_ID, resident_id(99))):
        for form in ("{}", "{} 2019年退休审批", "{}的工伤认定"):
            asker = replace(HRSS, line=Line.MEDICAL, region_prefixes=("500111",))
            asked = [Query(form.format(who)) for who in (there, nowhere)]
            here, elsewhere = (archive.searcher.ask(query, asker) for query in asked)
            assert here == elsewhere


def test_the_value_is_neither_told_nor_written_down(archive: Archive) -> None:
    answer = archive.searcher.ask(Query(f"{NAME} {PRINTED_ID} 退休审批"), HRSS)
    told = [p for p in answer.understood if p.kind in {"person", "identity"}]
    people = [(p.kind.label, p.meaning, p.values) for p in told]
    assert people == [("姓名", "按人查找", ()), ("证件号码", "按人查找", ())]
    assert NAME not in repr(answer)
    assert PRINTED_ID not in repr(answer)
    assert PRINTED_ID not in repr([event for _, event, _ in archive.audit.events()])


def test_a_look_up_can_be_switched_off(archive: Archive) -> None:
    answer = archive.searcher.ask(Query(f"{NAME} 工伤认定书", ignored=frozenset({"person"})), HRSS)
    assert answer.ignored == {"person:0"}
    assert not {why for hit in answer.hits for why in hit.reasons} & set(BY_NAME.values())
    off = archive.searcher.ask(Query(PRINTED_ID, ignored=frozenset({"identity"})), HRSS)
    assert not off.hits
    assert off.ignored == {"identity:0"}


def test_who_has_not_the_duty_looks_nobody_up(archive: Archive) -> None:
    limited = replace(HRSS, limited_to=frozenset({Duty.SEARCH, Duty.READ}))
    answer = archive.searcher.ask(Query(f"{PRINTED_ID}退休审批"), limited)
    assert [p.meaning for p in answer.understood if p.kind == "identity"] == ["未用于检索"]
    assert not {why for hit in answer.hits for why in hit.reasons} & set(BY_NUMBER.values())
    assert ids(archive, NAME, clerk(role=Role.SUPERVISOR)) == []


def test_the_ledger_tells_that_somebody_was_looked_up_by_a_mark(archive: Archive) -> None:
    other = replace(HRSS, subject="li")
    archive.searcher.ask(Query(f"{NAME}的退休"), HRSS)
    archive.searcher.ask(Query(f"歐陽錦程 {CARD}"), other)
    archive.searcher.ask(Query("退休审批"), other)
    events = [event for _, event, _ in archive.audit.events()]
    looked_up = [(e.principal, e.query) for e in events if e.action == FIND_PERSON]
    keys = PersonKey(Use.NAME, NAME), PersonKey(Use.NUMBER, CARD)
    name, card = (archive.person_index.mark(key) for key in keys)
    assert looked_up == [("clerk-1", name), ("li", name), ("li", card)]
    assert all(not e.doc_ids for e in events if e.action == FIND_PERSON)
    assert archive.audit.verify() is None


def test_pages_and_tables_hold_the_same_people(archive: Archive) -> None:
    whole = ids(archive, f"{NAME} 退休审批")
    pages: list[str] = []
    query: Query | None = Query(f"{NAME} 退休审批", 2)
    while query is not None:
        answer = archive.searcher.ask(query, HRSS)
        pages += [hit.source_id for hit in answer.hits]
        assert next(p.kind.label for p in answer.understood) == "姓名"
        query = replace(query, cursor=answer.next_cursor) if answer.next_cursor else None
    assert pages == whole
    table = archive.exports.table(Query(f"{NAME} 退休审批"), HRSS)
    assert BY_NAME[HOLDER] in table
    assert NAME not in table


def test_a_saved_search_tells_of_new_papers_of_a_person(archive: Archive) -> None:
    SqlAccountStore(archive.engine).add_account(Account(HRSS, None))
    saved = SavedSearches(SqlSavedSearchStore(archive.engine, archive.sealer), archive.searcher, now)
    kept = saved.save(Query(NAME), HRSS)
    assert saved.look(kept.search_id, HRSS).hits == ()
    archive.ingest(record("new", f"失业登记，姓名：{NAME}", title="登记表"))
    assert [hit.source_id for hit in saved.look(kept.search_id, HRSS).hits] == ["new"]


def test_a_document_like_another_is_found_without_its_people(archive: Archive) -> None:
    doc_id = next(h.doc_id for h in archive.searcher.search(Query(NAME), HRSS) if h.source_id == "mine")
    similar = archive.similar.similar_to(doc_id, HRSS, 5)
    assert similar
    assert not {why for hit in similar for why in hit.reasons} & set(BY_NAME.values())
