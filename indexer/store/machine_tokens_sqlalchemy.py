"""Tokens of machine accounts in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select, update

from indexer.store.database import transaction
from indexer.store.machine_tables import MachineTokenRow
from indexer.store.machines_port import MachineToken
from indexer.store.moments import utc, utc_or_none
from models.access.principal import Duty
from models.errors import NotVisible


class SqlTokenStore:
    """The `TokenStore` over SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, token: MachineToken, token_key: str) -> None:
        with transaction(self._engine) as session:
            session.add(
                MachineTokenRow(
                    token_id=token.token_id,
                    subject=token.subject,
                    token_key=token_key,
                    label=token.label,
                    duties=sorted(token.duties),
                    created_by=token.created_by,
                    created_at=token.created_at,
                    expires_at=token.expires_at,
                    revoked_at=token.revoked_at,
                    last_used_at=token.last_used_at,
                )
            )

    def by_key(self, token_key: str) -> MachineToken | None:
        with transaction(self._engine) as session:
            row = session.scalar(select(MachineTokenRow).where(MachineTokenRow.token_key == token_key))
            return _token(row) if row else None

    def tokens(self, subject: str | None = None) -> list[MachineToken]:
        wanted = select(MachineTokenRow).order_by(MachineTokenRow.created_at, MachineTokenRow.token_id)
        if subject is not None:
            wanted = wanted.where(MachineTokenRow.subject == subject)
        with transaction(self._engine) as session:
            return [_token(row) for row in session.scalars(wanted)]

    def revoke(self, token_id: str, at: datetime) -> MachineToken:
        with transaction(self._engine) as session:
            row = session.get(MachineTokenRow, token_id)
            if row is None:
                raise NotVisible("没有这个令牌，请用 chadang token list 核对编号。")
            row.revoked_at = row.revoked_at or at
            session.flush()
            return _token(row)

    def used(self, token_id: str, at: datetime) -> None:
        with transaction(self._engine) as session:
            chosen = update(MachineTokenRow).where(MachineTokenRow.token_id == token_id)
            session.execute(chosen.values(last_used_at=at))


def _token(row: MachineTokenRow) -> MachineToken:
    return MachineToken(
        token_id=row.token_id,
        subject=row.subject,
        label=row.label,
        duties=frozenset(Duty(duty) for duty in row.duties),
        created_by=row.created_by,
        created_at=utc(row.created_at),
        expires_at=utc(row.expires_at),
        revoked_at=utc_or_none(row.revoked_at),
        last_used_at=utc_or_none(row.last_used_at),
    )
