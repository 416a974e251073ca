"""Logging in, being someone, and logging out over HTTP: sessions, second factors, passwords, rates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.one_time import STEP_S
from api.one_time import code_at as code_of_step
from models.access.principal import Duty, Role
from tests.e2e.http_archive import PASSWORD, LoadedArchive, add_account, settings_for
from tests.fakes_identity import quick_hash

NEW = "新口令-江北-7Kp2mQ"
ABSENT = "01930000-0000-7000-8000-000000000000"
SEARCH = ("POST", "/v1/search", {"query": "退休审批表"})


class Hall:
    """An application nobody needs models of: log-ins only."""

    def __init__(self, state: Path, **changes: Any) -> None:
        self.archive = LoadedArchive(settings_for(state, **changes), "http")
        self.client = TestClient(create_app(self.archive), raise_server_exceptions=False)

    def log_in(self, name: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
        body = {"name": name, "password": password} | ({"code": code} if code else {})
        answer: httpx.Response = self.client.post("/v1/token", json=body)
        return answer

    def bearer(self, name: str, password: str = PASSWORD, code: str = "") -> dict[str, str]:
        answer = self.log_in(name, password, code)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
        more = {} if body is None else {"json": body}
        answer: httpx.Response = self.client.request(method, path, headers=headers, **more)
        return answer

    def code(self, name: str) -> str:
        """Return the code the person's device shows just now; waits out a step whose code was used."""
        known = self.archive.credentials.totp(name)
        assert known is not None
        while int(time.time() // STEP_S) + 1 <= known.last_step:
            time.sleep(0.2)
        return code_of_step(known.secret, max(int(time.time() // STEP_S), known.last_step + 1))

    def enrol(self, name: str, headers: dict[str, str]) -> list[str]:
        begun = self.ask("POST", "/v1/me/totp", headers, {"password": PASSWORD})
        assert begun.status_code == 200, begun.text
        pending = self.archive.credentials.pending_totp(name)
        assert pending is not None
        shown = {"code": code_of_step(pending, int(time.time() // STEP_S))}
        confirmed = self.ask("POST", "/v1/me/totp/confirm", headers, shown)
        assert confirmed.status_code == 200, confirmed.text
        codes: list[str] = confirmed.json()["recovery_codes"]
        return codes


@contextmanager
def hall_in(state: Path, **changes: Any) -> Iterator[Hall]:
    hall = Hall(state, **changes)
    for role in (Role.CLERK, Role.PRIVACY_OFFICER, Role.SECURITY_ADMIN, Role.INTAKE):
        add_account(hall.archive, role.value, role, hashed=quick_hash(PASSWORD))
    yield hall
    hall.archive.engine.dispose()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with hall_in(tmp_path / "state", second_factor="required_roles") as made:
        yield made


def status(hall: Hall, headers: dict[str, str]) -> int:
    return hall.ask("GET", "/v1/me", headers).status_code


def test_after_log_out_a_stolen_token_is_refused_everywhere_and_others_go_on(hall: Hall) -> None:
    stolen, other = hall.bearer("clerk"), hall.bearer("clerk")
    assert hall.ask("DELETE", "/v1/token", stolen).status_code == 204
    paths = [("GET", "/v1/me"), ("GET", "/v1/me/sessions"), ("DELETE", "/v1/token"), ("GET", "/v1/searches")]
    assert {hall.ask(method, path, stolen).status_code for method, path in paths} == {401}
    assert status(hall, other) == 200


def test_one_sees_and_ends_ones_own_sessions_and_no_others(hall: Hall) -> None:
    here, there, officer = hall.bearer("clerk"), hall.bearer("clerk"), hall.bearer("privacy_officer")
    found = hall.ask("GET", "/v1/me/sessions", here).json()["sessions"]
    assert [each["current"] for each in found] == [True, False]
    of_officer = hall.ask("GET", "/v1/me/sessions", officer).json()["sessions"][0]["session_id"]
    others, absent, nonsense = (
        hall.ask("DELETE", f"/v1/me/sessions/{each}", here) for each in (of_officer, ABSENT, "x")
    )
    assert others.status_code == 404
    assert others.content == absent.content == nonsense.content
    assert hall.ask("DELETE", f"/v1/me/sessions/{found[1]['session_id']}", here).status_code == 204
    assert (status(hall, here), status(hall, there), status(hall, officer)) == (200, 401, 200)


def test_a_role_that_needs_a_second_factor_can_do_nothing_until_it_has_one(hall: Hall) -> None:
    answer = hall.log_in("privacy_officer")
    assert answer.json()["owed"] == ["second_factor"]
    weak = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = hall.ask(*SEARCH[:2], weak, SEARCH[2])
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_owed")
    assert hall.ask("GET", f"/v1/documents/{ABSENT}", weak).json()["code"] == "second_factor_owed"
    assert hall.ask("GET", "/v1/me", weak).json()["owed"] == ["second_factor"]
    elsewhere = hall.bearer("privacy_officer")
    hall.enrol("privacy_officer", weak)
    assert hall.ask("GET", "/v1/me", weak).json()["owed"] == []
    assert hall.ask("GET", f"/v1/jobs/{ABSENT}", weak).status_code == 404
    assert status(hall, elsewhere) == 401  # what was opened without one is over


def test_with_a_second_factor_the_password_alone_is_answered_like_a_wrong_one(hall: Hall) -> None:
    recovery = hall.enrol("clerk", hall.bearer("clerk"))
    answers = [hall.log_in("clerk"), hall.log_in("clerk", code="000000"), hall.log_in("clerk", NEW)]
    answers.append(hall.log_in("no-such-clerk"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    code = hall.code("clerk")
    assert hall.log_in("clerk", code=code).status_code == 200
    assert hall.log_in("clerk", code=code).status_code == 401  # a code seen over the shoulder
    assert hall.log_in("clerk", code=recovery[0]).status_code == 200
    assert hall.log_in("clerk", code=recovery[0]).status_code == 401


def test_a_device_is_replaced_only_by_who_has_the_old_one(hall: Hall) -> None:
    headers = hall.bearer("clerk")
    recovery = hall.enrol("clerk", headers)
    with_password_only = hall.ask("POST", "/v1/me/totp", headers, {"password": PASSWORD})
    assert with_password_only.status_code == 401
    shown = {"password": PASSWORD, "code": recovery[0]}
    assert hall.ask("POST", "/v1/me/totp", headers, shown).status_code == 200


def test_guesses_sent_together_lock_the_account_and_the_right_password_is_too_late(tmp_path: Path) -> None:
    with hall_in(tmp_path / "state", max_login_failures=4) as hall:
        with ThreadPoolExecutor(4) as pool:
            tried = list(pool.map(lambda n: hall.log_in("clerk", f"猜测的口令{n}号").status_code, range(4)))
        assert tried == [401] * 4
        assert hall.log_in("clerk").status_code == 401
        assert hall.log_in("privacy_officer").status_code == 200


def test_guessing_the_old_password_with_a_stolen_token_locks_too(tmp_path: Path) -> None:
    with hall_in(tmp_path / "state", max_login_failures=3) as hall:
        stolen = hall.bearer("clerk")
        for number in range(3):
            guess = {"old": f"猜测的口令{number}号", "new": NEW}
            assert hall.ask("POST", "/v1/me/password", stolen, guess).status_code == 401
        assert hall.ask("POST", "/v1/me/password", stolen, {"old": PASSWORD, "new": NEW}).status_code == 401
        assert hall.log_in("clerk").status_code == 401


def test_a_new_password_ends_all_other_sessions_and_old_ones_do_not_come_again(hall: Hall) -> None:
    headers, elsewhere = hall.bearer("clerk"), hall.bearer("clerk")
    easy = hall.ask("POST", "/v1/me/password", headers, {"old": PASSWORD, "new": "Clerk@20261201"})
    assert easy.status_code == 422
    changed = hall.ask("POST", "/v1/me/password", headers, {"old": PASSWORD, "new": NEW})
    assert changed.status_code == 200
    fresh = {"Authorization": f"Bearer {changed.json()['access_token']}"}
    assert (status(hall, headers), status(hall, elsewhere), status(hall, fresh)) == (401, 401, 200)
    assert hall.log_in("clerk").status_code == 401
    for again in (NEW, PASSWORD):
        refused = hall.ask("POST", "/v1/me/password", fresh, {"old": NEW, "new": again})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


def test_after_a_reset_the_first_thing_is_a_new_password(hall: Hall) -> None:
    before = hall.bearer("clerk")
    hall.archive.people.reset_password("clerk", NEW, by="security_admin")
    assert status(hall, before) == 401
    headers = hall.bearer("clerk", NEW)
    refused = hall.ask(*SEARCH[:2], headers, SEARCH[2])
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_owed")
    own = {"old": NEW, "new": "第三个-口令-9wXz"}
    changed = hall.ask("POST", "/v1/me/password", headers, own).json()
    assert changed["owed"] == []
    fresh = {"Authorization": f"Bearer {changed['access_token']}"}
    assert hall.ask("GET", f"/v1/jobs/{ABSENT}", fresh).status_code == 404


def test_another_post_ends_the_sessions_of_the_old_one(hall: Hall) -> None:
    headers = hall.bearer("clerk")
    hall.archive.people.set_roles("clerk", frozenset({Role.SUPERVISOR}), by="security_admin")
    assert status(hall, headers) == 401
    assert hall.ask("GET", "/v1/me", hall.bearer("clerk")).json()["duties"] == ["statistics", "supervise"]


def test_a_machines_token_logs_nobody_in(hall: Hall) -> None:
    issued = hall.archive.machine_tokens.issue("intake", frozenset({Duty.CLASSIFY}), days=1)
    headers = {"Authorization": f"Bearer {issued.text}"}
    assert status(hall, headers) == 200
    for method, path, body in (
        ("POST", "/v1/me/password", {"old": PASSWORD, "new": NEW}),
        ("POST", "/v1/me/totp", {"password": PASSWORD}),
        ("POST", "/v1/me/totp/confirm", {"code": "123456"}),
        ("GET", "/v1/me/sessions", None),
        ("DELETE", "/v1/token", None),
    ):
        assert hall.ask(method, path, headers, body).status_code == 403, path
    assert hall.log_in("intake", issued.text).status_code == 401
    assert (
        hall.ask("POST", "/v1/token", headers, {"name": "clerk", "password": issued.text}).status_code == 401
    )


def test_log_ins_and_what_is_done_about_them_are_in_the_ledger(hall: Hall) -> None:
    headers = hall.bearer("clerk")
    hall.log_in("clerk", NEW)
    hall.enrol("clerk", headers)
    hall.ask("POST", "/v1/me/password", headers, {"old": NEW, "new": NEW})
    hall.ask("DELETE", "/v1/token", headers)
    written = [(event.action, event.principal, event.outcome) for _, event, _ in hall.archive.audit.events()]
    assert written == [
        ("login", "clerk", "ok"),
        ("login", "", "unauthenticated"),
        ("second_factor_begin", "clerk", "ok"),
        ("second_factor_confirm", "clerk", "ok"),
        ("password_change", "clerk", "unauthenticated"),
        ("logout", "clerk", "ok"),
    ]


def test_too_many_log_ins_from_one_address_are_refused_alike_whoever_is_named(tmp_path: Path) -> None:
    with hall_in(tmp_path / "state", login_rate_per_minute=1, login_rate_burst=2) as hall:
        assert [hall.log_in("clerk").status_code, hall.log_in("nobody").status_code] == [200, 401]
        refused = [hall.log_in("clerk"), hall.log_in("nobody"), hall.ask("POST", "/v1/token", {}, {"x": 1})]
        assert {answer.status_code for answer in refused} == {429}
        assert len({answer.content for answer in refused}) == 1
        assert 1 <= int(refused[0].headers["retry-after"]) <= 60


def test_too_many_requests_of_one_account_are_refused_whatever_they_ask_for(tmp_path: Path) -> None:
    with hall_in(tmp_path / "state", rate_per_minute=1, rate_burst=3) as hall:
        clerk, other = hall.bearer("clerk"), hall.bearer("privacy_officer")
        again = hall.bearer("clerk")
        assert [status(hall, clerk), status(hall, again), status(hall, clerk)] == [200] * 3
        paths = ("/v1/me", "/v1/searches", f"/v1/jobs/{ABSENT}", f"/v1/documents/{ABSENT}")
        refused = [hall.ask("GET", path, again) for path in paths]
        assert {answer.status_code for answer in refused} == {429}
        assert {answer.json()["code"] for answer in refused} == {"too_many_requests"}
        assert status(hall, other) == 200
