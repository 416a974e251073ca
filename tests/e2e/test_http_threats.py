"""Ways into the service besides its routes: methods, headers, names, logs and haste."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.http_archive import METADATA, House, settings_for
from tests.fuzzing.callers import SmallArchive, small_house

PLANTED = "植入的词"
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    archive = SmallArchive(settings_for(tmp_path_factory.mktemp("threats"), answer_floor_ms=0), "http")
    with small_house(archive) as house:
        yield house


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "HEAD", "CONNECT", "PATCH", "PROPFIND", "DEBUG"])
@pytest.mark.parametrize("path", ["/v1/me", "/v1/search", "/v1/documents/1", "/metrics", "/openapi.json"])
def test_methods_that_are_not_served_do_nothing(house: House, method: str, path: str) -> None:
    if (method, path) == ("HEAD", "/openapi.json"):
        pytest.skip("the framework serves its own document to HEAD, without content")
    answer = house.client.request(method, path, headers=house.bearer("clerk") | {"X-Told": "planted"})
    assert answer.status_code == 405
    assert "planted" not in answer.text + str(answer.headers)


def test_no_other_site_may_read_an_answer(house: House) -> None:
    asked = house.bearer("clerk") | {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        headers = house.client.request(method, "/v1/me", headers=asked).headers
        assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_no_answer_of_the_api_is_kept_by_a_cache(house: House) -> None:
    for path in ("/v1/me", "/v1/nothing", "/v1/documents/1"):
        for headers in ({}, house.bearer("clerk")):
            assert house.client.get(path, headers=headers).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    [
        'a"; x="b',
        "a\r\nSet-Cookie: a=b",
        "a\nX-Told: 1",
        "../../a.txt",
        f"{PLANTED}.txt",
        "a\x00b",
        "\u202ea",
    ],
    ids=ascii,
)
def test_a_file_name_is_in_no_header_and_no_log(
    house: House, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = house.bearer("archivist")
    answer = house.deposit(headers, f"失业登记表，{name!a}。", METADATA | {"title": PLANTED}, name)
    told = str(answer.headers)
    if answer.status_code == 202:
        job = house.outcome(headers, answer.json()["job_id"])
        for path in (f"/v1/documents/{job['doc_id']}/copy", f"/v1/documents/{job['doc_id']}"):
            told += str(house.client.get(path, headers=headers).headers)
    assert "Set-Cookie" not in told
    assert "x-told" not in told.lower()
    assert PLANTED not in told
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("chadang")]
    assert ours
    assert not [said for said in ours if PLANTED in said or "\n" in said or "\r" in said]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Request-ID", "chosen-by-the-caller"),
        ("X-Forwarded-For", "10.9.8.7"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Original-URL", "/v1/privacy/reports"),
        ("Range", "bytes=0-1"),
    ],
)
def test_headers_that_others_obey_change_nothing(house: House, name: str, value: str) -> None:
    headers = house.bearer("clerk")
    plain = house.client.get("/v1/me", headers=headers)
    told = house.client.get("/v1/me", headers=headers | {name: value})
    assert (told.status_code, told.content) == (plain.status_code, plain.content)
    assert value not in str(told.headers)


def test_the_same_key_sent_at_once_by_many_is_one_job(house: House) -> None:
    headers = house.bearer("intake") | {"Idempotency-Key": "at-once"}

    def send(_: int) -> str:
        answer = house.deposit(headers, "同时提交的一份材料，工伤认定。", METADATA)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    with ThreadPoolExecutor(8) as many:
        assert len(set(many.map(send, range(24)))) == 1


def test_one_key_for_two_contents_sent_at_once_is_one_job_and_conflicts(house: House) -> None:
    headers = house.bearer("intake") | {"Idempotency-Key": "contested"}
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda n: house.deposit(headers, f"第{n}份材料。", METADATA), range(8)))
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 7]
