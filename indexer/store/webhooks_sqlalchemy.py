"""Webhooks and the outbox of their notices in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Engine, Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from indexer.notices import JOB_FINISHED, notice_of
from indexer.store.database import exclusive, transaction
from indexer.store.identifiers import new_id
from indexer.store.machine_tables import DeliveryRow, WebhookRow
from indexer.store.machines_port import Delivery, DeliveryState, Webhook
from indexer.store.moments import utc, utc_or_none
from indexer.store.port import Job
from indexer.store.sealing import Sealed, Sealer
from models.errors import Conflict, NotVisible


def enqueue(session: Session, job: Job) -> None:
    """Write a notice of the job for every webhook of its account, in the transaction that finishes it."""
    chosen = select(WebhookRow.webhook_id).where(
        WebhookRow.subject == job.subject, WebhookRow.disabled_at.is_(None)
    )
    for webhook_id in session.scalars(chosen).all():
        notice_id = new_id()
        session.add(
            DeliveryRow(
                delivery_id=notice_id,
                webhook_id=webhook_id,
                event=JOB_FINISHED,
                body=notice_of(job, notice_id),
                state=DeliveryState.WAITING.value,
                attempts=0,
                created_at=job.updated_at,
                next_at=job.updated_at,
            )
        )


class SqlWebhookStore:
    """The `WebhookStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def add(self, webhook: Webhook, secret: bytes) -> None:
        sealed = self._sealer.seal(secret, webhook.webhook_id)
        with transaction(self._engine) as session:
            session.add(
                WebhookRow(
                    webhook_id=webhook.webhook_id,
                    subject=webhook.subject,
                    url=webhook.url,
                    wrapped_key=sealed.wrapped_key,
                    sealed_secret=sealed.content,
                    created_by=webhook.created_by,
                    created_at=webhook.created_at,
                    disabled_at=webhook.disabled_at,
                )
            )

    def webhook(self, webhook_id: str) -> Webhook:
        with transaction(self._engine) as session:
            return _webhook(_row(session, webhook_id))

    def webhooks(self, subject: str | None = None) -> list[Webhook]:
        wanted = select(WebhookRow).order_by(WebhookRow.created_at, WebhookRow.webhook_id)
        if subject is not None:
            wanted = wanted.where(WebhookRow.subject == subject)
        with transaction(self._engine) as session:
            return [_webhook(row) for row in session.scalars(wanted)]

    def secret(self, webhook_id: str) -> bytes:
        with transaction(self._engine) as session:
            row = _row(session, webhook_id)
            return self._sealer.unseal(Sealed(row.wrapped_key, row.sealed_secret), webhook_id)

    def disable(self, webhook_id: str, at: datetime) -> Webhook:
        with exclusive(self._engine) as session:
            row = _row(session, webhook_id)
            row.disabled_at = row.disabled_at or at
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.webhook_id == webhook_id, DeliveryRow.state == DeliveryState.WAITING.value)
                .values(state=DeliveryState.CANCELLED.value, ended_at=at, claimed_until=None)
            )
            session.flush()
            return _webhook(row)

    def claim(self, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        with transaction(self._engine) as session:  # the usual case without taking the writer's turn
            if limit < 1 or not session.scalar(select(_due(now).exists())):
                return []
        with exclusive(self._engine) as session:
            oldest = _due(now).with_only_columns(func.min(DeliveryRow.delivery_id))
            chosen = oldest.group_by(DeliveryRow.webhook_id).limit(limit)
            rows = session.scalars(
                select(DeliveryRow)
                .where(DeliveryRow.delivery_id.in_(chosen.scalar_subquery()))
                .order_by(DeliveryRow.next_at, DeliveryRow.delivery_id)
            ).all()
            for row in rows:
                row.claimed_until = now + lease
            session.flush()
            return [_delivery(row) for row in rows]

    def delivered(self, delivery_id: str, at: datetime, status: int) -> None:
        self._end_attempt(delivery_id, at, state=DeliveryState.DELIVERED, status=status)

    def failed(
        self, delivery_id: str, at: datetime, status: int | None, code: str, next_at: datetime | None
    ) -> None:
        state = DeliveryState.WAITING if next_at else DeliveryState.DEAD
        self._end_attempt(delivery_id, at, state=state, status=status, code=code, next_at=next_at)

    def deliveries(
        self, *, webhook_id: str | None = None, state: DeliveryState | None = None, limit: int = 100
    ) -> list[Delivery]:
        wanted = select(DeliveryRow).order_by(DeliveryRow.created_at.desc(), DeliveryRow.delivery_id.desc())
        if webhook_id is not None:
            wanted = wanted.where(DeliveryRow.webhook_id == webhook_id)
        if state is not None:
            wanted = wanted.where(DeliveryRow.state == state.value)
        with transaction(self._engine) as session:
            return [_delivery(row) for row in session.scalars(wanted.limit(limit))]

    def send_again(self, delivery_id: str, now: datetime) -> Delivery:
        with exclusive(self._engine) as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None:
                raise NotVisible("没有这条通知，请用 chadang webhook deliveries 核对编号。")
            if row.state != DeliveryState.DEAD.value:
                raise Conflict("这条通知不是“已放弃”，不用重发。")
            if _row(session, row.webhook_id).disabled_at is not None:
                raise Conflict("通知地址已停用，不能重发；请另建地址。")
            row.state, row.attempts, row.next_at, row.ended_at = DeliveryState.WAITING.value, 0, now, None
            session.flush()
            return _delivery(row)

    def forget_delivered(self, before: datetime) -> int:
        ended = (DeliveryState.DELIVERED.value, DeliveryState.CANCELLED.value)
        old = delete(DeliveryRow).where(DeliveryRow.state.in_(ended), DeliveryRow.ended_at < before)
        with transaction(self._engine) as session:
            done = session.execute(old)
            return done.rowcount if isinstance(done, CursorResult) else 0

    def _end_attempt(
        self,
        delivery_id: str,
        at: datetime,
        *,
        state: DeliveryState,
        status: int | None,
        code: str | None = None,
        next_at: datetime | None = None,
    ) -> None:
        with exclusive(self._engine) as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None:
                raise NotVisible
            row.attempts += 1
            row.last_status, row.last_code, row.claimed_until = status, code, None
            if row.state == DeliveryState.WAITING.value:  # else its webhook was disabled meanwhile
                row.state = state.value
                row.next_at = next_at or row.next_at
                row.ended_at = None if next_at else at


def _due(now: datetime) -> Select[str]:
    """Select what is due, of webhooks none of whose notices is being sent."""
    other = aliased(DeliveryRow)
    sending = exists().where(other.webhook_id == DeliveryRow.webhook_id, other.claimed_until > now)
    return select(DeliveryRow.delivery_id).where(
        DeliveryRow.state == DeliveryState.WAITING.value,
        DeliveryRow.next_at <= now,
        or_(DeliveryRow.claimed_until.is_(None), DeliveryRow.claimed_until <= now),
        ~sending,
    )


def _row(session: Session, webhook_id: str) -> WebhookRow:
    row = session.get(WebhookRow, webhook_id)
    if row is None:
        raise NotVisible("没有这个通知地址，请用 chadang webhook list 核对编号。")
    return row


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        webhook_id=row.webhook_id,
        subject=row.subject,
        url=row.url,
        created_by=row.created_by,
        created_at=utc(row.created_at),
        disabled_at=utc_or_none(row.disabled_at),
    )


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        webhook_id=row.webhook_id,
        event=row.event,
        body=row.body,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=utc(row.created_at),
        next_at=utc(row.next_at),
        last_status=row.last_status,
        last_code=row.last_code,
        ended_at=utc_or_none(row.ended_at),
    )
