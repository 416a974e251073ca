"""Depositing over HTTP: idempotency, limits, regions, refusals, duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from indexer.parsing.limits import MIB
from models.access.principal import Role
from tests.e2e.http_archive import METADATA, OTHER_REGION, House, add_account, running_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("deposits")) as house:
        add_account(house.archive, "far-intake", Role.INTAKE, region_prefixes=(OTHER_REGION,))
        add_account(house.archive, "nowhere-intake", Role.INTAKE, region_prefixes=())
        yield house


@pytest.fixture(scope="module")
def intake(house: House) -> dict[str, str]:
    return house.bearer("intake")


def test_the_same_key_and_content_is_the_same_job(house: House, intake: dict[str, str]) -> None:
    keyed = intake | {"Idempotency-Key": "20261122-0001"}
    first = house.deposit(keyed, "工伤认定申请表一", METADATA)
    again = house.deposit(keyed, "工伤认定申请表一", METADATA, name="另一个名字.txt")
    other = house.deposit(keyed, "工伤认定申请表二", METADATA)
    assert first.status_code == again.status_code == 202
    assert first.json()["job_id"] == again.json()["job_id"]
    assert other.status_code == 409
    assert other.json()["code"] == "conflict"
    job = house.outcome(intake, first.json()["job_id"])
    assert job["kind"] == "stored"
    late = house.deposit(keyed, "工伤认定申请表一", METADATA).json()
    assert (late["job_id"], late["doc_id"]) == (job["job_id"], job["doc_id"])
    mine = house.deposit(house.bearer("archivist") | {"Idempotency-Key": "20261122-0001"}, "别的", METADATA)
    assert mine.status_code == 202  # keys belong to their account


def test_a_key_that_is_too_long_is_named(house: House, intake: dict[str, str]) -> None:
    answer = house.deposit(intake | {"Idempotency-Key": "k" * 129}, "别的", METADATA)
    assert answer.status_code == 422
    assert answer.json()["fields"] == [{"field": "header.idempotency-key", "reason": "最多 128 个字"}]


def test_without_a_key_the_same_bytes_are_a_duplicate(house: House, intake: dict[str, str]) -> None:
    first = house.outcome(intake, house.deposit(intake, "失业金申领甲", METADATA).json()["job_id"])
    second = house.outcome(intake, house.deposit(intake, "失业金申领甲", METADATA).json()["job_id"])
    assert (second["kind"], second["code"]) == ("duplicate", "duplicate")
    assert second["doc_id"] == first["doc_id"]


def test_a_duplicate_of_another_region_stays_unnamed(house: House, intake: dict[str, str]) -> None:
    stored = house.outcome(intake, house.deposit(intake, "失业金申领乙", METADATA).json()["job_id"])
    assert stored["kind"] == "stored"
    far = house.bearer("far-intake")
    there = METADATA | {"region": OTHER_REGION}
    job = house.outcome(far, house.deposit(far, "失业金申领乙", there).json()["job_id"])
    assert (job["kind"], job["doc_id"]) == ("duplicate", None)


@pytest.mark.parametrize(
    ("name", "metadata"),
    [("intake", {"region": OTHER_REGION}), ("intake", {"行政区划代码": "50"}), ("nowhere-intake", {})],
    ids=["another region", "a wider region", "account without region"],
)
def test_a_deposit_outside_the_region_is_forbidden(house: House, name: str, metadata: dict[str, Any]) -> None:
    assert house.deposit(house.bearer(name), "退休审批表", metadata).status_code == 403


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "空.txt", "empty_file"),
        (b"%PDF-1.7 torn", "坏.pdf", None),
        ("机密★\n某文件".encode(), "密.txt", "state_secret"),
    ],
    ids=["empty", "damaged", "state secret"],
)
def test_a_file_that_cannot_be_taken_in_says_why(
    house: House, intake: dict[str, str], content: bytes, name: str, code: str | None
) -> None:
    answer = house.deposit(intake, content, METADATA, name=name)
    assert answer.status_code == 202
    job = house.outcome(intake, answer.json()["job_id"])
    assert (job["state"], job["kind"], job["doc_id"]) == ("done", "quarantined", None)
    assert job["code"] == code or code is None
    assert job["detail"]


def test_many_deposits_at_once_all_end_and_one_bad_one_harms_none(
    house: House, intake: dict[str, str]
) -> None:
    texts = [f"养老待遇核定表第{n}号".encode() if n != 20 else b"%PDF-1.7 torn" for n in range(40)]
    jobs = [house.deposit(intake, text, METADATA).json()["job_id"] for text in texts]
    kinds = [house.outcome(intake, job_id)["kind"] for job_id in jobs]
    assert kinds == ["stored"] * 20 + ["quarantined"] + ["stored"] * 19


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not(
    house: House, intake: dict[str, str]
) -> None:
    at_limit = house.deposit(intake, b"\n" * MIB, METADATA)
    over = house.deposit(intake, b"1" * (MIB + 1), METADATA)
    far_over = house.deposit(intake, b"1" * (3 * MIB), METADATA)
    assert at_limit.status_code == 202
    for answer in (over, far_over):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_upload_without_length_is_cut_off_while_it_is_read(house: House, intake: dict[str, str]) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="1"\r\n\r\n'
        for _ in range(4):
            yield b"1" * MIB

    headers = intake | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = house.client.post("/v1/documents", headers=headers, content=endless())
    assert answer.status_code == 413


def test_json_bodies_are_bounded_too(house: House, intake: dict[str, str]) -> None:
    answer = house.client.post(
        "/v1/classify", headers=intake | {"Content-Type": "application/json"}, content=b" " * (5 * MIB)
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    longest = house.client.post("/v1/classify", headers=intake, json={"text": "社" * 200_001})
    assert longest.json()["fields"] == [{"field": "body.text", "reason": "最多 200000 个字"}]


FORM = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n1\r\n'
FILE = PART % (b"file", b'; filename="1.txt"')


@pytest.mark.parametrize(
    ("headers", "body", "refusal"),
    [
        pytest.param({"Content-Type": "text/plain"}, b"1", (415, "unsupported_media"), id="plain text"),
        pytest.param({"Content-Type": "application/json"}, b"{}", (415, "unsupported_media"), id="json"),
        pytest.param({}, b"1", (415, "unsupported_media"), id="no type"),
        pytest.param(
            {"Content-Type": "multipart/form-data"}, FILE, (400, "malformed_request"), id="no boundary"
        ),
        pytest.param(FORM, b"nonsense", (400, "malformed_request"), id="no parts"),
        pytest.param(FORM, b"--b--\r\n", (422, "invalid_input"), id="no file"),
        pytest.param(FORM, PART % (b"file", b"") + b"--b--\r\n", (422, "invalid_input"), id="file as text"),
        pytest.param(
            FORM, PART % (b"other", b"") + FILE + b"--b--\r\n", (422, "invalid_input"), id="other field"
        ),
        pytest.param(FORM, FILE + FILE + b"--b--\r\n", (400, "malformed_request"), id="two files"),
        pytest.param(
            FORM,
            PART % (b"metadata", b"") + FILE + b"--b--\r\n",
            (422, "invalid_input"),
            id="metadata no object",
        ),
    ],
)
def test_a_form_that_is_none_is_refused(
    house: House, intake: dict[str, str], headers: dict[str, str], body: bytes, refusal: tuple[int, str]
) -> None:
    answer = house.client.post("/v1/documents", headers=intake | headers, content=body)
    assert (answer.status_code, answer.json()["code"]) == refusal, answer.text


def test_nobody_uploads_without_the_duty(house: House) -> None:
    assert house.deposit({}, b"1" * 100).status_code == 401
    assert house.deposit(house.bearer("clerk"), b"1" * (2 * MIB)).status_code == 403  # not even read
