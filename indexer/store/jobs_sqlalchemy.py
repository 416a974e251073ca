"""Deposits over HTTP and how they ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from indexer.store.database import exclusive, transaction
from indexer.store.identifiers import new_id
from indexer.store.moments import utc
from indexer.store.port import Job, JobState
from indexer.store.tables import JobRow
from indexer.store.webhooks_sqlalchemy import enqueue
from models.errors import Conflict, NotVisible

KEY_LIFE = timedelta(hours=72)


class SqlJobStore:
    """The `JobStore` over SQLAlchemy; an idempotency key is forgotten ``key_life`` after its request."""

    def __init__(
        self,
        engine: Engine,
        key_life: timedelta = KEY_LIFE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._key_life = key_life
        self._clock = clock

    def begin(self, subject: str, request_key: str, idempotency_key: str | None) -> tuple[Job, bool]:
        now = self._clock()
        with exclusive(self._engine) as session:
            row = self._under_key(session, subject, idempotency_key, now)
            if row is not None:
                if row.request_key != request_key:
                    raise Conflict("同一 Idempotency-Key 已用于另一份文件，请换一个新的键。")
                return _job(row), False
            row = JobRow(
                job_id=new_id(),
                subject=subject,
                idempotency_key=idempotency_key,
                request_key=request_key,
                state=JobState.WAITING.value,
                outcome={},
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            session.flush()
            return _job(row), True

    def finish(self, job_id: str, state: JobState, outcome: Mapping[str, str]) -> None:
        with transaction(self._engine) as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise NotVisible
            row.state, row.outcome, row.updated_at = state.value, dict(outcome), self._clock()
            enqueue(session, _job(row))

    def reopen(self, job_id: str) -> Job:
        with transaction(self._engine) as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise NotVisible
            row.state, row.outcome, row.updated_at = JobState.WAITING.value, {}, self._clock()
            return _job(row)

    def job(self, job_id: str, subject: str) -> Job:
        with transaction(self._engine) as session:
            row = session.get(JobRow, job_id)
            if row is None or row.subject != subject:
                raise NotVisible("没有找到这项任务。")
            return _job(row)

    def _under_key(self, session: Session, subject: str, key: str | None, now: datetime) -> JobRow | None:
        """Return the job that holds the key; one whose key has expired gives it up."""
        if key is None:
            return None
        wanted = select(JobRow).where(JobRow.subject == subject, JobRow.idempotency_key == key)
        row = session.scalar(wanted)
        if row is None or utc(row.created_at) + self._key_life > now:
            return row
        row.idempotency_key = None
        session.flush()
        return None


def _job(row: JobRow) -> Job:
    return Job(
        job_id=row.job_id,
        subject=row.subject,
        state=JobState(row.state),
        outcome=row.outcome or {},
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
    )
