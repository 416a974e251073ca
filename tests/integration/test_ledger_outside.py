"""What leaves the house is checked by a script alone, with nothing of the product in reach."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from api.reporting.receipts import page_of_receipt
from indexer.ledger import offline_verifier
from indexer.ledger.archival import LedgerArchival
from indexer.ledger.reading import LedgerReading
from indexer.ledger.receipts import ReceiptRequest, Receipts
from indexer.store.ledger_archives import MovedFile
from indexer.store.ledger_moving import move_out
from indexer.store.ledger_reading import SqlLedger
from models.access.principal import Principal, Role
from models.errors import Conflict, Forbidden, InvalidInput, NotVisible
from models.ledger.merkle import TILE
from models.ledger.naming import Accounts
from models.ledger.retention import movable_before
from tests.assembly import Archive, record
from tests.contracts.test_store_audit import EVENT
from tests.ledger_tampers import document, planted
from tests.strategies import NOW

OFFICER = Principal("sj", frozenset({Role.AUDIT_ADMIN}), purpose="审计")
CLERK = Principal("zhang", frozenset({Role.CLERK}))
LATER = NOW + timedelta(days=300)


@dataclass
class Office:
    archive: Archive
    now: datetime = LATER

    @property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self.archive.audit)

    @property
    def reading(self) -> LedgerReading:
        return LedgerReading(self.ledger, self.archive.audit, lambda: self.now)

    def receipts(self, accounts: Accounts = Accounts.SHOWN) -> Receipts:
        return Receipts(self.ledger, self.archive.store, self.archive.audit, lambda: self.now, accounts)

    def archival(self, months: int = 6) -> LedgerArchival:
        moving = partial(move_out, self.archive.audit, months=months)
        folder = self.archive.folder / "ledger" / "archives"
        return LedgerArchival(self.ledger, self.archive.audit, moving, folder, lambda: self.now, months)

    def export(self, to: Path, since: datetime | None = None) -> Path:
        lines = [json.dumps(line, ensure_ascii=False) for line in self.reading.export(since, OFFICER)]
        to.write_text("\n".join(lines) + "\n", "utf-8")
        return to


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(planted(tmp_path / "state", 270, 10))


Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, office: Office) -> Check:
    """Run the script as a stranger would: isolated from every package, in an empty folder."""
    script = tmp_path / "elsewhere" / "ledger_verifier.py"
    script.parent.mkdir()
    script.write_bytes(Path(offline_verifier.__file__).read_bytes())

    def run(file: Path, *more: str | Path) -> tuple[int, str]:
        command = [sys.executable, "-I", "-S", str(script), str(file), "--key", office.ledger.public_key]
        done = subprocess.run(  # noqa: S603
            [*command, *map(str, more)], cwd=script.parent, capture_output=True, check=False, timeout=120
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    return run


def test_an_export_is_checked_by_the_script_alone(office: Office, check: Check, tmp_path: Path) -> None:
    whole = office.export(tmp_path / "all.jsonl")
    assert check(whole) == (0, f"台账导出相符：第 1 至 271 条共 271 条，检查点签署于 {LATER.isoformat()}。\n")
    part = office.export(tmp_path / "part.jsonl", NOW + timedelta(minutes=101))
    assert "第 101 至 272 条" in check(part)[1]
    note = tmp_path / "note.txt"
    note.write_text(office.reading.checkpoint(OFFICER).note, "utf-8")
    assert check(whole, "--checkpoint", note) == (
        1,
        "不符：另存的检查点证明台账曾有 273 条，导出只到第 271 条。\n",
    )
    again = office.export(tmp_path / "again.jsonl")
    assert check(again, "--checkpoint", note)[0] == 0


def test_a_changed_export_is_told_with_its_entry(office: Office, tmp_path: Path) -> None:
    key = bytes.fromhex(office.ledger.public_key)
    lines = office.export(tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    rng, bad = random.Random(3), tmp_path / "bad.jsonl"
    for _ in range(60):
        changed, at = list(lines), rng.randrange(1, len(lines))
        row = json.loads(lines[at])
        if row["kind"] == "entry" and rng.random() < 0.6:
            name = rng.choice([name for name in row if name not in {"kind", "doc_ids", "version"}])
            row[name] = row[name] + 1 if isinstance(row[name], int) else f"{row[name]}0"
            changed[at] = json.dumps(row, ensure_ascii=False)
        elif rng.random() < 0.5:
            del changed[at]
        else:
            changed.insert(at, changed[rng.randrange(1, at + 1)])
        if changed == lines or row["kind"] == "checkpoint":
            continue
        bad.write_text("\n".join(changed), "utf-8")
        with pytest.raises(offline_verifier.Mismatch):
            offline_verifier.check_file(bad, key)


def test_a_receipt_tells_who_looked_and_nothing_of_others(
    office: Office, check: Check, tmp_path: Path
) -> None:
    mine = document(3)
    made = office.receipts().issue(ReceiptRequest((mine,)), OFFICER)
    looks = [
        s for s, e, _ in office.archive.audit.events() if mine in e.doc_ids and e.action != "audit_receipt"
    ]
    assert [look["seq"] for look in made["looks"]] == looks != []
    file, page = tmp_path / "receipt.json", tmp_path / "receipt.html"
    text = json.dumps(made, ensure_ascii=False)
    file.write_text(text, "utf-8")
    page.write_text(page_of_receipt(made), "utf-8")
    others = {i for _, e, _ in office.archive.audit.events() for i in e.doc_ids} - {mine}
    assert not [other for other in others if other in text]
    assert not [e.query for _, e, _ in office.archive.audit.events() if e.query in text]
    for given in (file, page):
        code, said = check(given, "--export", office.export(tmp_path / "all.jsonl"))
        assert code == 0, said
        assert f"回执相符：{len(looks)} 次" in said


def test_a_receipt_that_was_changed_or_leaves_a_look_out_is_told(office: Office, tmp_path: Path) -> None:
    mine, export = document(3), office.export(tmp_path / "all.jsonl")
    made = office.receipts().issue(ReceiptRequest((mine,)), OFFICER)
    key, file = bytes.fromhex(office.ledger.public_key), tmp_path / "receipt.json"
    shorter = {name: value for name, value in made.items() if name != "signature"}
    shorter["looks"] = shorter["looks"][1:]
    file.write_text(json.dumps(shorter | {"signature": made["signature"]}), "utf-8")
    with pytest.raises(offline_verifier.Mismatch, match="签名不符"):
        offline_verifier.check_file(file, key)
    # Should the archive itself leave a look out, its own signature stands under a false statement.
    body = offline_verifier.canonical(shorter)
    file.write_text(json.dumps(shorter | {"signature": office.ledger.sign(body)}), "utf-8")
    offline_verifier.check_file(file, key)
    with pytest.raises(offline_verifier.Mismatch, match="漏列"):
        offline_verifier.check_file(file, key, export=export)


def test_pseudonyms_hide_accounts_and_stay_the_same(office: Office) -> None:
    receipts = office.receipts(Accounts.PSEUDONYM)
    made, again = (receipts.issue(ReceiptRequest((document(3),)), OFFICER) for _ in range(2))
    text = json.dumps(made, ensure_ascii=False)
    assert "张经办" not in text
    assert "工作人员 " in text
    names = [{look["account"] for look in value["looks"]} for value in (made, again)]
    assert names[0] <= names[1]


def test_a_refused_attempt_is_in_the_receipt(office: Office) -> None:
    audit, wanted = office.archive.audit, document(99)
    audit.record(
        replace(EVENT, action="read", doc_ids=(), query=audit.query_key(wanted), outcome="not_found")
    )
    (look,) = office.receipts().issue(ReceiptRequest((wanted,)), OFFICER)["looks"]
    assert (look["how"], look["outcome_name"]) == ("asked", "没有找到")


def test_a_document_is_named_by_its_number_too(office: Office) -> None:
    number = "D015-SB·2019-D50-GS-0001"
    office.archive.ingest(record("a", "退休审批表", metadata={"archive_no": number}))
    made = office.receipts().issue(ReceiptRequest((number,)), OFFICER)
    assert [d["named"] for d in made["documents"]] == [number]
    with pytest.raises(NotVisible):
        office.receipts().issue(ReceiptRequest(("D015-SB·2019-D50-GS-0009",)), OFFICER)
    with pytest.raises(InvalidInput):
        office.receipts().issue(ReceiptRequest(()), OFFICER)


def test_only_auditors_read_and_every_reading_is_an_entry(office: Office) -> None:
    before = office.ledger.checkpoint(LATER)
    assert before is not None
    for ask in (
        lambda: office.reading.one(1, CLERK),
        lambda: office.receipts().issue(ReceiptRequest((document(3),)), CLERK),
        lambda: office.archival().archive(NOW, CLERK),
    ):
        with pytest.raises(Forbidden):
            ask()
    office.reading.proof(7, OFFICER)
    new = [(e.principal, e.action, e.outcome) for _, e, _ in office.archive.audit.events(before.size)]
    assert new == [
        ("zhang", "audit_read", "forbidden"),
        ("zhang", "audit_receipt", "forbidden"),
        ("zhang", "audit_archive", "forbidden"),
        ("sj", "audit_proof", "ok"),
    ]


def test_proofs_are_checked_by_the_script(office: Office, check: Check, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    value = office.reading.proof(77, OFFICER)
    file.write_text(json.dumps(value), "utf-8")
    assert "第 77 条在台账内" in check(file)[1]
    value["entry"]["outcome"] = "denied"
    file.write_text(json.dumps(value), "utf-8")
    assert check(file) == (1, "不符：第 77 条的内容被改动。\n")
    file.write_text(json.dumps(office.reading.consistency_from(1, OFFICER)), "utf-8")
    assert "前 10 条没有变" in check(file)[1]
    file.write_text("[]", "utf-8")
    assert check(file)[0] == 2


def test_old_entries_are_moved_out_and_everything_goes_on(
    office: Office, check: Check, tmp_path: Path
) -> None:
    kept = tmp_path / "note.txt"
    old = next(c for c in office.ledger.checkpoints(None, 9) if c.size == 10)
    kept.write_text(old.note, "utf-8")
    cut = office.archival().archive(NOW + timedelta(days=2), OFFICER)
    assert (cut.first, cut.size) == (1, TILE)
    assert office.archive.audit.check() is None
    assert next(seq for seq, *_ in office.archive.audit.events()) == TILE + 1
    moved = office.archival().folder / cut.file
    assert check(moved, "--checkpoint", kept)[0] == 0
    assert "第 257 至" in check(office.export(tmp_path / "rest.jsonl"))[1]
    with pytest.raises(NotVisible):
        office.reading.one(3, OFFICER)
    made = office.receipts().issue(ReceiptRequest((document(3),)), OFFICER)
    assert made["covers"]["first"] == TILE + 1
    for _ in range(2 * TILE):
        office.archive.audit.record(replace(EVENT, at=LATER))
    assert office.archive.audit.check() is None
    with office.archive.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger_archives SET body = replace(body, '256', '255')")
    assert office.archive.audit.check() is not None


@pytest.mark.parametrize("months", [6, 24])
def test_nothing_younger_than_the_time_to_be_kept_is_moved_out(office: Office, months: int) -> None:
    count = len(list(office.archive.audit.events()))
    with pytest.raises(InvalidInput, match="须保存"):
        office.archival(months).archive(movable_before(LATER, months) + timedelta(seconds=1), OFFICER)
    with pytest.raises(InvalidInput, match="未满保存期限"):
        move_out(office.archive.audit, TILE, MovedFile("x", "00"), NOW + timedelta(days=150), months=1)
    office.now = NOW + timedelta(days=5)
    with pytest.raises(Conflict):
        office.archival().archive(NOW - timedelta(days=365), OFFICER)
    assert len(list(office.archive.audit.events())) == count + 2
    assert office.archive.audit.check() is None


def test_months_are_those_of_the_calendar() -> None:
    at = datetime.fromisoformat
    assert movable_before(at("2026-08-31T08:00+00:00"), 6) == at("2026-02-28T08:00+00:00")
    assert movable_before(at("2026-03-05T08:00+00:00"), 1) == at("2025-09-05T08:00+00:00")
    assert movable_before(at("2026-03-05T08:00+00:00"), 12) == at("2025-03-05T08:00+00:00")
