"""Tables of the blind person index: tokens, and what they were made with. No value, no count."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, BigKey


class PersonDocumentRow(Base):
    """What the tokens of a document were made with; where it is no longer so they are made anew.

    ``epoch``: of the keys, 0 for tokens known to be out of date. ``bucket``: the salt, '' for a document
    that nobody finds. ``until``: when an allowance ends that keeps a value out.
    """

    __tablename__ = "person_documents"

    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), unique=True)
    epoch: Mapped[int] = mapped_column(Integer)
    bucket: Mapped[str] = mapped_column(String(48))
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PersonTokenRow(Base):
    """A keyed hash of a name or number of a document; ``role`` 0 holder, 1 mentioned."""

    __tablename__ = "person_tokens"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy wants it

    token: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    number: Mapped[int] = mapped_column(
        ForeignKey("person_documents.number"), primary_key=True, autoincrement=False, index=True
    )
    role: Mapped[int] = mapped_column(SmallInteger)
