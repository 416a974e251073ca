"""Policies and grants in SQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from indexer.store.access_port import ActivatedPolicy, GrantRecord
from indexer.store.access_tables import GrantRow, PolicyRow
from indexer.store.database import exclusive, transaction
from indexer.store.marks import case_key
from indexer.store.moments import utc, utc_or_none
from indexer.store.sealing import Sealed, Sealer
from indexer.store.tables import AccountRow, DocumentRow
from models.access.grants import Grant
from models.access.policy_text import policy_of, shipped_policy, shipped_text
from models.access.rules import Policy
from models.errors import ArtifactTampered, Conflict, InvalidInput, NotVisible


class SqlAccessStore:
    """The `AccessStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def policy_in_force(self) -> ActivatedPolicy:
        with transaction(self._engine) as session:
            return _in_force(session)

    def latest_version(self) -> int:
        with transaction(self._engine) as session:
            return session.scalar(select(func.max(PolicyRow.version))) or 0

    def policies(self) -> list[ActivatedPolicy]:
        with transaction(self._engine) as session:
            return [_activated(row) for row in session.scalars(select(PolicyRow).order_by(PolicyRow.version))]

    def activate(self, text: str, *, reason: str, by: str, at: datetime, instead_of: int) -> ActivatedPolicy:
        policy = policy_of(text)
        with exclusive(self._engine) as session:
            last = session.scalar(select(func.max(PolicyRow.version))) or 0
            if last != instead_of:
                raise Conflict("其间已启用了另一份策略，请重新运行，核对变化后再启用。")
            row = PolicyRow(
                version=last + 1,
                digest=policy.digest,
                text=text,
                reason=reason,
                activated_by=by,
                activated_at=at.astimezone(UTC),
            )
            session.add(row)
            session.flush()
            return _activated(row)

    def case_key(self, case_no: str) -> str:
        return case_key(self._sealer, case_no)

    def add_grant(self, record: GrantRecord) -> None:
        grant = record.grant
        story = {"reason": record.reason, "case_no": record.case_no}
        sealed = self._sealer.seal(json.dumps(story).encode("ascii"), grant.grant_id)
        with exclusive(self._engine) as session:
            if session.get(AccountRow, record.subject) is None:
                raise NotVisible("没有这个账号，请用 chadang user list 核对名称。")
            known = select(func.count()).where(DocumentRow.doc_id.in_(sorted(grant.doc_ids)))
            if session.scalar(known) != len(grant.doc_ids):
                raise NotVisible("所列档案中有库里没有的，请核对编号或档号。")
            session.add(
                GrantRow(
                    grant_id=grant.grant_id,
                    subject=record.subject,
                    doc_ids=sorted(grant.doc_ids),
                    case_key=grant.case_key,
                    wrapped_key=sealed.wrapped_key,
                    sealed=sealed.content,
                    granted_by=record.granted_by,
                    granted_at=record.granted_at.astimezone(UTC),
                    expires_at=grant.expires_at.astimezone(UTC),
                )
            )

    def grants(self, subject: str | None = None) -> list[GrantRecord]:
        wanted = select(GrantRow).order_by(GrantRow.granted_at, GrantRow.grant_id)
        if subject is not None:
            wanted = wanted.where(GrantRow.subject == subject)
        with transaction(self._engine) as session:
            return [self._record(row) for row in session.scalars(wanted)]

    def revoke_grant(self, grant_id: str, *, by: str, at: datetime) -> GrantRecord:
        with exclusive(self._engine) as session:
            row = session.get(GrantRow, grant_id)
            if row is None:
                raise NotVisible("没有这个授权，请用 chadang grant list 核对编号。")
            if row.revoked_at is None:
                row.revoked_at, row.revoked_by = at.astimezone(UTC), by
                session.flush()
            return self._record(row)

    def _record(self, row: GrantRow) -> GrantRecord:
        story = json.loads(self._sealer.unseal(Sealed(row.wrapped_key, row.sealed), row.grant_id))
        return GrantRecord(
            grant=_grant(row),
            subject=row.subject,
            case_no=story["case_no"],
            reason=story["reason"],
            granted_by=row.granted_by,
            granted_at=utc(row.granted_at),
            revoked_by=row.revoked_by,
        )


def policy_now(session: Session) -> Policy:
    """Return the policy in force as this transaction sees it."""
    return _in_force(session).policy


def grants_now(session: Session, subject: str) -> tuple[Grant, ...]:
    """Return the account's grants as this transaction sees them, ended ones too."""
    wanted = select(GrantRow).where(GrantRow.subject == subject).order_by(GrantRow.grant_id)
    return tuple(_grant(row) for row in session.scalars(wanted))


def _in_force(session: Session) -> ActivatedPolicy:
    row = session.scalar(select(PolicyRow).order_by(PolicyRow.version.desc()).limit(1))
    if row is None:
        return ActivatedPolicy(0, shipped_text(), shipped_policy(), "", "", None)
    return _activated(row)


def _activated(row: PolicyRow) -> ActivatedPolicy:
    if sha256(row.text.encode()).hexdigest() != row.digest:
        raise ArtifactTampered("已启用的策略与其校验值不符，在查明之前不提供档案；请联系安全管理员。")
    try:
        policy = policy_of(row.text)
    except InvalidInput as error:
        raise ArtifactTampered(
            "已启用的策略不能由这个版本的程序读取，请重新启用一份（chadang policy activate）。"
        ) from error
    return ActivatedPolicy(row.version, row.text, policy, row.reason, row.activated_by, utc(row.activated_at))


def _grant(row: GrantRow) -> Grant:
    return Grant(
        row.grant_id,
        frozenset(row.doc_ids),
        row.case_key,
        utc(row.expires_at),
        utc_or_none(row.revoked_at),
    )
