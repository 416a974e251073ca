"""Tables of who logged in and by what: sessions, passwords of before, second factors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, BigKey


class SessionRow(Base):
    """One log-in; an access token names it and is worth nothing once ``ended_at`` is set."""

    __tablename__ = "sessions"

    session_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    method: Mapped[str] = mapped_column(String(16))
    second_factor: Mapped[bool]
    purpose: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CredentialRow(Base):
    """What holds of an account's ways to log in; an account without a row has the plainest.

    ``secret``: the confirmed TOTP secret, ``pending_secret`` one that no code was shown of yet; both sealed.
    ``last_step``: the latest time step whose code was used. ``not_before``: earlier log-ins count no more.
    """

    __tablename__ = "credentials"

    subject: Mapped[str] = mapped_column(ForeignKey("accounts.name"), primary_key=True)
    password_set_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    must_change: Mapped[bool]
    not_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    secret_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(Integer)
    pending_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    pending_secret: Mapped[bytes | None] = mapped_column(LargeBinary)


class PastPasswordRow(Base):
    """The hash of a password that was replaced; it may not come again."""

    __tablename__ = "past_passwords"

    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    password_hash: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class RecoveryCodeRow(Base):
    """A code for who has lost the device, good once; ``code_key`` is a keyed hash."""

    __tablename__ = "recovery_codes"

    code_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
