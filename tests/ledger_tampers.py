"""Ways to write to a ledger without its key, drawn at random; each leaves something that must be found."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from indexer.store.port import AuditEvent
from models.ledger.entries import Entry, digest_of
from tests.assembly import Archive, archive_in
from tests.strategies import NOW

ACTIONS = ("search", "read", "copy", "login", "deposit")
SIZE, EARLIER = 300, 270
_ENTRY_COLUMNS = (
    "at", "principal", "via", "purpose", "action", "doc_ids", "query", "outcome", "previous", "digest",
    "version", "roles", "case_key", "seal",
)  # fmt: skip


def document(number: int) -> str:
    return f"01930000-0000-7000-8000-{number:012d}"


def event(rng: random.Random, number: int) -> AuditEvent:
    return AuditEvent(
        at=NOW + timedelta(minutes=number),
        principal=rng.choice(("张经办", "li", "")),
        via=rng.choice(("http", "cli")),
        purpose=rng.choice(("业务经办", "")),
        action=rng.choice(ACTIONS),
        doc_ids=tuple(document(rng.randrange(40)) for _ in range(rng.randrange(4))),
        query=hashlib.sha256(str(number).encode()).hexdigest(),
        outcome=rng.choice(("ok", "not_found")),
        roles=rng.choice(((), ("clerk",), ("archivist", "reviewer"))),
    )


def planted(folder: Path, size: int = SIZE, earlier: int = EARLIER) -> Archive:
    """Return an archive with a ledger of ``size`` entries; ``earlier.db`` is how it lay at ``earlier``."""
    rng, archive = random.Random(7), archive_in(folder)
    for number in range(1, size + 1):
        archive.audit.record(event(rng, number))
        if number == earlier:
            archive.audit.checkpoint(NOW)
            _copy_of(archive, folder / "earlier.db")
    archive.audit.checkpoint(NOW)
    _settled(archive)
    return archive


def copied(folder: Path, to: Path) -> Path:
    """Copy the database and the mark beside it; return the copy's database."""
    (to / "ledger").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "archive.db", to / "archive.db")
    shutil.copyfile(folder / "ledger" / "witness", to / "ledger" / "witness")
    return to / "archive.db"


def tamper(database: Path, earlier: Path, rng: random.Random) -> tuple[str, int | None]:
    """Do one thing to the database; return what, and the entry that must be named, None for any."""
    kind = rng.choice((*(["byte"] * 6), "delete", "swap", "cut", "double", "rewrite", "roll back"))
    with sqlite3.connect(database) as connection:
        named = _KINDS[kind](connection, rng, earlier)
    connection.close()
    return kind, named


def _byte(connection: sqlite3.Connection, rng: random.Random, _: Path) -> int | None:
    table, key, columns = rng.choice(
        (
            *((("audit_events", "seq", _ENTRY_COLUMNS),) * 7),
            ("ledger_nodes", "rowid", ("level", "position", "top")),
            ("ledger_checkpoints", "number", ("size", "note")),
            ("meta", "rowid", ("value",)),
        )
    )
    where = "WHERE name = 'audit_head'" if table == "meta" else ""
    place = rng.choice([row[0] for row in connection.execute(f"SELECT {key} FROM {table} {where}")])
    column = rng.choice(columns)
    value, kind = connection.execute(
        f"SELECT CAST({column} AS BLOB), typeof({column}) FROM {table} WHERE {key} = ?", (place,)
    ).fetchone()
    if kind == "integer":
        connection.execute(
            f"UPDATE {table} SET {column} = {column} + ? WHERE {key} = ?", (rng.choice((-1, 1, 2)), place)
        )
    else:
        changed = bytearray(value or b"\x00")
        at = rng.randrange(len(changed))
        changed[at] ^= rng.randrange(1, 256)
        bound = "?" if kind == "blob" else "CAST(? AS TEXT)"
        connection.execute(f"UPDATE {table} SET {column} = {bound} WHERE {key} = ?", (bytes(changed), place))
    return place if table == "audit_events" else None


def _delete(connection: sqlite3.Connection, rng: random.Random, _: Path) -> int | None:
    if rng.random() < 0.3:
        table = rng.choice(("ledger_nodes", "ledger_checkpoints", "meta"))
        where = "WHERE name = 'audit_head'" if table == "meta" else ""
        rows = [row[0] for row in connection.execute(f"SELECT rowid FROM {table} {where}")]
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rng.choice(rows),))
        return None
    seq = rng.randint(1, SIZE)
    connection.execute("DELETE FROM audit_events WHERE seq = ?", (seq,))
    return seq


def _swap(connection: sqlite3.Connection, rng: random.Random, _: Path) -> int:
    first, second = sorted(rng.sample(range(1, SIZE + 1), 2))
    for old, new in ((first, -1), (second, first), (-1, second)):
        connection.execute("UPDATE audit_events SET seq = ? WHERE seq = ?", (new, old))
    return first


