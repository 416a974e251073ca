"""Reviews in SQL: verdicts, allowances, denied values, second looks, and the renditions they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from indexer.store import marks, records
from indexer.store.allowed import allowed_ids, aware, denials_changed, denied_version
from indexer.store.database import exclusive, transaction
from indexer.store.findings_sqlalchemy import (
    documents_with_privacy,
    every_finding,
    every_person,
    findings_of,
)
from indexer.store.persons_writing import renew_holding
from indexer.store.renditions_sqlalchemy import add_detections, check_space, put_in_place
from indexer.store.review_tables import AllowanceRow, DeniedRow, ReviewRow, SecondLookRow
from indexer.store.reviews_port import (
    Allowance,
    AllowanceScope,
    AllowanceState,
    DocumentPrivacy,
    Missed,
    Rerendering,
    Review,
    StoredFinding,
    Verdict,
)
from indexer.store.sealing import Sealed, Sealer
from indexer.store.tables import DetectionRow, OutboxRow
from models.archive.levels import AccessLevel
from models.embedding.space import EmbeddingSpace
from models.errors import Conflict
from models.privacy.denied import DeniedValue, DenyList
from models.privacy.detections import DetectionKind

REASON, VALUE = "review-reason", "denied-value"
"""What reasons and denied values are bound to when they are sealed."""


class SqlReviewStore:
    """The `ReviewStore` over SQLAlchemy."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    # -- reading -----------------------------------------------------------------------------

    def documents(self) -> Iterator[DocumentPrivacy]:
        return documents_with_privacy(self._engine, self._sealer)

    def findings(self, doc_id: str) -> tuple[StoredFinding, ...]:
        with transaction(self._engine) as session:
            return findings_of(session, doc_id)

    def all_findings(self) -> Iterator[tuple[str, StoredFinding]]:
        return every_finding(self._engine)

    def people(self) -> Iterator[tuple[str, str, str]]:
        return every_person(self._engine)

    def allowed(self, doc_id: str, now: datetime) -> frozenset[int]:
        with transaction(self._engine) as session:
            return allowed_ids(session, doc_id, now)

    def reviewed_spans(self, doc_ids: Iterable[str]) -> Iterator[tuple[str, StoredFinding]]:
        wanted = set(doc_ids)
        decided = ((d, f) for d, f in self.all_findings() if d in wanted and f.verdict is not None)
        yield from (pair for pair in decided if pair[1].verdict is not Verdict.CONFIRMED)

    # -- verdicts ----------------------------------------------------------------------------

    def record(self, review: Review, allowance: Allowance | None = None) -> None:
        with exclusive(self._engine) as session:
            doc_id = self._add_review(session, review)
            if review.verdict is Verdict.CONFIRMED:
                key = review.finding.value_key
                self._withdraw(session, key, doc_id, review.by, review.at)
                renew_holding(session, self._sealer, key, [doc_id], review.at)
            if allowance is not None:
                open_one = select(AllowanceRow.allowance_id).where(
                    AllowanceRow.value_key == allowance.value_key,
                    AllowanceRow.doc_id == allowance.doc_id,
                    AllowanceRow.scope == allowance.scope.value,
                    AllowanceRow.state == AllowanceState.PROPOSED.value,
                )
                if session.scalar(open_one) is None:
                    session.add(self._allowance_row(allowance))

    def retype(self, review: Review, rendering: Rerendering, space: EmbeddingSpace) -> None:
        with exclusive(self._engine) as session:
            check_space(session, space)
            put_in_place(session, rendering, self._sealer)
            doc_id = self._add_review(session, review)
            self._withdraw(session, review.finding.value_key, doc_id, review.by, review.at)
            row = session.get(DetectionRow, review.finding.detection_id)
            if row is not None and review.kind is not None:
                row.kind = review.kind.value
            renew_holding(session, self._sealer, review.finding.value_key, [doc_id], review.at)
        self._forget_pages()

    def add_missed(
        self, missed: Missed, renderings: Sequence[Rerendering], space: EmbeddingSpace, head_seq: int
    ) -> None:
        with exclusive(self._engine) as session:
            if (session.scalar(select(func.max(OutboxRow.seq))) or 0) != head_seq:
                raise Conflict("处理期间又有文件归档，请再提交一次。")
            check_space(session, space)
            key = marks.value_key(self._sealer, missed.value.value)
            self._deny(session, key, missed)
            self._withdraw(session, key, missed.doc_id, missed.by, missed.at)
            for rendering in renderings:
                put_in_place(session, rendering, self._sealer)
                for row in add_detections(session, rendering, self._sealer):
                    finding = StoredFinding(
                        0, row.detection_id, row.page_no, records.detection_of(row), key, row.check_failed
                    )
                    review = Review(finding, Verdict.MISSED, missed.by, missed.at, missed.reason)
                    self._add_review(session, review, rendering.doc_id)
            renew_holding(session, self._sealer, key, [r.doc_id for r in renderings], missed.at)
        self._forget_pages()

    def _add_review(self, session: Session, review: Review, doc_id: str = "") -> str:
        detection_id = review.finding.detection_id
        if not doc_id:
            doc_id = session.scalars(
                select(DetectionRow.doc_id).where(DetectionRow.detection_id == detection_id)
            ).one()
        sealed = self._sealer.seal(review.reason.encode("utf-8", "surrogatepass"), REASON)
        session.add(
            ReviewRow(
                doc_id=doc_id,
                detection_id=detection_id,
                verdict=review.verdict.value,
                kind_before=review.finding.detection.kind.value,
                by=review.by,
                at=review.at,
                wrapped_key=sealed.wrapped_key,
                sealed_reason=sealed.content,
            )
        )
        return doc_id

    def _forget_pages(self) -> None:
        """Write the log back at once: it still holds what was readable before (SQLite only)."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    # -- allowances --------------------------------------------------------------------------

    def allowances(self) -> list[Allowance]:
        with transaction(self._engine) as session:
            rows = session.scalars(select(AllowanceRow).order_by(AllowanceRow.proposed_at))
            return [self._allowance_of(row) for row in rows]

    def approve(self, allowance: Allowance) -> None:
        with exclusive(self._engine) as session:
            row = session.get(AllowanceRow, allowance.allowance_id)
            if row is None or row.state != AllowanceState.PROPOSED.value:
                raise Conflict("这一条已经处理过，请刷新后查看。")
            row.state, row.regions = AllowanceState.APPROVED.value, list(allowance.regions)
            row.clearance = int(allowance.clearance)
            row.decided_by, row.decided_at = allowance.decided_by, allowance.decided_at
            if allowance.scope is AllowanceScope.ALL:
                ended = update(DeniedRow).where(DeniedRow.value_key == allowance.value_key)
                session.execute(ended.values(active=False))
                denials_changed(session)
            key = allowance.value_key if allowance.scope is AllowanceScope.ALL else ""
            renew_holding(session, self._sealer, key, [row.doc_id], allowance.decided_at)

    def _withdraw(self, session: Session, key: str, doc_id: str, by: str, at: datetime) -> None:
        touched = (AllowanceRow.doc_id == doc_id) | (AllowanceRow.scope == AllowanceScope.ALL.value)
        withdrawn = update(AllowanceRow).where(AllowanceRow.value_key == key, touched)
        session.execute(withdrawn.values(state=AllowanceState.WITHDRAWN.value, decided_by=by, decided_at=at))

    def _allowance_row(self, allowance: Allowance) -> AllowanceRow:
        sealed = self._sealer.seal(allowance.reason.encode("utf-8", "surrogatepass"), REASON)
        names = ("allowance_id", "value_key", "doc_id", "number", "proposed_by", "proposed_at", "expires_at")
        return AllowanceRow(
            kind=allowance.kind.value,
            scope=allowance.scope.value,
            regions=list(allowance.regions),
            clearance=int(allowance.clearance),
            state=allowance.state.value,
            wrapped_key=sealed.wrapped_key,
            sealed_reason=sealed.content,
            **{name: getattr(allowance, name) for name in names},
        )

    def _allowance_of(self, row: AllowanceRow) -> Allowance:
        reason = self._sealer.unseal(Sealed(row.wrapped_key, row.sealed_reason), REASON)
        return Allowance(
            allowance_id=row.allowance_id,
            value_key=row.value_key,
            kind=DetectionKind(row.kind),
            doc_id=row.doc_id,
            number=row.number,
            scope=AllowanceScope(row.scope),
            regions=tuple(row.regions),
            clearance=AccessLevel(row.clearance),
            state=AllowanceState(row.state),
            proposed_by=row.proposed_by,
            proposed_at=aware(row.proposed_at),
            expires_at=aware(row.expires_at),
            reason=reason.decode("utf-8", "surrogatepass"),
            decided_by=row.decided_by,
            decided_at=aware(row.decided_at) if row.decided_at else None,
        )

    # -- denied values, second looks ---------------------------------------------------------

    def deny_list(self) -> DenyList:
        with transaction(self._engine) as session:
            rows = session.scalars(select(DeniedRow).where(DeniedRow.active).order_by(DeniedRow.denied_id))
            values = tuple(
                DeniedValue(
                    DetectionKind(row.kind),
                    self._sealer.unseal(Sealed(row.wrapped_key, row.sealed_value), VALUE).decode(),
                )
                for row in rows
            )
            return DenyList(denied_version(session), values)

    def _deny(self, session: Session, key: str, missed: Missed) -> None:
        sealed = self._sealer.seal(missed.value.value.encode("utf-8", "replace"), VALUE)
        row = session.scalar(select(DeniedRow).where(DeniedRow.value_key == key)) or DeniedRow(value_key=key)
        row.kind, row.active = missed.value.kind.value, True
        row.by, row.at = missed.by, missed.at
        row.wrapped_key, row.sealed_value = sealed.wrapped_key, sealed.content
        session.add(row)
        denials_changed(session)

    def second_looks(self) -> dict[str, str]:
        with transaction(self._engine) as session:
            return {row.doc_id: row.by for row in session.scalars(select(SecondLookRow))}

    def record_look(self, doc_id: str, by: str, at: datetime) -> None:
        with exclusive(self._engine) as session:
            if session.get(SecondLookRow, doc_id) is None:
                session.add(SecondLookRow(doc_id=doc_id, by=by, at=at.astimezone(UTC)))
