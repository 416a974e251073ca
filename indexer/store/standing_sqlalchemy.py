"""What the policy of the moment says of principals and documents, each answer from one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine, Select, and_, not_, select
from sqlalchemy.orm import Session

from indexer.store.access_sqlalchemy import grants_now, policy_now
from indexer.store.accounts_sqlalchemy import principal_of
from indexer.store.database import transaction
from indexer.store.predicates import Condition, where
from indexer.store.tables import AccountRow, DocumentRow
from models.access.policy import reach_of
from models.access.principal import Principal
from models.access.scope import AllOf, DocumentIn, Predicate

_SLICE = 500  # values bound in one statement; SQLite allows 999 in old builds


class SqlStanding:
    """The `Standing` over SQLAlchemy, a part of the document store."""

    _engine: Engine

    def standing(self, principal: Principal) -> Principal:
        with transaction(self._engine) as session:
            return _standing(session, principal)

    def permitted(
        self, doc_ids: Collection[str], principal: Principal, now: datetime, within: Predicate
    ) -> frozenset[str]:
        wanted, found = list(doc_ids), set[str]()
        with transaction(self._engine) as session:
            reach = AllOf((reach_of(_standing(session, principal), now), within))
            for begin in range(0, len(wanted), _SLICE):
                among = DocumentIn(frozenset(wanted[begin : begin + _SLICE]))
                found.update(session.scalars(_ids(self._condition(AllOf((among, reach))))))
        return frozenset(found)

    def ids_inside(self, inside: Predicate, outside: Predicate) -> list[str]:
        condition = and_(self._condition(inside), not_(self._condition(outside)))
        with transaction(self._engine) as session:
            return list(session.scalars(_ids(condition).order_by(DocumentRow.doc_id)))

    def _condition(self, predicate: Predicate) -> Condition:
        return where(predicate, self._engine.dialect.name)


def _standing(session: Session, principal: Principal) -> Principal:
    row = session.get(AccountRow, principal.subject)
    if row is None:
        grants = grants_now(session, principal.subject)
        return replace(principal, policy=policy_now(session), grants=grants)
    now = principal_of(session, row)
    return replace(
        now,
        roles=frozenset() if row.disabled else now.roles,
        purpose=principal.purpose,
        case_no=principal.case_no,
        limited_to=principal.limited_to,
    )


def _ids(condition: Condition) -> Select[str]:
    return select(DocumentRow.doc_id).where(condition)
