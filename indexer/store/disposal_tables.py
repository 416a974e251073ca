"""Tables of disposal: what stays of a destroyed document is its number, masked title and the proof."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, Json


class DisposalRow(Base):
    """One proposal to destroy documents. ``supervisors``: who attests to the destruction, name and time each.

    ``body``, ``signature`` and ``public_key``: the certificate, '' until it is done.
    """

    __tablename__ = "disposals"

    disposal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    filed_as: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    supervisors: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[str] = mapped_column(String(128))
    public_key: Mapped[str] = mapped_column(String(64))


class DisposalItemRow(Base):
    """One document of a proposal; the only row that is left of it afterwards.

    Fingerprints (SM3, hex) name the keys destroyed: of the content, and of the original where one was kept.
    ``source_mark``: keyed hash of the sha256 of its source, by which the archive alone can tell it again.
    """

    __tablename__ = "disposal_items"

    disposal_id: Mapped[str] = mapped_column(ForeignKey("disposals.disposal_id"), primary_key=True)
    document_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    archive_no: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    fonds: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str] = mapped_column(String(12))
    material_type: Mapped[str | None] = mapped_column(Text)
    retention: Mapped[str | None] = mapped_column(String(16))
    formed_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    page_count: Mapped[int] = mapped_column(Integer)
    withdrawn: Mapped[bool]
    source_mark: Mapped[str] = mapped_column(String(64))
    key_fingerprint: Mapped[str] = mapped_column(String(64))
    file_fingerprint: Mapped[str] = mapped_column(String(64))
    destroyed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
