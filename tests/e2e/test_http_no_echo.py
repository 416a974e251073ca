"""Nothing a caller sends comes back in a refusal or goes into a log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from indexer.parsing.limits import MIB
from models.access.principal import Principal
from tests.e2e.http_archive import PRINTED_ID, House, running_house

PLANTED = PRINTED_ID
CLIENT_LOGS = ("httpx", "httpcore")
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def part(name: str, filename: str = "", body: str = PLANTED) -> bytes:
    shown = f'; filename="{filename}"' if filename else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n{body}\r\n'.encode()


END = b"--b--\r\n"
REVEAL = {"kinds": ["PERSON"], "reason": "核对领取人身份", "case_no": "BJ2026-1"}
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "path of no route": ("GET", f"/v1/{PLANTED}", {}),
    "document id": ("GET", f"/v1/documents/{PLANTED}", {}),
    "trailing slash": ("GET", f"/v1/documents/{PLANTED}/", {}),
    "unknown method": (PLANTED, "/v1/me", {}),
    "length of no number": (
        "POST",
        "/v1/documents",
        {"content": b"1", "headers": FORM | {"Content-Length": "1" * 6000}},
    ),
    "review id": ("POST", f"/v1/reviews/{PLANTED}/claim", {}),
    "review limit": ("GET", f"/v1/reviews?limit={PLANTED}", {}),
    "correction label": ("POST", f"/v1/reviews/{PLANTED}/correct", {"json": {"insurance_type": PLANTED}}),
    "correction field": (
        "POST",
        "/v1/reviews/1/correct",
        {"json": {"insurance_type": "养老", PLANTED: PLANTED}},
    ),
    "correction material": (
        "POST",
        "/v1/reviews/1/correct",
        {"json": {"insurance_type": "养老", "material_type": PLANTED}},
    ),
    "alert id": ("GET", f"/v1/supervision/alerts/{PLANTED}", {}),
    "alert state": ("GET", f"/v1/supervision/alerts?state={PLANTED}", {}),
    "alert limit": ("GET", f"/v1/supervision/alerts?limit={PLANTED}", {}),
    "judgement": (
        "POST",
        f"/v1/supervision/alerts/{PLANTED}/judgement",
        {"json": {"verdict": PLANTED, "reason": PLANTED, PLANTED: 1}},
    ),
    "ledger entry": ("GET", f"/v1/audit/{PLANTED}", {}),
    "ledger proof": ("GET", f"/v1/audit/{PLANTED}/proof", {}),
    "ledger cursor": ("GET", f"/v1/audit?cursor={PLANTED}", {}),
    "ledger since": ("GET", f"/v1/audit?since={PLANTED}", {}),
    "ledger account": ("GET", f"/v1/audit?account={PLANTED * 5}", {}),
    "receipt document": ("POST", "/v1/audit/receipts", {"json": {"documents": [PLANTED]}}),
    "receipt since": ("POST", "/v1/audit/receipts", {"json": {"documents": ["1"], "since": PLANTED}}),
    "job id": ("GET", f"/v1/jobs/{PLANTED}", {}),
    "query string": ("GET", f"/v1/me?q={PLANTED}&{PLANTED}=1", {"headers": {"Authorization": PLANTED}}),
    "method": ("PUT", f"/v1/documents/{PLANTED}", {}),
    "machine token": ("GET", "/v1/me", {"headers": {"Authorization": f"Bearer cdm_{PLANTED}"}}),
    "lines media type": (
        "POST",
        "/v1/classify/batch",
        {"content": PLANTED.encode(), "headers": {"Content-Type": PLANTED}},
    ),
    "bearer": ("GET", "/v1/me", {"headers": {"Authorization": f"Bearer {PLANTED}"}}),
    "account name": ("POST", "/v1/token", {"json": {"name": PLANTED, "password": PLANTED}}),
    "bad account name": ("POST", "/v1/token", {"json": {"name": f"{PLANTED} x", "password": PLANTED}}),
    "one-time code": ("POST", "/v1/token", {"json": {"name": "nobody", "password": "x", "code": PLANTED}}),
    "bad one-time code": (
        "POST",
        "/v1/token",
        {"json": {"name": "a", "password": "x", "code": f"{PLANTED}；"}},
    ),
    "old password": ("POST", "/v1/me/password", {"json": {"old": PLANTED, "new": PLANTED}}),
    "password field": ("POST", "/v1/me/password", {"json": {"old": "x", "new": "x", PLANTED: PLANTED}}),
    "totp password": ("POST", "/v1/me/totp", {"json": {"password": PLANTED, "code": PLANTED}}),
    "totp code": ("POST", "/v1/me/totp/confirm", {"json": {"code": PLANTED}}),
    "session id": ("DELETE", f"/v1/me/sessions/{PLANTED}", {}),
    "provider": ("POST", "/v1/oidc/login", {"json": {"provider": PLANTED, "purpose": PLANTED}}),
    "flow": ("POST", "/v1/oidc/callback", {"json": {"flow": PLANTED, "state": PLANTED, "code": PLANTED}}),
    "purpose": ("POST", "/v1/token", {"json": {"name": "clerk", "password": "x", "purpose": PLANTED}}),
    "search field name": ("POST", "/v1/search", {"json": {"query": "a", PLANTED: PLANTED}}),
    "search type": ("POST", "/v1/search", {"json": {"query": {PLANTED: PLANTED}}}),
    "search limit": ("POST", "/v1/search", {"json": {"query": PLANTED, "limit": PLANTED}}),
    "search filter": (
        "POST",
        "/v1/search",
        {"json": {"query": "a", "filters": {"insurance_types": [PLANTED]}}},
    ),
    "search region": (
        "POST",
        "/v1/search",
        {"json": {"query": "a", "filters": {"region_prefix": PLANTED[:11]}}},
    ),
    "search ignore": ("POST", "/v1/search", {"json": {"query": "a", "ignore": [PLANTED]}}),
    "search only": ("POST", "/v1/search", {"json": {"query": "a", "only": [PLANTED]}}),
    "search cursor": ("POST", "/v1/search", {"json": {"query": PLANTED, "cursor": PLANTED}}),
    "export limit": ("POST", "/v1/search/export", {"json": {"query": PLANTED, "limit": PLANTED}}),
    "suggest too long": ("GET", f"/v1/suggest?q={PLANTED * 9}", {}),
    "suggest limit": ("GET", f"/v1/suggest?q=a&limit={PLANTED}", {}),
    "similar id": ("GET", f"/v1/documents/{PLANTED}/similar", {}),
    "torn json": ("POST", "/v1/search", {"content": f'{{"query":"{PLANTED}'.encode(), "headers": JSON}),
    "not utf-8": (
        "POST",
        "/v1/search",
        {"content": f'{{"{PLANTED}":"'.encode() + b'\xff"}', "headers": JSON},
    ),
    "deep json": ("POST", "/v1/search", {"content": b"[" * 200_000 + PLANTED.encode(), "headers": JSON}),
    "text too long": ("POST", "/v1/classify", {"json": {"text": PLANTED * 20_000}}),
    "text no text": ("POST", "/v1/privacy/detect", {"json": {"text": [PLANTED]}}),
    "media type": (
        "POST",
        "/v1/classify",
        {"content": PLANTED.encode(), "headers": {"Content-Type": PLANTED}},
    ),
    "form media type": (
        "POST",
        "/v1/documents",
        {"content": PLANTED.encode(), "headers": {"Content-Type": PLANTED}},
    ),
    "form torn": ("POST", "/v1/documents", {"content": part("file", PLANTED)[:-30], "headers": FORM}),
    "form nonsense": ("POST", "/v1/documents", {"content": PLANTED.encode(), "headers": FORM}),
    "form field name": (
        "POST",
        "/v1/documents",
        {"content": part(PLANTED) + part("file", "1") + END, "headers": FORM},
    ),
    "metadata no json": (
        "POST",
        "/v1/documents",
        {"content": part("metadata") + part("file", "1") + END, "headers": FORM},
    ),
    "metadata nested": (
        "POST",
        "/v1/documents",
        {
            "content": part("metadata", body=json.dumps({PLANTED: {"a": PLANTED}})) + part("file", "1") + END,
            "headers": FORM,
        },
    ),
    "metadata region": (
        "POST",
        "/v1/documents",
        {
            "content": part("metadata", body=json.dumps({"region": PLANTED[:6]})) + part("file", "1") + END,
            "headers": FORM,
        },
    ),
    "oversize": ("POST", "/v1/documents", {"content": part("file", PLANTED, PLANTED * MIB), "headers": FORM}),
    "reveal kind": ("POST", "/v1/documents/1/reveal", {"json": REVEAL | {"kinds": [PLANTED]}}),
    "reveal field": ("POST", "/v1/documents/1/reveal", {"json": REVEAL | {PLANTED: PLANTED}}),
    "reveal reason": ("POST", "/v1/documents/1/reveal", {"json": REVEAL | {"reason": PLANTED * 99}}),
    "reveal case": ("POST", "/v1/documents/1/reveal", {"json": REVEAL | {"case_no": PLANTED}}),
    "reveal document": (
        "POST",
        f"/v1/documents/{PLANTED}/reveal",
        {"json": REVEAL | {"reason": f"核对{PLANTED}", "case_no": f"A{PLANTED}"}},
    ),
    "reveal id": ("GET", f"/v1/reveals/{PLANTED}", {}),
    "reveal approved": ("POST", f"/v1/reveals/{PLANTED}/approve", {}),
    "reveal refused": ("POST", "/v1/reveals/1/refuse", {"json": {"note": PLANTED * 99}}),
    "reveal reviewed": ("POST", "/v1/reveals/1/review", {"json": {"verdict": PLANTED, "note": PLANTED}}),
    "key too long": (
        "POST",
        "/v1/documents",
        {"headers": {"Idempotency-Key": PLANTED * 20}, "files": {"file": ("1", b"1")}},
    ),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("echo"), max_login_failures=100) as house:
        yield house


@pytest.fixture(scope="module")
def everyone(house: House) -> list[dict[str, str]]:
    names = ("archivist", "privacy_officer", "reviewer", "audit_admin")
    return [*map(house.bearer, names), {}]


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return all that was logged on this side of the wire, exceptions included."""
    formatter = logging.Formatter()
    ours = [r for r in caplog.records if not r.name.startswith(CLIENT_LOGS)]
    return "\n".join(formatter.format(record) for record in ours)


