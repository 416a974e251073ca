"""Use case: disposal (鉴定销毁): proposed, approved by another, attested by two, then destroyed.

Source: 社会保险业务档案管理规定（试行）: an inventory, filing with the department, approval by the head of
the agency, and two supervisors of the destruction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from indexer.auditing import Look, audited
from indexer.durable import only_writer
from indexer.store.disposal_port import (
    Candidate,
    Certificate,
    Disposal,
    DisposalState,
    DisposalStore,
    Item,
    Supervisor,
)
from indexer.store.identifiers import new_id
from indexer.store.port import AuditLog
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.archive.documents import DocumentState
from models.archive.levels import Retention
from models.archive.regions import within
from models.errors import Conflict, Forbidden, InvalidInput, NotVisible

MAX_DOCUMENTS = 5000
SUPERVISORS = 2
_MAX_REASON = 500
_CHINA = timezone(timedelta(hours=8))


@dataclass(slots=True)
class Disposals:
    """Every step is one person's, with the duty to dispose and the documents within the person's regions.

    ``masked``: hides personal data in a text. ``sign``: signature and public key (hex) over bytes.
    ``refresh``: brings the index up to date. Killed at any moment, `execute` goes on where it stopped.
    """

    store: DisposalStore
    audit: AuditLog
    masked: Callable[[str], str]
    sign: Callable[[bytes], tuple[str, str]]
    refresh: Callable[[], object]
    folder: Path
    clock: Callable[[], datetime]
    via: str = "cli"

    def due(self, by: Principal) -> list[Item]:
        """Return what may be disposed of today within the principal's regions: term over, or withdrawn."""
        with self._step(by, "dispose_due", "") as look:
            mine = [c for c in self.store.candidates(self.store.due(self._today())) if _may_see(by, c)]
            look.doc_ids = tuple(sorted(c.facts.doc_id for c in mine))
            return [_item(c) for c in mine]

    def propose(self, doc_ids: Sequence[str], reason: str, by: Principal) -> Disposal:
        """Write an inventory of documents to destroy.

        Raises:
            NotVisible: one is absent, or not within the principal's regions and line.
            Conflict: one is to be kept for good, or its term has not ended.
            InvalidInput: no reason, or no or too many documents.
        """
        words = reason.strip()
        if not 0 < len(words) <= _MAX_REASON:
            raise InvalidInput(f"请写明鉴定意见，不超过 {_MAX_REASON} 字。")
        wanted = list(dict.fromkeys(doc_ids))
        if not 0 < len(wanted) <= MAX_DOCUMENTS:
            raise InvalidInput(f"一份销毁清册应有 1 至 {MAX_DOCUMENTS} 件档案。")
        with self._step(by, "dispose_propose", ",".join(wanted)) as look:
            found = [c for c in self.store.candidates(wanted) if _may_see(by, c)]
            if len(found) != len(wanted):
                raise NotVisible("所列档案中有的不存在，或不在您的辖区和条线内。")
            _require_due([_item(c) for c in found], self._today())
            items = tuple(_item(c) for c in found)
            made = Disposal(
                new_id(), DisposalState.PROPOSED, self.masked(words), by.subject, self.clock(), items
            )
            self.store.add(made)
            look.doc_ids = tuple(sorted(wanted))
            return made

    def decide(self, disposal_id: str, by: Principal, *, approve: bool, filed_as: str = "") -> None:
        """Approve or refuse another's proposal; ``filed_as``: its filing with the department (备案文号).

        Raises:
            Forbidden: one's own proposal. Conflict: decided before, or not due any more.
        """
        with self._step(by, "dispose_approve" if approve else "dispose_refuse", disposal_id) as look:
            found = self._within(disposal_id, by)
            if found.proposed_by == by.subject:
                raise Forbidden("提出销毁的人不能审批，请由另一人审批。")
            if approve and not filed_as.strip():
                raise InvalidInput("请用 --filed 写明向同级主管部门备案的文号。")
            if approve:
                self._require_still_due(found)
            state = DisposalState.APPROVED if approve else DisposalState.REFUSED
            self.store.decide(disposal_id, state, filed_as.strip(), by.subject, self.clock())
            look.doc_ids = _ids(found)

    def supervise(self, disposal_id: str, by: Principal) -> None:
        """Attest, as one of two, that one supervises the destruction.

        Raises:
            Forbidden: who approved does not supervise. Conflict: not approved, or there already.
        """
        with self._step(by, "dispose_supervise", disposal_id) as look:
            found = self._within(disposal_id, by)
            if found.decided_by == by.subject:
                raise Forbidden("审批人不能兼任监销人，请由另一人监销。")
            self.store.add_supervisor(disposal_id, Supervisor(by.subject, self.clock()))
            look.doc_ids = _ids(found)

    def execute(self, disposal_id: str, by: Principal) -> Disposal:
        """Destroy what an approved and twice supervised inventory lists; return it with its certificate.

        Raises:
            Conflict: not approved, fewer than two supervisors, a term not over, or the archive is busy.
        """
        with (
            self._step(by, "dispose_execute", disposal_id) as look,
            only_writer(self.folder),
        ):
            found = self._within(disposal_id, by)
            look.doc_ids = _ids(found)
            if found.state is DisposalState.DONE:
                return found
            if found.state is not DisposalState.EXECUTING:
                if len(found.supervisors) < SUPERVISORS:
                    raise Conflict(f"监销人不足 {SUPERVISORS} 人，请先由两人分别登记监销。")
                self._require_still_due(found)
                self.store.begin(disposal_id)
            for item in found.items:
                self.store.destroy(disposal_id, item.document_id, self.clock())
            self.refresh()
            self.store.forget_pages()
            self._certify(disposal_id, by)
            return self.store.disposal(disposal_id)

    def listed(self, by: Principal) -> list[Disposal]:
        """Return the inventories whose documents are all within the principal's regions, the latest first."""
        with self._step(by, "dispose_list", ""):
            return [found for found in self.store.disposals() if _covers(by, found)]

    def one(self, disposal_id: str, by: Principal) -> Disposal:
        """Return one inventory; NotVisible where it is absent or not within the principal's regions."""
        with self._step(by, "dispose_read", disposal_id):
            return self._within(disposal_id, by)

    def _certify(self, disposal_id: str, by: Principal) -> None:
        done, at = self.store.disposal(disposal_id), self.clock()
        body = json.dumps(
            inventory_value(replace(done, ended_at=at)) | {"executed_by": by.subject},
            ensure_ascii=False,
            sort_keys=True,
        ).encode()
        self.store.end(disposal_id, Certificate(body, *self.sign(body)), at)

    def _within(self, disposal_id: str, by: Principal) -> Disposal:
        found = self.store.disposal(disposal_id)
        if not _covers(by, found):
            raise NotVisible("没有这份销毁清册，请用 chadang dispose list 核对编号。")
        return found

    @contextmanager
    def _step(self, by: Principal, action: str, about: str) -> Iterator[Look]:
        now = self.clock()
        with audited(self.audit, by, via=self.via, action=action, about=about, at=now) as look:
            require(by, Duty.DISPOSE, now)
            yield look

    def _require_still_due(self, disposal: Disposal) -> None:
        """Judge by the catalogue of this moment: a term may have been set anew since the proposal."""
        found = self.store.candidates(_ids(disposal))
        if len(found) != len(disposal.items):
            raise Conflict("清册中有的档案已经不在库中，请重新提出。")
        _require_due([_item(candidate) for candidate in found], self._today())

    def _today(self) -> date:
        return self.clock().astimezone(_CHINA).date()


