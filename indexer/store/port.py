"""The archive's store as the use cases see it. The store is the truth; every index derives from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from indexer.store.access_port import Standing
from models.access.facts import DocumentFacts
from models.access.principal import Principal, Role
from models.archive.documents import ArchiveDocument, Chunk, Page
from models.archive.levels import AccessLevel
from models.classification.results import Classification
from models.embedding.space import EmbeddingSpace, Vectors
from models.privacy.detections import Detection


@dataclass(frozen=True, slots=True)
class ClearContent:
    """Everything clear about a document; lies sealed in the store and is never logged.

    ``shown_source_id`` is what answers may call the source: masked where its name is a file's.
    """

    source_id: str
    shown_source_id: str
    title: str
    pages: tuple[Page, ...]
    archive_no: str | None = None
    holder_name: str | None = None
    holder_id: str | None = None
    employer: str | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedDocument:
    """A document ready to be stored: one row of ``vectors`` per chunk.

    ``detections``: page number (0 is the title, -1 the name of the source) to the detections of that text.
    ``gaps``: Chinese names of catalogue fields that are missing or were derived.
    """

    document: ArchiveDocument
    content: ClearContent
    chunks: tuple[Chunk, ...]
    vectors: Vectors
    detections: Mapping[int, tuple[Detection, ...]]
    classification: Classification
    gaps: tuple[str, ...]
    degraded: bool
    detector_version: str = ""
    denied_version: int = 0
    """Of the deny list the document was prepared with."""
    line_given: bool = True
    """Whether the catalogue named the line; else it follows the insurance types."""


@dataclass(frozen=True, slots=True)
class QuarantinedFile:
    """A file that could not be taken in; ``kept`` says whether its sealed bytes are held."""

    sha256: str
    name: str
    code: str
    detail: str
    size_bytes: int
    at: datetime
    kept: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Where a file's bytes are already: as a document, or in quarantine with this code."""

    doc_id: str | None
    code: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the indexes need of one chunk; ``text`` is title and passage of the index rendition."""

    chunk_id: int
    doc_id: str
    text: str
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a chunk stands: code points ``start``–``end`` of a page, half-open."""

    doc_id: str
    page_no: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Account:
    """A local account; ``password_hash`` None means it cannot log in."""

    principal: Principal
    password_hash: str | None
    disabled: bool = False
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One look or act; ``query`` is a keyed hash, ``via`` how it came (http, cli).

    ``roles``: codes of the posts held then; ``case_key``: keyed hash of the case, '' where none was named.
    """

    at: datetime
    principal: str
    via: str
    purpose: str
    action: str
    doc_ids: tuple[str, ...]
    query: str
    outcome: str
    roles: tuple[str, ...] = ()
    case_key: str = ""


class JobState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    job_id: str
    subject: str
    state: JobState
    outcome: Mapping[str, str]
    created_at: datetime
    updated_at: datetime


class DocumentStore(Standing, Protocol):
    """Documents, chunks, detections, quarantine and the outbox; and what may be seen of them just now."""

    def add(self, prepared: Sequence[PreparedDocument], space: EmbeddingSpace) -> frozenset[str]:
        """Store all in one transaction together with their outbox rows.

        Returns the sha256 of those that were new; the others were already there and are left alone.

        Raises:
            IndexMismatch: the archive's vectors are of another space.
            DenyListChanged: a value was denied since the documents were prepared.
        """
        ...

    def held(self, sha256s: Iterable[str]) -> dict[str, Held]:
        """Return what is already held of these bytes."""
        ...

    def source_sha256(self, source_id: str) -> str | None:
        """Return the sha256 in use under this source id, None where there is none or it was withdrawn."""
        ...

    def quarantine(self, file: QuarantinedFile, content: bytes | None) -> None:
        """Remember a refused file and, where given, its sealed bytes; again, only the reason is renewed.

        A file that is stored later (``add``) leaves quarantine by itself.
        """
        ...

    def quarantined(self) -> list[QuarantinedFile]: ...

    def seal_original(self, sha256: str, content: bytes) -> None:
        """Keep the sealed original beside the database; a second time changes nothing."""
        ...

    def original(self, sha256: str) -> bytes:
        """Return the original bytes; NotVisible where none are held."""
        ...

    def head_seq(self) -> int:
        """Return the last outbox position, 0 for an empty archive."""
        ...

    def has_disposed(self, after: int) -> bool:
        """Whether a document was destroyed since that outbox position."""
        ...

    def space(self) -> EmbeddingSpace | None:
        """Return the space of the stored vectors, None for an empty archive."""
        ...

    def index_rows(self, space: EmbeddingSpace, after: int = 0) -> Iterator[IndexRow]:
        """Yield every chunk with an id above ``after``, ascending.

        Raises:
            IndexMismatch: the stored space differs.
        """
        ...

    def chunk_count(self) -> int: ...

    def masked_texts(self) -> Iterator[tuple[int, str]]:
        """Yield (chunk id, text of the index rendition) in the order of ids, for re-embedding."""
        ...

    def replace_vectors(
        self, space: EmbeddingSpace, batches: Iterable[tuple[Sequence[int], Vectors]]
    ) -> None:
        """Write new vectors for all chunks in one transaction and record their space.

        Raises:
            Conflict: chunks were stored in the meantime that have no new vector.
        """
        ...

    def placements(self, chunk_ids: Sequence[int]) -> dict[int, Placement]: ...

    def owners(self, chunk_ids: Sequence[int]) -> list[str]:
        """Return the document of every chunk, in the order given; '' for an unknown chunk."""
        ...

    def facts(self, doc_ids: Iterable[str]) -> dict[str, DocumentFacts]: ...

    def facts_epoch(self) -> int:
        """Return a number that changes whenever the facts of a stored document change."""
        ...

    def documents(self, doc_ids: Iterable[str]) -> dict[str, ArchiveDocument]: ...

    def titles(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the titles in the index rendition: personal data as placeholders."""
        ...

    def sure_insurances(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the insurance the classifier accepted on arrival, where it did."""
        ...

    def content(self, doc_id: str) -> ClearContent: ...

    def detections(self, doc_id: str) -> dict[int, tuple[Detection, ...]]: ...

    def detections_in_force(self, doc_id: str, now: datetime) -> dict[int, tuple[Detection, ...]]:
        """Return the detections that renditions hide at ``now``: all but approved false positives."""
        ...

    def with_archive_no(self, archive_no: str) -> list[str]:
        """Return ids of documents with this archive number, spelling variants being equal."""
        ...

    def with_title(self, title: str) -> list[str]:
        """Return ids of documents whose clear title is exactly this, blanks and width aside."""
        ...

    def set_state(self, doc_id: str, state: str) -> None: ...

    def counts(self) -> dict[str, dict[str, int]]:
        """Return counts of documents by state, insurance, material, level, region and so on."""
        ...


class AccountStore(Protocol):
    def add_account(self, account: Account) -> None:
        """Conflict where the name is taken."""
        ...

    def account(self, name: str) -> Account | None: ...

    def accounts(self) -> list[Account]: ...

    def record_failure(self, name: str, *, failures: int, locked_until: datetime | None) -> None: ...

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        """Conflict where it is the last usable 安全管理员 that would be disabled."""
        ...

    def set_roles(self, name: str, roles: frozenset[Role], purpose: str, clearance: AccessLevel) -> None:
        """Give an account another post.

        Raises:
            NotVisible: there is no such account. InvalidInput: roles that exclude each other.
            Conflict: the last usable 安全管理员 would be gone.
        """
        ...


class AuditLog(Protocol):
    """Append-only and hash-chained: each digest covers the event and the digest before it."""

    def record(self, event: AuditEvent) -> None: ...

    def query_key(self, text: str) -> str:
        """Return the keyed hash under which a question is recorded."""
        ...

    def verify(self) -> int | None:
        """Return the first position that does not fit the chain, None where all fit.

        Entries missing at the end count as the first position without one.
        """
        ...

    def events(self, after: int = 0) -> Iterator[tuple[int, AuditEvent, str]]:
        """Yield (seq, event, digest) of the entries above ``after``, ascending."""
        ...


class JobStore(Protocol):
    def begin(self, subject: str, request_key: str, idempotency_key: str | None) -> tuple[Job, bool]:
        """Return the job and whether it is new. A key holds for a limited time; then it is free again.

        Raises:
            Conflict: the idempotency key was used for another request.
        """
        ...

    def finish(self, job_id: str, state: JobState, outcome: Mapping[str, str]) -> None:
        """End a job and, in the same transaction, write what its account's webhooks are to be told."""
        ...

    def reopen(self, job_id: str) -> Job:
        """Make an interrupted job wait again; NotVisible where there is none."""
        ...

    def job(self, job_id: str, subject: str) -> Job:
        """Return the subject's own job; NotVisible for an absent one and for another's."""
        ...
