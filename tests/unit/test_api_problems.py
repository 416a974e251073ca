"""Errors on the wire: status by class, reasons in Chinese, nothing of the input."""

from __future__ import annotations

import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.routers.search_schemas import SearchRequest
from api.schemas import TokenRequest
from models import errors

EXPECTED = {
    errors.InvalidInput: 422,
    errors.DamagedFile: 422,
    errors.InvalidCatalogue: 422,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotVisible: 404,
    errors.Conflict: 409,
    errors.ModelUnavailable: 503,
    errors.IndexMismatch: 503,
    errors.ArchiveError: 500,
}
PLANTED = "11010519491231002X"


@pytest.mark.parametrize(("error", "status"), EXPECTED.items(), ids=lambda v: getattr(v, "__name__", v))
def test_status_follows_the_class_hierarchy(error: type[errors.ArchiveError], status: int) -> None:
    assert problems.status_of(error) == status


def test_a_new_subclass_has_its_parents_status() -> None:
    class FolderLocked(errors.Conflict):
        code = "folder_locked"

    assert problems.status_of(FolderLocked) == 409


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    problems.install(app)

    @app.post("/search")
    def search(request: SearchRequest) -> str:
        return request.query

    @app.post("/token")
    def token(request: TokenRequest) -> str:
        return request.name

    return TestClient(app)


BAD_SEARCHES = [
    pytest.param({}, {"body.query": "缺少此项"}, id="missing"),
    pytest.param({"query": ""}, {"body.query": "至少 1 个字"}, id="too short"),
    pytest.param({"query": "社" * 2001}, {"body.query": "最多 2000 个字"}, id="too long"),
    pytest.param({"query": [PLANTED]}, {"body.query": "应为文字"}, id="list for text"),
    pytest.param({"query": "a\ud800"}, {"body.query": "含有无法识别的字符"}, id="lone surrogate"),
    pytest.param({"query": "a", "limit": 101}, {"body.limit": "不能大于 100"}, id="limit"),
    pytest.param({"query": "a", "limit": PLANTED}, {"body.limit": "应为整数"}, id="words for a number"),
    pytest.param(
        {"query": "a", PLANTED: 1}, {"body.(未知字段)": "没有这一项，请核对字段名"}, id="unknown field"
    ),
    pytest.param(
        {"query": "a", "filters": {"insurance_types": [PLANTED]}},
        {"body.filters.insurance_types.0": "不在可选值之内"},
        id="unknown insurance",
    ),
    pytest.param(
        {"query": "a", "filters": {"year_from": 2020, "year_to": 2019}},
        {"body.filters": "起始年份不能晚于截止年份"},
        id="years reversed",
    ),
    pytest.param(
        {"query": "a", "filters": {"region_prefix": "50０1"}},
        {"body.filters": "应为 2、4、6、9 或 12 位行政区划代码"},
        id="full-width digit in a region",
    ),
    pytest.param(PLANTED, {"body": "应为对象"}, id="text for an object"),
]


@pytest.mark.parametrize(("body", "fields"), BAD_SEARCHES)
def test_reasons_name_the_field_and_never_the_value(
    client: TestClient, body: object, fields: dict[str, str]
) -> None:
    answer = client.post("/search", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert {f["field"]: f["reason"] for f in told["fields"]} == fields
    assert told["instance"] == "/search"
    assert told["code"] == "invalid_input"
    assert PLANTED not in answer.text


def test_a_flood_of_wrong_fields_is_cut_short(client: TestClient) -> None:
    answer = client.post("/search", json={f"f{i}": PLANTED for i in range(5000)})
    assert len(answer.json()["fields"]) == 20


def test_broken_json_is_answered_without_its_text(client: TestClient) -> None:
    answer = client.post(
        "/search", content=f'{{"query": "{PLANTED}'.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert PLANTED not in answer.text
    assert answer.json()["fields"][0]["reason"] == "不是有效的 JSON"


def test_every_reason_is_chinese_and_can_be_written() -> None:
    numbers = dict.fromkeys(problems._OWN_NUMBERS, 1)
    for reason in problems._REASONS.values():
        assert re.search(r"[\u4e00-\u9fff]", reason.format(**numbers))
