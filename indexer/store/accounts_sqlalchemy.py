"""Local accounts in SQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from indexer.store.access_sqlalchemy import grants_now, policy_now
from indexer.store.database import exclusive, transaction
from indexer.store.moments import utc_or_none
from indexer.store.port import Account
from indexer.store.tables import AccountRow
from models.access.principal import Principal, Role, check_compatible
from models.archive.levels import AccessLevel, Line
from models.errors import Conflict, NotVisible


class SqlAccountStore:
    """The `AccountStore` over SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_account(self, account: Account) -> None:
        principal = account.principal
        check_compatible(principal.roles)
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
            return _account(session, row) if row else None

    def accounts(self) -> list[Account]:
        with transaction(self._engine) as session:
            rows = session.scalars(select(AccountRow).order_by(AccountRow.name)).all()
            return [_account(session, row) for row in rows]

    def record_failure(self, name: str, *, failures: int, locked_until: datetime | None) -> None:
        self._update(name, failures=failures, locked_until=locked_until)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        with exclusive(self._engine) as session:
            row = _row(session, name)
            row.disabled = disabled
            if disabled and Role.SECURITY_ADMIN in row.roles:
                _check_somebody_is_left(session)

    def set_roles(self, name: str, roles: frozenset[Role], purpose: str, clearance: AccessLevel) -> None:
        check_compatible(roles)
        with exclusive(self._engine) as session:
            row = _row(session, name)
            had = Role.SECURITY_ADMIN in row.roles
            row.roles, row.purpose, row.clearance = sorted(roles), purpose, int(clearance)
            if had and Role.SECURITY_ADMIN not in roles:
                _check_somebody_is_left(session)

    def _update(self, name: str, **values: object) -> None:
        with transaction(self._engine) as session:
            _row(session, name)
            session.execute(update(AccountRow).where(AccountRow.name == name).values(**values))


def principal_of(session: Session, row: AccountRow) -> Principal:
    """Return who the account is, with policy and grants as this transaction sees them."""
    return Principal(
        subject=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        line=Line(row.line) if row.line else None,
        region_prefixes=tuple(row.region_prefixes),
        clearance=AccessLevel(row.clearance),
        purpose=row.purpose,
        expires_at=utc_or_none(row.expires_at),
        policy=policy_now(session),
        grants=grants_now(session, row.name),
    )


def _row(session: Session, name: str) -> AccountRow:
    row = session.get(AccountRow, name)
    if row is None:
        raise NotVisible("没有这个账号，请核对名称。")
    return row


def _check_somebody_is_left(session: Session) -> None:
    """Raise Conflict, which undoes the transaction, where nobody could manage accounts any more."""
    session.flush()
    usable = session.scalars(select(AccountRow).where(AccountRow.disabled.is_(False)))
    if not any(Role.SECURITY_ADMIN in row.roles for row in usable):
        raise Conflict("这是最后一个可用的安全管理员，请先另设一个，再停用或改岗。")


def _account(session: Session, row: AccountRow) -> Account:
    principal = principal_of(session, row)
    return Account(principal, row.password_hash, row.disabled, row.failures, utc_or_none(row.locked_until))
