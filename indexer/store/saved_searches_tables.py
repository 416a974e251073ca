"""The table of saved searches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base


class SavedSearchRow(Base):
    """One account's saved search; the question and what it has shown lie sealed, each under its own key."""

    __tablename__ = "saved_searches"

    search_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    question_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_question: Mapped[bytes] = mapped_column(LargeBinary)
    shown_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_shown: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    looked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
