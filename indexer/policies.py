"""Use case: the policy as an operator handles it: explained, compared on the live archive, activated.

All of it speaks of documents outside somebody's scope, so it is for operators on the machine alone and
every act is written to the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from indexer.auditing import audited
from indexer.granting import id_of
from indexer.store.access_port import AccessStore, ActivatedPolicy
from indexer.store.port import AccountStore, AuditLog, DocumentStore
from models.access.explanation import Explanation, explain
from models.access.facts import DocumentFacts
from models.access.policy import reach_of, require
from models.access.principal import Duty, Principal, Role, role_rules
from models.access.rules import Policy
from models.errors import InvalidInput, NotVisible

MAX_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an account sees a document or not, with the facts and the account it was judged by."""

    facts: DocumentFacts
    principal: Principal
    disabled: bool
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Change:
    """What one account gains and loses for these purposes: document ids in their order."""

    subject: str
    purposes: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(slots=True)
class Policies:
    """Explains, compares and activates; whoever has a name needs the duty to manage accounts."""

    store: DocumentStore
    access: AccessStore
    accounts: AccountStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "cli"

    def explain(self, subject: str, document: str, purpose: str, by: Principal) -> Explained:
        """Explain why the account sees the document (id or 档号) or not, for a purpose or its own.

        Raises:
            NotVisible: there is no such account or document.
        """
        now = self.clock()
        with audited(self.audit, by, via=self.via, action="policy_explain", about=subject, at=now) as look:
            _may_manage(by, now)
            account = self.accounts.account(subject)
            if account is None:
                raise NotVisible("没有这个账号，请用 chadang user list 核对名称。")
            doc_id = id_of(self.store, document)
            look.doc_ids = (doc_id,)
            asked = replace(account.principal, purpose=purpose or account.principal.purpose)
            principal, facts = self.store.standing(asked), self.store.facts([doc_id])[doc_id]
            told = explain(principal, facts, now)
            look.outcome = "visible" if told.visible else "not_visible"
        return Explained(facts, principal, account.disabled, told)

    def compare(self, old: Policy, new: Policy, by: Principal) -> list[Change]:
        """Return who would see more or less on the archive as it is now, accounts in the order of names."""
        now = self.clock()
        about = f"{old.digest} {new.digest}"
        with audited(self.audit, by, via=self.via, action="policy_diff", about=about, at=now):
            _may_manage(by, now)
            open_accounts = (a.principal for a in self.accounts.accounts() if not a.disabled)
            return [change for p in open_accounts for change in self._changes(p, old, new, now)]

    def activate(self, text: str, reason: str, by: Principal, instead_of: int) -> ActivatedPolicy:
        """Put a policy in force, from the next look on.

        Raises:
            InvalidInput: the text is no policy, or no reason is given.
            Conflict: another policy than ``instead_of`` was activated meanwhile.
        """
        now = self.clock()
        with audited(self.audit, by, via=self.via, action="policy_activate", about=text, at=now):
            _may_manage(by, now)
            if not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
                raise InvalidInput(f"请用 --reason 写明启用的理由，不超过 {MAX_REASON_CHARACTERS} 字。")
            return self.access.activate(
                text, reason=reason.strip(), by=by.subject, at=now, instead_of=instead_of
            )

    def _changes(self, principal: Principal, old: Policy, new: Policy, now: datetime) -> Iterator[Change]:
        """Yield one change per group of purposes that change alike."""
        alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for purpose in _purposes_of(principal):
            asking = replace(principal, purpose=purpose)
            before = reach_of(replace(asking, policy=old), now)
            after = reach_of(replace(asking, policy=new), now)
            if before != after:
                gained = tuple(self.store.ids_inside(after, before))
                lost = tuple(self.store.ids_inside(before, after))
                alike.setdefault((gained, lost), []).append(purpose)
        for (gained, lost), purposes in alike.items():
            if gained or lost:
                yield Change(principal.subject, tuple(purposes), gained, lost)


def _purposes_of(principal: Principal) -> tuple[str, ...]:
    rules = [role_rules()[role] for role in Role if role in principal.roles]
    return tuple(dict.fromkeys(purpose for rule in rules for purpose in rule.purposes))


def _may_manage(by: Principal, now: datetime) -> None:
    if by.subject:
        require(by, Duty.MANAGE_ACCOUNTS, now)
