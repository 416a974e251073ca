"""Tables beside the entries of the ledger: tops of whole tiles, checkpoints, and what was moved out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, BigKey


class LedgerNodeRow(Base):
    """The top of a perfect subtree of at least one tile: level 8 and up."""

    __tablename__ = "ledger_nodes"

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    top: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerCheckpointRow(Base):
    """A checkpoint; the other columns repeat what the signed note says, to be found by."""

    __tablename__ = "ledger_checkpoints"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, index=True)
    note: Mapped[str] = mapped_column(Text)


class LedgerArchiveRow(Base):
    """Entries that were written to a file and taken out of the table; ``body`` (JSON) is what is signed."""

    __tablename__ = "ledger_archives"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(String(128))