@pytest.mark.parametrize("call", CALLS)
def test_bad_input_comes_back_nowhere(
    house: House, everyone: list[dict[str, str]], call: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    method, path, arguments = CALLS[call]
    for headers in everyone:
        given = arguments | {"headers": headers | arguments.get("headers", {})}
        answer = house.client.request(method, path, follow_redirects=False, **given)
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert PLANTED[:11] not in answer.text + str(answer.headers)
    assert "chadang.http" in {record.name for record in caplog.records}
    assert PLANTED[:11] not in logged(caplog)


def test_a_bad_line_comes_back_nowhere_but_its_id(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bad = (
        PLANTED,
        f'["{PLANTED}"]',
        f'{{"{PLANTED}": 1}}',
        f'{{"id": "a", "text": ["{PLANTED}"]}}',
        f'{{"id": "a", "text": "{PLANTED * 12_000}"}}',
    )
    headers = house.bearer("intake") | {"Content-Type": "application/x-ndjson"}
    answer = house.client.post("/v1/classify/batch", headers=headers, content="\n".join(bad).encode())
    answers = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["error"]["code"] for line in answers] == ["invalid_input"] * 4 + ["too_large"]
    assert PLANTED[:11] not in answer.text + logged(caplog)


def test_good_input_is_not_logged_either(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    archivist = house.bearer("archivist")
    house.search(archivist, PLANTED)
    assert house.client.get("/v1/suggest", headers=archivist, params={"q": PLANTED}).status_code == 200
    exported = house.client.post("/v1/search/export", headers=archivist, json={"query": PLANTED})
    assert exported.status_code == 200
    house.client.post("/v1/classify", headers=archivist, json={"text": PLANTED})
    house.client.post("/v1/privacy/detect", headers=house.bearer("intake"), json={"text": PLANTED})
    metadata = {"region": "500199", "title": PLANTED, "formed_on": PLANTED, "holder_id": PLANTED}
    answer = house.deposit(archivist, f"身份证号 {PLANTED}", metadata, name=f"{PLANTED}.txt")
    job = house.outcome(archivist, answer.json()["job_id"])
    assert job["kind"] == "stored"
    assert any("形成日期" in note for note in job["notes"])  # unreadable, told by its name
    assert PLANTED not in str(job) + answer.text
    assert PLANTED not in logged(caplog)


def test_an_unexpected_error_tells_nothing_but_its_request_id(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = house.bearer("clerk")
    house.archive.__dict__["reader"], kept = _Broken(), house.archive.reader
    try:
        answer = house.client.get(f"/v1/documents/{PLANTED}", headers=headers)
    finally:
        house.archive.__dict__["reader"] = kept
    assert answer.status_code == 500
    told = answer.json()
    assert (told["code"], told["instance"]) == ("internal", "/v1/documents/{doc_id}")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f"request {answer.headers['x-request-id']} failed: ValueError" in logged(caplog)
    assert PLANTED not in logged(caplog) + answer.text


class _Broken:
    """A reader with a defect whose message quotes what was asked."""

    def read(self, doc_id: str, principal: Principal) -> NoReturn:
        raise ValueError(f"{principal.subject} cannot read {doc_id}: {PLANTED}")
