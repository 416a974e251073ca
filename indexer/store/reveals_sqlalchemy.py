"""Requests to see masked values, in SQL; words sealed, values nowhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from indexer.store.database import exclusive, transaction
from indexer.store.moments import utc, utc_or_none
from indexer.store.reveals_port import (
    LISTED,
    Decision,
    EmergencyReview,
    Reveal,
    RevealState,
    RevealVerdict,
)
from indexer.store.reveals_tables import RevealRow
from indexer.store.sealing import Sealed, Sealer
from models.access.reveal import RevealLimits
from models.errors import Conflict, NotVisible, RevealExpired, TooManyRequests
from models.privacy.detections import DetectionKind

_DAY = timedelta(hours=24)


class SqlRevealStore:
    """The `RevealStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def add(self, reveal: Reveal, limits: RevealLimits) -> None:
        row = RevealRow(
            reveal_id=reveal.reveal_id,
            doc_id=reveal.doc_id,
            subject=reveal.subject,
            purpose=reveal.purpose,
            kinds=[kind.value for kind in reveal.kinds],
            case_fits=reveal.case_fits,
            emergency=reveal.emergency,
            state=reveal.state.value,
            requested_at=reveal.requested_at.astimezone(UTC),
            expires_at=reveal.expires_at.astimezone(UTC),
            opened=0,
        )
        self._seal(row, {"reason": reveal.reason, "case_no": reveal.case_no})
        with exclusive(self._engine) as session:
            _check_limits(session, reveal, limits)
            session.add(row)

    def one(self, reveal_id: str) -> Reveal:
        with transaction(self._engine) as session:
            return self._reveal(_row(session, reveal_id))

    def of_subject(self, subject: str) -> list[Reveal]:
        own = select(RevealRow).where(RevealRow.subject == subject)
        latest = own.order_by(RevealRow.requested_at.desc(), RevealRow.reveal_id.desc())
        return self._listed(latest.limit(LISTED))

    def waiting(self, now: datetime) -> list[Reveal]:
        open_ones = select(RevealRow).where(
            RevealRow.state == RevealState.WAITING.value, RevealRow.expires_at > now.astimezone(UTC)
        )
        return self._listed(open_ones.order_by(RevealRow.requested_at, RevealRow.reveal_id))

    def emergencies(self) -> list[Reveal]:
        flagged = select(RevealRow).where(RevealRow.emergency)
        latest = (RevealRow.requested_at.desc(), RevealRow.reveal_id.desc())
        return self._listed(flagged.order_by(RevealRow.verdict.is_not(None), *latest))

    def unreviewed(self) -> tuple[int, datetime | None]:
        waiting = select(func.count(), func.min(RevealRow.requested_at))
        with transaction(self._engine) as session:
            one = session.execute(waiting.where(RevealRow.emergency, RevealRow.verdict.is_(None))).one()
        return one[0], utc_or_none(one[1])

    def decide(self, reveal_id: str, state: RevealState, decision: Decision, expires_at: datetime) -> Reveal:
        with exclusive(self._engine) as session:
            row = _row(session, reveal_id)
            if row.state != RevealState.WAITING.value or utc(row.expires_at) <= decision.at:
                raise Conflict("这次申请已经处理过或已过期，请刷新后查看。")
            row.state, row.expires_at = state.value, expires_at.astimezone(UTC)
            row.decided_by, row.decided_purpose = decision.by, decision.purpose
            row.decided_at = decision.at.astimezone(UTC)
            self._seal(row, self._words(row) | {"decided": decision.note})
            session.flush()
            return self._reveal(row)

    def open(self, reveal_id: str, now: datetime) -> Reveal:
        with exclusive(self._engine) as session:
            row = _row(session, reveal_id)
            if utc(row.expires_at) <= now:
                raise RevealExpired("这次申请已到期；仍有需要的，请重新申请。")
            if row.state != RevealState.GRANTED.value:
                raise Conflict("这次申请没有获准，不能查看。")
            row.opened, row.opened_at = row.opened + 1, now.astimezone(UTC)
            session.flush()
            return self._reveal(row)

    def review(self, reveal_id: str, review: EmergencyReview) -> Reveal:
        with exclusive(self._engine) as session:
            row = _row(session, reveal_id)
            if not row.emergency:
                raise NotVisible("没有这次紧急查阅，请在清单中核对编号。")
            if row.verdict is not None:
                raise Conflict("这次紧急查阅已经复核过，请刷新后查看。")
            row.verdict, row.reviewed_by = review.verdict.value, review.by
            row.reviewed_at = review.at.astimezone(UTC)
            self._seal(row, self._words(row) | {"reviewed": review.note})
            session.flush()
            return self._reveal(row)

    def _listed(self, wanted: Select[RevealRow]) -> list[Reveal]:
        with transaction(self._engine) as session:
            return [self._reveal(row) for row in session.scalars(wanted)]

    def _seal(self, row: RevealRow, words: dict[str, str]) -> None:
        sealed = self._sealer.seal(json.dumps(words).encode("ascii"), row.reveal_id)
        row.wrapped_key, row.sealed = sealed.wrapped_key, sealed.content

    def _words(self, row: RevealRow) -> dict[str, str]:
        sealed = Sealed(row.wrapped_key, row.sealed)
        words: dict[str, str] = json.loads(self._sealer.unseal(sealed, row.reveal_id))
        return words

    def _reveal(self, row: RevealRow) -> Reveal:
        words = self._words(row)
        return Reveal(
            reveal_id=row.reveal_id,
            doc_id=row.doc_id,
            subject=row.subject,
            purpose=row.purpose,
            kinds=tuple(DetectionKind(kind) for kind in row.kinds),
            reason=words["reason"],
            case_no=words["case_no"],
            case_fits=row.case_fits,
            emergency=row.emergency,
            state=RevealState(row.state),
            requested_at=utc(row.requested_at),
            expires_at=utc(row.expires_at),
            decision=_decision(row, words.get("decided", "")),
            opened=row.opened,
            opened_at=utc_or_none(row.opened_at),
            review=_review(row, words.get("reviewed", "")),
        )


def _check_limits(session: Session, reveal: Reveal, limits: RevealLimits) -> None:
    own = select(func.count()).where(RevealRow.subject == reveal.subject)
    today = own.where(RevealRow.requested_at > (reveal.requested_at - _DAY).astimezone(UTC))
    if (session.scalar(today) or 0) >= limits.per_day:
        raise TooManyRequests(f"一个账号 24 小时内最多申请 {limits.per_day} 次，请稍后再试。")
    if not reveal.emergency:
        return
    if (session.scalar(today.where(RevealRow.emergency)) or 0) >= limits.emergencies_per_day:
        raise TooManyRequests(
            f"一个账号 24 小时内最多紧急查阅 {limits.emergencies_per_day} 次，请按平常的办法申请。"
        )
    due = (reveal.requested_at - limits.review_within).astimezone(UTC)
    overdue = own.where(RevealRow.emergency, RevealRow.verdict.is_(None), RevealRow.requested_at <= due)
    if session.scalar(overdue):
        raise Conflict("您有逾期未复核的紧急查阅，复核之前不能再用；请按平常的办法申请，并请审计管理员复核。")


def _row(session: Session, reveal_id: str) -> RevealRow:
    row = session.get(RevealRow, reveal_id)
    if row is None:
        raise NotVisible("没有这次申请，请在清单中核对编号。")
    return row


def _decision(row: RevealRow, note: str) -> Decision | None:
    if row.decided_by is None or row.decided_at is None:
        return None
    return Decision(row.decided_by, row.decided_purpose or "", utc(row.decided_at), note)


def _review(row: RevealRow, note: str) -> EmergencyReview | None:
    if row.verdict is None or row.reviewed_by is None or row.reviewed_at is None:
        return None
    return EmergencyReview(row.reviewed_by, utc(row.reviewed_at), RevealVerdict(row.verdict), note)
