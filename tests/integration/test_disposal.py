"""Disposal: who may do what, and that nothing of a destroyed document is left but its line of inventory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from api.bootstrap import Archive
from api.settings import Settings
from indexer.disposal import Disposals
from indexer.store.disposal_port import DisposalState
from indexer.store.signed_reports import is_signed
from models.access.principal import Principal, Role
from models.archive.levels import Line
from models.embedding.space import Embedder
from models.errors import Conflict, Forbidden, InvalidInput, NotVisible
from models.privacy.detector import PersonalDataDetector
from tests.assembly import archive_in, clerk, record
from tests.fakes_embedding import BigramEmbedder
from tests.fakes_privacy import FakeDetector
from tests.killing import Step, killed_at
from tests.planting import Finder
from tests.strategies import resident_id

NOW = datetime(2040, 6, 1, tzinfo=UTC)
OLD = {"formed_on": "2019-03-05", "retention": "10年", "region": "500111"}
WORDS = ("砂轮机", "脚手架", "剖宫产")


def person(name: str, *roles: Role, region: str = "50", line: Line | None = None) -> Principal:
    return Principal(name, frozenset(roles or {Role.ARCHIVIST}), line, (region,))


PROPOSER, APPROVER = person("dangan"), person("fuhe", Role.REVIEWER)
ONE, TWO = person("jianxiao-1"), person("jianxiao-2")


class Kept(Archive):
    """The product's archive over the small engines of the tests."""

    @cached_property
    def embedder(self) -> Embedder:  # type: ignore[override]
        return BigramEmbedder()

    @cached_property
    def detector(self) -> PersonalDataDetector:
        return FakeDetector()


def opened(state: Path) -> Kept:
    return Kept(Settings(state=state), via="cli", clock=lambda: NOW)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "s"
    archive, helper = opened(state), archive_in(state)
    helper.__dict__["sealer"] = archive.sealer
    for number, word in enumerate(WORDS):
        fields = OLD | {"archive_no": f"D015-SB·2019-D10-GS-000{number}", "holder_id": resident_id(number)}
        if number == 2:
            fields |= {"retention": "永久"}
        helper.ingest(
            record(
                f"r{number}",
                f"{word}一件。公民身份号码{resident_id(number)}，批准。",
                title=f"第{number}件",
                metadata=fields,
            )
        )
        archive.store.seal_original(sha256_of(archive, number), f"原件 {word}".encode())
    archive.index.catch_up()
    helper.close()
    return state


def ids(archive: Archive) -> list[str]:
    with archive.engine.connect() as connection:
        return list(connection.scalars(text("SELECT doc_id FROM documents ORDER BY archive_no")))


def sha256_of(archive: Archive, number: int) -> str:
    with archive.engine.connect() as connection:
        wanted = text("SELECT source_sha256 FROM documents WHERE archive_no LIKE :n")
        return str(connection.scalar(wanted, {"n": f"%000{number}"}))


def approved(disposals: Disposals, *doc_ids: str) -> str:
    made = disposals.propose(doc_ids, "保管期满，无继续保存价值", PROPOSER)
    disposals.decide(made.disposal_id, APPROVER, approve=True, filed_as="渝社险备〔2040〕3号")
    for supervisor in (ONE, TWO):
        disposals.supervise(made.disposal_id, supervisor)
    return made.disposal_id


def test_nothing_is_left_but_the_inventory(state: Path) -> None:
    archive = opened(state)
    first, second, _ = ids(archive)
    with archive.engine.connect() as connection:
        wrapped = connection.scalar(text("SELECT wrapped_key FROM documents WHERE doc_id = :d"), {"d": first})
        vector = connection.scalar(text("SELECT vector FROM chunks WHERE doc_id = :d"), {"d": first})
        hashes = list(
            connection.execute(text("SELECT source_sha256, source_key, title_key FROM documents")).first()
            or ()
        )
    sealed = next((state / "originals").rglob(f"{sha256_of(archive, 0)}.sm4"))
    file_key = sealed.read_bytes()[3:47]
    assert wrapped in (state / "archive.db").read_bytes() + (state / "archive.db-wal").read_bytes()
    disposal_id = approved(archive.disposals, first)
    done = archive.disposals.execute(disposal_id, PROPOSER)
    assert done.state is DisposalState.DONE
    assert not sealed.exists()
    everything = b"".join(path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file())
    for gone in (wrapped, vector, file_key, *(value.encode() for value in hashes), WORDS[0].encode()):
        assert gone not in everything
    assert not Finder([resident_id(0), WORDS[0]]).forms_below(state)
    assert WORDS[1].encode() in everything  # another document's words are found by the same look
    with pytest.raises(NotVisible):
        archive.store.content(first)
    assert archive.store.content(second).pages[0].text.startswith(WORDS[1])
    for name in inspect(archive.engine).get_table_names():
        columns = {column["name"] for column in inspect(archive.engine).get_columns(name)}
        if "doc_id" in columns and name != "outbox":
            with archive.engine.connect() as connection:
                assert connection.scalar(text(f"SELECT count(*) FROM {name} WHERE doc_id = '{first}'")) == 0
    (item,) = done.items
    assert (item.archive_no, item.retention, item.page_count) == ("D015-SB·2019-D10-GS-0000", "10年", 1)
    assert len(item.key_fingerprint) == len(item.file_fingerprint) == 64
    assert item.key_fingerprint != item.file_fingerprint
    assert item.destroyed_at == NOW


