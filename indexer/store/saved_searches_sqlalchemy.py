"""Saved searches in SQL, sealed."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from indexer.answers import Filters, Query
from indexer.store.database import exclusive, transaction
from indexer.store.moments import utc
from indexer.store.saved_searches_port import SavedSearch
from indexer.store.saved_searches_tables import SavedSearchRow
from indexer.store.sealing import Sealed, Sealer
from models.errors import Conflict, NotVisible


class SqlSavedSearchStore:
    """The `SavedSearchStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def add(self, saved: SavedSearch, at_most: int) -> None:
        question = self._sealer.seal(_question(saved.query), saved.search_id)
        shown = self._sealer.seal(_ids(saved.shown), saved.search_id)
        with exclusive(self._engine) as session:
            own = select(func.count()).where(SavedSearchRow.subject == saved.subject)
            if (session.scalar(own) or 0) >= at_most:
                raise Conflict(f"已保存 {at_most} 个检索，请先删去不用的。")
            session.add(
                SavedSearchRow(
                    search_id=saved.search_id,
                    subject=saved.subject,
                    question_key=question.wrapped_key,
                    sealed_question=question.content,
                    shown_key=shown.wrapped_key,
                    sealed_shown=shown.content,
                    created_at=saved.created_at,
                    looked_at=saved.looked_at,
                )
            )

    def listed(self, subject: str) -> list[SavedSearch]:
        wanted = select(SavedSearchRow).where(SavedSearchRow.subject == subject)
        ordered = wanted.order_by(SavedSearchRow.created_at, SavedSearchRow.search_id)
        with transaction(self._engine) as session:
            return [self._saved(row) for row in session.scalars(ordered)]

    def one(self, search_id: str, subject: str) -> SavedSearch:
        with transaction(self._engine) as session:
            return self._saved(_row(session, search_id, subject))

    def show(self, search_id: str, subject: str, doc_ids: Collection[str], at: datetime) -> frozenset[str]:
        with exclusive(self._engine) as session:
            row = _row(session, search_id, subject)
            before = self._shown(row)
            sealed = self._sealer.seal(_ids(before.union(doc_ids)), search_id)
            row.shown_key, row.sealed_shown, row.looked_at = sealed.wrapped_key, sealed.content, at
            return frozenset(doc_ids) - before

    def remove(self, search_id: str, subject: str) -> None:
        with exclusive(self._engine) as session:
            session.delete(_row(session, search_id, subject))

    def _saved(self, row: SavedSearchRow) -> SavedSearch:
        question = self._sealer.unseal(Sealed(row.question_key, row.sealed_question), row.search_id)
        return SavedSearch(
            search_id=row.search_id,
            subject=row.subject,
            query=_query(question),
            shown=self._shown(row),
            created_at=utc(row.created_at),
            looked_at=utc(row.looked_at),
        )

    def _shown(self, row: SavedSearchRow) -> frozenset[str]:
        return frozenset(
            json.loads(self._sealer.unseal(Sealed(row.shown_key, row.sealed_shown), row.search_id))
        )


def _row(session: Session, search_id: str, subject: str) -> SavedSearchRow:
    row = session.get(SavedSearchRow, search_id)
    if row is None or row.subject != subject:
        raise NotVisible("没有这个保存的检索，请在清单中核对编号。")
    return row


def _ids(doc_ids: Collection[str]) -> bytes:
    return json.dumps(sorted(doc_ids)).encode("ascii")


def _question(query: Query) -> bytes:
    f = query.filters
    narrowed = [f.insurance_types, f.material_types, f.region_prefix, f.first_year, f.last_year]
    return json.dumps([query.text, narrowed, sorted(query.ignored), sorted(query.only)]).encode("ascii")


def _query(question: bytes) -> Query:
    text, (insurances, materials, region, first, last), ignored, only = json.loads(question)
    filters = Filters(tuple(insurances), tuple(materials), region, first, last)
    return Query(text, filters=filters, ignored=frozenset(ignored), only=frozenset(only))
