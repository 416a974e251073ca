"""The blind person index in SQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from indexer.store.blind_keys import TOKEN_BYTES, BlindKeys, asked_mark
from indexer.store.database import exclusive, transaction
from indexer.store.persons_port import Found, PersonKey
from indexer.store.persons_tables import PersonDocumentRow
from indexer.store.persons_writing import (
    epochs,
    keep_epochs,
    next_epoch,
    out_of_date,
    renew,
    written_epoch,
)
from indexer.store.sealing import Sealer
from indexer.store.tables import DocumentRow
from models.privacy.blind_index import RULES, PersonRole

_FOUND = text(f"""
    WITH RECURSIVE sought (at) AS (
        SELECT 0 UNION ALL SELECT at + {TOKEN_BYTES} FROM sought WHERE at + {TOKEN_BYTES} < :bytes)
    SELECT sought.at, person_tokens.role, person_documents.doc_id
    FROM sought CROSS JOIN person_tokens
    JOIN person_documents ON person_documents.number = person_tokens.number
    WHERE person_tokens.token = substr(:tokens, sought.at + 1, {TOKEN_BYTES})
""")
"""All tokens in one value: binding thousands one by one takes longer than looking them up."""
_BATCH = 50
"""Documents to a transaction: an interruption loses no more, and other writers wait no longer."""


class SqlPersonIndex:
    """The `PersonIndex` over SQLAlchemy; one instance serves many threads."""

    def __init__(
        self, engine: Engine, sealer: Sealer, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock
        self._keys = lru_cache(maxsize=4)(self._keys_of)

    def find(self, keys: Sequence[PersonKey], buckets: Sequence[str]) -> list[Found]:
        found: list[Found] = []
        with transaction(self._engine) as session:
            for epoch in epochs(session):
                blind = self._keys(epoch.salt)
                hashed = b"".join(blind.hashed(key.use, key.key) for key in keys)
                tokens = b"".join(blind.salted(bucket, hashed) for bucket in buckets)
                sought = {"tokens": tokens, "bytes": len(tokens)}
                for at, role, doc_id in session.execute(_FOUND, sought) if tokens else ():
                    found.append(Found(at // TOKEN_BYTES % len(keys), doc_id, PersonRole(role)))
        return found

    def mark(self, key: PersonKey) -> str:
        return asked_mark(self._sealer, key.use, key.key)

    def behind(self) -> int:
        with transaction(self._engine) as session:
            known = epochs(session)
            if not known or known[-1].rules != RULES:
                return session.scalar(select(func.count()).select_from(DocumentRow)) or 0
            stale = out_of_date(known[-1].number, self._clock()).subquery()
            return session.scalar(select(func.count()).select_from(stale)) or 0

    def catch_up(
        self,
        progress: Callable[[int], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
        rest_s: float = 0.0,
    ) -> int:
        done, after = 0, ""
        while not stop():
            now = self._clock()
            with exclusive(self._engine) as session:
                stale = out_of_date(written_epoch(session).number, now)
                ordered = stale.where(DocumentRow.doc_id > after).order_by(DocumentRow.doc_id)
                batch = list(session.scalars(ordered.limit(_BATCH)))
                for doc_id in batch:
                    renew(session, self._sealer, doc_id, now=now)
                if not batch and self._finished(session):
                    return done
            after = batch[-1] if batch else ""
            done += len(batch)
            progress(len(batch))
            time.sleep(rest_s)
        return done

    def rotate(self) -> int:
        with exclusive(self._engine) as session:
            known = epochs(session)
            if len(known) > 1:
                return known[-1].number  # one was interrupted: it is gone on with
            keep_epochs(session, [*known, begun := next_epoch(known)])
            return begun.number

    def remake(self) -> None:
        with exclusive(self._engine) as session:
            session.execute(update(PersonDocumentRow).values(epoch=0))

    def _finished(self, session: Session) -> bool:
        """Forget the keys of before once no token is of them; False where documents were passed over."""
        written = written_epoch(session)
        if session.scalar(out_of_date(written.number, self._clock()).limit(1)) is not None:
            return False
        if len(epochs(session)) > 1:
            keep_epochs(session, [written])
        return True

    def _keys_of(self, salt: bytes) -> BlindKeys:
        return BlindKeys(self._sealer, salt)
