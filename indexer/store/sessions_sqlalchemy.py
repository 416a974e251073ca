"""Sessions in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, Select, delete, select, update

from indexer.store.credentials_sqlalchemy import credentials_now, row_for
from indexer.store.database import exclusive, transaction
from indexer.store.identity_port import Credentials, Session
from indexer.store.identity_tables import SessionRow
from indexer.store.moments import utc, utc_or_none
from models.errors import NotVisible

_KEPT = timedelta(days=30)
"""How long a session that is over stays in the table; who logged in when is in the audit log."""


class SqlSessionStore:
    """The `SessionStore` over SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, session: Session, most: int) -> None:
        with exclusive(self._engine) as work:
            of_account = SessionRow.subject == session.subject
            work.execute(
                delete(SessionRow).where(of_account, SessionRow.expires_at < session.created_at - _KEPT)
            )
            rows = list(work.scalars(_open(session.subject, session.created_at)))
            for row in rows[: max(0, len(rows) + 1 - most)]:
                row.ended_at = session.created_at
            work.add(
                SessionRow(
                    session_id=session.session_id,
                    subject=session.subject,
                    method=session.method,
                    second_factor=session.second_factor,
                    purpose=session.purpose,
                    created_at=session.created_at,
                    seen_at=session.seen_at,
                    expires_at=session.expires_at,
                    ended_at=session.ended_at,
                )
            )

    def opened(self, session_id: str) -> tuple[Session, Credentials] | None:
        with transaction(self._engine) as work:
            row = work.get(SessionRow, session_id)
            if row is None:
                return None
            return _session(row), credentials_now(work, row.subject)

    def sessions(self, subject: str, now: datetime) -> list[Session]:
        with transaction(self._engine) as work:
            return [_session(row) for row in work.scalars(_open(subject, now))]

    def seen(self, session_id: str, at: datetime) -> None:
        self._set(session_id, seen_at=at)

    def strengthen(self, session_id: str) -> None:
        self._set(session_id, second_factor=True)

    def end(self, session_id: str, subject: str, at: datetime) -> None:
        with transaction(self._engine) as work:
            row = work.get(SessionRow, session_id)
            if row is None or row.subject != subject:
                raise NotVisible("没有这个登录会话，请刷新列表后核对。")
            row.ended_at = row.ended_at or at

    def end_all(self, subject: str, at: datetime, but: str = "") -> int:
        with exclusive(self._engine) as work:
            rows = [row for row in work.scalars(_open(subject, at)) if row.session_id != but]
            for row in rows:
                row.ended_at = at
            if not but:
                row_for(work, subject).not_before = at
            return len(rows)

    def _set(self, session_id: str, **values: object) -> None:
        with transaction(self._engine) as work:
            work.execute(update(SessionRow).where(SessionRow.session_id == session_id).values(**values))


def _open(subject: str, now: datetime) -> Select[SessionRow]:
    still = (SessionRow.subject == subject, SessionRow.ended_at.is_(None), SessionRow.expires_at > now)
    return select(SessionRow).where(*still).order_by(SessionRow.created_at, SessionRow.session_id)


def _session(row: SessionRow) -> Session:
    return Session(
        session_id=row.session_id,
        subject=row.subject,
        method=row.method,
        second_factor=row.second_factor,
        purpose=row.purpose,
        created_at=utc(row.created_at),
        seen_at=utc(row.seen_at),
        expires_at=utc(row.expires_at),
        ended_at=utc_or_none(row.ended_at),
    )
