"""Every role on every route. A route that is not in the table fails the test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from api.app import create_app
from models.access.principal import Role
from tests.e2e.http_archive import PASSWORD, House, LoadedArchive, running_house, settings_for

ABSENT = "01930000-0000-7000-8000-000000000000"
ANONYMOUS = "anonymous"
EVERYBODY = {role.value for role in Role}
READERS = {"clerk", "reviewer", "archivist", "privacy_officer"}
OFFICERS = {"privacy_officer"}
EXPORTERS = READERS - OFFICERS
AUDITORS = {"audit_admin"}
REVIEWERS = {"reviewer"}
SUPERVISORS = {"supervisor", "audit_admin"}
APPROVERS = {"reviewer", "privacy_officer"}
REVEAL = {"kinds": ["PERSON"], "reason": "核对领取人身份", "case_no": "BJ2026-1"}
TEXT = {"json": {"text": "退休审批表"}}
NDJSON = {"Content-Type": "application/x-ndjson"}
LINES = {"content": '{"id":1,"text":"退休审批表"}'.encode(), "headers": NDJSON}
MISSED = {"page_no": 1, "start": 0, "end": 2, "kind": "PERSON", "reason": "漏检"}

# (method, route): who has the duty, what they get, what the others get, how it is called.
MATRIX: dict[tuple[str, str], tuple[set[str], int, int, dict[str, Any]]] = {
    ("POST", "/v1/token"): (
        EVERYBODY | {ANONYMOUS},
        200,
        0,
        {"json": {"name": "clerk", "password": PASSWORD}},
    ),
    ("GET", "/v1/me"): (EVERYBODY, 200, 0, {}),
    ("POST", "/v1/oidc/login"): (EVERYBODY | {ANONYMOUS}, 404, 0, {"json": {}}),
    ("POST", "/v1/oidc/callback"): (
        EVERYBODY | {ANONYMOUS},
        401,
        0,
        {"json": {"flow": "x", "state": "x", "code": "x"}},
    ),
    ("POST", "/v1/me/password"): (EVERYBODY, 422, 403, {"json": {"old": PASSWORD, "new": "1234567890"}}),
    ("POST", "/v1/me/totp"): (EVERYBODY, 200, 403, {"json": {"password": PASSWORD}}),
    ("POST", "/v1/me/totp/confirm"): (EVERYBODY, 422, 403, {"json": {"code": "abcdef"}}),
    ("GET", "/v1/me/sessions"): (EVERYBODY, 200, 403, {}),
    ("DELETE", "/v1/me/sessions/{session_id}"): (EVERYBODY, 404, 403, {}),
    ("POST", "/v1/search"): (READERS, 200, 403, {"json": {"query": "退休审批表"}}),
    ("GET", "/v1/documents/{doc_id}"): (READERS, 404, 403, {}),
    ("GET", "/v1/documents/{doc_id}/copy"): (READERS, 404, 403, {}),
    ("POST", "/v1/search/export"): (EXPORTERS, 200, 403, {"json": {"query": "退休审批表"}}),
    ("POST", "/v1/searches"): (READERS, 201, 403, {"json": {"query": "退休审批表"}}),
    ("GET", "/v1/searches"): (READERS, 200, 403, {}),
    ("POST", "/v1/searches/{search_id}/look"): (READERS, 404, 403, {}),
    ("DELETE", "/v1/searches/{search_id}"): (READERS, 404, 403, {}),
    ("GET", "/v1/suggest"): (READERS, 200, 403, {"params": {"q": "退休"}}),
    ("GET", "/v1/documents/{doc_id}/similar"): (READERS, 404, 403, {}),
    ("GET", "/v1/documents/{doc_id}/entry-audit"): (READERS, 404, 403, {}),
    ("GET", "/v1/documents/{doc_id}/pages/{page_no}/picture"): (READERS, 404, 403, {}),
    ("POST", "/v1/documents"): ({"archivist", "intake"}, 202, 403, {"files": {"file": ("1.txt", b"1")}}),
    ("GET", "/v1/jobs/{job_id}"): (EVERYBODY, 404, 0, {}),
    ("POST", "/v1/classify"): ({"clerk", "reviewer", "archivist", "intake"}, 200, 403, TEXT),
    ("GET", "/v1/reviews"): (REVIEWERS, 200, 403, {}),
    ("GET", "/v1/reviews/hints"): (REVIEWERS, 200, 403, {}),
    ("GET", "/v1/reviews/drift"): (REVIEWERS | {"system_admin"}, 200, 403, {}),
    ("POST", "/v1/reviews/next"): (REVIEWERS, 404, 403, {}),
    ("GET", "/v1/reviews/{doc_id}"): (REVIEWERS, 404, 403, {}),
    ("POST", "/v1/reviews/{doc_id}/claim"): (REVIEWERS, 404, 403, {}),
    ("POST", "/v1/reviews/{doc_id}/confirm"): (REVIEWERS, 404, 403, {}),
    ("POST", "/v1/reviews/{doc_id}/correct"): (REVIEWERS, 404, 403, {"json": {"insurance_type": "养老"}}),
    ("POST", "/v1/reviews/{doc_id}/skip"): (REVIEWERS, 404, 403, {}),
    ("POST", "/v1/classify/examples"): ({"clerk", "reviewer", "archivist", "intake"}, 200, 403, TEXT),
    ("POST", "/v1/classify/batch"): ({"clerk", "reviewer", "archivist", "intake"}, 200, 403, LINES),
    ("POST", "/v1/privacy/detect"): ({"privacy_officer", "intake"}, 200, 403, TEXT),
    ("GET", "/v1/privacy/reports"): (OFFICERS, 200, 403, {}),
    ("POST", "/v1/privacy/signed-reports"): (OFFICERS, 201, 403, {"json": {"statement": "已逐项核对"}}),
    ("GET", "/v1/privacy/signed-reports"): (OFFICERS, 200, 403, {}),
    ("GET", "/v1/privacy/signed-reports/{signed_report_id}"): (OFFICERS, 404, 403, {}),
    ("GET", "/v1/privacy/reports/{report_id}"): (OFFICERS, 404, 403, {}),
    ("POST", "/v1/privacy/reports/{report_id}/findings/{number}/review"): (
        OFFICERS,
        404,
        403,
        {"json": {"verdict": "confirmed", "reason": "核对无误"}},
    ),
    ("POST", "/v1/privacy/reports/{report_id}/findings"): (OFFICERS, 404, 403, {"json": MISSED}),
    ("GET", "/v1/privacy/allowances"): (OFFICERS, 200, 403, {}),
    ("POST", "/v1/privacy/allowances"): (
        OFFICERS,
        404,
        403,
        {"json": {"doc_id": ABSENT, "number": 1, "reason": "不是人名"}},
    ),
    ("POST", "/v1/privacy/allowances/{allowance_id}/approve"): (OFFICERS, 404, 403, {}),
    ("POST", "/v1/documents/{doc_id}/reveal"): (READERS, 404, 403, {"json": REVEAL}),
    ("GET", "/v1/reveals"): (READERS, 200, 403, {}),
    ("GET", "/v1/reveals/approvals"): (APPROVERS, 200, 403, {}),
    ("GET", "/v1/reveals/emergencies"): ({"audit_admin"}, 200, 403, {}),
    ("GET", "/v1/reveals/{reveal_id}"): (READERS, 404, 403, {}),
    ("POST", "/v1/reveals/{reveal_id}/approve"): (APPROVERS, 404, 403, {}),
    ("POST", "/v1/reveals/{reveal_id}/refuse"): (APPROVERS, 404, 403, {"json": {"note": "与办件无关"}}),
    ("POST", "/v1/reveals/{reveal_id}/review"): (
        {"audit_admin"},
        404,
        403,
        {"json": {"verdict": "justified", "note": "已核实情况"}},
    ),
    ("GET", "/v1/privacy/sample"): (OFFICERS, 200, 403, {}),
    ("POST", "/v1/privacy/sample/{report_id}"): (OFFICERS, 404, 403, {}),
    ("GET", "/v1/privacy/regression"): (OFFICERS, 200, 403, {}),
    ("GET", "/v1/supervision/alerts"): (SUPERVISORS, 200, 403, {}),
    ("GET", "/v1/supervision/alerts/{alert_id}"): (SUPERVISORS, 404, 403, {}),
    ("POST", "/v1/supervision/alerts/{alert_id}/judgement"): (
        SUPERVISORS,
        404,
        403,
        {"json": {"verdict": "explained", "reason": "登记漏报"}},
    ),
    ("GET", "/v1/supervision/summary"): (SUPERVISORS, 200, 403, {}),
    ("GET", "/v1/audit"): (AUDITORS, 200, 403, {}),
    ("GET", "/v1/audit/checkpoints"): (AUDITORS, 200, 403, {}),
    ("POST", "/v1/audit/checkpoints"): (AUDITORS, 201, 403, {}),
    ("GET", "/v1/audit/checkpoints/{number}/consistency"): (AUDITORS, 200, 403, {}),
    ("POST", "/v1/audit/receipts"): (AUDITORS, 200, 403, {"json": {"documents": [ABSENT]}}),
    ("GET", "/v1/audit/{seq}"): (AUDITORS, 200, 403, {}),
    ("GET", "/v1/audit/{seq}/proof"): (AUDITORS, 200, 403, {}),
    ("GET", "/healthz"): (EVERYBODY | {ANONYMOUS}, 200, 0, {}),
    ("GET", "/metrics"): ({"system_admin"}, 200, 403, {}),
    ("GET", "/readyz"): (EVERYBODY | {ANONYMOUS}, 200, 0, {}),
    ("GET", "/openapi.json"): (EVERYBODY | {ANONYMOUS}, 200, 0, {}),
    ("DELETE", "/v1/token"): (EVERYBODY, 204, 403, {}),  # the last thing one does
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("roles")) as house:
        yield house


def test_every_route_is_in_the_table(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(LoadedArchive(settings_for(tmp_path_factory.mktemp("routes")), "http"))
    served = {
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or {"*"}) - {"HEAD"}
    }
    assert served == set(MATRIX)


@pytest.mark.parametrize("role", [*sorted(EVERYBODY), ANONYMOUS])
def test_a_role_gets_what_its_duties_allow(house: House, role: str) -> None:
    headers = {} if role == ANONYMOUS else house.bearer(role)
    got, expected = {}, {}
    for (method, route), (allowed, granted, refused, call) in MATRIX.items():
        path = route.format_map(defaultdict(lambda: ABSENT, number=1, page_no=1, seq=1))
        given = call | {"headers": headers | call.get("headers", {})}
        got[method, route] = house.client.request(method, path, **given).status_code
        expected[method, route] = granted if role in allowed else (401 if role == ANONYMOUS else refused)
    house.tokens.pop(role, None)  # logged out
    assert got == expected


def test_a_job_is_its_subjects_alone(house: House) -> None:
    intake, archivist = house.bearer("intake"), house.bearer("archivist")
    job_id = house.deposit(intake, "失业登记").json()["job_id"]
    assert house.client.get(f"/v1/jobs/{job_id}", headers=intake).status_code == 200
    others = house.client.get(f"/v1/jobs/{job_id}", headers=archivist)
    absent = house.client.get(f"/v1/jobs/{ABSENT}", headers=archivist)
    assert others.status_code == 404
    assert others.content == absent.content


def test_purposes_outside_the_role_are_refused(house: House) -> None:
    assert house.login("clerk", purpose="查阅答复").json()["purpose"] == "查阅答复"
    assert house.login("clerk", purpose="审计").status_code == 403