def test_it_is_out_of_sight_at_once_and_no_id_is_taken_for_another(state: Path) -> None:
    archive, other = opened(state), opened(state)
    last = ids(archive)[1]
    served = other.index.served()
    assert served is not None
    before = set(served.doc_ids)
    archive.disposals.execute(approved(archive.disposals, last), PROPOSER)
    helper = archive_in(state)
    helper.__dict__["sealer"] = archive.sealer
    helper.ingest(record("new", "新来的一件，与此无关。", title="新件"))
    again = other.index.served()
    assert again is not None
    assert last in before
    assert last not in again.doc_ids
    assert again.generation.rows == other.store.chunk_count() == 3
    hits = helper.search("脚手架", clerk())
    assert all("脚手架" not in str(hit) for hit in hits)
    helper.close()


def test_the_certificate_says_what_was_destroyed_and_is_signed(state: Path) -> None:
    archive = opened(state)
    disposal_id = approved(archive.disposals, *ids(archive)[:2])
    done = archive.disposals.execute(disposal_id, PROPOSER)
    made = done.certificate
    assert made is not None
    assert is_signed(made.body, made.signature, made.public_key)
    assert not is_signed(made.body.replace(b"10", b"30", 1), made.signature, made.public_key)
    said = json.loads(made.body)
    assert said["state"] == "done"
    assert [d["archive_no"] for d in said["documents"]] == [
        "D015-SB·2019-D10-GS-0000",
        "D015-SB·2019-D10-GS-0001",
    ]
    assert all(len(d["content_key_sm3"]) == 64 and d["destroyed_at"] for d in said["documents"])
    names = [
        said["proposed_by"],
        said["decided_by"],
        *(s["name"] for s in said["supervisors"]),
        said["executed_by"],
    ]
    assert names == ["dangan", "fuhe", "jianxiao-1", "jianxiao-2", "dangan"]
    assert said["filed_as"] == "渝社险备〔2040〕3号"
    assert archive.disposals.execute(disposal_id, PROPOSER) == done  # once is enough
    assert archive.audit.verify() is None
    actions = [event.action for _, event, _ in archive.audit.events()]
    assert actions[-2:] == ["dispose_execute", "dispose_execute"]


# -- who, and when ------------------------------------------------------------------------------


def test_what_may_be_destroyed(state: Path) -> None:
    archive = opened(state)
    first, second, forever = ids(archive)
    assert [item.document_id for item in archive.disposals.due(PROPOSER)] == [first, second]
    with pytest.raises(Conflict, match="永久"):
        archive.disposals.propose([first, forever], "到期", PROPOSER)
    early = replace(archive.disposals, clock=lambda: datetime(2029, 12, 31, 15, 59, tzinfo=UTC))
    assert early.due(PROPOSER) == []
    with pytest.raises(Conflict, match="尚未到期"):
        early.propose([first], "到期", PROPOSER)
    assert replace(early, clock=lambda: datetime(2029, 12, 31, 16, tzinfo=UTC)).due(PROPOSER) != []
    archive.store.set_state(first, "withdrawn")
    assert [item.document_id for item in early.due(PROPOSER)] == [first]
    archive.store.set_state(forever, "withdrawn")
    with pytest.raises(Conflict, match="永久"):
        early.propose([forever], "误归档", PROPOSER)


def test_a_term_set_anew_stops_what_was_approved(state: Path) -> None:
    archive = opened(state)
    first = ids(archive)[0]
    disposal_id = approved(archive.disposals, first)
    with archive.engine.begin() as connection:
        connection.execute(
            text("UPDATE documents SET retention = '永久', due_on = NULL WHERE doc_id = :d"), {"d": first}
        )
    with pytest.raises(Conflict, match="永久"):
        archive.disposals.execute(disposal_id, PROPOSER)
    assert archive.store.content(first).pages