def inventory_value(disposal: Disposal) -> dict[str, object]:
    """Return an inventory (销毁清册) as plain JSON values; no personal data."""
    return {
        "disposal_id": disposal.disposal_id,
        "state": disposal.state.value if disposal.ended_at is None else DisposalState.DONE.value,
        "reason": disposal.reason,
        "proposed_by": disposal.proposed_by,
        "proposed_at": disposal.proposed_at.isoformat(),
        "filed_as": disposal.filed_as,
        "decided_by": disposal.decided_by,
        "decided_at": _time(disposal.decided_at),
        "supervisors": [{"name": s.name, "at": s.at.isoformat()} for s in disposal.supervisors],
        "ended_at": _time(disposal.ended_at),
        "documents": [
            {
                "doc_id": item.document_id,
                "archive_no": item.archive_no,
                "title": item.title,
                "fonds": item.fonds,
                "region": item.region,
                "material_type": item.material_type,
                "retention": item.retention,
                "formed_on": _day(item.formed_on),
                "due_on": _day(item.due_on),
                "pages": item.page_count,
                "withdrawn": item.withdrawn,
                "source_mark": item.source_mark,
                "content_key_sm3": item.key_fingerprint,
                "original_key_sm3": item.file_fingerprint,
                "destroyed_at": _time(item.destroyed_at),
            }
            for item in disposal.items
        ],
    }


def _require_due(items: Sequence[Item], today: date) -> None:
    for item in items:
        if item.retention == Retention.PERMANENT.value:
            raise Conflict("清册中有保管期限为永久的档案，不能销毁。")
        if not item.withdrawn and (item.due_on is None or item.due_on > today):
            raise Conflict("清册中有尚未到期（或没有到期日）的档案，不能销毁；期限有误的请先重新鉴定。")


def _may_see(by: Principal, candidate: Candidate) -> bool:
    lines = candidate.facts.lines
    return _in_regions(by, candidate.facts.region) and (by.line is None or not lines or by.line in lines)


def _covers(by: Principal, disposal: Disposal) -> bool:
    return all(_in_regions(by, item.region) for item in disposal.items)


def _in_regions(by: Principal, region: str) -> bool:
    return any(prefix and within(region, prefix) for prefix in by.region_prefixes)


def _ids(disposal: Disposal) -> tuple[str, ...]:
    return tuple(sorted(item.document_id for item in disposal.items))


def _item(candidate: Candidate) -> Item:
    return Item(
        document_id=candidate.facts.doc_id,
        archive_no=candidate.archive_no,
        title=candidate.title,
        fonds=candidate.fonds,
        region=candidate.facts.region,
        material_type=candidate.facts.material_type,
        retention=candidate.retention,
        formed_on=candidate.formed_on,
        due_on=candidate.due_on,
        page_count=candidate.page_count,
        withdrawn=candidate.facts.state is DocumentState.WITHDRAWN,
    )


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None
