"""Questions and answers: what is found first, what is hidden, what is recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.answers import MAX_LIMIT, MAX_QUERY_CHARACTERS, Filters, Query
from indexer.auditing import FIND_PERSON
from indexer.legs import Legs
from models.access.policy import scope_of
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import IndexMismatch, InvalidInput, NotVisible
from tests.assembly import Archive, archive_in, clerk, record
from tests.fakes_embedding import BigramEmbedder
from tests.strategies import NOW, PRINTED_ID

NUMBER = "D015-SB·2019-D50-YL-0001"
NAME = "欧阳锦程"
PEOPLE = f"姓名：{NAME}，公民身份号码{PRINTED_ID}，电话13800138000。"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = archive_in(tmp_path / "state")
    archive.ingest(
        record("p1", PEOPLE + "批准退休，按月领取养老金。" * 40, title="退休审批表"),
        record("p2", "退休审批退休审批退休审批表的说明", title="说明", metadata={"formed_on": "2016-05-01"}),
        record("m1", "住院医疗费用报销审核", title="医疗报销", metadata={"insurance_type": "医疗"}),
        record(
            "w1",
            "工伤认定决定书，工地摔伤",
            title="工伤认定",
            metadata={"insurance_type": "工伤", "formed_on": "2024-02-01"},
        ),
        record(
            "w2",
            "工伤认定决定书，工地摔伤",
            title="工伤认定书",
            metadata={"insurance_type": "工伤", "archive_no": NUMBER, "formed_on": "2020-02-01"},
        ),
        record("far", "退休审批表，外地", metadata={"region": "510104"}),
        record("secret", "退休审批表，敏感", metadata={"access_level": "敏感"}),
    )
    return archive


def ids(
    archive: Archive, text: str, principal: Principal, limit: int = 10, filters: Filters | None = None
) -> list[str]:
    return [hit.source_id for hit in archive.search(text, principal, limit=limit, filters=filters)]


INTERNAL = clerk(clearance=AccessLevel.INTERNAL)


def test_everybody_finds_within_their_own(archive: Archive) -> None:
    assert set(ids(archive, "退休审批表", INTERNAL)) == {"p1", "p2", "w1", "w2"}
    assert set(ids(archive, "退休审批表", clerk())) == {"p1", "p2", "w1", "w2", "secret"}
    assert ids(archive, "退休审批表", clerk(line=Line.MEDICAL)) == ["m1"]
    assert ids(archive, "退休审批表", clerk(regions=("51",))) == ["far"]
    assert len(ids(archive, "退休审批表", clerk(role=Role.PRIVACY_OFFICER, regions=("50", "51")))) == 7
    for role in set(Role) - {Role.CLERK, Role.REVIEWER, Role.ARCHIVIST, Role.PRIVACY_OFFICER}:
        assert ids(archive, "退休审批表", clerk(role=role)) == []


def test_each_leg_sees_only_the_visible_set(archive: Archive) -> None:
    served = archive.keeper.served()
    assert served is not None
    among = served.visible(scope_of(INTERNAL, NOW))
    legs = Legs(served, archive.embedder, among)
    allowed = set(among.row_numbers.tolist())
    assert allowed < set(range(served.generation.rows))
    for leg in (legs.vector, legs.lexical):
        rows = [neighbour.row_no for neighbour in leg("退休审批表医疗费用", 100)]
        assert rows
        assert set(rows) <= allowed


@pytest.mark.parametrize(
    "asked",
    [
        NUMBER,
        "d015-sb.2019-d50-yl-0001",
        f"请找 {NUMBER} 退休审批表退休审批表",
        "Ｄ015－SB・2019－D50－YL－0001",
    ],
)
def test_an_archive_number_comes_first(archive: Archive, asked: str) -> None:
    hits = archive.search(asked, INTERNAL)
    assert hits[0].source_id == "w2"
    assert "档号相同" in hits[0].reasons
    assert len({hit.doc_id for hit in hits}) == len(hits)


def test_an_exact_title_comes_first(archive: Archive) -> None:
    for asked in ("退休审批表", " 退休　审批表 "):
        hits = archive.search(asked, INTERNAL)
        assert hits[0].source_id == "p1"
        assert "题名相同" in hits[0].reasons


def test_documents_of_the_same_title_stand_in_the_order_they_came(archive: Archive) -> None:
    """Ids made in one millisecond sort at random; answers must not."""
    archive.ingest(*(record(f"same{n:02}", f"第{n}份", title="参保证明") for n in range(12)))
    assert ids(archive, "参保证明", INTERNAL, limit=12) == [f"same{n:02}" for n in range(12)]


def test_numbers_and_titles_outside_the_scope_stay_outside(archive: Archive) -> None:
    medical = clerk(line=Line.MEDICAL)
    assert ids(archive, NUMBER, medical) == ids(archive, "D015-SB·2019-D50-YL-9999", medical)


def test_documents_of_the_year_asked_for_come_first(archive: Archive) -> None:
    assert ids(archive, "2024年工伤认定决定书工地摔伤", INTERNAL)[:2] == ["w1", "w2"]
    assert ids(archive, "2020年工伤认定决定书工地摔伤", INTERNAL)[:2] == ["w2", "w1"]
    assert ids(archive, "前年工伤认定决定书工地摔伤", INTERNAL)[0] == "w1"  # 2024, asked in 2026
    assert set(ids(archive, "1999年工伤", INTERNAL)) == {
        "p1",
        "p2",
        "w1",
        "w2",
    }  # a preference, never a filter


def test_filters_narrow(archive: Archive) -> None:
    assert set(ids(archive, "退休", INTERNAL, filters=Filters(insurance_types=("工伤",)))) == {"w1", "w2"}
    assert ids(archive, "退休", INTERNAL, filters=Filters(first_year=2021)) == ["w1"]
    assert ids(archive, "退休", INTERNAL, filters=Filters(last_year=2018)) == ["p2"]
    assert ids(archive, "退休", INTERNAL, filters=Filters(region_prefix="51")) == []
    assert ids(archive, "退休", INTERNAL, filters=Filters(material_types=("无此材料",))) == []
    assert len(ids(archive, "退休", INTERNAL, filters=Filters(region_prefix="5001"))) == 4


def test_limits(archive: Archive) -> None:
    assert len(ids(archive, "退休", INTERNAL, limit=1)) == 1
    assert len(ids(archive, "退休", INTERNAL, limit=MAX_LIMIT)) == 4
    for limit in (0, -1, MAX_LIMIT + 1):
        with pytest.raises(InvalidInput, match="100"):
            Query("退休", limit)


@pytest.mark.parametrize("text", ["", " ", "\n\t　", "\u2003"])
def test_a_blank_question_has_no_answer(archive: Archive, text: str) -> None:
    assert archive.search(text, INTERNAL) == []


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👧",
        "\ud800",
        "\x00",
        "。",
        "a" * MAX_QUERY_CHARACTERS,
        "〔姓名〕",
        "\u200b",
        "' OR 1=1 --",
        "%",
        "退休" * 999,
        "-1",
    ],
    ids=range(11),
)
def test_any_question_is_answered(archive: Archive, text: str) -> None:
    assert set(ids(archive, text, INTERNAL)) <= {"p1", "p2", "w1", "w2"}
    assert archive.audit.verify() is None


def test_too_long_a_question_is_refused_without_echo() -> None:
    with pytest.raises(InvalidInput, match="2000") as raised:
        Query("退" * 10_000)
    assert "退" not in raised.value.detail


def test_an_empty_archive(tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "empty")
    assert archive.keeper.served() is None
    assert archive.search("退休", INTERNAL) == []
    assert [event.outcome for _, event, _ in archive.audit.events()] == ["empty"]


# -- masking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.CLERK, Role.REVIEWER, Role.ARCHIVIST, Role.PRIVACY_OFFICER])
def test_no_answer_shows_what_is_hidden(archive: Archive, role: Role) -> None:
    principal = clerk(role=role)
    for text in ("退休审批表", NAME, PRINTED_ID, "13800138000", "公民身份号码"):
        for hit in archive.search(text, principal):
            shown = repr(hit)
            assert not [value for value in (NAME, PRINTED_ID, "13800138000") if value in shown]
    hit = archive.search("退休审批表", principal)[0]
    opened = archive.reader.read(hit.doc_id, principal)
    assert not [value for value in (NAME, PRINTED_ID, "13800138000") if value in repr(opened)]
    assert opened.hidden == 3


def test_a_reader_of_nothing_gets_the_answer_for_absent(archive: Archive) -> None:
    (hit,) = archive.search("退休审批表", clerk(line=Line.MEDICAL))
    details = []
    for doc_id in (hit.doc_id, "absent"):
        with pytest.raises(NotVisible) as raised:
            archive.reader.read(doc_id, INTERNAL)
        details.append(raised.value.detail)
    assert details[0] == details[1]
    assert [e.outcome for _, e, _ in archive.audit.events()][-2:] == ["not_found", "not_found"]
    assert [e.doc_ids for _, e, _ in archive.audit.events()][-2:] == [(), ()]


# -- the reference monitor ----------------------------------------------------------------------


def test_withdrawing_is_immediate(archive: Archive) -> None:
    first = archive.search("退休审批表", INTERNAL)[0]
    archive_in(archive.folder).store.set_state(first.doc_id, "withdrawn")  # another process
    assert first.doc_id not in [hit.doc_id for hit in archive.search("退休审批表", INTERNAL)]
    with pytest.raises(NotVisible):
        archive.reader.read(first.doc_id, INTERNAL)


def test_the_store_has_the_last_word_over_an_old_snapshot(archive: Archive) -> None:
    served = archive.keeper.served()
    assert served is not None
    first = archive.search("退休审批表", INTERNAL, limit=2)
    archive.store.set_state(first[0].doc_id, "withdrawn")
    archive.keeper._served = replace(served, epoch=archive.store.facts_epoch())  # as if it had not noticed
    after = archive.search("退休审批表", INTERNAL, limit=2)
    assert first[0].doc_id not in [hit.doc_id for hit in after]
    assert len(after) == 2  # the next one moves up
    assert archive.searcher.mismatches == 1


# -- audit --------------------------------------------------------------------------------------


def test_every_search_is_recorded_with_a_hashed_question(archive: Archive) -> None:
    asked = ["退休审批表", NAME, " "]
    found = [
        tuple(hit.doc_id for hit in archive.search(text, replace(INTERNAL, purpose="业务经办")))
        for text in asked
    ]
    events = [event for _, event, _ in archive.audit.events() if event.action != FIND_PERSON]
    assert [event.doc_ids for event in events] == found
    assert [event.query for event in events] == [archive.audit.query_key(text) for text in asked]
    assert {(e.principal, e.purpose, e.action, e.via, e.at) for e in events} == {
        ("clerk-1", "业务经办", "search", "http", NOW)
    }
    assert NAME not in repr(events)


def test_a_search_that_fails_is_recorded_too(archive: Archive) -> None:
    other = archive_in(archive.folder, embedder=BigramEmbedder(model="fake:other"))
    with pytest.raises(IndexMismatch, match="chadang index rebuild"):
        other.search("退休", INTERNAL)
    assert [event.outcome for _, event, _ in archive.audit.events()] == ["index_mismatch"]


class LoftyEmbedder(BigramEmbedder):
    """Bigrams, with a floor set by the test."""

    floor = -1.0

    @property
    def relevance_floor(self) -> float:
        return self.floor


def test_what_is_only_nearly_about_it_follows_and_says_so(tmp_path: Path) -> None:
    embedder = LoftyEmbedder()
    archive = archive_in(tmp_path / "state", embedder=embedder)
    birth = {"insurance_type": "生育"}
    archive.ingest(
        record("far", "计划内分娩，费用已结算。", metadata=birth),
        record("near", "剖宫产给多少钱的答复", metadata=birth),
    )
    asked, reader = "剖宫产给多少钱", clerk(line=Line.MEDICAL)
    assert reasons(archive, asked, reader).keys() == {"near", "far"}
    nearness = min(n.score for n in legs_of(archive, reader).vector(asked, 10))
    embedder.floor = nearness + 0.05
    made = reasons(archive, asked, reader)
    assert list(made) == ["near", "far"]
    assert made["far"] == ("可能相关",)
    assert "可能相关" not in made["near"]
    embedder.floor = nearness + 0.2
    assert reasons(archive, asked, reader).keys() == {"near"}
    more = [record(f"n{number}", f"剖宫产给多少钱的答复{number}", metadata=birth) for number in range(10)]
    archive.ingest(*more)
    embedder.floor = nearness + 0.05
    assert "far" not in reasons(archive, asked, reader, limit=20)  # enough is about the question


def test_a_question_that_names_its_subject_gets_nothing_else(tmp_path: Path) -> None:
    embedder = LoftyEmbedder()
    archive = archive_in(tmp_path / "state", embedder=embedder)
    text = "本机关予以采信，现决定如下。"
    for insurance in ("工伤", "养老"):
        archive.ingest(record(insurance, text, metadata={"insurance_type": insurance}))
    reader = clerk()
    for asked, found in {"摔伤了怎么办": {"工伤"}, "门诊慢特病": set(), "那一件呢": {"工伤", "养老"}}.items():
        embedder.floor = -1.0
        nearness = min(n.score for n in legs_of(archive, reader).vector(asked, 10))
        embedder.floor = nearness + 0.05
        assert reasons(archive, asked, reader).keys() == found, asked


def reasons(
    archive: Archive, asked: str, principal: Principal, limit: int = 10
) -> dict[str | None, tuple[str, ...]]:
    return {hit.source_id: hit.reasons for hit in archive.search(asked, principal, limit=limit)}


def legs_of(archive: Archive, principal: Principal) -> Legs:
    served = archive.keeper.served()
    assert served is not None
    return Legs(served, archive.embedder, served.visible(scope_of(principal, NOW)))
