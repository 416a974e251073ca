"""Use case: deposits over HTTP. Accepted at once, taken in behind the answer by one worker thread.

The bytes of a waiting deposit are held in memory only: clear content lies nowhere but in the sealed
store. What a stopped or crashed process had accepted and not taken in is therefore reported as
failed, by a journal of open jobs that the next process reads (`api.journal`).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby
from queue import Empty, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from api.bootstrap import Archive, utc_now
from api.journal import Journal
from indexer.catalogue import Row, row_of
from indexer.deposits import FileDeposit, Outcome, OutcomeKind
from indexer.parsing.limits import MIB
from indexer.store.port import AuditEvent, Job, JobState
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.archive.regions import within
from models.classification.results import Classification
from models.errors import ArchiveError, DependencyFailed, Forbidden

if TYPE_CHECKING:
    from indexer.ingest import Ingestor

MAX_BATCH = 32
MAX_WAITING_BYTES = 512 * MIB
"""Bytes that may wait in memory besides one file of any allowed size."""

_log = logging.getLogger("chadang.deposits")
_INTERNAL = {"code": "internal", "detail": "处理时出现内部错误，请重新提交；仍不成功时请联系系统管理员。"}
_STOPPED = {
    "code": "interrupted",
    "detail": "服务停止时这份文件尚未处理，没有归档，请重新提交，键可不变。",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as sent; ``name`` may hold personal data and is never logged or shown."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)
    metadata: Mapping[str, Any] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """sha256 (hex) over content and metadata: the same request again has the same one."""
        metadata = json.dumps(self.metadata, ensure_ascii=True, sort_keys=True)
        return sha256(f"{sha256(self.content).hexdigest()}\n{metadata}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Ticket:
    """One deposit in the queue; ``region`` owns it where its catalogue names none."""

    job_id: str
    principal: Principal
    region: str
    deposit: FileDeposit

    @property
    def size(self) -> int:
        return len(self.deposit.content or b"")


def depositing_region(principal: Principal, row: Row) -> str:
    """Return the region a deposit belongs to before it is catalogued: the account's first.

    Raises:
        Forbidden: the account has no region, or the catalogue names one outside the account's.
    """
    prefixes = [prefix for prefix in principal.region_prefixes if prefix]
    if not prefixes:
        raise Forbidden("账号没有行政区划范围，不能归档；请联系安全管理员。")
    region = row.entry.region
    if region and not any(within(region, prefix) for prefix in prefixes):
        raise Forbidden("目录中的行政区划不在账号的范围内，不能归档；请核对后重新提交。")
    return prefixes[0]


def _decided(made: Classification | None) -> dict[str, str]:
    """Return the fields of a job that say what the classifier decided; none for what was not stored."""
    if made is None:
        return {}
    return {
        "insurance_type": made.insurance_type,
        "prediction_set": "、".join(made.prediction_set),
        "decision": made.decision.value,
        "material_type": made.material_type or "",
    }


class Deposits:
    """Accepts deposits and takes them in; start and stop with the service."""

    def __init__(self, archive: Archive, models_settled: Callable[[float], bool]) -> None:
        """``models_settled`` waits some seconds and says whether the models are loaded or have failed."""
        self._archive = archive
        self._models_settled = models_settled
        self._queue: Queue[_Ticket | None] = Queue()
        self._entering = Lock()
        self._waiting: dict[str, int] = {}
        self._journal: Journal | None = None
        self._stop_at = float("inf")
        self._thread = Thread(target=self._work, name="chadang-deposits", daemon=True)

    def start(self) -> None:
        """Report what a crashed process left open as failed, then begin to work."""
        folder = self._archive.folder / "deposits"
        self._journal = Journal.open(folder, self._fail_unfinished)
        self._thread.start()

    def stop(self, grace_s: float = 20.0) -> None:
        """Take no more; work off the queue for ``grace_s`` seconds and report the rest as failed."""
        with self._entering:
            self._stop_at = time.monotonic() + grace_s
            self._queue.put(None)
        self._thread.join(grace_s + 10.0)
        if not self._thread.is_alive() and self._journal is not None:
            self._journal.close()

    def accept(self, upload: Upload, principal: Principal, idempotency_key: str | None) -> Job:
        """Return the job that will take the upload in; the same request again gets the same job.

        A job that a stop interrupted is taken up again by the same request under the same key.

        Raises:
            Forbidden: no duty to deposit, or not in this region.
            Conflict: the idempotency key belongs to another request.
            DependencyFailed: too much is waiting, or the service is stopping.
        """
        now = utc_now()
        require(principal, Duty.DEPOSIT, now)
        row = row_of(upload.metadata)
        region = depositing_region(principal, row)
        sealer = self._archive.sealer
        request_key = sealer.keyed_hash(upload.fingerprint, "deposit")
        key = sealer.keyed_hash(idempotency_key, "idempotency") if idempotency_key else None
        deposit = FileDeposit(upload.name, content=upload.content, row=row)
        with self._entering:
            self._require_room()
            job, new = self._archive.jobs.begin(principal.subject, request_key, key)
            if job.state is JobState.FAILED and job.outcome.get("code") == _STOPPED["code"]:
                job = self._archive.jobs.reopen(job.job_id)
            # A waiting job this process does not hold was lost between two of its steps: take it up.
            if new or (job.state is JobState.WAITING and job.job_id not in self._waiting):
                self._enter(_Ticket(job.job_id, principal, region, deposit))
        self._record(principal, "accepted" if new else "repeated", request_key)
        return job

    def _require_room(self) -> None:
        if self._journal is None or self._stopping:
            raise DependencyFailed("服务正在启动或停止，请稍后重新提交。")
        if sum(self._waiting.values()) > MAX_WAITING_BYTES:
            raise DependencyFailed("等待归档的文件过多，请稍后重新提交。")

    def _enter(self, ticket: _Ticket) -> None:
        assert self._journal is not None
        self._journal.add(ticket.job_id, ticket.principal.subject)
        self._waiting[ticket.job_id] = ticket.size
        self._queue.put(ticket)

    @property
    def _stopping(self) -> bool:
        return self._stop_at != float("inf")

    # -- the worker thread ---------------------------------------------------------------------

    def _work(self) -> None:
        while not self._models_settled(0.2) and not self._stopping:
            pass
        while tickets := self._next():
            if time.monotonic() >= self._stop_at:
                self._finish_all(tickets, dict.fromkeys((t.job_id for t in tickets), _STOPPED), {})
                continue
            tickets.sort(key=lambda ticket: ticket.region)
            for region, group in groupby(tickets, key=lambda ticket: ticket.region):
                self._take_in(region, list(group))

    def _next(self) -> list[_Ticket]:
        """Return what waits, at most MAX_BATCH; empty when the service stops and nothing is left."""
        first = self._queue.get()
        tickets = [first] if first else []
        while len(tickets) < MAX_BATCH:
            try:
                ticket = self._queue.get_nowait()
            except Empty:
                break
            if ticket is not None:
                tickets.append(ticket)
        if self._stopping and tickets:
            self._queue.put(None)  # the sentinel may have been among them
        return tickets

    def _take_in(self, region: str, tickets: Sequence[_Ticket]) -> None:
        taken, failure = self._ingest(region, tickets)
        failures: dict[str, Mapping[str, str]] = {}
        for ticket in tickets[len(taken) :] if failure else ():
            # One bad file must not fail its neighbours: once more, each by itself.
            alone, why = self._ingest(region, [ticket]) if len(tickets) > 1 else ({}, failure)
            taken |= alone
            if why:
                failures[ticket.job_id] = why
        self._catch_up()
        self._finish_all(tickets, failures, taken)

    def _ingest(
        self, region: str, tickets: Sequence[_Ticket]
    ) -> tuple[dict[str, Outcome], Mapping[str, str] | None]:
        """Return the outcomes by job, and what stopped the rest, if anything did."""
        taken: dict[str, Outcome] = {}
        try:
            outcomes = self._ingestor(region).ingest([ticket.deposit for ticket in tickets])
            for ticket, outcome in zip(tickets, outcomes, strict=False):
                taken[ticket.job_id] = outcome
        except ArchiveError as error:
            return taken, {"code": error.code, "detail": error.detail}
        except Exception as error:  # noqa: BLE001 - one bad file must not end the worker
            _log.error("deposit failed: %s", type(error).__name__)
            return taken, _INTERNAL
        return taken, None

    def _ingestor(self, region: str) -> Ingestor:
        ingestor = self._archive.ingestor
        return replace(ingestor, preparer=replace(ingestor.preparer, deposit_region=region))

    def _catch_up(self) -> None:
        """Bring the index up to date; where that fails, the next search does it and reports it."""
        try:
            self._archive.index.catch_up()
        except ArchiveError as error:
            _log.warning("index is behind: %s", error.code)

    def _finish_all(
        self,
        tickets: Sequence[_Ticket],
        failures: Mapping[str, Mapping[str, str]],
        taken: Mapping[str, Outcome],
    ) -> None:
        for ticket in tickets:
            try:
                self._finish(ticket, failures.get(ticket.job_id), taken.get(ticket.job_id))
            except ArchiveError as error:
                _log.error("job %s could not be closed: %s", ticket.job_id, error.code)
                continue  # stays in the journal: the next start reports it
            with self._entering:
                self._waiting.pop(ticket.job_id, None)
                if self._journal is not None:
                    self._journal.remove(ticket.job_id)

    def _finish(self, ticket: _Ticket, failure: Mapping[str, str] | None, outcome: Outcome | None) -> None:
        if outcome is None:
            told = failure or _INTERNAL
            self._archive.jobs.finish(ticket.job_id, JobState.FAILED, told)
            self._record(ticket.principal, told["code"], ticket.job_id)
            return
        told = {"kind": outcome.kind.value, "code": outcome.code or "", "detail": outcome.detail}
        shown = self._shown_id(outcome, ticket.principal)
        # What is said of a document of another region would say something about it.
        told |= {"doc_id": shown, "notes": "\n".join(outcome.notes if shown else ())}
        told |= _decided(outcome.classification)
        self._archive.jobs.finish(ticket.job_id, JobState.DONE, {k: v for k, v in told.items() if v})
        doc_ids = (outcome.doc_id,) if outcome.doc_id else ()
        self._record(ticket.principal, outcome.kind.value, ticket.job_id, doc_ids)

    def _shown_id(self, outcome: Outcome, principal: Principal) -> str:
        """Return the id a depositor may learn: a duplicate of another region's document stays unnamed."""
        if outcome.doc_id is None or outcome.kind is OutcomeKind.STORED:
            return outcome.doc_id or ""
        facts = self._archive.store.facts([outcome.doc_id]).get(outcome.doc_id)
        region = facts.region if facts else ""
        return outcome.doc_id if any(within(region, p) for p in principal.region_prefixes) else ""

    def _fail_unfinished(self, job_id: str, subject: str) -> None:
        jobs = self._archive.jobs
        if jobs.job(job_id, subject).state is JobState.WAITING:
            jobs.finish(job_id, JobState.FAILED, _STOPPED)

    def _record(self, principal: Principal, outcome: str, about: str, doc_ids: tuple[str, ...] = ()) -> None:
        audit = self._archive.audit
        event = AuditEvent(
            at=utc_now(),
            principal=principal.subject,
            via=self._archive.via,
            purpose=principal.purpose,
            action="deposit",
            doc_ids=doc_ids,
            query=audit.query_key(about),
            outcome=outcome,
            roles=tuple(sorted(principal.roles)),
        )
        audit.record(event)
