"""Local accounts in SQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine, select, update

from indexer.store.database import transaction
from indexer.store.port import Account
from indexer.store.tables import AccountRow
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import Conflict, NotVisible


class SqlAccountStore:
    """The `AccountStore` over SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_account(self, account: Account) -> None:
        principal = account.principal
        with transaction(self._engine) as session:
            if session.get(AccountRow, principal.subject) is not None:
                raise Conflict("已有同名账号，请换一个名称。")
            session.add(
                AccountRow(
                    name=principal.subject,
                    password_hash=account.password_hash,
                    roles=sorted(principal.roles),
                    line=principal.line,
                    region_prefixes=list(principal.region_prefixes),
                    clearance=int(principal.clearance),
                    purpose=principal.purpose,
                    disabled=account.disabled,
                    failures=account.failures,
                    locked_until=account.locked_until,
                    expires_at=principal.expires_at,
                    created_at=datetime.now(UTC),
                )
            )

    def account(self, name: str) -> Account | None:
        with transaction(self._engine) as session:
            row = session.get(AccountRow, name)
            return _account(row) if row else None

    def accounts(self) -> list[Account]:
        with transaction(self._engine) as session:
            return [_account(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.name))]

    def record_failure(self, name: str, *, failures: int, locked_until: datetime | None) -> None:
        self._update(name, failures=failures, locked_until=locked_until)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        self._update(name, disabled=disabled)

    def _update(self, name: str, **values: object) -> None:
        with transaction(self._engine) as session:
            if session.get(AccountRow, name) is None:
                raise NotVisible("没有这个账号，请核对名称。")
            session.execute(update(AccountRow).where(AccountRow.name == name).values(**values))


def _account(row: AccountRow) -> Account:
    principal = Principal(
        subject=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        line=Line(row.line) if row.line else None,
        region_prefixes=tuple(row.region_prefixes),
        clearance=AccessLevel(row.clearance),
        purpose=row.purpose,
        expires_at=_utc(row.expires_at),
    )
    return Account(principal, row.password_hash, row.disabled, row.failures, _utc(row.locked_until))


def _utc(moment: datetime | None) -> datetime | None:
    """SQLite forgets the zone; everything stored is UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