def _cut(connection: sqlite3.Connection, rng: random.Random, _: Path) -> int:
    """Cut off the end, with as much of what speaks of it as somebody without the key can."""
    left = rng.randint(0, SIZE - 1)
    connection.execute("DELETE FROM audit_events WHERE seq > ?", (left,))
    if rng.random() < 0.7:
        connection.execute("DELETE FROM ledger_checkpoints WHERE size > ?", (left,))
        connection.execute("DELETE FROM ledger_nodes WHERE (position + 1) << level > ?", (left,))
    last = connection.execute("SELECT digest, seal FROM audit_events WHERE seq = ?", (left,)).fetchone()
    choice = rng.choice(("kept", "gone", "seal of the entry", "chance"))
    if choice == "gone":
        connection.execute("DELETE FROM meta WHERE name = 'audit_head'")
    elif choice != "kept":
        count = connection.execute("SELECT count(*) FROM ledger_checkpoints").fetchone()[0]
        seal = last[1] if last and choice == "seal of the entry" else rng.randbytes(32).hex()
        value = json.dumps({"seal": seal, "checkpoints": count, "broken": 0})
        connection.execute("UPDATE meta SET value = ? WHERE name = 'audit_head'", (value,))
    return left + 1


def _double(connection: sqlite3.Connection, rng: random.Random, _: Path) -> int:
    """Put an entry in twice: at the end, or in its place with the later ones moved on."""
    seq, at_end = rng.randint(1, SIZE), rng.random() < 0.5
    place = SIZE + 1 if at_end else seq + 1
    if not at_end:
        connection.execute("UPDATE audit_events SET seq = -seq - 1 WHERE seq > ?", (seq,))
        connection.execute("UPDATE audit_events SET seq = -seq WHERE seq < 0")
    columns = ", ".join(_ENTRY_COLUMNS)
    connection.execute(
        f"INSERT INTO audit_events (seq, {columns}) SELECT ?, {columns} FROM audit_events WHERE seq = ?",
        (place, seq),
    )
    return place


def _rewrite(connection: sqlite3.Connection, rng: random.Random, _: Path) -> int:
    """Rewrite an entry and make every digest after it fit, as anybody can who knows the program."""
    seq = rng.randint(1, SIZE)
    connection.row_factory = sqlite3.Row
    rows = connection.execute("SELECT * FROM audit_events WHERE seq >= ? ORDER BY seq", (seq,)).fetchall()
    connection.row_factory = None
    previous = rows[0]["previous"]
    old_form = rng.random() < 0.3
    for row in rows:
        fields = {name: row[name] for name in Entry.__slots__}
        fields |= {"doc_ids": tuple(json.loads(row["doc_ids"])), "previous": previous}
        entry = Entry(**fields)
        if row["seq"] == seq:
            entry = replace(entry, outcome="denied", version=1 if old_form else entry.version)
        previous = digest_of(entry, "00" * 32)
        seal = "" if entry.version == 1 else row["seal"]
        made = (entry.outcome, entry.version, entry.previous, previous, seal, row["seq"])
        columns = "outcome = ?, version = ?, previous = ?, digest = ?, seal = ?"
        connection.execute(f"UPDATE audit_events SET {columns} WHERE seq = ?", made)
    return seq


def _roll_back(connection: sqlite3.Connection, rng: random.Random, earlier: Path) -> int | None:
    """Put back every table as it lay earlier, seals and all; perhaps write on from there, in vain."""
    connection.execute("ATTACH ? AS earlier", (str(earlier),))
    for table in ("audit_events", "ledger_nodes", "ledger_checkpoints", "meta"):
        connection.execute(f"DELETE FROM main.{table}")
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM earlier.{table}")
    connection.commit()
    connection.execute("DETACH earlier")
    return EARLIER + 1


_KINDS: dict[str, Callable[[sqlite3.Connection, random.Random, Path], int | None]] = {
    "byte": _byte,
    "delete": _delete,
    "swap": _swap,
    "cut": _cut,
    "double": _double,
    "rewrite": _rewrite,
    "roll back": _roll_back,
}


def _settled(archive: Archive) -> None:
    with archive.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy_of(archive: Archive, to: Path) -> None:
    _settled(archive)
    shutil.copyfile(archive.folder / "archive.db", to)


def found_in(folder: Path, count: int, seed: int, scratch: Path) -> tuple[int, list[str]]:
    """Tamper ``count`` times with copies of a ledger; return how many were found, and what went wrong."""
    found, wrong = 0, list[str]()
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        database = copied(folder, scratch)
        kind, named = tamper(database, folder / "earlier.db", rng)
        archive = archive_in(scratch)
        said = archive.audit.check()
        archive.close()
        for name in ("archive.db-wal", "archive.db-shm"):
            (scratch / name).unlink(missing_ok=True)
        found += said is not None
        if said is None or (named is not None and said.seq != named):
            wrong.append(f"{number} {kind}: entry {named} expected, {said}")
    return found, wrong
