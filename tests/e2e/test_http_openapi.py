"""The OpenAPI document: complete, with examples, and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.app import create_app
from api.routers.analysis import ClassificationOut, DetectionsOut
from api.routers.search_answers import SearchAnswer
from api.routers.search_schemas import SearchRequest
from api.schemas import JobOut, Problem
from tests.e2e.http_archive import LoadedArchive, settings_for

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    app = create_app(LoadedArchive(settings_for(tmp_path_factory.mktemp("openapi")), "http"))
    made: dict[str, Any] = app.openapi()
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def words(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text people read: summaries and descriptions, and titles of problems."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("summary", "description") and isinstance(inner, str):
                yield f"{key}.{name}", inner
            elif name != "example":
                yield from words(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner, key)


def test_every_description_is_chinese(document: dict[str, Any]) -> None:
    found = list(words(document))
    assert len(found) > 100
    assert [where for where, text in found if not _CHINESE.search(text)] == []


def test_every_operation_documents_its_problems_with_examples(document: dict[str, Any]) -> None:
    problem = TypeAdapter(Problem)
    for name, operation in operations(document):
        assert operation["summary"], name
        assert "HTTPValidationError" not in str(operation), name
        refused = {s: a for s, a in operation["responses"].items() if s.startswith(("4", "5"))}
        assert refused or name == "get /healthz", name
        for status, answer in refused.items():
            told = answer["content"]["application/problem+json"]
            assert told["schema"] == {"$ref": "#/components/schemas/Problem"}
            for shown in told["examples"].values():
                assert problem.validate_python(shown["value"]).status == int(status)


def test_only_logging_in_and_health_need_no_token(document: dict[str, Any]) -> None:
    open_to_all = {name for name, operation in operations(document) if not operation.get("security")}
    logging_in = {"post /v1/token", "post /v1/oidc/login", "post /v1/oidc/callback"}
    assert open_to_all == logging_in | {"get /healthz", "get /readyz"}
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


@pytest.mark.parametrize(
    "schema",
    [SearchRequest, SearchAnswer, JobOut, ClassificationOut, DetectionsOut],
    ids=lambda s: s.__name__,
)
def test_examples_are_valid(schema: Any) -> None:
    (shown,) = schema.model_json_schema()["examples"]
    assert schema.model_validate(shown)


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references <= set(document["components"]["schemas"])
