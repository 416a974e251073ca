"""Policies and grants as the use cases see them; who gave them, why and until when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.access.grants import Grant
from models.access.principal import Principal
from models.access.rules import Policy
from models.access.scope import Predicate


@dataclass(frozen=True, slots=True)
class ActivatedPolicy:
    """``version`` counts from 1; 0 is the policy the program ships, in force until another is."""

    version: int
    text: str
    policy: Policy
    reason: str
    activated_by: str
    activated_at: datetime | None


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """A grant with its story; ``case_no`` '' where it names documents."""

    grant: Grant
    subject: str
    case_no: str
    reason: str
    granted_by: str
    granted_at: datetime
    revoked_by: str | None = None


class AccessStore(Protocol):
    """Policies and grants; both take effect with the transaction that writes them."""

    def policy_in_force(self) -> ActivatedPolicy: ...

    def latest_version(self) -> int:
        """Return the version in force without reading it, so that a damaged one can be replaced."""
        ...

    def policies(self) -> list[ActivatedPolicy]:
        """Return every activated policy, oldest first; the shipped one is not among them."""
        ...

    def activate(self, text: str, *, reason: str, by: str, at: datetime, instead_of: int) -> ActivatedPolicy:
        """Put a policy in force.

        Raises:
            Conflict: another one than ``instead_of`` has come into force meanwhile.
        """
        ...

    def case_key(self, case_no: str) -> str:
        """Return the keyed hash by which documents of a case are known."""
        ...

    def add_grant(self, record: GrantRecord) -> None:
        """NotVisible where the account or a document does not exist."""
        ...

    def grants(self, subject: str | None = None) -> list[GrantRecord]:
        """Return all grants, ended ones too, oldest first."""
        ...

    def revoke_grant(self, grant_id: str, *, by: str, at: datetime) -> GrantRecord:
        """End a grant at once; a second time changes nothing. NotVisible where there is none."""
        ...


class Standing(Protocol):
    """What the policy of the moment says, asked of the store; part of the `DocumentStore`."""

    def standing(self, principal: Principal) -> Principal:
        """Return the principal as its account, the policy and its grants are now.

        Purpose and limits of the session stay. A disabled account has no role any more; a principal
        without an account keeps what it has and gets policy and grants.
        """
        ...

    def permitted(
        self, doc_ids: Collection[str], principal: Principal, now: datetime, within: Predicate
    ) -> frozenset[str]:
        """Return those of the documents that the principal may see at ``now`` and that lie ``within``.

        Account, policy, grants and facts are read in one transaction.
        """
        ...

    def ids_inside(self, inside: Predicate, outside: Predicate) -> list[str]:
        """Return ids of all documents inside the one predicate and outside the other, in their order."""
        ...
