"""The tables, once for SQLite and PostgreSQL. No column holds clear personal data.

Clear text (pages, title, holder, source name) lies sealed in ``documents.sealed`` under a key of
its own; what is looked up by value is stored as a keyed hash (``*_key``).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

BigKey = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class DocumentRow(Base):
    """``line_given``: the catalogue named the line; None where nobody wrote that down (before 0004).

    ``case_key``: keyed hash of the case number the catalogue gives, '' where it gives none (and before 0006).
    """

    __tablename__ = "documents"

    doc_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source_key: Mapped[str] = mapped_column(String(64), index=True)
    source_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(String(64), index=True)
    archive_no: Mapped[str | None] = mapped_column(Text)
    archive_no_key: Mapped[str | None] = mapped_column(String(64), index=True)
    fonds: Mapped[str | None] = mapped_column(Text)
    lines: Mapped[str] = mapped_column(String(32))
    line_given: Mapped[bool | None]
    region: Mapped[str] = mapped_column(String(12), index=True)
    access_level: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(32))
    insurance_types: Mapped[list[str]] = mapped_column(Json)
    material_type: Mapped[str | None] = mapped_column(Text)
    formed_on: Mapped[date | None] = mapped_column(Date)
    retention: Mapped[str | None] = mapped_column(String(16))
    due_on: Mapped[date | None] = mapped_column(Date)
    agency: Mapped[str | None] = mapped_column(Text)
    carrier: Mapped[str] = mapped_column(String(16))
    page_count: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(Text)
    gaps: Mapped[list[str]] = mapped_column(Json)
    classification: Mapped[dict[str, Any]] = mapped_column(Json)
    degraded: Mapped[bool]
    case_key: Mapped[str] = mapped_column(String(64), index=True, server_default="")
    deposited_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ChunkRow(Base):
    __tablename__ = "chunks"

    chunk_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), index=True)
    page_no: Mapped[int] = mapped_column(Integer)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)
    masked_text: Mapped[str] = mapped_column(Text)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class DetectionRow(Base):
    """One detection; ``page_no`` 0 is the title. Never the value."""

    __tablename__ = "detections"

    detection_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), index=True)
    page_no: Mapped[int] = mapped_column(Integer)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    score: Mapped[float] = mapped_column(Float)
    recognizer: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[str]] = mapped_column(Json)
    value_key: Mapped[str] = mapped_column(String(64), index=True, server_default="")
    check_failed: Mapped[bool] = mapped_column(server_default=false())


class QuarantineRow(Base):
    """A file that could not be taken in, with the one sentence that says why."""

    __tablename__ = "quarantine"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    kept: Mapped[bool]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)


class OutboxRow(Base):
    """What the indexes still have to learn; ``seq`` only grows."""

    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    action: Mapped[str] = mapped_column(String(16))
    doc_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AccountRow(Base):
    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(Json)
    line: Mapped[str | None] = mapped_column(String(16))
    region_prefixes: Mapped[list[str]] = mapped_column(Json)
    clearance: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(Text)
    disabled: Mapped[bool]
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AuditRow(Base):
    """An entry of the ledger; ``version``: how its bytes are made, ``seal``: keyed hash of its digest.

    Entries of version 1 (before schema 0009) have no seal, no roles and no case.
    """

    __tablename__ = "audit_events"

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    principal: Mapped[str] = mapped_column(Text)
    via: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(32))
    doc_ids: Mapped[list[str]] = mapped_column(Json)
    query: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(32))
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    roles: Mapped[str] = mapped_column(Text, server_default="")
    case_key: Mapped[str] = mapped_column(String(64), server_default="")
    seal: Mapped[str] = mapped_column(String(64), server_default="")


class JobRow(Base):
    """A deposit over HTTP; ``idempotency_key`` is unique for its subject."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("subject", "idempotency_key"),)

    job_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(128))
    request_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MetaRow(Base):
    """Single values of the archive: embedding space of the stored vectors, facts epoch."""

    __tablename__ = "meta"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)
