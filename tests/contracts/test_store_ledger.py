"""The ledger under attack: whatever is written to it without the key is found, and the first entry named."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import alembic.command
import pytest
from sqlalchemy import inspect, text

from indexer.store.database import open_engine, sqlite_url
from indexer.store.ledger_reading import SqlLedger
from indexer.store.ledger_seals import LedgerSeals
from indexer.store.ledger_verification import Finding
from indexer.store.sealing import Sealer
from indexer.store.upgrading import configuration
from models.errors import ArtifactTampered
from models.ledger.checkpoints import read_note
from models.ledger.entries import FIRST, GENESIS, Entry, digest_of
from models.ledger.merkle import TILE
from tests.assembly import MASTER_KEY, Archive, archive_in
from tests.contracts.test_store_audit import EVENT
from tests.ledger_tampers import EARLIER, SIZE, copied, found_in, planted, tamper
from tests.strategies import NOW


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return planted(tmp_path_factory.mktemp("ledger"))


def test_random_tampers_are_all_found_and_named(ledger: Archive, tmp_path: Path) -> None:
    assert ledger.audit.check() is None
    found, wrong = found_in(ledger.folder, 200, 1, tmp_path)  # `make fuzz-ledger` makes a thousand
    assert wrong == []
    assert found == 200


def test_a_copy_that_nobody_touched_fits(ledger: Archive, tmp_path: Path) -> None:
    copied(ledger.folder, tmp_path)
    assert archive_in(tmp_path).audit.check() is None


@pytest.mark.parametrize("seed", range(4))
def test_writing_on_hides_nothing(ledger: Archive, tmp_path: Path, seed: int) -> None:
    tamper(copied(ledger.folder, tmp_path), ledger.folder / "earlier.db", random.Random(seed))
    archive = archive_in(tmp_path)
    before = archive.audit.check()
    for _ in range(2 * TILE - SIZE + 1):  # fills a tile: a checkpoint would be due
        archive.audit.record(EVENT)
    after = archive.audit.check()
    assert before is not None
    assert after is not None
    assert after.seq <= before.seq


def test_the_archive_signs_nothing_that_does_not_fit(ledger: Archive, tmp_path: Path) -> None:
    copied(ledger.folder, tmp_path)
    archive = archive_in(tmp_path)
    with archive.engine.begin() as connection:
        connection.execute(text(f"UPDATE audit_events SET digest = '{'0' * 64}' WHERE seq = 290"))
    archive.audit.record(EVENT)
    with pytest.raises(ArtifactTampered):
        archive.audit.checkpoint(NOW)


def test_an_earlier_state_is_told_by_the_mark_and_by_a_checkpoint_kept_elsewhere(
    ledger: Archive, tmp_path: Path
) -> None:
    kept = ledger.audit.checkpoint(NOW)
    assert kept is not None
    copied(ledger.folder, tmp_path)
    (tmp_path / "archive.db").write_bytes((ledger.folder / "earlier.db").read_bytes())
    archive = archive_in(tmp_path)
    assert archive.audit.check() == Finding(
        EARLIER + 1, f"数据库之外的标记说明台账曾有 {SIZE} 条，末尾的被截去"
    )
    (tmp_path / "ledger" / "witness").unlink()  # who can write there, too, is stopped only from outside
    assert archive.audit.check() is None
    outside = archive.audit.check((read_note(kept.note, archive.audit.seals.key.public),))
    assert outside is not None
    assert outside.seq == EARLIER + 1


@pytest.mark.parametrize("line", [b"", b"x", b"\xff" * 40, b"00000000000000000300 aa bb\n"])
def test_a_changed_mark_is_told(ledger: Archive, tmp_path: Path, line: bytes) -> None:
    copied(ledger.folder, tmp_path)
    (tmp_path / "ledger" / "witness").write_bytes(line)
    archive = archive_in(tmp_path)
    archive.audit.record(EVENT)
    found = archive.audit.check()
    assert found is not None
    assert "标记" in found.says


def test_checkpoints_come_by_themselves_and_once_for_a_size(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    assert archive.audit.checkpoint(NOW) is None
    for _ in range(TILE):
        archive.audit.record(EVENT)
    ledger = SqlLedger(archive.audit)
    assert [c.size for c in ledger.checkpoints(None, 10)] == [TILE]
    archive.audit.record(EVENT)
    made = archive.audit.checkpoint(NOW)
    assert archive.audit.checkpoint(NOW + timedelta(hours=1)) == made
    assert [c.size for c in ledger.checkpoints(None, 10)] == [TILE + 1, TILE]


def test_what_was_written_before_there_was_a_tree_is_signed_at_the_first_entry_after(tmp_path: Path) -> None:
    """A database of schema 0007, its entries in the first form and its end sealed in the old way."""
    _old_ledger(tmp_path, TILE + 20)
    archive = archive_in(tmp_path)
    assert archive.audit.check() is None
    archive.audit.record(EVENT)
    assert archive.audit.check() is None
    ledger = SqlLedger(archive.audit)
    assert [c.size for c in ledger.checkpoints(None, 9)] == [TILE + 20, TILE]
    assert [event for _, event, _ in archive.audit.events()][:-1] == [replace(EVENT, at=NOW)] * (TILE + 20)
    with archive.engine.begin() as connection:
        connection.execute(text("UPDATE audit_events SET outcome = 'no' WHERE seq = 7"))
    assert archive.audit.check() == Finding(7, "该条的内容被改动")


_SAID = ("principal", "via", "purpose", "action", "query", "outcome")


def _old_ledger(folder: Path, size: int) -> None:
    engine, config = open_engine(sqlite_url(folder / "archive.db")), configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0007")
        columns = [c["name"] for c in inspect(connection).get_columns("audit_events")]
        insert = f"INSERT INTO audit_events VALUES ({', '.join(':' + name for name in columns)})"
        previous = GENESIS
        for seq in range(1, size + 1):
            kept = {name: getattr(EVENT, name) for name in _SAID}
            kept |= {"seq": seq, "at": NOW.isoformat(timespec="microseconds"), "previous": previous}
            old = Entry(version=FIRST, doc_ids=EVENT.doc_ids, roles="", case_key="", **kept)
            previous = digest_of(old, "")
            connection.execute(text(insert), kept | {"doc_ids": '["d1", "d2"]', "digest": previous})
        seal = LedgerSeals(Sealer(MASTER_KEY)).first_head(size, previous)
        meta = {"value": json.dumps({"seal": seal})}
        connection.execute(text("INSERT INTO meta VALUES ('audit_head', :value)"), meta)
    engine.dispose()
