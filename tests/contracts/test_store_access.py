"""Policies and grants in the store, and what it permits at a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from indexer.store.access_port import GrantRecord
from indexer.store.access_sqlalchemy import SqlAccessStore
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account
from models.access.grants import Grant
from models.access.policy import scope_of
from models.access.policy_text import shipped_policy, shipped_text
from models.access.principal import Principal
from models.access.scope import EVERYTHING, NOTHING
from models.errors import ArtifactTampered, Conflict, InvalidInput, NotVisible
from tests.assembly import Archive, archive_in, clerk, record
from tests.strategies import NOW

CLERK = replace(clerk(), purpose="业务经办")
ENDS = NOW + timedelta(days=1)
NARROW = shipped_text().replace('roles = ["clerk", "reviewer"]', 'roles = ["reviewer"]')
REASON = "张三的转移接续办件"


class House:
    """An archive of one own and one alien document, with its accounts and its access store."""

    def __init__(self, folder: Path) -> None:
        self.archive: Archive = archive_in(folder)
        self.access = SqlAccessStore(self.archive.engine, self.archive.sealer)
        self.accounts = SqlAccountStore(self.archive.engine)
        self.accounts.add_account(Account(CLERK, None))
        case = {"region": "429004", "insurance_type": "医疗", "办件编号": "BJ 2020－7"}
        self.archive.ingest(record("own", "退休审批表"), record("alien", "门诊报销单", metadata=case))
        held = self.archive.store.ids_inside(EVERYTHING, NOTHING)
        (self.own,) = self.permitted(held)
        (self.alien,) = set(held) - {self.own}

    def permitted(self, doc_ids: list[str] | None = None, **changes: object) -> set[str]:
        wanted = [self.own, self.alien] if doc_ids is None else doc_ids
        at = NOW + timedelta(minutes=1)
        asking: Principal = replace(CLERK, **changes)  # type: ignore[arg-type]
        return set(self.archive.store.permitted(wanted, asking, at, EVERYTHING))

    def give(self, *doc_ids: str, case_no: str = "", until: timedelta = timedelta(days=1)) -> str:
        grant_id = f"g{len(self.access.grants())}"
        grant = Grant(grant_id, frozenset(doc_ids), self.access.case_key(case_no), NOW + until)
        self.access.add_grant(GrantRecord(grant, CLERK.subject, case_no, REASON, "aq", NOW))
        return grant_id


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_grant_counts_from_the_transaction_that_writes_it_to_the_one_that_ends_it(house: House) -> None:
    assert house.permitted() == {house.own}
    grant_id = house.give(house.alien)
    assert house.permitted() == {house.own, house.alien}
    first = house.access.revoke_grant(grant_id, by="aq", at=NOW)
    assert house.permitted() == {house.own}
    assert house.access.revoke_grant(grant_id, by="other", at=ENDS) == first


def test_a_term_ends_by_the_clock_and_not_by_a_job(house: House) -> None:
    house.give(house.alien, until=timedelta(seconds=60))
    assert house.permitted() == {house.own}


def test_a_case_is_known_however_its_number_is_written(house: House) -> None:
    house.give(case_no="bj2020-7")
    assert house.permitted() == {house.own, house.alien}
    assert house.access.case_key(" ") == ""


def test_reason_and_case_lie_sealed_and_come_back(house: House) -> None:
    house.give(case_no="BJ2020-7")
    (kept,) = house.access.grants(CLERK.subject)
    assert (kept.reason, kept.case_no, kept.granted_by, kept.granted_at) == (REASON, "BJ2020-7", "aq", NOW)
    raw = b"".join(path.read_bytes() for path in house.archive.folder.glob("archive.db*"))
    assert "张三".encode() not in raw
    assert b"BJ2020-7" not in raw


def test_grants_name_accounts_and_documents_that_are_there(house: House) -> None:
    with pytest.raises(NotVisible, match="库里没有"):
        house.give("absent")
    unknown = GrantRecord(Grant("x", frozenset({house.own}), "", ENDS), "nobody", "", REASON, "", NOW)
    with pytest.raises(NotVisible, match="账号"):
        house.access.add_grant(unknown)
    with pytest.raises(NotVisible):
        house.access.revoke_grant("absent", by="", at=NOW)
    assert house.access.grants() == []


def test_an_activated_policy_is_in_force_at_once_and_the_last_one_counts(house: House) -> None:
    assert house.access.policy_in_force().version == 0
    made = house.access.activate(NARROW, reason="试", by="aq", at=NOW, instead_of=0)
    assert (made.version, made.reason, made.activated_by, made.activated_at) == (1, "试", "aq", NOW)
    assert house.permitted() == set()
    account = house.accounts.account(CLERK.subject)
    assert account is not None
    assert scope_of(account.principal, NOW) == NOTHING  # also for use cases that ask no monitor
    house.access.activate(shipped_text(), reason="回", by="", at=NOW, instead_of=1)
    assert house.permitted() == {house.own}
    assert [p.version for p in house.access.policies()] == [1, 2]
    assert house.access.policy_in_force().policy.digest == shipped_policy().digest


def test_nobody_activates_over_a_policy_he_has_not_seen(house: House) -> None:
    house.access.activate(NARROW, reason="一", by="", at=NOW, instead_of=0)
    with pytest.raises(Conflict):
        house.access.activate(shipped_text(), reason="二", by="", at=NOW, instead_of=0)
    with pytest.raises(InvalidInput):
        house.access.activate("name = 1", reason="三", by="", at=NOW, instead_of=1)
    assert house.access.latest_version() == 1


def test_a_policy_changed_behind_our_back_shows_nothing_until_replaced(house: House) -> None:
    house.access.activate(NARROW, reason="试", by="", at=NOW, instead_of=0)
    with house.archive.engine.begin() as connection:
        connection.execute(text("UPDATE policies SET text = replace(text, 'own', 'all')"))
    with pytest.raises(ArtifactTampered):
        house.permitted()
    house.access.activate(shipped_text(), reason="复原", by="", at=NOW, instead_of=1)
    assert house.permitted() == {house.own}


def test_the_account_of_the_moment_counts_not_the_one_the_session_began_with(house: House) -> None:
    assert house.permitted(region_prefixes=("42",)) == {house.own}
    house.accounts.set_disabled(CLERK.subject, disabled=True)
    assert house.permitted() == set()


def test_purpose_and_limits_are_the_sessions(house: House) -> None:
    assert house.permitted(purpose="隐私检查") == set()
    assert house.permitted(limited_to=frozenset()) == set()


def test_many_documents_are_asked_about_at_once(house: House) -> None:
    assert house.permitted([house.own, *(f"x{n}" for n in range(2000))]) == {house.own}
    assert house.permitted([]) == set()
