"""Deposits over HTTP and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from indexer.store.database import exclusive, transaction
from indexer.store.identifiers import new_id
from indexer.store.port import Job, JobState
from indexer.store.tables import JobRow
from models.errors import Conflict, NotVisible


class SqlJobStore:
    """The `JobStore` over SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, subject: str, request_key: str, idempotency_key: str | None) -> tuple[Job, bool]:
        with exclusive(self._engine) as session:
            if idempotency_key is not None:
                wanted = select(JobRow).where(
                    JobRow.subject == subject, JobRow.idempotency_key == idempotency_key
                )
                row = session.scalar(wanted)
                if row is not None:
                    if row.request_key != request_key:
                        raise Conflict("同一 Idempotency-Key 已用于另一份文件，请换一个新的键。")
                    return _job(row), False
            now = datetime.now(UTC)
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
            row.state, row.outcome, row.updated_at = state.value, dict(outcome), datetime.now(UTC)

    def job(self, job_id: str, subject: str) -> Job:
        with transaction(self._engine) as session:
            row = session.get(JobRow, job_id)
            if row is None or row.subject != subject:
                raise NotVisible("没有找到这项任务。")
            return _job(row)


def _job(row: JobRow) -> Job:
    return Job(
        job_id=row.job_id,
        subject=row.subject,
        state=JobState(row.state),
        outcome=row.outcome or {},
        created_at=row.created_at.replace(tzinfo=UTC),
        updated_at=row.updated_at.replace(tzinfo=UTC),
    )
