"""Disposal (鉴定销毁) as the use case sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from models.access.facts import DocumentFacts


class DisposalState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    EXECUTING = "executing"
    """Destruction has begun: there is no way back, only to its end."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document somebody wants destroyed; ``sha256`` of its source."""

    facts: DocumentFacts
    archive_no: str | None
    title: str
    fonds: str | None
    retention: str | None
    formed_on: date | None
    due_on: date | None
    page_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the inventory (销毁清册); fingerprints are '' until the destruction begins."""

    document_id: str
    archive_no: str | None
    title: str
    fonds: str | None
    region: str
    material_type: str | None
    retention: str | None
    formed_on: date | None
    due_on: date | None
    page_count: int
    withdrawn: bool
    source_mark: str = ""
    key_fingerprint: str = ""
    file_fingerprint: str = ""
    destroyed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Who attests to the destruction (监销人)."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """``body``: UTF-8 JSON as signed (Ed25519); signature and public key in hex."""

    body: bytes
    signature: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Disposal:
    """A proposal and how far it has come; ``reason`` with personal data masked."""

    disposal_id: str
    state: DisposalState
    reason: str
    proposed_by: str
    proposed_at: datetime
    items: tuple[Item, ...]
    filed_as: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None
    supervisors: tuple[Supervisor, ...] = ()
    ended_at: datetime | None = None
    certificate: Certificate | None = None


class DisposalStore(Protocol):
    """Proposals, and the destruction itself. Nothing here undoes anything."""

    def candidates(self, doc_ids: Sequence[str]) -> list[Candidate]:
        """Return what is known of the documents that exist, in no order."""
        ...

    def due(self, on: date) -> list[str]:
        """Return ids of documents whose term has ended by that day, or that are withdrawn; never 永久."""
        ...

    def add(self, disposal: Disposal) -> None:
        """Keep a proposal; Conflict where one of its documents stands in another open one."""
        ...

    def disposals(self) -> list[Disposal]:
        """Return all, the latest first."""
        ...

    def disposal(self, disposal_id: str) -> Disposal:
        """Return one; NotVisible where there is none."""
        ...

    def decide(self, disposal_id: str, state: DisposalState, filed_as: str, by: str, at: datetime) -> None:
        """Approve or refuse; Conflict where that was done."""
        ...

    def add_supervisor(self, disposal_id: str, supervisor: Supervisor) -> None:
        """Add one; Conflict where it is not approved, or the same person is there."""
        ...

    def begin(self, disposal_id: str) -> None:
        """Take every document out of sight and write down what will be destroyed, in one transaction."""
        ...

    def destroy(self, disposal_id: str, document_id: str, at: datetime) -> None:
        """Destroy keys, files and every row of one document; a second time changes nothing."""
        ...

    def forget_pages(self) -> None:
        """Leave nothing of deleted rows in free pages or in the log.

        Raises:
            Conflict: somebody is reading; to be done again.
        """
        ...

    def end(self, disposal_id: str, certificate: Certificate, at: datetime) -> None: ...
