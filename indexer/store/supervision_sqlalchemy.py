"""The supervision of duty in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from indexer.store import supervision_records as made
from indexer.store.audit_sqlalchemy import event_of
from indexer.store.blind_keys import asked_mark
from indexer.store.database import exclusive, transaction
from indexer.store.port import AuditEvent
from indexer.store.records import content_of
from indexer.store.sealing import Sealed, Sealer
from indexer.store.supervision_port import AlertState, Judgement, KeptAlert, OwnMarks, Progress
from indexer.store.supervision_tables import AlertRow, JudgementRow, OwnMarksRow, SupervisedDayRow
from indexer.store.tables import AuditRow, DocumentRow, MetaRow
from models.errors import Conflict, NotVisible
from models.privacy.blind_index import Use
from models.supervision.looks import DocumentMarks
from models.supervision.memory import Day

_PROGRESS = "supervision"
_SLICE = 500


class SqlSupervisionStore:
    """The `SupervisionStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    # -- the ledger and documents ------------------------------------------------------------

    def progress(self) -> Progress:
        with transaction(self._engine) as session:
            return _progress(session)

    def entries(self, after: int) -> Iterator[tuple[int, AuditEvent]]:
        wanted = select(AuditRow).where(AuditRow.seq > after).order_by(AuditRow.seq)
        with transaction(self._engine) as session:
            for row in session.scalars(wanted.execution_options(yield_per=2000)):
                yield row.seq, event_of(row)

    def marks(self, doc_ids: Collection[str]) -> dict[str, DocumentMarks]:
        wanted, found = sorted(set(doc_ids)), dict[str, DocumentMarks]()
        with transaction(self._engine) as session:
            for start in range(0, len(wanted), _SLICE):
                rows = select(
                    DocumentRow.doc_id, DocumentRow.region, DocumentRow.wrapped_key, DocumentRow.sealed
                ).where(DocumentRow.doc_id.in_(wanted[start : start + _SLICE]))
                for doc_id, region, key, sealed in session.execute(rows):
                    content = content_of(self._sealer.unseal(Sealed(key, sealed), doc_id))
                    found[doc_id] = made.marks_of(self._sealer, doc_id, content, region)
        return found

    def mark(self, value: str, of: str) -> str:
        return made.mark_of(self._sealer, value, of)

    def asked_mark(self, use: Use, key: str) -> str:
        return asked_mark(self._sealer, use, key)

    # -- days --------------------------------------------------------------------------------

    def days(self, since: date) -> Iterator[Day]:
        wanted = select(SupervisedDayRow).where(SupervisedDayRow.day >= since)
        ordered = wanted.order_by(SupervisedDayRow.day, SupervisedDayRow.account_key)
        with transaction(self._engine) as session:
            for row in session.scalars(ordered.execution_options(yield_per=1000)):
                yield made.day_of(self._sealer, row)

    def finish_day(
        self, day: date, seq: int, days: Sequence[Day], alerts: Sequence[KeptAlert], forget: date
    ) -> None:
        with exclusive(self._engine) as session:
            reached = _progress(session)
            if reached.seq >= seq or (reached.day is not None and reached.day >= day):
                raise Conflict("另一次扫描已经看过这一天，请稍后再试。")
            session.add_all(made.day_row(self._sealer, one) for one in days)
            for kept in alerts:
                self._raise(session, kept)
            session.execute(delete(SupervisedDayRow).where(SupervisedDayRow.day < forget))
            session.merge(MetaRow(name=_PROGRESS, value={"seq": seq, "day": day.isoformat()}))

    # -- alerts ------------------------------------------------------------------------------

    def raise_alerts(self, alerts: Sequence[KeptAlert]) -> None:
        with exclusive(self._engine) as session:
            for kept in alerts:
                self._raise(session, kept)

    def _raise(self, session: Session, kept: KeptAlert) -> None:
        matter = self._sealer.keyed_hash(kept.alert.key, "supervision-matter")
        held = session.scalars(select(AlertRow).where(AlertRow.matter_key == matter)).first()
        if held is None:
            session.add(made.alert_row(self._sealer, kept, matter))
            session.flush()
        elif held.state == AlertState.OPEN.value:
            renewed = KeptAlert(held.alert_id, kept.alert, kept.state, kept.offices, kept.raised_at)
            sealed = made.sealed_alert(self._sealer, renewed)
            held.wrapped_key, held.sealed, held.score = sealed.wrapped_key, sealed.content, kept.alert.score

    def alerts(self, state: AlertState | None = None) -> list[KeptAlert]:
        wanted = select(AlertRow).order_by(AlertRow.day.desc(), AlertRow.score.desc(), AlertRow.alert_id)
        if state is not None:
            wanted = wanted.where(AlertRow.state == state.value)
        with transaction(self._engine) as session:
            decided: dict[str, list[JudgementRow]] = defaultdict(list)
            for row in session.scalars(select(JudgementRow).order_by(JudgementRow.judgement_id)):
                decided[row.alert_id].append(row)
            return [made.alert_of(self._sealer, r, decided[r.alert_id]) for r in session.scalars(wanted)]

    def alert(self, alert_id: str) -> KeptAlert:
        with transaction(self._engine) as session:
            row = session.get(AlertRow, alert_id)
            if row is None:
                raise NotVisible("没有这条告警，请在清单中核对编号。")
            decided = select(JudgementRow).where(JudgementRow.alert_id == alert_id)
            return made.alert_of(
                self._sealer, row, session.scalars(decided.order_by(JudgementRow.judgement_id))
            )

    def judge(self, alert_id: str, judgement: Judgement, expected: AlertState) -> None:
        with exclusive(self._engine) as session:
            row = session.get(AlertRow, alert_id)
            if row is None:
                raise NotVisible("没有这条告警，请在清单中核对编号。")
            if row.state != expected.value:
                raise Conflict("这条告警刚由他人处理过，请重新查看后再定。")
            row.state = judgement.verdict.value
            session.add(made.judgement_row(self._sealer, alert_id, judgement))

    # -- own marks ---------------------------------------------------------------------------

    def own_marks(self) -> dict[str, OwnMarks]:
        with transaction(self._engine) as session:
            rows = session.scalars(select(OwnMarksRow)).all()
            return {
                row.account: made.own_of(
                    self._sealer.unseal(Sealed(row.wrapped_key, row.sealed), row.account)
                )
                for row in rows
            }

    def set_own_marks(self, account: str, marks: OwnMarks) -> None:
        sealed = self._sealer.seal(made.own_bytes(marks), account)
        with transaction(self._engine) as session:
            session.merge(OwnMarksRow(account=account, wrapped_key=sealed.wrapped_key, sealed=sealed.content))


def _progress(session: Session) -> Progress:
    row = session.get(MetaRow, _PROGRESS)
    return Progress(int(row.value["seq"]), date.fromisoformat(row.value["day"])) if row else Progress()
