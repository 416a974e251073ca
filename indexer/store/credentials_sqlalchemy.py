"""Passwords of before, second factors and recovery codes in SQL; secrets lie sealed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CursorResult, Engine, delete, select, update
from sqlalchemy.orm import Session as Work

from indexer.store.database import exclusive, transaction
from indexer.store.identity_port import Credentials, TotpSecret
from indexer.store.identity_tables import CredentialRow, PastPasswordRow, RecoveryCodeRow
from indexer.store.moments import utc_or_none
from indexer.store.sealing import Sealed, Sealer
from indexer.store.tables import AccountRow
from models.errors import Conflict, NotVisible

_NO_STEP = -1


class SqlCredentialStore:
    """The `CredentialStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def credentials(self, subject: str) -> Credentials:
        with transaction(self._engine) as work:
            return credentials_now(work, subject)

    def past_hashes(self, subject: str, count: int) -> list[str]:
        wanted = select(PastPasswordRow.password_hash).where(PastPasswordRow.subject == subject)
        with transaction(self._engine) as work:
            return list(work.scalars(wanted.order_by(PastPasswordRow.number.desc()).limit(count)))

    def set_password(self, subject: str, password_hash: str, at: datetime, *, must_change: bool) -> None:
        with exclusive(self._engine) as work:
            account = work.get(AccountRow, subject)
            if account is None:
                raise NotVisible("没有这个账号，请核对名称。")
            if account.password_hash is not None:
                past = PastPasswordRow(subject=subject, password_hash=account.password_hash, replaced_at=at)
                work.add(past)
            account.password_hash, account.failures, account.locked_until = password_hash, 0, None
            row = row_for(work, subject)
            row.password_set_at, row.must_change = at, must_change

    def totp(self, subject: str) -> TotpSecret | None:
        with transaction(self._engine) as work:
            row = work.get(CredentialRow, subject)
            if row is None or row.secret is None or row.secret_key is None:
                return None
            return TotpSecret(self._opened(row.secret_key, row.secret, subject), row.last_step)

    def pending_totp(self, subject: str) -> bytes | None:
        with transaction(self._engine) as work:
            row = work.get(CredentialRow, subject)
            if row is None or row.pending_secret is None or row.pending_key is None:
                return None
            return self._opened(row.pending_key, row.pending_secret, subject)

    def propose_totp(self, subject: str, secret: bytes) -> None:
        sealed = self._sealer.seal(secret, _about(subject))
        with exclusive(self._engine) as work:
            row = row_for(work, subject)
            row.pending_key, row.pending_secret = sealed.wrapped_key, sealed.content

    def confirm_totp(self, subject: str, step: int, recovery_keys: Iterable[str]) -> None:
        with exclusive(self._engine) as work:
            row = row_for(work, subject)
            if row.pending_secret is None:
                raise Conflict("没有待确认的动态验证码，请重新开始启用。")
            row.secret_key, row.secret, row.last_step = row.pending_key, row.pending_secret, step
            row.pending_key = row.pending_secret = None
            work.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.subject == subject))
            work.add_all(RecoveryCodeRow(code_key=key, subject=subject) for key in recovery_keys)

    def forget_totp(self, subject: str) -> None:
        with exclusive(self._engine) as work:
            row = row_for(work, subject)
            row.secret_key = row.secret = row.pending_key = row.pending_secret = None
            work.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.subject == subject))

    def use_step(self, subject: str, step: int) -> bool:
        chosen = update(CredentialRow).where(
            CredentialRow.subject == subject,
            CredentialRow.last_step < step,
            CredentialRow.secret.is_not(None),
        )
        with exclusive(self._engine) as work:
            return _changed(work.execute(chosen.values(last_step=step)))

    def has_recovery(self, subject: str, code_key: str) -> bool:
        with transaction(self._engine) as work:
            row = work.get(RecoveryCodeRow, code_key)
            return row is not None and row.subject == subject and row.used_at is None

    def use_recovery(self, subject: str, code_key: str, at: datetime) -> bool:
        chosen = update(RecoveryCodeRow).where(
            RecoveryCodeRow.code_key == code_key,
            RecoveryCodeRow.subject == subject,
            RecoveryCodeRow.used_at.is_(None),
        )
        with exclusive(self._engine) as work:
            return _changed(work.execute(chosen.values(used_at=at)))

    def _opened(self, wrapped_key: bytes, content: bytes, subject: str) -> bytes:
        return self._sealer.unseal(Sealed(wrapped_key, content), _about(subject))


def row_for(work: Work, subject: str) -> CredentialRow:
    """Return the account's row, made if need be; NotVisible where there is no account."""
    row = work.get(CredentialRow, subject)
    if row is None:
        if work.get(AccountRow, subject) is None:
            raise NotVisible("没有这个账号，请核对名称。")
        row = CredentialRow(subject=subject, must_change=False, last_step=_NO_STEP)
        work.add(row)
    return row


def credentials_now(work: Work, subject: str) -> Credentials:
    """Return an account's credentials as this transaction sees them."""
    row, account = work.get(CredentialRow, subject), work.get(AccountRow, subject)
    made_at = utc_or_none(account.created_at) if account else None
    if row is None:
        return Credentials(password_set_at=made_at)
    return Credentials(
        password_set_at=utc_or_none(row.password_set_at) or made_at,
        must_change=row.must_change,
        not_before=utc_or_none(row.not_before),
        second_factor=row.secret is not None,
    )


def _about(subject: str) -> str:
    return f"totp/{subject}"


def _changed(result: object) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1
