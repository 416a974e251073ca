"""Backups: one moment of an archive in use, all of it or nothing, and nothing else than what was written."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text

from api.bootstrap import Archive
from api.settings import Settings
from indexer.backup import Restored, restore
from indexer.store.key_sources import FileKeys
from models.errors import ArchiveError, Conflict, InvalidInput, StoreUnavailable
from tests.assembly import archive_in, clerk, record
from tests.integration.test_key_rotation import OPERATOR, filled, opened, seen
from tests.killing import Step, killed_at
from tests.strategies import NOW

Change = Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]


def restored(backup: Path, state: Path, key: bytes | None) -> Restored:
    def archive(folder: Path) -> Archive:
        return Archive(Settings(state=folder, master_key=key.hex() if key else None), via="cli")

    return restore(backup, state, None, OPERATOR, archive, at=NOW)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("backup") / "s"
    filled(state)
    return state


@pytest.fixture(scope="module")
def backup(source: Path) -> Path:
    opened(source).backups.write(source.parent / "b.tgz", OPERATOR)
    return source.parent / "b.tgz"


def key_of(state: Path) -> bytes:
    return FileKeys(state / "keys").first()


def test_what_comes_back_is_what_went_in(source: Path, backup: Path, tmp_path: Path) -> None:
    done = restored(backup, tmp_path / "new", key_of(source))
    again = opened(tmp_path / "new", master_key=key_of(source).hex())
    assert seen(again) == seen(opened(source))
    assert (done.contents.documents, done.keys) == (12, 24)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert sorted(path.name for path in backup.parent.iterdir()) == ["b.tgz", "s"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert [event.action for _, event, _ in again.audit.events()][-1] == "restore"
    helper = archive_in(tmp_path / "new")
    helper.__dict__["sealer"] = again.sealer
    assert helper.search("批准退休", clerk())  # the index is made anew
    helper.close()


def test_the_key_is_not_in_it_unless_asked_for(source: Path, backup: Path, tmp_path: Path) -> None:
    content = gzip.decompress(backup.read_bytes())
    assert key_of(source).hex().encode() not in content
    assert key_of(source) not in content
    opened(source).backups.write(tmp_path / "k.tgz", OPERATOR, source / "keys" / "master.key")
    restored(tmp_path / "k.tgz", tmp_path / "new", None)
    assert key_of(tmp_path / "new") == key_of(source)


def test_written_while_others_write(tmp_path: Path) -> None:
    source = tmp_path / "s"
    archive, stop = filled(source), Event()
    helper = archive_in(source)
    helper.__dict__["sealer"] = archive.sealer

    def busy() -> None:
        for n in count():
            if stop.is_set():
                return
            helper.ingest(record(f"more{n}", f"又来第{n}件，批准。"))

    thread = Thread(target=busy)
    thread.start()
    try:
        for n in range(3):
            archive.backups.write(tmp_path / f"{n}.tgz", OPERATOR)
    finally:
        stop.set()
        thread.join()
    helper.close()
    for n in range(3):
        done = restored(tmp_path / f"{n}.tgz", tmp_path / f"r{n}", key_of(source))
        with opened(tmp_path / f"r{n}", master_key=key_of(source).hex()).engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM documents")) == done.contents.documents >= 12
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize("key", [None, bytes(32)], ids=["none", "another"])
def test_without_its_key_nothing_is_restored(backup: Path, tmp_path: Path, key: bytes | None) -> None:
    with pytest.raises(StoreUnavailable, match="主密钥"):
        restored(backup, tmp_path / "new", key)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(source: Path, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="已经存在"):
        opened(source).backups.write(backup, OPERATOR)
    before = seen(opened(source))
    with pytest.raises(Conflict, match="不是空的"):
        restored(backup, source, key_of(source))
    assert seen(opened(source)) == before
    (tmp_path / "empty").mkdir()
    restored(backup, tmp_path / "empty", key_of(source))
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Conflict):
        restored(backup, tmp_path / "link", key_of(source))


# -- what somebody has changed ------------------------------------------------------------------


def rewritten(backup: Path, target: Path, change: Change) -> Path:
    out = io.BytesIO()
    with tarfile.open(backup) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            content = old.extractfile(member).read()  # type: ignore[union-attr]
            for changed, body in change(member, content):
                changed.size = len(body) if changed.isreg() else 0
                new.addfile(changed, io.BytesIO(body))
    target.write_bytes(gzip.compress(out.getvalue(), 1))
    return target


def with_member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Change:
    def change(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if member.name != "archive.db":
            return [(member, content)]
        extra = tarfile.TarInfo(name)
        extra.type, extra.linkname = kind, link
        return [(extra, b"planted" if kind == tarfile.REGTYPE else b""), (member, content)]

    return change


def changed(name: str, old: bytes, new: bytes) -> Change:
    def change(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        return [(member, content.replace(old, new, 1) if member.name.startswith(name) else content)]

    return change


def without(name: str) -> Change:
    return lambda member, content: [] if member.name.startswith(name) else [(member, content)]


def twice(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [(member, content), (member, content)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_member("../outside"), id="above"),
        pytest.param(with_member("/etc/outside"), id="absolute"),
        pytest.param(with_member("originals/../../outside"), id="above, further in"),
        pytest.param(with_member("classifiers/../../outside"), id="above, among names that are free"),
        pytest.param(with_member("originals", tarfile.SYMTYPE, "/etc"), id="link"),
        pytest.param(with_member("classifiers/x", tarfile.LNKTYPE, "archive.db"), id="hard link"),
        pytest.param(with_member("classifiers/x", tarfile.FIFOTYPE), id="pipe"),
        pytest.param(with_member("classifiers/x"), id="not in the manifest"),
        pytest.param(with_member(".env"), id="a name that is none"),
        pytest.param(twice, id="twice"),
        pytest.param(without("originals/00"), id="one missing"),
        pytest.param(without("MANIFEST.json"), id="no manifest"),
        pytest.param(without("MANIFEST.seal"), id="no seal"),
        pytest.param(changed("originals/", b"\xff\xff", b"\xff\xfe"), id="one bit"),
        pytest.param(changed("MANIFEST.json", b'"documents": 12', b'"documents": 13'), id="manifest"),
        pytest.param(changed("MANIFEST.json", b'"format": 1', b'"format": 2'), id="another format"),
        pytest.param(changed("MANIFEST.json", b"{", b"[" * 9999), id="manifest that is none"),
        pytest.param(changed("MANIFEST.seal", b"", b"\xff"), id="seal"),
    ],
)
def test_a_changed_backup_is_refused_and_leaves_nothing(
    source: Path, backup: Path, tmp_path: Path, change: Change
) -> None:
    bad = rewritten(backup, tmp_path / "bad.tgz", change)
    with pytest.raises(InvalidInput):
        restored(bad, tmp_path / "new", key_of(source))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tgz"]


def test_a_shortened_or_foreign_file_is_refused(source: Path, backup: Path, tmp_path: Path) -> None:
    whole, bad = backup.read_bytes(), tmp_path / "bad.tgz"
    spoilt = [whole[: len(whole) * n // 7] for n in range(7)]
    spoilt += [b"\x1f\x8b" + b"x" * 600, "不是备份".encode() * 90, whole[:200] + b"\x00" * 9 + whole[209:]]
    for content in spoilt:
        bad.write_bytes(content)
        with pytest.raises(ArchiveError) as refused:
            restored(bad, tmp_path / "new", key_of(source))
        assert isinstance(refused.value, InvalidInput)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tgz"]
    for missing in (tmp_path / "absent.tgz", tmp_path):
        with pytest.raises(InvalidInput, match="不存在或无法读取"):
            restored(missing, tmp_path / "new", key_of(source))


# -- killed -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_at_any_step_there_is_a_whole_backup_or_none(source: Path, tmp_path: Path) -> None:
    target, key, step = tmp_path / "b.tgz", key_of(source), 0

    def write(_: Step) -> None:
        opened(source).backups.write(target, OPERATOR)

    while not killed_at(lambda: write, step):
        if target.exists():
            restored(target, tmp_path / f"r{step}", key)
            target.unlink()
        step += 9
    restored(target, tmp_path / "whole", key)
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert step > 9


@pytest.mark.slow
def test_killed_at_any_step_there_is_a_whole_archive_or_none(
    source: Path, backup: Path, tmp_path: Path
) -> None:
    key, state, step = key_of(source), tmp_path / "new", 0
    before = seen(opened(source))
    while not killed_at(lambda: lambda _: restored(backup, state, key), step):
        assert not state.exists() or seen(opened(state, master_key=key.hex())) == before
        if state.exists():
            break
        step += 9
    assert seen(opened(state, master_key=key.hex())) == before
    assert step > 9
