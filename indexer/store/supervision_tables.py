"""Tables of the supervision of duty. What speaks of a member of staff lies sealed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, Float, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from indexer.store.tables import Base, BigKey


class SupervisedDayRow(Base):
    """One account's judged day, sealed; ``account_key`` is a keyed hash of the name."""

    __tablename__ = "supervised_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    account_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AlertRow(Base):
    """An alert; accounts, rules, sentence, evidence are sealed. ``matter_key``: one row a matter and day."""

    __tablename__ = "supervision_alerts"

    alert_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    matter_key: Mapped[str] = mapped_column(String(64), unique=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    score: Mapped[float] = mapped_column(Float)
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class JudgementRow(Base):
    """What one person decided about an alert; the reason is sealed."""

    __tablename__ = "supervision_judgements"

    judgement_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("supervision_alerts.alert_id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class OwnMarksRow(Base):
    """Marks of the person behind an account and the household, sealed: nobody can be looked up in it."""

    __tablename__ = "supervision_own_marks"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
