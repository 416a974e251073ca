"""The table of master-key epochs. No key lies here, only what tells keys apart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base


class KeyEpochRow(Base):
    """One master key. ``state``: active (new content is sealed in it), retiring (being replaced), destroyed.

    ``check_value``: tells keys apart. ``sealed_keys``: the derived keys under this master key, empty once
    it is destroyed.
    """

    __tablename__ = "key_epochs"

    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    check_value: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    sealed_keys: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    destroyed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
