"""The reveal store: what it keeps, what it refuses, and of two decisions at once one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account
from indexer.store.reveals_port import (
    LISTED,
    Decision,
    EmergencyReview,
    Reveal,
    RevealState,
    RevealVerdict,
)
from indexer.store.reveals_sqlalchemy import SqlRevealStore
from models.access.reveal import RevealLimits, reveal_rules
from models.access.scope import EVERYTHING, NOTHING
from models.errors import ArchiveError, Conflict, NotVisible, RevealExpired, TooManyRequests
from models.privacy.detections import DetectionKind
from tests.assembly import Archive, archive_in, clerk, record
from tests.strategies import NOW

LIMITS = replace(reveal_rules().limits, per_day=4, emergencies_per_day=2)
REASON, CASE = "核对王小明的退休", "BJ2020-7"
HOUR = timedelta(hours=1)


class Kept:
    def __init__(self, folder: Path) -> None:
        self.archive: Archive = archive_in(folder)
        self.store = SqlRevealStore(self.archive.engine, self.archive.sealer)
        for name in ("clerk-1", "clerk-2"):
            SqlAccountStore(self.archive.engine).add_account(Account(replace(clerk(), subject=name), None))
        self.archive.ingest(record("one", "退休审批表"))
        (self.doc_id,) = self.archive.store.ids_inside(EVERYTHING, NOTHING)
        self.count = 0

    def add(self, limits: RevealLimits = LIMITS, at: datetime = NOW, **changes: object) -> Reveal:
        self.count += 1
        made = Reveal(
            reveal_id=f"r{self.count:04}",
            doc_id=self.doc_id,
            subject="clerk-1",
            purpose="业务经办",
            kinds=(DetectionKind.PERSON, DetectionKind.BANK_CARD),
            reason=REASON,
            case_no=CASE,
            case_fits=None,
            emergency=False,
            state=RevealState.WAITING,
            requested_at=at,
            expires_at=at + HOUR,
        )
        asked = replace(made, **changes)  # type: ignore[arg-type]
        self.store.add(asked, limits)
        return asked


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def refusal(act: Callable[[], object]) -> type[ArchiveError]:
    with pytest.raises(ArchiveError) as refused:
        act()
    return type(refused.value)


def test_what_is_kept_comes_back_whole(kept: Kept) -> None:
    first, second = kept.add(case_fits=True), kept.add(at=NOW + HOUR, emergency=True)
    other = kept.add(subject="clerk-2")
    assert kept.store.one(first.reveal_id) == first
    assert kept.store.of_subject("clerk-1") == [second, first]
    assert kept.store.of_subject("clerk-2") == [other]
    assert kept.store.of_subject("nobody") == []
    assert refusal(lambda: kept.store.one("absent")) is NotVisible


def test_words_lie_sealed_and_no_value_at_all(kept: Kept) -> None:
    asked = kept.add()
    kept.store.decide(asked.reveal_id, RevealState.REFUSED, Decision("b", "", NOW, "王小明不相干"), NOW)
    urgent = kept.add(emergency=True)
    kept.store.review(urgent.reveal_id, EmergencyReview("a", NOW, RevealVerdict.JUSTIFIED, "已问过王小明"))
    assert kept.store.one(asked.reveal_id).reason == REASON
    raw = b"".join(path.read_bytes() for path in kept.archive.folder.glob("archive.db*"))
    for word in ("王小明", "\\u738b", CASE):
        assert word.encode() not in raw
    assert REASON not in repr(kept.store.one(asked.reveal_id))


def test_an_account_asks_so_often_in_any_day_and_another_account_does_not_count(kept: Kept) -> None:
    for _ in range(LIMITS.per_day):
        kept.add()
    assert refusal(kept.add) is TooManyRequests
    kept.add(subject="clerk-2")
    assert refusal(lambda: kept.add(at=NOW + timedelta(hours=23, minutes=59))) is TooManyRequests
    kept.add(at=NOW + timedelta(hours=24))


def test_emergencies_have_a_number_of_their_own(kept: Kept) -> None:
    kept.add(emergency=True)
    kept.add(emergency=True)
    assert refusal(lambda: kept.add(emergency=True)) is TooManyRequests
    kept.add()


def test_an_overdue_emergency_stops_the_next_until_it_is_reviewed(kept: Kept) -> None:
    first = kept.add(emergency=True)
    kept.add(subject="clerk-2", emergency=True)
    due = NOW + LIMITS.review_within
    kept.add(at=due - timedelta(seconds=1), emergency=True)
    assert refusal(lambda: kept.add(at=due, emergency=True)) is Conflict
    kept.add(at=due)  # asking as usual goes on
    kept.store.review(first.reveal_id, EmergencyReview("a", due, RevealVerdict.UNJUSTIFIED, "没有必要"))
    kept.add(at=due, emergency=True)


def test_waiting_is_what_nobody_has_decided_and_has_not_lapsed(kept: Kept) -> None:
    first, second = kept.add(), kept.add(at=NOW + timedelta(minutes=1))
    kept.add(state=RevealState.GRANTED)
    assert kept.store.waiting(NOW) == [first, second]
    kept.store.decide(first.reveal_id, RevealState.GRANTED, Decision("b", "复核", NOW), NOW + HOUR)
    assert kept.store.waiting(NOW) == [second]
    assert kept.store.waiting(second.expires_at) == []


def test_a_decision_is_made_once_and_in_time(kept: Kept) -> None:
    asked, late = kept.add(), kept.add()
    said = Decision("boss", "复核", NOW, "")
    decided = kept.store.decide(asked.reveal_id, RevealState.GRANTED, said, NOW + 2 * HOUR)
    assert decided == replace(asked, state=RevealState.GRANTED, decision=said, expires_at=NOW + 2 * HOUR)
    again = lambda: kept.store.decide(asked.reveal_id, RevealState.REFUSED, said, NOW)  # noqa: E731
    assert refusal(again) is Conflict
    lapsed = replace(said, at=late.expires_at)
    assert (
        refusal(lambda: kept.store.decide(late.reveal_id, RevealState.GRANTED, lapsed, lapsed.at + HOUR))
        is Conflict
    )
    assert refusal(lambda: kept.store.decide("absent", RevealState.GRANTED, said, NOW)) is NotVisible


def test_of_decisions_at_once_exactly_one_counts(kept: Kept) -> None:
    asked = kept.add()

    def decide(number: int) -> str:
        state = RevealState.GRANTED if number % 2 else RevealState.REFUSED
        try:
            kept.store.decide(asked.reveal_id, state, Decision(f"b{number}", "", NOW), NOW + HOUR)
        except Conflict:
            return ""
        return f"b{number}"

    with ThreadPoolExecutor(6) as pool:
        won = [name for name in pool.map(decide, range(6)) if name]
    found = kept.store.one(asked.reveal_id)
    assert found.decision is not None
    assert won == [found.decision.by]


def test_of_requests_at_once_no_more_than_the_limit_is_kept(kept: Kept) -> None:
    def ask(number: int) -> bool:
        try:
            kept.add(emergency=True, reveal_id=f"x{number}")
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(6))) == LIMITS.emergencies_per_day


def test_openings_are_counted_while_it_runs(kept: Kept) -> None:
    granted, waiting = kept.add(state=RevealState.GRANTED), kept.add()
    kept.store.open(granted.reveal_id, NOW)
    opened = kept.store.open(granted.reveal_id, NOW + timedelta(minutes=5))
    assert (opened.opened, opened.opened_at) == (2, NOW + timedelta(minutes=5))
    assert refusal(lambda: kept.store.open(granted.reveal_id, granted.expires_at)) is RevealExpired
    assert refusal(lambda: kept.store.open(waiting.reveal_id, NOW)) is Conflict
    assert kept.store.one(granted.reveal_id).opened == 2


def test_emergencies_are_listed_unreviewed_first_and_reviewed_once(kept: Kept) -> None:
    old, new = kept.add(emergency=True), kept.add(at=NOW + HOUR, emergency=True)
    plain = kept.add()
    assert kept.store.unreviewed() == (2, NOW)
    review = EmergencyReview("auditor", NOW + HOUR, RevealVerdict.JUSTIFIED, "已核实")
    assert kept.store.review(new.reveal_id, review).review == review
    assert [r.reveal_id for r in kept.store.emergencies()] == [old.reveal_id, new.reveal_id]
    assert kept.store.unreviewed() == (1, NOW)
    kept.store.review(old.reveal_id, review)
    assert kept.store.unreviewed() == (0, None)
    assert refusal(lambda: kept.store.review(new.reveal_id, review)) is Conflict
    assert refusal(lambda: kept.store.review(plain.reveal_id, review)) is NotVisible


def test_so_many_of_one_s_own_are_listed(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.store.reveals_sqlalchemy.LISTED", 2)
    asked = [kept.add() for _ in range(3)]
    assert kept.store.of_subject("clerk-1") == asked[:0:-1]
    assert LISTED == 200
