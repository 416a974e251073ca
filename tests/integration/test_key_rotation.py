"""Another master key: nothing that hashes or signs changes, and a kill at any moment loses nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from api.bootstrap import Archive
from api.settings import Settings
from indexer.store.key_sources import FileKeys, GivenKeys
from indexer.store.port import Account, AuditEvent
from indexer.store.sealed_columns import OTHER_BYTES, WRAPPED, SealedColumns
from indexer.store.sealing import Sealer
from indexer.store.snapshots import copy_database
from models.access.principal import Principal, Role
from models.errors import ArtifactTampered, Conflict, InvalidInput, StoreUnavailable
from tests.assembly import MASTER_KEY, archive_in, record
from tests.killing import Step, killed_at
from tests.strategies import NOW

OPERATOR = Principal("", frozenset())
DOCUMENTS = 12


def opened(state: Path, **settings: str) -> Archive:
    return Archive(Settings(state=state, **settings), via="cli")  # type: ignore[arg-type]


def filled(state: Path) -> Archive:
    """An archive with something sealed of every kind that is easily made."""
    archive = opened(state)
    texts = [
        record(f"r{n}", f"第{n}份。公民身份号码11010519491231002X，批准退休。") for n in range(DOCUMENTS)
    ]
    helper = archive_in(state)
    helper.__dict__["sealer"] = archive.sealer
    helper.ingest(*texts)
    helper.close()
    for n in range(DOCUMENTS):
        archive.store.seal_original(f"{n:064x}", f"原件{n}".encode())
    archive.audit.record(event())
    return archive


def event() -> AuditEvent:
    return AuditEvent(NOW, "zhang", "cli", "", "search", (), "", "ok")


@dataclass(frozen=True)
class Seen:
    """What must be the same before and after."""

    contents: tuple[str, ...]
    originals: tuple[bytes, ...]
    hashes: tuple[str, ...]


def seen(archive: Archive) -> Seen:
    with archive.engine.connect() as connection:
        ids = sorted(connection.scalars(text("SELECT doc_id FROM documents")))
    sealer = archive.sealer
    assert archive.audit.verify() is None
    return Seen(
        tuple(archive.store.content(doc_id).pages[0].text for doc_id in ids),
        tuple(archive.store.original(f"{n:064x}") for n in range(DOCUMENTS)),
        (
            sealer.keyed_hash("退休", "query"),
            sealer.signing_key.hex(),
            sealer.report_key.hex(),
            sealer.seal_token(b"cursor", "zhang").hex(),
        ),
    )


def test_everything_opens_under_the_new_key_and_nothing_under_the_old(tmp_path: Path) -> None:
    archive = filled(tmp_path / "s")
    before, old = seen(archive), FileKeys(tmp_path / "s" / "keys").first()
    done = archive.key_rotation.rotate(OPERATOR)
    assert (done.epoch, done.keys, done.left_to_do) == (2, 2 * DOCUMENTS, "")
    again = opened(tmp_path / "s")
    assert seen(again) == before
    status = again.key_rotation.status()
    assert status.settled
    assert status.wrapped == {2: 2 * DOCUMENTS}
    assert [epoch.state.value for epoch in status.epochs] == ["destroyed", "active"]
    kept = [path for path in (tmp_path / "s").rglob("*") if path.is_file()]
    assert [
        path for path in kept if old in path.read_bytes() or old.hex().encode() in path.read_bytes()
    ] == []
    with_old = Sealer(old)
    for path in (tmp_path / "s" / "originals").rglob("*.sm4"):
        with pytest.raises(ArtifactTampered):
            again.key_rotation.files[0].verify(with_old)
        assert path.read_bytes()[:2] == b"\xff\xff"


def test_content_is_not_written_again(tmp_path: Path) -> None:
    archive = filled(tmp_path / "s")
    (path,) = (tmp_path / "s" / "originals").rglob(f"{3:064x}.sm4")
    before, inode = path.read_bytes(), path.stat().st_ino
    archive.key_rotation.rotate(OPERATOR)
    after = path.read_bytes()
    assert path.stat().st_ino == inode
    assert after[130:] == before[130:]
    assert after[:130] != before[:130]
    assert before[3:47] not in after


@pytest.mark.parametrize("times", [3])
def test_again_and_again(tmp_path: Path, times: int) -> None:
    before = seen(filled(tmp_path / "s"))
    for number in range(times):
        assert opened(tmp_path / "s").key_rotation.rotate(OPERATOR).epoch == number + 2
    assert seen(opened(tmp_path / "s")) == before


def rotation_of(state: Path) -> Callable[[Step], object]:
    archive = opened(state)
    rotation = archive.key_rotation
    return lambda step: rotation.rotate(OPERATOR, lambda _: step())


@pytest.mark.slow
def test_killed_at_any_step(tmp_path: Path) -> None:
    """A whole rotation is begun again and again, each time killed later; the archive opens, and it ends."""
    whole = tmp_path / "whole"
    before = seen(filled(whole))
    step = 0
    while True:
        state = shutil.copytree(whole, tmp_path / str(step))
        ended = killed_at(partial(rotation_of, state), step)
        assert seen(opened(state)) == before
        if ended:
            break
        assert opened(state).key_rotation.rotate(OPERATOR).epoch in {2, 3}  # 3: killed when all was done
        assert seen(opened(state)) == before
        assert opened(state).key_rotation.status().settled
        step += 7
    assert step > 30


def test_a_rotation_interrupted_between_any_two_halves_is_finished_and_not_begun_again(
    tmp_path: Path,
) -> None:
    archive = filled(tmp_path / "s")
    before = seen(archive)
    archive.key_ring.source.following()
    archive.key_ring.begin_next()
    del archive
    half = opened(tmp_path / "s")
    assert seen(half) == before
    half.store.seal_original("ee" * 32, b"sealed meanwhile")
    assert not half.key_rotation.status().settled
    assert half.key_rotation.rotate(OPERATOR).epoch == 2
    del half
    assert opened(tmp_path / "s").store.original("ee" * 32) == b"sealed meanwhile"
    done = opened(tmp_path / "s")
    done.key_ring.source.following()  # a file of a key that nothing knows yet
    assert done.key_rotation.rotate(OPERATOR).epoch == 3


def test_an_archive_in_use_is_left_alone(tmp_path: Path) -> None:
    archive = filled(tmp_path / "s")
    other = opened(tmp_path / "s")
    before = seen(other)
    with pytest.raises(Conflict, match="先停止服务"):
        archive.key_rotation.rotate(OPERATOR)
    assert [epoch.number for epoch in other.key_ring.epochs()] == [1]
    del other
    assert archive.key_rotation.rotate(OPERATOR).epoch == 2
    with archive.presence.alone(), pytest.raises(Conflict, match="请等它完成"):
        _ = opened(tmp_path / "s").sealer
    assert seen(opened(tmp_path / "s")) == before


def test_a_key_that_does_not_open_stops_before_the_old_one_is_destroyed(tmp_path: Path) -> None:
    archive = filled(tmp_path / "s")
    with archive.engine.begin() as connection:
        connection.execute(text("UPDATE documents SET wrapped_key = :k WHERE rowid = 5"), {"k": bytes(44)})
    with pytest.raises(ArtifactTampered):
        archive.key_rotation.rotate(OPERATOR)
    assert len(FileKeys(tmp_path / "s" / "keys").held()) == 2
    assert opened(tmp_path / "s").store.original(f"{1:064x}") == "原件1".encode()


def test_keys_from_the_environment(tmp_path: Path) -> None:
    state, old, new = tmp_path / "s", "ab" * 32, "cd" * 32
    archive = opened(state, master_key=old)
    archive.store.seal_original("ee" * 32, b"content")
    with pytest.raises(InvalidInput, match="CHADANG_MASTER_KEY_NEXT"):
        archive.key_rotation.rotate(OPERATOR)
    del archive
    with pytest.raises(StoreUnavailable, match="与现用的相同"):
        opened(state, master_key=old, master_key_next=old).key_rotation.rotate(OPERATOR)
    assert (
        "销毁旧密钥"
        in opened(state, master_key=old, master_key_next=new).key_rotation.rotate(OPERATOR).left_to_do
    )
    assert opened(state, master_key=new).store.original("ee" * 32) == b"content"
    assert opened(state, master_key=new).key_rotation.status().settled
    with pytest.raises(StoreUnavailable, match="主密钥不是这个档案库的"):
        _ = opened(state, master_key=old).sealer
    assert not (state / "keys" / "master.key").exists()


def test_half_way_both_keys_are_needed(tmp_path: Path) -> None:
    state, old, new = tmp_path / "s", "ab" * 32, "cd" * 32
    half = opened(state, master_key=old, master_key_next=new)
    _ = half.sealer
    half.key_ring.begin_next()
    del half
    for key in (old, new):
        with pytest.raises(StoreUnavailable, match="新旧两个主密钥都要有"):
            _ = opened(state, master_key=key).sealer


# -- which key is whose -------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", ["lost", "other"])
def test_a_lost_or_foreign_key_is_told_before_anything_is_written(tmp_path: Path, spoil: str) -> None:
    archive = filled(tmp_path / "s")
    key = tmp_path / "s" / "keys" / "master.key"
    kept = key.read_text()
    key.unlink() if spoil == "lost" else key.write_text("ab" * 32)
    with pytest.raises(StoreUnavailable, match="找不到主密钥" if spoil == "lost" else "不是这个档案库的"):
        _ = opened(tmp_path / "s").store
    assert key.exists() == (spoil == "other")
    key.write_text(kept)
    assert seen(opened(tmp_path / "s")) == seen(archive)


def early(state: Path) -> bytes:
    """An archive from before epochs: keys derive from the master key, and none is written down."""
    helper = archive_in(state)
    helper.ingest(*(record(f"r{n}", f"第{n}份，批准退休。") for n in range(3)))
    helper.close()
    return MASTER_KEY


def test_an_archive_from_before_epochs_keeps_its_hashes(tmp_path: Path) -> None:
    state = tmp_path / "s"
    key = early(state)
    with pytest.raises(StoreUnavailable, match="找不到主密钥"):
        _ = opened(state).sealer
    with pytest.raises(StoreUnavailable, match="不是这个档案库的"):
        _ = opened(state, master_key="ab" * 32).sealer
    archive = opened(state, master_key=key.hex())
    plain = Sealer(key)
    assert archive.sealer.keyed_hash("r1", "source") == plain.keyed_hash("r1", "source")
    assert archive.store.source_sha256("r1") is not None
    assert (archive.sealer.signing_key, archive.sealer.report_key) == (plain.signing_key, plain.report_key)
    del archive
    opened(state, master_key=key.hex(), master_key_next="cd" * 32).key_rotation.rotate(OPERATOR)
    after = opened(state, master_key="cd" * 32)
    assert after.store.source_sha256("r1") is not None
    assert after.sealer.seal_token(b"x", "y") == plain.seal_token(b"x", "y")


def test_accounts_may_come_before_the_first_key(tmp_path: Path) -> None:
    principal = Principal("zhang", frozenset({Role.CLERK}))
    archive = opened(tmp_path / "s")
    archive.accounts.add_account(Account(principal, None))
    assert not (tmp_path / "s" / "keys" / "master.key").exists()
    archive.store.seal_original("ee" * 32, b"content")
    assert opened(tmp_path / "s").store.original("ee" * 32) == b"content"


def test_the_master_key_of_a_new_archive_alone_tells_nothing_of_what_signs(tmp_path: Path) -> None:
    archive = opened(tmp_path / "s")
    master = FileKeys(tmp_path / "s" / "keys").first()
    assert archive.sealer.signing_key != Sealer(master).signing_key


# -- nothing is missed --------------------------------------------------------------------------


def test_every_column_of_bytes_is_listed(tmp_path: Path) -> None:
    columns = SealedColumns(opened(tmp_path / "s").engine)
    assert columns.unlisted() == set()
    assert not {(w.table, w.column) for w in WRAPPED} & OTHER_BYTES
    assert all(w.by or w.about for w in WRAPPED)


def test_an_unlisted_column_stops_a_rotation(tmp_path: Path) -> None:
    archive = filled(tmp_path / "s")
    with archive.engine.begin() as connection:
        connection.execute(text("CREATE TABLE extra (id INTEGER PRIMARY KEY, some_key BLOB)"))
    with pytest.raises(Conflict, match=r"extra\.some_key"):
        archive.key_rotation.rotate(OPERATOR)
    assert [epoch.number for epoch in archive.key_ring.epochs()] == [1]


@pytest.mark.parametrize("make", [FileKeys, lambda _: GivenKeys("ab" * 32, "cd" * 32)])
def test_what_every_source_does(tmp_path: Path, make: Callable[[Path], FileKeys | GivenKeys]) -> None:
    source = make(tmp_path)
    first = source.first()
    assert source.first() == first
    following = source.following()
    assert following != first
    assert source.following() == following
    assert set(source.held()) == {first, following}
    source.settle(following)
    assert following in source.held()


def test_the_copy_of_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    copy_database(filled(tmp_path / "s").engine, tmp_path / "copy.db")
    assert os.stat(tmp_path / "copy.db").st_mode & 0o777 == 0o600  # noqa: PTH116
