"""One-time codes: the vectors of the standard, drift, and each code good once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from api.authentication import Authenticated, LockOut, authenticate
from api.one_time import STEP_S, code_at, enrolment_uri, fitting_step, new_recovery_codes, shown_secret
from api.second_factor import SecondFactors
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.credentials_sqlalchemy import SqlCredentialStore
from models.errors import Conflict, InvalidInput, Unauthenticated
from tests.assembly import archive_in
from tests.fakes_identity import quick_hash
from tests.unit.test_api_authentication import RIGHT, WRONG, clerk

VECTOR = b"12345678901234567890"  # RFC 6238, appendix B
NOW = datetime(2026, 12, 1, 8, 0, 10, tzinfo=UTC)
RULE = LockOut(failures=5, minutes=15)


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_rfc_6238(at_s: int, code: str) -> None:
    assert code_at(VECTOR, at_s // STEP_S) == code
    assert fitting_step(VECTOR, code, at_s) == at_s // STEP_S


@pytest.mark.parametrize(("late_s", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(late_s: int, fits: bool) -> None:
    step = 1000
    assert (fitting_step(VECTOR, code_at(VECTOR, step), step * STEP_S + late_s) == step) is fits


def test_a_code_up_to_the_last_one_used_fits_no_more() -> None:
    assert fitting_step(VECTOR, code_at(VECTOR, 1000), 1000 * STEP_S, after=999) == 1000
    assert fitting_step(VECTOR, code_at(VECTOR, 1000), 1000 * STEP_S, after=1000) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "一二三四五六", "１２３４５６"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert fitting_step(VECTOR, code, 59) is None


def test_an_app_can_read_the_uri() -> None:
    parts = urlsplit(enrolment_uri(VECTOR, "经办@大足"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query)["secret"] == [shown_secret(VECTOR)] == ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]


def test_recovery_codes_are_all_different() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert {len(code) for code in codes} == {11}


class Desk:
    """One account with a second factor, in a real store."""

    def __init__(self, folder: Path) -> None:
        archive = archive_in(folder)
        self.accounts = SqlAccountStore(archive.engine)
        self.accounts.add_account(clerk(password_hash=quick_hash(RIGHT)))
        self.factors = SecondFactors(SqlCredentialStore(archive.engine, archive.sealer), archive.sealer)
        self.factors.begin("jb")
        pending = self.factors.store.pending_totp("jb")
        assert pending is not None
        self.secret = pending
        self.recovery = self.factors.confirm("jb", self.code(NOW), NOW)

    def code(self, at: datetime) -> str:
        return code_at(self.secret, int(at.timestamp() // STEP_S))

    def log_in(self, code: str, at: datetime, password: str = RIGHT) -> Authenticated:
        return authenticate(self.accounts, "jb", password, at, RULE, prover=self.factors, code=code)

    def succeeds(self, code: str, at: datetime) -> bool:
        try:
            return self.log_in(code, at).second_factor
        except Unauthenticated:
            return False


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


LATER = NOW + timedelta(minutes=5)


def test_the_code_of_the_enrolment_does_not_log_in(desk: Desk) -> None:
    assert not desk.succeeds(desk.code(NOW), NOW)


def test_a_code_logs_in_once(desk: Desk) -> None:
    assert desk.succeeds(desk.code(LATER), LATER)
    assert not desk.succeeds(desk.code(LATER), LATER)
    assert not desk.succeeds(desk.code(LATER - timedelta(seconds=30)), LATER)  # the step before it neither
    assert desk.succeeds(desk.code(LATER + timedelta(seconds=30)), LATER)


def test_of_the_same_code_sent_together_one_logs_in(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: desk.succeeds(desk.code(LATER), LATER), range(4))) == 1


def test_a_recovery_code_logs_in_once_however_it_is_typed(desk: Desk) -> None:
    first, second, *_ = desk.recovery
    assert desk.succeeds(first.upper().replace("-", " "), LATER)
    assert not desk.succeeds(first, LATER)
    assert desk.succeeds(second, LATER)


def test_neither_the_password_nor_the_code_alone_logs_in_and_both_refusals_are_one(desk: Desk) -> None:
    details = set()
    for code, password in (("", RIGHT), ("000000", RIGHT), (desk.code(LATER), WRONG)):
        with pytest.raises(Unauthenticated) as refused:
            desk.log_in(code, LATER, password)
        details.add(refused.value.detail)
    assert len(details) == 1


def test_guessing_codes_locks_the_account_also_when_sent_together(desk: Desk) -> None:
    with ThreadPoolExecutor(5) as pool:
        tried = list(pool.map(lambda n: desk.succeeds(f"{n:06d}", LATER), range(5)))
    assert tried == [False] * 5
    assert not desk.succeeds(desk.code(LATER), LATER)
    unlocked = LATER + timedelta(minutes=15)
    assert desk.succeeds(desk.code(unlocked), unlocked)


def test_a_new_device_counts_only_once_confirmed_and_then_alone(desk: Desk) -> None:
    desk.factors.begin("jb")
    assert desk.succeeds(desk.code(LATER), LATER)
    with pytest.raises(InvalidInput):
        desk.factors.confirm("jb", "000000", LATER)
    old, pending = desk.secret, desk.factors.store.pending_totp("jb")
    assert pending is not None
    desk.secret = pending
    desk.factors.confirm("jb", desk.code(LATER), LATER)
    after = LATER + timedelta(minutes=5)
    assert not desk.succeeds(code_at(old, int(after.timestamp() // STEP_S)), after)
    assert not desk.succeeds(desk.recovery[0], after)  # nor the codes that came with it
    assert desk.succeeds(desk.code(after), after)


def test_nothing_is_confirmed_that_was_not_begun(desk: Desk) -> None:
    with pytest.raises(Conflict):
        desk.factors.confirm("jb", "000000", LATER)


def test_after_a_reset_the_password_alone_logs_in_again(desk: Desk) -> None:
    desk.factors.reset("jb")
    assert not desk.log_in("", LATER).second_factor


def test_no_secret_and_no_recovery_code_lies_in_clear(desk: Desk, tmp_path: Path) -> None:
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    wanted = [desk.secret, shown_secret(desk.secret).encode(), desk.secret.hex().encode()]
    wanted += [code.replace("-", "").encode() for code in desk.recovery]
    assert [value for value in wanted if value in stored] == []
    assert quick_hash(RIGHT).encode() in stored  # what is looked for is looked for in the right place