def test_absent_and_elsewhere_are_the_same_answer(state: Path) -> None:
    archive = opened(state)
    first = ids(archive)[0]
    disposal_id = archive.disposals.propose([first], "到期", PROPOSER).disposal_id
    said = set()
    for who in (person("far", region="5101"), person("yibao", line=Line.MEDICAL)):
        for wanted in ([first], ["absent"]):
            with pytest.raises(NotVisible) as refused:
                archive.disposals.propose(wanted, "到期", who)
            said.add(refused.value.detail)
    assert len(said) == 1
    far = person("far", region="5101")
    assert archive.disposals.listed(far) == []
    answers = set()
    for one in (disposal_id, "absent"):
        with pytest.raises(NotVisible) as refused:
            archive.disposals.one(one, far)
        answers.add(refused.value.detail)
    assert len(answers) == 1


def test_four_eyes_and_two_more(state: Path) -> None:
    archive = opened(state)
    disposals, first = archive.disposals, ids(archive)[0]
    with pytest.raises(Forbidden, match="职责"):
        disposals.propose([first], "到期", person("jingban", Role.CLERK))
    for reason in ("", " ", "长" * 501):
        with pytest.raises(InvalidInput):
            disposals.propose([first], reason, PROPOSER)
    made = disposals.propose([first, first], "到期", PROPOSER)
    with pytest.raises(Conflict, match="另一份"):
        disposals.propose([first], "到期", ONE)
    with pytest.raises(Forbidden, match="不能审批"):
        disposals.decide(made.disposal_id, PROPOSER, approve=True, filed_as="1号")
    with pytest.raises(Conflict, match="不在这一步"):
        disposals.supervise(made.disposal_id, ONE)
    with pytest.raises(InvalidInput, match="备案"):
        disposals.decide(made.disposal_id, APPROVER, approve=True, filed_as=" ")
    disposals.decide(made.disposal_id, APPROVER, approve=True, filed_as="1号")
    with pytest.raises(Forbidden, match="不能兼任"):
        disposals.supervise(made.disposal_id, APPROVER)
    disposals.supervise(made.disposal_id, ONE)
    with pytest.raises(Conflict, match="由另一人"):
        disposals.supervise(made.disposal_id, ONE)
    with pytest.raises(Conflict, match="监销人不足"):
        disposals.execute(made.disposal_id, PROPOSER)
    assert archive.store.content(first).pages


def test_what_is_refused_stays_and_may_be_proposed_again(state: Path) -> None:
    archive = opened(state)
    made = archive.disposals.propose([ids(archive)[0]], f"{resident_id(5)} 到期", PROPOSER)
    assert resident_id(5) not in made.reason
    archive.disposals.decide(made.disposal_id, APPROVER, approve=False)
    with pytest.raises(Conflict):
        archive.disposals.execute(made.disposal_id, PROPOSER)
    assert archive.disposals.propose([ids(archive)[0]], "到期", PROPOSER).state is DisposalState.PROPOSED
    assert [d.state for d in archive.disposals.listed(PROPOSER)][-1] is DisposalState.REFUSED


# -- killed -------------------------------------------------------------------------------------


def execution_of(state: Path, disposal_id: str) -> Callable[[Step], object]:
    archive = opened(state)
    disposals = archive.disposals
    return lambda _: disposals.execute(disposal_id, PROPOSER)


@pytest.mark.slow
def test_killed_at_any_step_it_is_not_begun_or_goes_on(state: Path) -> None:
    archive = opened(state)
    first, second, forever = ids(archive)
    sha256s = [sha256_of(archive, number) for number in (0, 1)]
    disposal_id = approved(archive.disposals, first, second)
    archive.engine.dispose()
    del archive
    step = 0
    while not killed_at(partial(execution_of, state, disposal_id), step):
        half = opened(state)
        found = half.disposals.one(disposal_id, PROPOSER)
        held = set(ids(half))
        assert found.state in {DisposalState.APPROVED, DisposalState.EXECUTING, DisposalState.DONE}
        if found.state is not DisposalState.APPROVED:
            for item in found.items:
                assert item.key_fingerprint
                assert bool(item.destroyed_at) == (item.document_id not in held)
        # No file may be left that nothing leads to.
        files = {path.stem for path in (state / "originals").rglob("*.sm4")}
        assert not {sha for sha, doc in zip(sha256s, (first, second), strict=True) if doc not in held} & files
        assert forever in held
        half.engine.dispose()
        step += 7
    done = opened(state)
    assert ids(done) == [forever]
    assert done.disposals.one(disposal_id, PROPOSER).certificate is not None
    assert step > 7
