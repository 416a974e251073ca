"""Tables of the review of classifications. No text of a document, no free words of a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, BigKey, Json


class ClaimRow(Base):
    """Who works on a document until when; one row a document, hence one person."""

    __tablename__ = "classification_claims"

    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), primary_key=True)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ClassificationReviewRow(Base):
    """What one person decided about one document; the last decision counts, none is ever changed.

    ``predicted``: what the classifier had said on arrival, without evidence (it quotes the text).
    """

    __tablename__ = "classification_reviews"

    review_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    doc_id: Mapped[str] = mapped_column(ForeignKey("documents.doc_id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    insurance_types: Mapped[list[str]] = mapped_column(Json)
    material_type: Mapped[str | None] = mapped_column(Text)
    predicted: Mapped[dict[str, Any]] = mapped_column(Json)
