"""The ledger over HTTP: pages, filters, proofs, receipts; every route leaves an entry, or says why not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.ledger.offline_verifier import check_file
from models.ledger.actions import actions
from tests.e2e.http_archive import METADATA, PENSION, House, running_house
from tests.e2e.test_http_roles import ABSENT, MATRIX

RECORDS_NOTHING = {
    ("GET", "/v1/me"): "the caller's own account",
    ("GET", "/v1/me/sessions"): "the caller's own log-ins",
    ("POST", "/v1/me/totp/confirm"): "a code that is none is refused before anything is asked",
    ("POST", "/v1/oidc/login"): "nobody has logged in yet; the return from the provider is recorded",
    ("GET", "/v1/jobs/{job_id}"): "the caller's own deposit, asked again and again while it waits",
    ("GET", "/healthz"): "the process only",
    ("GET", "/readyz"): "the process only",
    ("GET", "/metrics"): "counts of the process, asked every few seconds by a collector",
    ("GET", "/openapi.json"): "the program only",
    ("POST", "/v1/searches/{search_id}/look"): "of an absent search nothing is asked; the search itself is",
    ("POST", "/v1/documents"): "recorded when the job ends, with its outcome",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("ledger")) as house:
        yield house


@pytest.fixture(scope="module")
def doc_id(house: House) -> str:
    archivist = house.bearer("archivist")
    job = house.outcome(archivist, house.deposit(archivist, PENSION, METADATA).json()["job_id"])
    house.client.get(f"/v1/documents/{job['doc_id']}", headers=house.bearer("clerk"))
    return str(job["doc_id"])


def _last(house: House) -> int:
    return max((seq for seq, *_ in house.archive.audit.events()), default=0)


def test_pages_follow_one_another_and_filters_hold(house: House, doc_id: str) -> None:
    auditor = house.bearer("audit_admin")
    seqs, cursor = list[int](), None
    while True:
        given = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = house.client.get("/v1/audit", headers=auditor, params=given).json()
        seqs += [entry["seq"] for entry in page["entries"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seqs == list(range(seqs[0], 0, -1))
    one = house.client.get("/v1/audit", headers=auditor, params={"document": doc_id, "action": "read"}).json()
    (entry,) = one["entries"]
    assert (entry["account"], entry["roles"], entry["action_name"]) == (
        "clerk",
        ["clerk"],
        "查阅全文（已遮蔽）",
    )
    assert (entry["doc_ids"], entry["outcome"], entry["purpose"]) == ([doc_id], "ok", "业务经办")
    later = {"since": "2999-01-01T00:00:00+08:00"}
    assert house.client.get("/v1/audit", headers=auditor, params=later).json()["entries"] == []
    assert (
        house.client.get("/v1/audit", headers=auditor, params={"since": "2026-01-01T00:00:00"}).status_code
        == 422
    )
    assert house.client.get("/v1/audit/999999", headers=auditor).status_code == 404


def test_proofs_and_receipts_are_checked_without_the_server(
    house: House, doc_id: str, tmp_path: Path
) -> None:
    auditor = house.bearer("audit_admin")
    signed = house.client.get("/v1/audit/checkpoints", headers=auditor).json()
    key = bytes.fromhex(signed["public_key"])
    receipt = house.client.post("/v1/audit/receipts", headers=auditor, json={"documents": [doc_id]})
    file = tmp_path / "file"
    file.write_text(receipt.text, "utf-8")
    assert "clerk  经办人员  业务经办  查阅全文（已遮蔽）  完成" in check_file(file, key)
    page = house.client.post(
        "/v1/audit/receipts", headers=auditor | {"Accept": "text/html"}, json={"documents": [doc_id]}
    )
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src" not in page.headers["content-security-policy"]
    file.write_text(page.text, "utf-8")
    assert "回执相符" in check_file(file, key)
    file.write_text(json.dumps(house.client.get("/v1/audit/2/proof", headers=auditor).json()), "utf-8")
    assert "第 2 条在台账内" in check_file(file, key)
    house.client.post("/v1/audit/checkpoints", headers=auditor)
    last = house.client.get("/v1/audit/checkpoints", headers=auditor).json()["checkpoints"][0]
    proof = house.client.get(f"/v1/audit/checkpoints/{last['number']}/consistency", headers=auditor)
    file.write_text(proof.text, "utf-8")
    assert "两个检查点相接" in check_file(file, key)


def test_every_route_records_who_was_let_in_and_who_was_not(house: House) -> None:
    silent = set()
    for (method, route), (allowed, granted, refused, call) in MATRIX.items():
        path = route.format_map(defaultdict(lambda: ABSENT, number=1, page_no=1, seq=1))
        names = [next(iter(sorted(allowed - {"anonymous"})))]
        names += sorted({"clerk", "supervisor"} - allowed)[:1] if refused == 403 else []
        for name in names:
            headers = house.bearer(name) | call.get("headers", {})
            before = _last(house)
            answer = house.client.request(method, path, **(call | {"headers": headers}))
            assert answer.status_code in {granted, refused}, route
            new = [e for _, e, _ in house.archive.audit.events(before)]
            if not new:
                silent.add((method, route))
            assert {e.action.partition(":")[0] for e in new} <= set(actions())
            if answer.status_code == 403:
                assert ("forbidden", name) in {(e.outcome, e.principal) for e in new}, route
    assert silent - set(RECORDS_NOTHING) == set()
