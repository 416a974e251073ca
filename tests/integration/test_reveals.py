"""Reveals from the request to the review: who, what exactly, how long, what ends them, what stays behind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from indexer.reveals import RevealRequest
from indexer.store.access_port import GrantRecord
from indexer.store.database import transaction
from indexer.store.reveals_port import RevealState, RevealVerdict
from indexer.store.tables import DocumentRow
from models.access.grants import Grant
from models.access.policy_text import shipped_text
from models.access.principal import Duty, Principal, Role
from models.access.reveal import reveal_rules
from models.archive.levels import AccessLevel
from models.errors import (
    ArchiveError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotVisible,
    RevealEnded,
    RevealExpired,
    TooManyRequests,
)
from models.privacy.detections import DetectionKind as K
from models.privacy.unmasking import STILL_HIDDEN
from tests.fakes_privacy import FakeDetector
from tests.reveal_office import (
    ASKER,
    AUDITOR,
    BOSS,
    CASE,
    FAR_BOSS,
    NAME,
    OFFICER,
    OTHER,
    PHONE,
    REASON,
    Office,
    someone,
    told,
)
from tests.strategies import PRINTED_ID

LIMITS = reveal_rules().limits


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    Office(folder).archive.close()
    return folder


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Office:
    return Office.copied(made, tmp_path)


def refused(act: Callable[[], object]) -> tuple[type[ArchiveError], str]:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return type(refusal.value), refusal.value.detail


def error(act: Callable[[], object]) -> type[ArchiveError]:
    return refused(act)[0]


def approved(office: Office, *kinds: K, by: Principal = BOSS) -> str:
    reveal_id = office.ask(*(kinds or (K.RESIDENT_ID,))).reveal.reveal_id
    office.approvals.approve(reveal_id, by)
    return reveal_id


def test_what_is_asked_is_shown_where_it_stands_and_the_rest_stays_hidden(office: Office) -> None:
    opened = office.ask(K.PHONE, K.PERSON)
    shown = office.archive.reader.read(office.doc_id, ASKER)
    pages = {0: shown.title} | {page.page_no: page.text for page in shown.pages}
    assert [
        (p.page_no, pages[p.page_no][p.place.start : p.place.end], p.place.value) for p in opened.values.pages
    ] == [(0, "欧阳**", NAME), (1, "欧阳**", NAME), (1, "138****5678", PHONE)]
    assert [(c.name, c.value) for c in opened.values.catalogue] == [("holder_name", NAME)]
    assert PRINTED_ID not in repr(told(opened))
    assert NAME not in repr(opened)


def test_a_catalogue_value_hides_what_other_kinds_hide_in_it(office: Office) -> None:
    assert told(office.ask(K.USCC)) == [f"{STILL_HIDDEN}餐饮店"]
    assert told(office.ask(K.USCC, K.PERSON))[-2:] == [NAME, f"{NAME}餐饮店"]


def test_a_kind_the_document_does_not_hold_waits_like_one_it_holds(office: Office) -> None:
    """Whether it is there is what the second person lets one know."""
    absent, present = office.ask(K.PASSPORT).reveal, office.ask(K.RESIDENT_ID).reveal
    assert (absent.state, present.state) == (RevealState.WAITING, RevealState.WAITING)
    assert absent.expires_at == present.expires_at
    office.approvals.approve(absent.reveal_id, BOSS)
    assert told(office.reveals.open(absent.reveal_id, ASKER)) == []
    assert told(office.ask(K.PLATE)) == []


def test_a_second_person_lets_it_be_opened_again_until_it_expires(office: Office) -> None:
    asked = office.ask(K.RESIDENT_ID, K.PERSON)
    assert (asked.reveal.state, told(asked)) == (RevealState.WAITING, [])
    assert told(office.reveals.open(asked.reveal.reveal_id, ASKER)) == []
    office.later(hours=2)
    (pending,) = office.approvals.listed(BOSS)
    assert (pending.reveal.reason, pending.reveal.case_fits) == (REASON, True)
    assert NAME not in pending.title
    office.approvals.approve(asked.reveal.reveal_id, BOSS)
    assert office.approvals.listed(BOSS) == []
    for _ in range(2):
        assert PRINTED_ID in told(office.reveals.open(asked.reveal.reveal_id, ASKER))
    office.now += LIMITS.approved - timedelta(microseconds=1)
    assert office.reveals.open(asked.reveal.reveal_id, ASKER).reveal.opened == 3
    office.later(microseconds=1)
    assert error(lambda: office.reveals.open(asked.reveal.reveal_id, ASKER)) is RevealExpired


def test_one_s_own_runs_its_minutes_and_no_longer(office: Office) -> None:
    reveal_id = office.ask(K.PHONE).reveal.reveal_id
    office.now += LIMITS.own - timedelta(microseconds=1)
    assert told(office.reveals.open(reveal_id, ASKER)) == [PHONE]
    office.later(microseconds=1)
    assert error(lambda: office.reveals.open(reveal_id, ASKER)) is RevealExpired


def test_a_request_nobody_decides_lapses(office: Office) -> None:
    reveal_id = office.ask(K.RESIDENT_ID).reveal.reveal_id
    office.now += LIMITS.waiting
    assert office.approvals.listed(BOSS) == []
    assert error(lambda: office.approvals.approve(reveal_id, BOSS)) is Conflict
    assert error(lambda: office.reveals.open(reveal_id, ASKER)) is RevealExpired


def test_a_refusal_says_why_and_shows_nothing(office: Office) -> None:
    reveal_id = office.ask(K.RESIDENT_ID).reveal.reveal_id
    office.approvals.refuse(reveal_id, f"与{PRINTED_ID}的办件无关", BOSS)
    opened = office.reveals.open(reveal_id, ASKER)
    assert (opened.reveal.state, told(opened)) == (RevealState.REFUSED, [])
    assert opened.reveal.decision is not None
    assert opened.reveal.decision.note == f"与{'*' * 18}的办件无关"
    assert error(lambda: office.approvals.approve(reveal_id, BOSS)) is Conflict


def test_who_decides_is_another_person_with_the_duty_and_the_document_in_its_post(office: Office) -> None:
    reveal_id = office.ask(K.RESIDENT_ID).reveal.reveal_id
    absent = refused(lambda: office.approvals.approve("absent", BOSS))
    assert refused(lambda: office.approvals.approve(reveal_id, FAR_BOSS)) == absent
    assert office.approvals.listed(FAR_BOSS) == []
    for nobody in (ASKER, OTHER, AUDITOR):
        assert error(partial(office.approvals.approve, reveal_id, nobody)) is Forbidden
        assert error(partial(office.approvals.listed, nobody)) is Forbidden
    granted = Grant("g", frozenset({office.doc_id}), "", office.now + timedelta(days=1))
    office.access.add_grant(GrantRecord(granted, FAR_BOSS.subject, "", "协查", "aq", office.now))
    assert office.archive.store.permitted([office.doc_id], FAR_BOSS, office.now, granted.covers)
    assert refused(lambda: office.approvals.approve(reveal_id, FAR_BOSS)) == absent
    office.approvals.approve(reveal_id, OFFICER)


def test_nobody_approves_what_he_asked_himself(office: Office) -> None:
    own = replace(BOSS, purpose="查阅答复")
    reveal_id = office.ask(K.RESIDENT_ID, by=own).reveal.reveal_id
    assert office.approvals.listed(own) == []
    assert error(lambda: office.approvals.approve(reveal_id, own)) is Forbidden
    assert error(lambda: office.approvals.refuse(reveal_id, "不必", BOSS)) is Forbidden
    office.approvals.approve(reveal_id, OFFICER)
    assert PRINTED_ID in told(office.reveals.open(reveal_id, own))


def test_absent_hidden_and_withdrawn_documents_and_others_requests_are_one_answer(office: Office) -> None:
    far = replace(ASKER, subject="nobody-known", region_prefixes=("51",))
    absent = refused(lambda: office.ask(K.PHONE, doc_id="absent"))
    assert absent[0] is NotVisible
    for kind in (K.PHONE, K.RESIDENT_ID):
        assert refused(partial(office.ask, kind, by=far)) == absent
    assert office.reveals.listed(far) == []
    mine = office.ask(K.PHONE).reveal.reveal_id
    none = refused(lambda: office.reveals.open("absent", OTHER))
    assert none[0] is NotVisible
    assert refused(lambda: office.reveals.open(mine, OTHER)) == none
    office.archive.store.set_state(office.doc_id, "withdrawn")
    assert refused(lambda: office.ask(K.PHONE)) == absent
    assert refused(lambda: office.reveals.open(mine, ASKER)) == absent


@pytest.mark.parametrize(
    ("change", "ended"),
    [
        pytest.param(lambda o: o.archive.store.set_state(o.doc_id, "withdrawn"), NotVisible, id="withdrawn"),
        pytest.param(lambda o: o.change("asker", disabled=True), Forbidden, id="asker disabled"),
        pytest.param(lambda o: o.change("asker", roles=["intake"]), Forbidden, id="asker lost the duty"),
        pytest.param(lambda o: o.change("asker", roles=["archivist"]), NotVisible, id="asker's post changed"),
        pytest.param(lambda o: o.change("asker", region_prefixes=["51"]), NotVisible, id="asker moved away"),
        pytest.param(lambda o: o.change("asker", expires_at=o.now), Forbidden, id="asker's term is over"),
        pytest.param(lambda o: o.change("boss", disabled=True), RevealEnded, id="approver disabled"),
        pytest.param(lambda o: o.change("boss", roles=["clerk"]), RevealEnded, id="approver lost the duty"),
        pytest.param(lambda o: o.change("boss", region_prefixes=["51"]), RevealEnded, id="approver moved"),
        pytest.param(lambda o: o.change("boss", expires_at=o.now), RevealEnded, id="approver's term is over"),
        pytest.param(
            lambda o: o.access.activate(
                shipped_text().replace('roles = ["clerk", "reviewer"]', 'roles = ["reviewer"]'),
                reason="收紧",
                by="aq",
                at=o.now,
                instead_of=0,
            ),
            NotVisible,
            id="policy for askers",
        ),
        pytest.param(
            lambda o: o.access.activate(
                shipped_text().replace('roles = ["clerk", "reviewer"]', 'roles = ["clerk"]'),
                reason="收紧",
                by="aq",
                at=o.now,
                instead_of=0,
            ),
            RevealEnded,
            id="policy for approvers",
        ),
    ],
)
def test_what_it_rests_on_ends_it_at_once(
    office: Office, change: Callable[[Office], object], ended: type[ArchiveError]
) -> None:
    reveal_id = approved(office)
    assert PRINTED_ID in told(office.reveals.open(reveal_id, ASKER))
    change(office)
    assert error(lambda: office.reveals.open(reveal_id, ASKER)) is ended
    assert ("asker", "reveal_open:RESIDENT_ID", ended.code) in office.recorded() or ended is Forbidden


def test_a_grant_that_is_revoked_ends_what_it_opened(office: Office) -> None:
    office.change("asker", region_prefixes=["51"])
    asker = replace(ASKER, region_prefixes=("51",))
    grant = Grant("g", frozenset({office.doc_id}), "", office.now + timedelta(days=1))
    office.access.add_grant(GrantRecord(grant, "asker", "", "协查", "aq", office.now))
    reveal_id = office.ask(K.PHONE, by=asker).reveal.reveal_id
    assert told(office.reveals.open(reveal_id, asker)) == [PHONE]
    office.access.revoke_grant("g", by="aq", at=office.now)
    assert error(lambda: office.reveals.open(reveal_id, asker)) is NotVisible


def test_a_document_withdrawn_while_it_is_read_is_not_shown(office: Office) -> None:
    class Withdrawing(FakeDetector):
        def detect(self, *_: object, **__: object) -> list[list[object]]:  # type: ignore[override]
            office.archive.store.set_state(office.doc_id, "withdrawn")
            return [[]]

    reveal_id = office.ask(K.PERSON).reveal.reveal_id
    desk = office.reveals
    desk.detector = Withdrawing  # type: ignore[assignment]
    assert error(lambda: desk.open(reveal_id, ASKER)) is NotVisible


def test_it_is_opened_for_the_purpose_it_was_asked_for(office: Office) -> None:
    reveal_id = office.ask(K.PHONE).reveal.reveal_id
    working = replace(ASKER, purpose="业务经办")
    assert error(lambda: office.reveals.open(reveal_id, working)) is Forbidden
    assert told(office.reveals.open(reveal_id, ASKER)) == [PHONE]


def test_what_is_wrong_in_a_request_is_said_before_the_document_is_looked_at(office: Office) -> None:
    bad: list[tuple[dict[str, object], type[ArchiveError]]] = [
        ({"reason": "  "}, InvalidInput),
        ({"reason": "短"}, InvalidInput),
        ({"reason": "长" * 201}, InvalidInput),
        ({"case_no": ""}, InvalidInput),
        ({"case_no": "办" * 65}, InvalidInput),
        ({"case_no": f" {PRINTED_ID} "}, InvalidInput),
        ({"emergency": True, "by": OFFICER}, Forbidden),
        ({"by": replace(ASKER, purpose="好奇")}, Forbidden),
        ({"by": replace(ASKER, purpose="")}, Forbidden),
        ({"by": replace(ASKER, limited_to=frozenset(Duty))}, Forbidden),
    ]
    for wrong, expected in bad:
        told_apart = {
            refused(partial(office.ask, K.PHONE, doc_id=doc_id, **wrong))  # type: ignore[arg-type]
            for doc_id in (office.doc_id, "absent")
        }
        assert {kind for kind, _ in told_apart} == {expected}, wrong
        assert len(told_apart) == 1, wrong
    empty = RevealRequest(frozenset(), REASON, CASE)
    assert error(lambda: office.reveals.request(office.doc_id, empty, ASKER)) is InvalidInput
    assert office.reveals.listed(ASKER) == []


def test_no_other_role_asks(office: Office) -> None:
    asking = {Role.CLERK, Role.REVIEWER, Role.ARCHIVIST, Role.PRIVACY_OFFICER}
    for role in sorted(set(Role) - asking):
        nobody = someone("nobody", role, purpose="业务经办")
        assert error(partial(office.ask, K.PERSON, by=nobody)) is Forbidden
        assert error(partial(office.reveals.open, "absent", nobody)) is Forbidden
        assert error(partial(office.reveals.listed, nobody)) is Forbidden


def test_a_document_that_becomes_sensitive_takes_a_second_person_from_then_on(office: Office) -> None:
    office.change("asker", clearance=int(AccessLevel.SENSITIVE))
    reveal_id = office.ask(K.PHONE).reveal.reveal_id
    assert told(office.reveals.open(reveal_id, ASKER)) == [PHONE]
    with transaction(office.archive.engine) as session:
        session.execute(update(DocumentRow).values(access_level=int(AccessLevel.SENSITIVE)))
    assert error(lambda: office.reveals.open(reveal_id, ASKER)) is RevealEnded
    assert office.ask(K.PHONE).reveal.state is RevealState.WAITING


def test_so_many_a_day_and_hidden_documents_do_not_count(made: Path, tmp_path: Path) -> None:
    rules = replace(reveal_rules(), limits=replace(LIMITS, per_day=2))
    office = Office.copied(made, tmp_path, rules)
    for _ in range(3):
        error(lambda: office.ask(K.PHONE, doc_id="absent"))
    office.ask(K.PHONE)
    office.ask(K.RESIDENT_ID)
    assert error(lambda: office.ask(K.PHONE)) is TooManyRequests
    office.later(hours=24)
    office.ask(K.PHONE)


def test_an_emergency_waits_for_nobody_is_flagged_and_has_to_be_reviewed(office: Office) -> None:
    opened = office.ask(K.RESIDENT_ID, emergency=True)
    assert PRINTED_ID in told(opened)
    assert opened.reveal.emergency
    found = office.reviews.listed(AUDITOR)
    assert (found.unreviewed, found.overdue) == (1, 0)
    (flagged,) = found.listed
    assert (flagged.reveal.reason, flagged.reveal.case_no, flagged.reveal.opened) == ("", "", 1)
    office.now += LIMITS.review_within
    assert office.reviews.listed(AUDITOR).overdue == 1
    assert error(lambda: office.ask(K.RESIDENT_ID, emergency=True)) is Conflict
    assert error(lambda: office.ask(K.PHONE, emergency=True)) is Conflict
    assert told(office.ask(K.PHONE)) == [PHONE]
    office.ask(K.RESIDENT_ID, emergency=True, by=OTHER)
    reviewed = office.reviews.review(
        flagged.reveal.reveal_id, RevealVerdict.UNJUSTIFIED, f"{PRINTED_ID}并无紧急", AUDITOR
    )
    assert reviewed.reveal.review is not None
    assert reviewed.reveal.review.note == f"{'*' * 18}并无紧急"
    assert not reviewed.overdue
    assert PRINTED_ID in told(office.ask(K.RESIDENT_ID, emergency=True))


def test_emergencies_are_reviewed_by_others_with_the_duty_and_once(office: Office) -> None:
    reveal_id = office.ask(K.RESIDENT_ID, emergency=True).reveal.reveal_id
    plain = office.ask(K.PHONE).reveal.reveal_id

    def review(which: str, who: Principal) -> Callable[[], object]:
        return lambda: office.reviews.review(which, RevealVerdict.JUSTIFIED, "已核实情况", who)

    for nobody in (ASKER, BOSS, OFFICER):
        assert error(review(reveal_id, nobody)) is Forbidden
        assert error(partial(office.reviews.listed, nobody)) is Forbidden
    assert refused(review(plain, AUDITOR)) == refused(review("absent", AUDITOR))
    assert error(review("absent", AUDITOR)) is NotVisible
    own = replace(AUDITOR, subject="asker")
    assert error(review(reveal_id, own)) is Forbidden
    review(reveal_id, AUDITOR)()
    assert error(review(reveal_id, AUDITOR)) is Conflict


def test_every_act_is_in_the_ledger_by_kind_however_it_ends(office: Office) -> None:
    reveal_id = office.ask(K.RESIDENT_ID, K.PERSON).reveal.reveal_id
    office.approvals.approve(reveal_id, BOSS)
    office.reveals.open(reveal_id, ASKER)
    office.now += LIMITS.approved
    error(lambda: office.reveals.open(reveal_id, ASKER))
    error(lambda: office.ask(K.PHONE, reason=""))
    error(lambda: office.reveals.open("absent", ASKER))
    refusal = office.ask(K.RESIDENT_ID).reveal.reveal_id
    office.approvals.refuse(refusal, "并无必要", BOSS)
    urgent = office.ask(K.PHONE, emergency=True).reveal.reveal_id
    office.reviews.review(urgent, RevealVerdict.JUSTIFIED, "已核实情况", AUDITOR)
    both = ("RESIDENT_ID", "PERSON")
    assert office.recorded() == [
        *(("asker", f"reveal_request:{kind}", "waiting") for kind in both),
        *(("boss", f"reveal_approve:{kind}", "ok") for kind in both),
        *(("asker", f"reveal_open:{kind}", "ok") for kind in both),
        *(("asker", f"reveal_open:{kind}", "reveal_expired") for kind in both),
        ("asker", "reveal_request:PHONE", "invalid_input"),
        ("asker", "reveal_open", "not_found"),
        ("asker", "reveal_request:RESIDENT_ID", "waiting"),
        ("boss", "reveal_refuse:RESIDENT_ID", "ok"),
        ("asker", "reveal_emergency:PHONE", "ok"),
        ("asker", "reveal_open:PHONE", "ok"),
        ("auditor", "reveal_review:PHONE", "justified"),
    ]
    events = [event for _, event, _ in office.archive.audit.events()]
    assert all(len(event.action) <= 32 and len(event.outcome) <= 32 for event in events)
    assert all(event.doc_ids == (office.doc_id,) for event in events if event.outcome in {"ok", "waiting"})


def test_the_longest_names_fit_the_ledger() -> None:
    for action in ("reveal_request", "reveal_emergency", "reveal_approve", "reveal_refuse", "reveal_review"):
        assert all(len(f"{action}:{kind.value}") <= 32 for kind in K)


def test_nothing_that_was_shown_or_said_is_left_in_clear(office: Office) -> None:
    reveal_id = approved(office, K.RESIDENT_ID, K.PERSON, K.PHONE)
    assert PRINTED_ID in told(office.reveals.open(reveal_id, ASKER))
    office.ask(K.PHONE, emergency=True, reason=f"姓名:{NAME}，{PRINTED_ID}本人在窗口")
    office.archive.close()
    written = b"".join(path.read_bytes() for path in office.folder.rglob("*") if path.is_file())
    for value in (NAME, PRINTED_ID, PHONE, REASON, "BJ2020-7"):
        for encoded in (value.encode(), value.encode("utf-16-le"), value.encode("unicode_escape")):
            assert encoded not in written
    assert b"RESIDENT_ID" in written


def test_of_two_approvers_at_once_one_approves(office: Office) -> None:
    reveal_id = office.ask(K.RESIDENT_ID).reveal.reveal_id

    def approve(who: Principal) -> str:
        try:
            office.approvals.approve(reveal_id, who)
        except Conflict:
            return ""
        return who.subject

    with ThreadPoolExecutor(2) as pool:
        won = [name for name in pool.map(approve, (BOSS, OFFICER)) if name]
    assert len(won) == 1
    (kept,) = office.reveals.listed(ASKER)
    assert kept.decision is not None
    assert kept.decision.by == won[0]
    outcomes = sorted(o for _, action, o in office.recorded() if action == "reveal_approve:RESIDENT_ID")
    assert outcomes == ["conflict", "ok"]
