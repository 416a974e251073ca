"""Entries as they are handed out: whole in exports, in part in receipts, always checkable by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from indexer.store.ledger_port import Beginning, Ledger, Recorded, Wanted
from models.ledger.checkpoints import Checkpoint
from models.ledger.entries import FIRST, Committed, opened

Value = dict[str, Any]
"""A JSON object on its way out: what is in it is said in docs/ledger.md."""


def exported(ledger: Ledger, begin: Beginning, until: Checkpoint, issued_at: str) -> Iterator[Value]:
    """Yield the lines of an export: header, entries after ``begin``, and each checkpoint after its entry."""
    yield {
        "kind": "ledger",
        "format": "chadang-ledger/2",
        "origin": ledger.origin,
        "public_key": ledger.public_key,
        "issued_at": issued_at,
        "prefix": {"size": begin.size, "head": begin.head, "tops": list(begin.tops)},
    }
    waiting = [c for c in known_checkpoints(ledger, down_to=begin.size) if c.size <= until.size]
    while waiting and waiting[-1].size == begin.size:
        yield checkpoint_line(waiting.pop())
    for recorded in ledger.all(Wanted(after=begin.size), until.size):
        yield entry_line(recorded)
        while waiting and waiting[-1].size == recorded.entry.seq:
            yield checkpoint_line(waiting.pop())


def known_checkpoints(ledger: Ledger, down_to: int) -> list[Checkpoint]:
    """Return the checkpoints over at least ``down_to`` entries, the latest first."""
    found, before = list[Checkpoint](), None
    while page := ledger.checkpoints(before, 500):
        found += [c for c in page if c.size >= down_to]
        before = page[-1].number
        if page[-1].size < down_to:
            break
    return found


def checkpoint_line(checkpoint: Checkpoint) -> Value:
    return {"kind": "checkpoint", "size": checkpoint.size, "note": checkpoint.note}


def entry_line(recorded: Recorded) -> Value:
    """Return an entry with everything in it and what its digest is made with."""
    entry = recorded.entry
    line: Value = {
        "kind": "entry",
        "seq": entry.seq,
        "version": entry.version,
        "at": entry.at,
        "principal": entry.principal,
        "via": entry.via,
        "purpose": entry.purpose,
        "action": entry.action,
        "doc_ids": list(entry.doc_ids),
        "query": entry.query,
        "outcome": entry.outcome,
        "roles": entry.roles,
        "case_key": entry.case_key,
        "previous": entry.previous,
        "digest": recorded.digest,
    }
    return line if entry.version == FIRST else line | {"secret": recorded.secret}


def part_of(
    recorded: Recorded, documents: Collection[str], *, account: bool, asked: Collection[str] = ()
) -> Value:
    """Return an entry with only these documents open, the others as commitments.

    ``account``: whether to open who it was. ``asked``: open what was asked for where it is one of these.
    An entry of the first form is shown without what it cannot hide.
    """
    entry = recorded.entry
    part: Value = {
        "seq": entry.seq,
        "version": entry.version,
        "at": entry.at,
        "via": entry.via,
        "purpose": entry.purpose,
        "action": entry.action,
        "outcome": entry.outcome,
        "roles": entry.roles,
        "previous": entry.previous,
        "digest": recorded.digest,
    }
    if entry.version == FIRST:
        return part
    hidden = opened(entry, recorded.secret)
    return part | {
        "principal": _field(hidden.principal, show=account),
        "documents": [_field(document, show=document.value in documents) for document in hidden.documents],
        "query": _field(hidden.query, show=hidden.query.value in asked),
        "case": _field(hidden.case, show=False),
    }


def whole_of(recorded: Recorded) -> Value:
    """Return an entry with every field open."""
    part = part_of(recorded, recorded.entry.doc_ids, account=True, asked=(recorded.entry.query,))
    if recorded.entry.version == FIRST:
        return part
    return part | {"case": _field(opened(recorded.entry, recorded.secret).case, show=True)}


def _field(field: Committed, *, show: bool) -> Mapping[str, str]:
    if show:
        return {"value": field.value, "salt": field.salt}
    return {"commitment": field.commitment}
