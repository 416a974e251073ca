"""What any document store owes, on a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from indexer.catalogue import row_of
from indexer.preparation import Preparer, ReadDocument, StageClock
from indexer.store.port import PreparedDocument, QuarantinedFile
from models.archive.documents import DocumentState, Page
from models.embedding.space import Vectors
from models.errors import ArtifactTampered, Conflict, IndexMismatch, NotVisible
from tests.assembly import CATALOGUED, Archive, archive_in
from tests.fakes_classifier import KeywordClassifier
from tests.fakes_embedding import BigramEmbedder
from tests.fakes_privacy import FakeDetector
from tests.strategies import NOW, PRINTED_ID

SPACE = BigramEmbedder().space
NUMBER = "D015-SB·2019-D50-YL-0001"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return archive_in(tmp_path / "state")


def prepared(*names: str, embedder: BigramEmbedder | None = None) -> list[PreparedDocument]:
    reads = [
        ReadDocument(
            source_id=name,
            title=f"退休审批表 {name}",
            pages=(Page(1, f"职工{name}，公民身份号码{PRINTED_ID}，批准退休。" * 12), Page(2, "附件")),
            sha256=name.encode().hex().rjust(64, "0"),
            media_type="text/plain",
            row=row_of(CATALOGUED | {"archive_no": NUMBER, "盒号": "7"}),
            source_name_is_private=False,
        )
        for name in names
    ]
    preparer = Preparer(FakeDetector(), KeywordClassifier(), embedder or BigramEmbedder())
    return preparer.prepare(reads, StageClock())


def shas(documents: list[PreparedDocument]) -> list[str]:
    return [p.document.source_sha256 for p in documents]


def test_an_empty_archive(archive: Archive) -> None:
    store = archive.store
    assert (store.head_seq(), store.facts_epoch(), store.chunk_count(), store.space()) == (0, 0, 0, None)
    assert not [*store.index_rows(SPACE), *store.masked_texts(), *store.quarantined()]
    assert not any(
        (store.held(["0" * 64]), store.facts(["x"]), store.documents(["x"]), store.placements([1]))
    )
    assert store.owners([5]) == [""]
    for ask in (store.content, store.original, lambda doc_id: store.set_state(doc_id, "held")):
        with pytest.raises(NotVisible):
            ask("absent")


def test_what_goes_in_comes_out(archive: Archive) -> None:
    (one,) = prepared("甲")
    assert archive.store.add([one], SPACE) == {one.document.source_sha256}
    doc_id = one.document.doc_id
    again = archive_in(archive.folder).store
    assert again.documents([doc_id]) == {doc_id: one.document}
    assert again.content(doc_id) == one.content
    assert again.detections(doc_id) == {page: found for page, found in one.detections.items() if found}
    facts = again.facts([doc_id])[doc_id]
    assert (facts.region, facts.year, facts.lines) == ("500111", 2019, one.document.lines)
    rows = list(again.index_rows(SPACE))
    assert (
        [row.doc_id for row in rows] == [doc_id] * len(one.chunks) == again.owners([r.chunk_id for r in rows])
    )
    assert np.array_equal(np.stack([row.vector for row in rows]), one.vectors)
    assert [(p.page_no, p.start, p.end) for p in again.placements([r.chunk_id for r in rows]).values()] == [
        (chunk.page_no, chunk.start, chunk.end) for chunk in one.chunks
    ]
    assert PRINTED_ID not in "".join(row.text for row in rows)


def test_adding_again_changes_nothing(archive: Archive) -> None:
    first = prepared("甲", "乙")
    archive.store.add(first, SPACE)
    before = (archive.store.head_seq(), archive.store.chunk_count())
    second = prepared("甲", "乙", "丙")
    assert archive.store.add(second, SPACE) == {second[2].document.source_sha256}
    assert archive.store.head_seq() == before[0] + 1
    assert archive.store.add(prepared("丁", "丁")[:2], SPACE) == set(shas(prepared("丁")))
    held = archive.store.held(shas(prepared("甲", "乙", "丙", "丁", "戊")))
    assert [held[sha].doc_id for sha in shas(first)] == [p.document.doc_id for p in first]
    assert len(held) == 4


def test_the_outbox_grows_by_one_per_document_in_the_order_given(archive: Archive) -> None:
    archive.store.add(prepared("甲", "乙"), SPACE)
    assert archive.store.head_seq() == 2
    last = max(row.chunk_id for row in archive.store.index_rows(SPACE))
    (third,) = prepared("丙")
    archive.store.add([third], SPACE)
    assert archive.store.head_seq() == 3
    assert {row.doc_id for row in archive.store.index_rows(SPACE, after=last)} == {third.document.doc_id}
    titles = [text.split("\n")[0] for _, text in archive.store.masked_texts()]
    assert list(dict.fromkeys(titles)) == ["退休审批表 甲", "退休审批表 乙", "退休审批表 丙"]


def test_a_failing_document_takes_its_whole_batch_along(archive: Archive) -> None:
    good, bad = prepared("甲", "乙")
    with pytest.raises(ValueError, match="zip"):
        archive.store.add([good, replace(bad, vectors=bad.vectors[:-1])], SPACE)
    assert archive.store.head_seq() == archive.store.chunk_count() == 0
    assert archive.store.add([good], SPACE)


def test_vectors_of_another_model_are_refused_with_the_way_out(archive: Archive) -> None:
    other = BigramEmbedder(model="fake:other")
    archive.store.add(prepared("甲"), SPACE)
    assert archive.store.space() == SPACE
    for act in (
        lambda: archive.store.add(prepared("乙", embedder=other), other.space),
        lambda: list(archive.store.index_rows(other.space)),
    ):
        with pytest.raises(IndexMismatch, match="chadang index rebuild") as raised:
            act()
        assert "fake:bigrams" in raised.value.detail
        assert "fake:other" in raised.value.detail
    assert archive.store.head_seq() == 1


def test_replacing_vectors(archive: Archive) -> None:
    other = BigramEmbedder(model="fake:other")
    archive.store.add(prepared("甲", "乙"), SPACE)
    pairs = list(archive.store.masked_texts())
    archive.store.replace_vectors(
        other.space, [([chunk_id], -other.embed_passages([text])) for chunk_id, text in pairs]
    )
    assert archive.store.space() == other.space
    assert archive.store.head_seq() == 3
    assert all((row.vector <= 0).all() for row in archive.store.index_rows(other.space))


def test_replacing_vectors_of_some_chunks_only_is_refused(archive: Archive) -> None:
    """A document stored while the others were embedded anew would keep vectors of the old model."""
    archive.store.add(prepared("甲"), SPACE)
    other = BigramEmbedder(model="fake:other")
    with pytest.raises(Conflict):
        archive.store.replace_vectors(other.space, [])
    assert archive.store.space() == SPACE
    assert archive.store.head_seq() == 1


def test_the_archive_can_be_written_while_vectors_are_embedded_anew(archive: Archive) -> None:
    archive.store.add(prepared("甲"), SPACE)
    other = BigramEmbedder(model="fake:other")

    def batches() -> Iterator[tuple[list[int], Vectors]]:
        for chunk_id, text in list(archive.store.masked_texts()):
            yield [chunk_id], other.embed_passages([text])
            archive.jobs.begin("someone", "key", None)

    archive.store.replace_vectors(other.space, batches())
    assert archive.store.space() == other.space


def test_states_and_their_epoch(archive: Archive) -> None:
    (one,) = prepared("甲")
    archive.store.add([one], SPACE)
    epochs = [archive.store.facts_epoch()]
    for state in ("withdrawn", "held"):
        archive.store.set_state(one.document.doc_id, state)
        epochs.append(archive.store.facts_epoch())
        assert archive.store.facts([one.document.doc_id])[one.document.doc_id].state == DocumentState(state)
    assert epochs == sorted(set(epochs))


def test_no_change_of_state_is_lost_to_another_at_the_same_time(archive: Archive) -> None:
    documents = prepared(*"甲乙丙丁")
    archive.store.add(documents, SPACE)
    rounds = 8

    def withdraw(doc_id: str) -> None:
        for _ in range(rounds):
            archive.store.set_state(doc_id, "withdrawn")

    threads = [Thread(target=withdraw, args=(p.document.doc_id,)) for p in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert archive.store.facts_epoch() == rounds * len(documents)


def test_looking_up_by_number_title_and_source(archive: Archive) -> None:
    one, two = prepared("甲", "乙")
    archive.store.add([one, two], SPACE)
    both = sorted([one.document.doc_id, two.document.doc_id])
    assert archive.store.with_archive_no("d015-SB・2019－D50-YL-0001") == both
    assert archive.store.with_archive_no("D015-SB·2019-D50-YL-0002") == []
    assert archive.store.with_title("退休审批表　甲") == [one.document.doc_id]
    assert archive.store.with_title("退休审批表") == []
    assert archive.store.source_sha256("甲") == one.document.source_sha256
    assert archive.store.source_sha256("丙") is None


def test_a_withdrawn_document_frees_its_source_id(archive: Archive) -> None:
    (one,) = prepared("甲")
    archive.store.add([one], SPACE)
    archive.store.set_state(one.document.doc_id, "withdrawn")
    assert archive.store.source_sha256("甲") is None


def test_quarantine(archive: Archive) -> None:
    file = QuarantinedFile("ab" * 32, "张三\udcff.pdf", "damaged_file", "坏了", 3, NOW, kept=True)
    archive.store.quarantine(file, b"bad")
    archive.store.quarantine(replace(file, code="other"), b"bad")
    assert [(f.name, f.code, f.kept) for f in archive.store.quarantined()] == [
        ("张三\udcff.pdf", "other", True)
    ]
    held = archive.store.held(["ab" * 32])["ab" * 32]
    assert (held.doc_id, held.code, held.detail) == (None, "other", "坏了")


def test_originals(archive: Archive) -> None:
    archive.store.seal_original("cd" * 32, "原件".encode())
    assert archive.store.original("cd" * 32) == "原件".encode()


def test_another_master_key_opens_nothing(archive: Archive) -> None:
    (one,) = prepared("甲")
    archive.store.add([one], SPACE)
    other = archive_in(archive.folder)
    other.__dict__["sealer"] = type(archive.sealer)(bytes(32))
    with pytest.raises(ArtifactTampered, match="主密钥"):
        other.store.content(one.document.doc_id)


def test_counts(archive: Archive) -> None:
    archive.store.add(prepared("甲", "乙"), SPACE)
    counts = archive.store.counts()
    assert counts["state"] == {"held": 2}
    assert counts["insurance_types"] == {"养老": 2}
    assert counts["detections"]["RESIDENT_ID"] == 24


def test_many_values_in_one_question(archive: Archive) -> None:
    (one,) = prepared("甲")
    archive.store.add([one], SPACE)
    assert set(archive.store.facts([str(n) for n in range(3000)] + [one.document.doc_id])) == {
        one.document.doc_id
    }
    assert set(archive.store.held([f"{n:064x}" for n in range(3000)] + shas([one]))) == set(shas([one]))
