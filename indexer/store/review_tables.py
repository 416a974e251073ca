"""Tables of the privacy officer's reports and reviews. Values and reasons lie sealed or as keyed hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Float, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, BigKey, Json


class DocumentPrivacyRow(Base):
    """What reports need of a document without opening it; made at intake, or later for older documents."""

    __tablename__ = "document_privacy"

    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), primary_key=True)
    detector_version: Mapped[str] = mapped_column(Text)
    ocr_confidence: Mapped[float | None] = mapped_column(Float)
    blank_pages: Mapped[int] = mapped_column(Integer)
    sample_key: Mapped[str] = mapped_column(String(64))


class PersonRow(Base):
    """A person known by number in a document, and the combination of quasi-identifiers; both keyed hashes."""

    __tablename__ = "document_persons"

    row_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), index=True)
    person_key: Mapped[str] = mapped_column(String(64))
    quasi_key: Mapped[str] = mapped_column(String(64))


class ReviewRow(Base):
    """One verdict on one detection; the last one counts, none is ever changed."""

    __tablename__ = "detection_reviews"

    review_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), index=True)
    detection_id: Mapped[int] = mapped_column(ForeignKey("detections.detection_id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    kind_before: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_reason: Mapped[bytes] = mapped_column(LargeBinary)


class AllowanceRow(Base):
    """A false positive that may be shown: proposed by one, approved by another, in a scope, until a day."""

    __tablename__ = "allowances"

    allowance_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    value_key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"))
    number: Mapped[int] = mapped_column(Integer)
    scope: Mapped[str] = mapped_column(String(16))
    regions: Mapped[list[str]] = mapped_column(Json)
    clearance: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_reason: Mapped[bytes] = mapped_column(LargeBinary)


class DeniedRow(Base):
    """A value the pass had missed, sealed; ``active`` is cleared when it turns out to be none."""

    __tablename__ = "denied_values"

    denied_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    value_key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool]
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_value: Mapped[bytes] = mapped_column(LargeBinary)


class SecondLookRow(Base):
    """A document without detections that somebody has read again to the end."""

    __tablename__ = "second_looks"

    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), primary_key=True)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SignedReportRow(Base):
    """A report an officer has signed: what was signed, byte for byte, and the signature. Never changed."""

    __tablename__ = "signed_reports"

    report_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    officer: Mapped[str] = mapped_column(Text)
    regions: Mapped[list[str]] = mapped_column(Json)
    signed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    keep_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[str] = mapped_column(String(128))
    public_key: Mapped[str] = mapped_column(String(64))
