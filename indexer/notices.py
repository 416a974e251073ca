"""What a machine account is told of a finished job: ids, counts and decisions, never a word of a document."""

from __future__ import annotations

import json
from collections.abc import Mapping

from indexer.deposits import OutcomeKind
from indexer.store.port import Job, JobState

JOB_FINISHED = "job.finished"
PING = "ping"


def notice_of(job: Job, notice_id: str) -> str:
    """Return the JSON that is sent; whoever receives the same ``id`` twice has been told once."""
    return _json(
        {
            "id": notice_id,
            "event": JOB_FINISHED,
            "at": job.updated_at.isoformat(timespec="seconds"),
            "job_id": job.job_id,
            "state": job.state.value,
            "counts": _counts(job),
            "documents": _documents(job),
        }
    )


def doc_ids_of(notice: str) -> tuple[str, ...]:
    """Return the documents a notice speaks of, for the audit log."""
    return tuple(document["doc_id"] for document in json.loads(notice).get("documents", ()))


def ping(notice_id: str, at: str) -> str:
    """Return the JSON of a test."""
    return _json({"id": notice_id, "event": PING, "at": at})


def _counts(job: Job) -> dict[str, int]:
    kind = job.outcome.get("kind") if job.state is JobState.DONE else "failed"
    return {name: int(kind == name) for name in (*OutcomeKind, "failed")}


def _documents(job: Job) -> list[dict[str, str | None]]:
    doc_id = job.outcome.get("doc_id")
    return [{"doc_id": doc_id, "decision": job.outcome.get("decision")}] if doc_id else []


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
