"""Jobs: one per idempotency key, and nobody sees another's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from indexer.store.jobs_sqlalchemy import SqlJobStore
from indexer.store.port import Job, JobState
from models.errors import Conflict, NotVisible
from tests.assembly import archive_in
from tests.strategies import NOW


def test_the_same_key_gives_the_same_job(tmp_path: Path) -> None:
    jobs = archive_in(tmp_path).jobs
    job, new = jobs.begin("甲系统", "request-1", "键")
    assert new
    assert job.state is JobState.WAITING
    assert jobs.begin("甲系统", "request-1", "键") == (job, False)
    jobs.finish(job.job_id, JobState.DONE, {"doc_id": "d"})
    again, new = jobs.begin("甲系统", "request-1", "键")
    assert (again.job_id, again.state, again.outcome, new) == (
        job.job_id,
        JobState.DONE,
        {"doc_id": "d"},
        False,
    )


def test_a_key_belongs_to_one_request_of_one_subject(tmp_path: Path) -> None:
    jobs = archive_in(tmp_path).jobs
    job, _ = jobs.begin("甲系统", "request-1", "键")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        jobs.begin("甲系统", "request-2", "键")
    other, new = jobs.begin("乙系统", "request-2", "键")
    assert new
    assert other.job_id != job.job_id


def test_without_a_key_every_request_is_a_job(tmp_path: Path) -> None:
    jobs = archive_in(tmp_path).jobs
    assert len({jobs.begin("甲系统", "same", None)[0].job_id for _ in range(3)}) == 3


def test_absent_and_anothers_are_the_same_answer(tmp_path: Path) -> None:
    jobs = archive_in(tmp_path).jobs
    job, _ = jobs.begin("甲系统", "request-1", None)
    assert jobs.job(job.job_id, "甲系统") == job
    details = []
    for job_id, subject in ((job.job_id, "乙系统"), ("absent", "甲系统")):
        with pytest.raises(NotVisible) as raised:
            jobs.job(job_id, subject)
        details.append(raised.value.detail)
    assert details[0] == details[1]
    with pytest.raises(NotVisible):
        jobs.finish("absent", JobState.FAILED, {})


def test_one_key_at_the_same_time_is_one_job(tmp_path: Path) -> None:
    jobs = archive_in(tmp_path).jobs
    begun: list[tuple[Job, bool]] = []
    threads = [Thread(target=lambda: begun.append(jobs.begin("甲系统", "r", "键"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 6
    assert len({job.job_id for job, _ in begun}) == 1
    assert [new for _, new in begun].count(True) == 1


def test_a_key_expires_and_is_free_for_another_request(tmp_path: Path) -> None:
    now = [NOW]
    jobs = SqlJobStore(archive_in(tmp_path).engine, timedelta(hours=1), lambda: now[0])
    first, _ = jobs.begin("甲系统", "request-1", "键")
    now[0] += timedelta(minutes=59)
    assert jobs.begin("甲系统", "request-1", "键") == (first, False)
    now[0] += timedelta(minutes=1)
    second, new = jobs.begin("甲系统", "request-2", "键")
    assert new
    assert second.job_id != first.job_id
    assert jobs.job(first.job_id, "甲系统") == first


def test_an_interrupted_job_waits_again_under_its_own_number(tmp_path: Path) -> None:
    jobs = archive_in(tmp_path).jobs
    job, _ = jobs.begin("甲系统", "request-1", "键")
    jobs.finish(job.job_id, JobState.FAILED, {"code": "interrupted"})
    assert jobs.reopen(job.job_id).state is JobState.WAITING
    assert jobs.job(job.job_id, "甲系统").outcome == {}
    with pytest.raises(NotVisible):
        jobs.reopen("absent")
