"""Use case: explicit grants of documents or of a case: with a reason, until a moment, revocable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from indexer.auditing import audited
from indexer.store.access_port import AccessStore, GrantRecord
from indexer.store.identifiers import new_id
from indexer.store.port import AuditLog, DocumentStore
from models.access.grants import Grant
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import Forbidden, InvalidInput, NotVisible

MAX_REASON_CHARACTERS = 500
MAX_DOCUMENTS = 500


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """Either ``documents`` (ids or 档号) or ``case_no``; ``until`` is the first moment without it, UTC."""

    subject: str
    documents: tuple[str, ...]
    case_no: str
    reason: str
    until: datetime


@dataclass(slots=True)
class Granting:
    """Gives and revokes; whoever has a name needs the duty to manage accounts, and nobody serves himself.

    ``by`` without a name is the operator of the machine.
    """

    store: DocumentStore
    access: AccessStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "cli"

    def give(self, wanted: GrantRequest, by: Principal) -> GrantRecord:
        """Return the grant, in force from now on.

        Raises:
            Forbidden: not an account manager, or for oneself.
            InvalidInput: no reason, no documents, or a term the policy does not allow.
            NotVisible: no such account or document.
        """
        now = self.clock()
        about = wanted.subject
        with audited(self.audit, by, via=self.via, action="grant_add", about=about, at=now) as look:
            _may_manage(by, now)
            if by.subject == wanted.subject:
                raise Forbidden("不能给自己授权，请由另一位安全管理员办理。")
            self._check(wanted, now)
            doc_ids = frozenset(id_of(self.store, document) for document in wanted.documents)
            key = self.access.case_key(wanted.case_no)
            grant = Grant(new_id(), doc_ids, key, wanted.until)
            record = GrantRecord(
                grant, wanted.subject, wanted.case_no, wanted.reason.strip(), by.subject, now
            )
            self.access.add_grant(record)
            look.doc_ids = tuple(sorted(doc_ids))
        return record

    def revoke(self, grant_id: str, by: Principal) -> GrantRecord:
        """End a grant at once.

        Raises:
            Forbidden: not an account manager. NotVisible: no such grant.
        """
        now = self.clock()
        with audited(self.audit, by, via=self.via, action="grant_revoke", about=grant_id, at=now) as look:
            _may_manage(by, now)
            record = self.access.revoke_grant(grant_id, by=by.subject, at=now)
            look.doc_ids = tuple(sorted(record.grant.doc_ids))
        return record

    def _check(self, wanted: GrantRequest, now: datetime) -> None:
        if not wanted.reason.strip() or len(wanted.reason) > MAX_REASON_CHARACTERS:
            raise InvalidInput(f"请写明授权的理由，不超过 {MAX_REASON_CHARACTERS} 字。")
        if bool(wanted.documents) == bool(wanted.case_no.strip()):
            raise InvalidInput("请列出档案，或给出一个办件编号（二者选一）。")
        if len(wanted.documents) > MAX_DOCUMENTS:
            raise InvalidInput(f"一次授权最多 {MAX_DOCUMENTS} 件，更多请按办件授权或调整账号。")
        days = self.access.policy_in_force().policy.grants.longest_days
        if not now < wanted.until <= now + timedelta(days=days):
            raise InvalidInput(f"期限应在今后 {days} 天之内（当前策略的上限）。")


def id_of(store: DocumentStore, document: str) -> str:
    """Return the id of a document named by id or by 档号; for operators, who may know that it exists.

    Raises:
        NotVisible: there is none. InvalidInput: the 档号 belongs to several.
    """
    if store.facts([document]):
        return document
    named = store.with_archive_no(document)
    if not named:
        raise NotVisible("没有这份档案，请核对编号或档号。")
    if len(named) > 1:
        raise InvalidInput("这个档号对应几份档案，请改用文件编号（doc_id）。")
    return named[0]


def _may_manage(by: Principal, now: datetime) -> None:
    if by.subject:
        require(by, Duty.MANAGE_ACCOUNTS, now)
