"""An entry as bytes: what its digest and with it the chain and the tree stand for.

Who looked, at which documents, and the keyed hashes of question and case go in as salted commitments,
so that one entry can be shown in part: a citizen's receipt opens the citizen's own document and keeps
the others of the same answer closed, and the proof holds all the same. Salts follow from one secret of
the entry, which itself is derived from the master key and stored nowhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from models.ledger.merkle import sm3

FORMAT = "chadang-ledger/2"
FIRST, CURRENT = 1, 2
"""Versions of an entry's bytes: the first has every field in clear, so it is shown whole or not at all."""
GENESIS = "0" * 64
"""What the first entry names as the digest before it."""
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored; ``at`` is the stored text (ISO, UTC), digests are hex."""

    seq: int
    version: int
    at: str
    principal: str
    via: str
    purpose: str
    action: str
    doc_ids: tuple[str, ...]
    query: str
    outcome: str
    roles: str
    """Role codes, comma-separated, sorted."""
    case_key: str
    previous: str


@dataclass(frozen=True, slots=True)
class Committed:
    """A value with the salt that opens its commitment."""

    value: str
    salt: str

    @property
    def commitment(self) -> str:
        return commitment(self.salt, self.value)


@dataclass(frozen=True, slots=True)
class Opened:
    """The committed fields of an entry, each with its salt."""

    principal: Committed
    documents: tuple[Committed, ...]
    query: Committed
    case: Committed


def commitment(salt: str, value: str) -> str:
    """Return SM3 over salt (16 bytes, given in hex) and value (UTF-8), in hex."""
    return sm3(bytes.fromhex(salt) + value.encode("utf-8", "surrogatepass")).hex()


def opened(entry: Entry, secret: str) -> Opened:
    """Return the committed fields; ``secret``: 32 bytes in hex, derived from the master key."""
    seed = bytes.fromhex(secret)

    def field(label: str, value: str) -> Committed:
        return Committed(value, sm3(seed + label.encode()).hex()[: 2 * _SALT_BYTES])

    return Opened(
        field("principal", entry.principal),
        tuple(field(f"doc {number}", doc_id) for number, doc_id in enumerate(entry.doc_ids)),
        field("query", entry.query),
        field("case", entry.case_key),
    )


def content_of(entry: Entry, secret: str) -> bytes:
    """Return the bytes of an entry; ValueError for a version nobody has defined."""
    if entry.version == FIRST:
        fields = [entry.seq, entry.at, entry.principal, entry.via, entry.purpose, entry.action]
        fields += [list(entry.doc_ids), entry.query, entry.outcome, entry.previous]
        return canonical(fields)
    if entry.version != CURRENT:
        raise ValueError(entry.version)
    hidden = opened(entry, secret)
    return canonical(
        [
            FORMAT,
            entry.seq,
            entry.at,
            entry.via,
            entry.purpose,
            entry.action,
            entry.outcome,
            entry.roles,
            hidden.principal.commitment,
            [document.commitment for document in hidden.documents],
            hidden.query.commitment,
            hidden.case.commitment,
            entry.previous,
        ]
    )


def digest_of(entry: Entry, secret: str) -> str:
    """Return the digest in hex; ValueError for an unknown version."""
    return sm3(content_of(entry, secret)).hex()


def canonical(value: object) -> bytes:
    """Return JSON without blanks, keys sorted, UTF-8; a lone surrogate is kept as it is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "surrogatepass")
