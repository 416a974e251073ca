"""Machine accounts over HTTP: what a token may do, when it ends, and that deposits tell the decision."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from models.access.principal import Duty
from tests.e2e.http_archive import METADATA, PENSION, PRINTED_ID, REGION, House, running_house
from tests.e2e.test_http_roles import ABSENT, EVERYBODY, MATRIX

OF_DUTY = {
    Duty.CLASSIFY: {
        ("POST", "/v1/classify"),
        ("POST", "/v1/classify/batch"),
        ("POST", "/v1/classify/examples"),  # of what the caller may see: a machine sees nothing
    },
    Duty.DEPOSIT: {("POST", "/v1/documents")},
    Duty.DETECT: {("POST", "/v1/privacy/detect")},
}
OF_ANY_ACCOUNT = {
    route for route, (allowed, _, refused, _) in MATRIX.items() if allowed >= EVERYBODY and not refused
}
"""What is refused to somebody although every role has it is for persons: their own log-in."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("machines")) as house:
        yield house


def bearer(house: House, *duties: Duty) -> tuple[dict[str, str], str]:
    issued = house.archive.machine_tokens.issue("intake", frozenset(duties), days=1)
    return {"Authorization": f"Bearer {issued.text}"}, issued.token.token_id


@pytest.mark.parametrize(
    "duties",
    [
        (Duty.CLASSIFY,),
        (Duty.DEPOSIT,),
        (Duty.CLASSIFY, Duty.DEPOSIT),
        (Duty.DETECT,),
        (Duty.CLASSIFY, Duty.DEPOSIT, Duty.DETECT),
    ],
    ids="+".join,
)
def test_a_token_opens_the_routes_of_its_duties_alone(house: House, duties: tuple[Duty, ...]) -> None:
    headers, _ = bearer(house, *duties)
    granted_routes = OF_ANY_ACCOUNT.union(*(OF_DUTY[duty] for duty in duties))
    got, expected = {}, {}
    for (method, route), (_, granted, refused, call) in MATRIX.items():
        path = route.format_map(defaultdict(lambda: ABSENT, number=1, page_no=1))
        given = call | {"headers": headers | call.get("headers", {})}
        got[method, route] = house.client.request(method, path, **given).status_code
        expected[method, route] = granted if (method, route) in granted_routes else refused
    assert got == expected


def test_a_machine_is_shown_no_document(house: House) -> None:
    headers, _ = bearer(house, Duty.CLASSIFY, Duty.DEPOSIT)
    job = house.outcome(headers, house.deposit(headers, PENSION + "其一", METADATA).json()["job_id"])
    for path in (f"/v1/documents/{job['doc_id']}", f"/v1/documents/{job['doc_id']}/copy"):
        assert house.client.get(path, headers=headers).status_code == 403
    asked = {"text": PENSION}
    shown = house.client.post("/v1/classify/examples", headers=headers, json=asked).json()
    assert list(shown.values()) == [[]]


def test_classes_periods_and_days_follow_from_the_material(house: House) -> None:
    headers, _ = bearer(house, Duty.CLASSIFY)
    asked = {"text": PENSION, "formed_on": "2019-03-05"}
    one = house.client.post("/v1/classify", headers=headers, json=asked).json()
    assert PRINTED_ID not in str(one)
    assert one["insurance_type"] == one["prediction_set"][0] == one["labels"][0]["label"] == "养老"
    assert one["evidence"]
    many = headers | {"Content-Type": "application/x-ndjson"}
    line = house.client.post(
        "/v1/classify/batch", headers=many, content=json.dumps(asked | {"id": 1}).encode()
    )
    assert line.json() == one | {"id": 1}
    if one["material_type"] == "退休审批":
        follows = one["retention"]
        assert (follows["class"], follows["period"], follows["due_on"]) == ("三", "50年", "2070-01-01")
        assert "第三类" in follows["source"]
    bad = house.client.post("/v1/classify", headers=headers, json=asked | {"formed_on": "去年"})
    assert bad.json()["fields"] == [{"field": "body.formed_on", "reason": "应为日期，如 2019-03-05"}]


def test_a_revoked_token_is_refused_at_once(house: House) -> None:
    headers, token_id = bearer(house, Duty.CLASSIFY)
    assert house.client.get("/v1/me", headers=headers).json()["duties"] == ["classify"]
    house.archive.machine_tokens.revoke(token_id)
    answer = house.client.get("/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_deposit_tells_what_was_decided(house: House) -> None:
    headers, _ = bearer(house, Duty.DEPOSIT)
    bare = {"title": "企业职工退休审批表", "region": REGION, "formed_on": "2019-03-05"}
    job = house.outcome(headers, house.deposit(headers, PENSION, bare).json()["job_id"])
    assert job["kind"] == "stored"
    decided = job["classification"]
    assert decided["decision"] in {"ACCEPTED", "NEEDS_REVIEW"}
    assert decided["insurance_type"] in decided["prediction_set"]
    assert decided["insurance_type"] == "养老"
    assert PRINTED_ID not in str(job)
    again = house.outcome(headers, house.deposit(headers, PENSION, bare).json()["job_id"])
    assert (again["kind"], again["classification"]) == ("duplicate", None)


def test_limits_hold_for_machines_too(house: House) -> None:
    headers, _ = bearer(house, Duty.CLASSIFY, Duty.DEPOSIT)
    assert house.deposit(headers, b"1" * (3 * 2**20), METADATA).status_code == 413
    assert house.deposit(headers, "甲", METADATA | {"region": "110000"}).status_code == 403
    sent = headers | {"Content-Type": "application/json"}
    assert house.client.post("/v1/classify", headers=sent, content=b" " * (5 * 2**20)).status_code == 413
